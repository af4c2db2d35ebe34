import { createPinia, setActivePinia } from "pinia"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { move } from "../src/api/desk"
import { useSession } from "../src/stores/session"
import { type OpenTalk, useTalks } from "../src/stores/talks"
import { FakeServer } from "./fakes"

let server: FakeServer
let talks: ReturnType<typeof useTalks>
let talk: OpenTalk

const texts = () => talk.messages.map((message) => message.text)

beforeEach(async () => {
  setActivePinia(createPinia())
  server = new FakeServer().install()
  server.add("customer", "转人工")
  await useSession().resume()
  talks = useTalks()
  await talks.open("t1")
  talk = talks.current!
})

describe("saying something", () => {
  it("shows it at once and then as the server has it", async () => {
    talk.draft = "您好"
    const sent = talks.send(talk)
    expect(talk.outgoing.map((one) => one.text)).toEqual(["您好"])
    expect(talk.draft).toBe("")
    await sent
    expect(talk.outgoing).toEqual([])
    expect(texts()).toEqual(["转人工", "您好"])
  })

  it("keeps what could not be sent, and says it once even if only the answer was lost", async () => {
    server.losesAnswers = true
    talk.draft = "第一句"
    await expect(talks.send(talk)).rejects.toMatchObject({ code: "unreachable" })
    expect(talk.outgoing.map((one) => one.unsent)).toEqual([true])
    server.losesAnswers = false
    await talks.sendAgain(talk)
    expect(talk.outgoing).toEqual([])
    expect(texts()).toEqual(["转人工", "第一句"])
  })

  it("keeps the order of what was written in a hurry", async () => {
    const sent = []
    for (const text of ["一", "二", "三"]) {
      talk.draft = text
      sent.push(talks.send(talk))
    }
    await Promise.all(sent)
    expect(texts()).toEqual(["转人工", "一", "二", "三"])
  })

  it("gives the words back and says who has the conversation when somebody else took it", async () => {
    server.refusal = {
      error: "owner_changed",
      now: { state: "HUMAN", epoch: 4, owner_id: "wu", owner_name: "吴敏" },
    }
    talk.draft = "我来帮您"
    await expect(talks.send(talk)).rejects.toMatchObject({ code: "owner_changed" })
    expect(talk.draft).toBe("我来帮您")
    expect(talk.outgoing).toEqual([])
    expect(talk.collision?.owner_name).toBe("吴敏")
  })
})

it("tells who took a conversation first, and forgets it when one's own turn comes", async () => {
  const now = { state: "HUMAN" as const, epoch: 4, owner_id: "wu", owner_name: "吴敏" }
  server.refusal = { error: "owner_changed", now }
  const take = () => talks.change(talk, (id, epoch) => move(id, "take", epoch))
  await expect(take()).rejects.toMatchObject({ code: "owner_changed" })
  expect(talk.collision).toEqual(now)
  server.refusal = null
  await take()
  expect(talk.collision).toBeNull()
})

it("keeps the last state of a draft, here and on the server", async () => {
  vi.useFakeTimers()
  talks.write(talk, "您")
  talks.write(talk, "您好")
  await vi.runAllTimersAsync()
  vi.useRealTimers()
  expect(talk.draft).toBe("您好")
  expect(server.drafts).toEqual(["您好"])
})

it("keeps the words through the end of a login", async () => {
  const session = useSession()
  talk.draft = "还没说完"
  server.isLoggedOut = true
  await expect(talks.refresh("t1")).rejects.toMatchObject({ code: "login_required" })
  expect(session.expired).toBe(true)
  server.isLoggedOut = false
  await session.logIn("lin", "secret")
  expect(session.expired).toBe(false)
  expect(talks.current?.draft).toBe("还没说完")
})
