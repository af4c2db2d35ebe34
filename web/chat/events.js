/** Reads a server-sent event stream from a `fetch` body. */

/** Yields `{type, data}` for each event and `{type: "comment"}` for a block that only keeps the connection alive. */
export async function* readEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      yield* blocks.map(parse);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  const fields = block.split(/\r?\n/).map((line) => line.match(/^(event|data): ?(.*)$/)).filter(Boolean);
  const values = (name) => fields.filter((field) => field[1] === name).map((field) => field[2]);
  const data = values("data").join("\n");
  return data ? { type: values("event")[0] ?? "message", data: JSON.parse(data) } : { type: "comment" };
}
