import { vi } from "vitest"
import type { Suggestion, Warning } from "../src/copilot/api"
import type { Login, Message, Owner, Talk } from "../src/api/protocol"
import type { Choices, Ticket } from "../src/tickets/api"

export const LIN: Login = {
  agent: { id: "lin", name: "林晓", role: "agent", groups: ["general"], capacity: 5 },
  permissions: ["own", "view", "serve", "note", "tickets"],
  must_change_password: false,
  presence: "offline",
  groups: [{ id: "general", name: "普通咨询" }],
  csrf_token: "token",
  expires_at: "2026-11-22T22:00:00+08:00",
}

export const CHOICES: Choices = {
  kinds: [{ id: "complaint", title: "投诉", group: "escalated", causes: { fees: "息费争议" } }],
  outcomes: { answered: { settled: "客户认可答复" }, unanswered: { withdrawn: "客户撤回" } },
  remedies: { review: "申请核查", mediation: "申请调解" },
  people: [
    { id: "lin", name: "林晓", groups: ["general"] },
    { id: "wu", name: "吴敏", groups: ["general"] },
  ],
}

/** A desk's server with one conversation and one ticket, which the agent has. It can be out of reach, or refuse. */
export class FakeServer {
  isAway = false
  isLoggedOut = false
  /** Whether answers get lost although what was asked for is done. */
  losesAnswers = false
  refusal: { error: string; now?: Owner; reason?: string } | null = null
  readonly messages: Message[] = []
  readonly drafts: string[] = []
  /** What is found in drafts, by a word in them, and how often one was looked over. */
  readonly forbidden: Record<string, Partial<Warning>> = {}
  checks = 0
  readonly suggestions: Record<number, Partial<Suggestion>> = {}
  readonly outcomes: [seq: number, sentSeq: number | null][] = []
  asked: string[] = []
  private readonly said = new Map<string, number>()

  readonly talk: Talk = {
    id: "t1",
    channel: "web",
    state: "HUMAN",
    owner_id: "lin",
    owner_epoch: 3,
    last_seq: 0,
    created_at: "2026-11-22T10:00:00+08:00",
    ended_at: null,
    group: "general",
    customer_id: null,
    verified: false,
  }

  readonly ticket: Ticket = {
    now: "2026-11-22T10:00:00+08:00",
    summary: {
      ticket_no: "TS260000000001",
      kind: "complaint",
      cause: "fees",
      state: "accepted",
      version: 1,
      channel: "web",
      conversation_id: "t1",
      customer_id: null,
      group: "general",
      owner_id: "lin",
      received_at: "2026-11-22T09:00:00+08:00",
      due_goal: "answered",
      due_since: "2026-11-22T09:00:00+08:00",
      due_at: "2026-12-07T23:59:59+08:00",
    },
    verified: false,
    complainant: "self",
    authorisation: null,
    description: "多收费",
    outcome: null,
    customer: null,
    conversation: null,
    evidence: [],
    deadlines: [],
    history: [],
    moves: ["in_progress", "closed"],
    remedies: [],
    extension: null,
  }

  install(): this {
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => this.answer(path, init))
    return this
  }

  add(author: Message["author"], text: string, said: Partial<Message> = {}): number {
    const seq = this.messages.length + 1
    const unknown = { author_id: null, author_name: null, client_msg_id: null }
    this.messages.push({ ...unknown, seq, author, text, time: "2026-11-22T10:00:00+08:00", buttons: [], card: null, ...said })
    this.talk.last_seq = seq
    return seq
  }

  private async answer(path: string, { method = "GET", body }: RequestInit): Promise<Response> {
    this.asked.push(`${method} ${path}`)
    if (this.isAway) throw new TypeError("Failed to fetch")
    if (this.isLoggedOut && path !== "/api/session") return refused(401, { error: "login_required" })
    const sent = body ? JSON.parse(body as string) : undefined
    const content = this.content(method, new URL(path, "http://desk"), sent)
    if (this.losesAnswers) throw new TypeError("Failed to fetch")
    return content
  }

  private content(method: string, url: URL, sent: Record<string, string>): Response {
    const [, , what, , part, detail] = url.pathname.split("/")
    if (what === "session") return Response.json(LIN)
    if (what === "me") return Response.json(LIN)
    if (what === "queue") return Response.json({ waiting: [], mine: [this.talk] })
    if (what === "colleagues") return Response.json({ agents: [] })
    if (what === "tickets") return this.ofTickets(method, url, sent)
    if (part === undefined)
      return Response.json({ conversation: this.talk, owner_name: "林晓", notes: [], draft: null, passed_on_with: null })
    if (part === "draft" && method === "POST") return Response.json({ warnings: this.check(sent.text!) })
    if (part === "suggestions" && method === "GET") {
      const told = { answer: null, question: null, meanings: [], figures: [], down: [], procedure: null, reading: null }
      return Response.json({ ...told, seq: Number(detail), ...this.suggestions[Number(detail)] })
    }
    if (part === "suggestions") {
      this.outcomes.push([Number(detail), sent.sent_seq as unknown as number | null])
      return new Response(null, { status: 204 })
    }
    if (part === "draft") {
      this.drafts.push(sent.text ?? "")
      return new Response(null, { status: 204 })
    }
    if (part === "messages" && method === "GET") {
      const after = Number(url.searchParams.get("after") ?? 0)
      return Response.json({ messages: this.messages.filter((message) => message.seq > after) })
    }
    if (this.refusal !== null) return refused(409, this.refusal)
    if (part === "messages") return Response.json({ seq: this.say(sent.client_msg_id!, sent.text!) })
    return Response.json({ epoch: this.talk.owner_epoch })
  }

  private ofTickets(method: string, url: URL, sent: Record<string, string>): Response {
    const [, , , number, how] = url.pathname.split("/")
    if (number === "pressing") return Response.json({ mine: { late: 1, soon: 0 }, all: { late: 2, soon: 3 } })
    if (number === "choices") return Response.json(CHOICES)
    if (number === undefined) {
      return Response.json({ tickets: [this.ticket.summary], total: 1, page_size: 30, now: this.ticket.now })
    }
    if (method === "GET") return Response.json(this.ticket)
    if (this.refusal !== null) return refused(409, this.refusal)
    const { summary } = this.ticket
    if (Number(sent.version) !== summary.version) return refused(409, { error: "ticket_changed" })
    this.changeTicket("lin", how === "move" ? "moved" : how!, sent.to ?? summary.state)
    return Response.json({ version: summary.version })
  }

  /** Let somebody change the ticket. */
  changeTicket(by: string, event: string, state: string): void {
    const { summary, history } = this.ticket
    const entry = { version: ++summary.version, at: this.ticket.now, by, event, from_state: summary.state }
    history.push({ ...entry, to_state: (summary.state = state), detail: {}, texts: {} })
  }

  private check(text: string): Partial<Warning>[] {
    this.checks += 1
    return Object.entries(this.forbidden)
      .filter(([word]) => text.includes(word))
      .map(([word, warning]) => {
        const start = [...text.slice(0, text.indexOf(word))].length
        return { rule: word, critical: false, start, end: start + [...word].length, ...warning }
      })
  }

  private say(clientMsgId: string, text: string): number {
    const seq = this.said.get(clientMsgId) ?? this.add("agent", text, { author_id: "lin", client_msg_id: clientMsgId })
    this.said.set(clientMsgId, seq)
    return seq
  }
}

/** The event streams a page has opened; the test speaks for the server. */
export class FakeStream extends EventTarget {
  static opened: FakeStream[] = []
  static get last(): FakeStream {
    return FakeStream.opened.at(-1)!
  }

  isClosed = false

  constructor(readonly url: string) {
    super()
    FakeStream.opened.push(this)
  }

  static install(): void {
    FakeStream.opened = []
    vi.stubGlobal("EventSource", FakeStream)
    const page = new EventTarget()
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page))
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page))
    vi.stubGlobal("document", { visibilityState: "visible" })
  }

  close(): void {
    this.isClosed = true
  }

  tell(kind: string, id: number, data: object = {}): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: String(id) }))
  }

  breaks(): void {
    this.dispatchEvent(new Event("error"))
  }
}

function refused(status: number, content: object): Response {
  return Response.json({ message: "拒绝", ...content }, { status })
}
