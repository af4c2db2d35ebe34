import { createPinia, setActivePinia } from "pinia"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { useLive } from "../src/stores/live"
import { useNotices } from "../src/stores/notices"
import { useQueue } from "../src/stores/queue"
import { useSession } from "../src/stores/session"
import { pending, useTalks } from "../src/stores/talks"
import { FakeServer, FakeStream } from "./fakes"

let server: FakeServer
let live: ReturnType<typeof useLive>
let talks: ReturnType<typeof useTalks>
let queue: ReturnType<typeof useQueue>

const texts = () => talks.opened.get("t1")!.messages.map((message) => message.text)
const settle = () => vi.advanceTimersByTimeAsync(0)
const comeBack = () => vi.advanceTimersByTimeAsync(10_000)

function customerSays(text: string, id: number): void {
  const seq = server.add("customer", text)
  FakeStream.last.tell("message", id, { conversation_id: "t1", message_seq: seq, author: "customer" })
}

beforeEach(async () => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  server = new FakeServer().install()
  FakeStream.install()
  server.add("customer", "转人工")
  await useSession().resume()
  live = useLive()
  talks = useTalks()
  queue = useQueue()
  live.start()
  FakeStream.last.tell("open", 7)
  await settle()
  await talks.open("t1")
})

afterEach(() => {
  live.stop()
  vi.useRealTimers()
})

it("shows a message when it is told of it", async () => {
  expect(live.state).toBe("live")
  customerSays("在吗", 8)
  await settle()
  expect(texts()).toEqual(["转人工", "在吗"])
})

it("counts what nobody has looked at", async () => {
  talks.leave()
  customerSays("在吗", 8)
  customerSays("有人吗", 9)
  await settle()
  expect(queue.unread).toEqual({ t1: 2 })
  queue.looked("t1")
  expect(queue.unread).toEqual({})
})

it("comes back from the last event it saw", async () => {
  customerSays("在吗", 8)
  FakeStream.last.breaks()
  expect(live.state).toBe("lost")
  await comeBack()
  expect(FakeStream.opened.map((stream) => stream.url)).toEqual(["/api/events", "/api/events?after=8"])
  FakeStream.last.tell("open", 8)
  customerSays("还在吗", 9)
  await settle()
  expect(live.state).toBe("live")
  expect(texts()).toEqual(["转人工", "在吗", "还在吗"])
})

it("reads everything anew after a gap, and marks what came meanwhile", async () => {
  talks.leave()
  FakeStream.last.breaks()
  server.add("customer", "在吗")
  await comeBack()
  FakeStream.last.tell("reset", 900)
  await settle()
  expect(texts()).toEqual(["转人工", "在吗"])
  expect(queue.unread).toEqual({ t1: 1 })
})

it("reads everything anew when news came but what they were about could not be read", async () => {
  server.isAway = true
  customerSays("在吗", 8)
  await settle()
  expect(FakeStream.last.isClosed).toBe(true)
  server.isAway = false
  await comeBack()
  FakeStream.last.tell("open", 8)
  await settle()
  expect(texts()).toEqual(["转人工", "在吗"])
})

it("says by itself what could not be said while the server was away", async () => {
  const talk = talks.current!
  server.isAway = true
  talk.draft = "马上查"
  await expect(talks.send(talk)).rejects.toMatchObject({ code: "unreachable" })
  live.doubt()
  server.isAway = false
  await comeBack()
  FakeStream.last.tell("open", 7)
  await settle()
  expect(talk.outgoing).toEqual([])
  expect(texts()).toEqual(["转人工", "马上查"])
})

it("takes a connection for dead when nothing is heard of it, and comes back", async () => {
  const { last } = FakeStream
  for (let pings = 0; pings < 4; pings += 1) {
    await vi.advanceTimersByTimeAsync(5_000)
    last.tell("ping", 7)
  }
  expect(last.isClosed).toBe(false)
  await vi.advanceTimersByTimeAsync(13_000)
  expect(last.isClosed).toBe(true)
  expect(live.state).toBe("lost")
  await comeBack()
  expect(FakeStream.last.url).toBe("/api/events?after=7")
})

it("knows its own messages from those of a colleague who says the same", async () => {
  const talk = talks.current!
  server.isAway = true
  talk.draft = "马上查"
  await expect(talks.send(talk)).rejects.toMatchObject({ code: "unreachable" })
  server.isAway = false
  server.add("agent", "马上查", { author_id: "wu", author_name: "吴敏" })
  await talks.refreshMessages("t1")
  expect(pending(talk).map((one) => one.text)).toEqual(["马上查"])
})

it("shows a message once although it is told of it before its sending is confirmed", async () => {
  const talk = talks.current!
  talk.draft = "马上查"
  const sent = talks.send(talk)
  expect(pending(talk)).toHaveLength(1)
  await talks.refreshMessages("t1")
  expect([...texts(), ...pending(talk).map((one) => one.text)]).toEqual(["转人工", "马上查"])
  await sent
  expect(texts()).toEqual(["转人工", "马上查"])
})

it("warns of deadlines of one's own tickets", async () => {
  const notices = useNotices()
  FakeStream.last.tell("deadline", 8, { ticket_no: "TS1", percent: 80, owner_id: "wu", conversation_id: null })
  await settle()
  expect(notices.text).toBe("")
  FakeStream.last.tell("deadline", 9, { ticket_no: "TS2", percent: 80, owner_id: "lin", conversation_id: null })
  await settle()
  expect(notices.text).toBe("工单 TS2 的时限已过 80%。")
})

it("does not knock at the door when the login has ended", async () => {
  useSession().$subscribe(() => live.stop())
  server.isLoggedOut = true
  FakeStream.last.breaks()
  await comeBack()
  server.asked = []
  await comeBack()
  expect(server.asked).toEqual([])
  expect(FakeStream.opened).toHaveLength(1)
})
