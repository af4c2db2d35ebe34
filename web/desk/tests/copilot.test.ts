import { createPinia, setActivePinia } from "pinia"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { effectScope } from "vue"
import { type DraftCheck, useDraftCheck } from "../src/copilot/check"
import { heard, useCopilot } from "../src/copilot/store"
import { useSession } from "../src/stores/session"
import { type OpenTalk, useTalks } from "../src/stores/talks"
import { FakeServer } from "./fakes"

let server: FakeServer
let talks: ReturnType<typeof useTalks>
let copilot: ReturnType<typeof useCopilot>
let talk: OpenTalk

beforeEach(async () => {
  setActivePinia(createPinia())
  server = new FakeServer().install()
  server.add("customer", "这个月还多少")
  server.suggestions[1] = { answer: "应还 100.00 元" }
  await useSession().resume()
  talks = useTalks()
  copilot = useCopilot()
  await talks.open("t1")
  talk = talks.current!
  await copilot.look("t1", 1)
})

describe("proposals", () => {
  it("are for the customer's messages, and the last one asked about is shown", async () => {
    server.add("agent", "您好")
    const second = server.add("customer", "怎么还")
    await talks.refresh("t1")
    expect(heard(talk)).toEqual([1, second])
    await Promise.all([copilot.look("t1", 1), copilot.look("t1", second)])
    expect(copilot.of("t1").told?.seq).toBe(second)
  })

  it("count as used with the message they were sent in, beside the draft", async () => {
    talk.draft = "我先看看"
    await talks.say(talk, "应还 100.00 元", 1)
    expect(server.outcomes).toEqual([[1, 2]])
    expect(copilot.of("t1").used).toEqual({ 1: "sent" })
    expect(talk.draft).toBe("我先看看")
  })

  it("count as used when they were changed first, but not when the draft was emptied", async () => {
    Object.assign(talk, { draft: "应还 100.00 元", basis: 1 })
    talks.write(talk, "")
    talks.write(talk, "您好")
    await talks.send(talk)
    expect(server.outcomes).toEqual([])
    Object.assign(talk, { draft: "应还 100.00 元，谢谢", basis: 1 })
    await talks.send(talk)
    expect(server.outcomes).toEqual([[1, 3]])
    expect(talk.basis).toBeNull()
  })

  it("are added to what was written already", async () => {
    talks.write(talk, "您好")
    talks.add(talk, "应还 100.00 元", 1)
    expect([talk.draft, talk.basis]).toEqual(["您好\n应还 100.00 元", 1])
  })

  it("stay with words that were refused", async () => {
    server.refusal = { error: "draft_refused" }
    Object.assign(talk, { draft: "保证减免", basis: 1 })
    await expect(talks.send(talk)).rejects.toMatchObject({ code: "draft_refused" })
    expect([talk.draft, talk.basis]).toEqual(["保证减免", 1])
    expect(server.outcomes).toEqual([])
  })

  it("are told to be out of reach, and asked for again", async () => {
    server.isAway = true
    await copilot.look("t1", 1)
    expect(copilot.of("t1").problem).toContain("连不上")
    server.isAway = false
    await copilot.look("t1", 1)
    expect([copilot.of("t1").problem, copilot.of("t1").told?.answer]).toEqual(["", "应还 100.00 元"])
  })
})

describe("drafts", () => {
  let scope: ReturnType<typeof effectScope>
  let checked: DraftCheck

  const words = () => checked.noted.value.map((one) => one.words)
  const pause = () => vi.advanceTimersByTimeAsync(1000)

  beforeEach(() => {
    vi.useFakeTimers()
    server.forbidden["保证"] = { title: "承诺了结果", critical: true }
    scope = effectScope()
    checked = scope.run(() => useDraftCheck(() => talk, () => true))!
  })

  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  it("are looked over once their author pauses, with the words quoted", async () => {
    for (const text of ["😀我", "😀我保", "😀我保证"]) {
      talks.write(talk, text)
      await vi.advanceTimersByTimeAsync(100)
    }
    await pause()
    expect([words(), server.checks]).toEqual([["保证"], 1])
    talks.write(talk, "")
    await pause()
    expect([words(), server.checks]).toEqual([[], 1])
  })

  it("that nobody looked over are looked over before they are sent, and held once", async () => {
    talks.write(talk, "我保证")
    await vi.advanceTimersByTimeAsync(0)
    expect(await checked.isNoNews()).toBe(false)
    expect(words()).toEqual(["保证"])
    expect(await checked.isNoNews()).toBe(true)
    talks.write(talk, "您好")
    expect(await checked.isNoNews()).toBe(true)
  })

  it("are not held while they cannot be looked over", async () => {
    server.isAway = true
    talks.write(talk, "我保证")
    expect(await checked.isNoNews()).toBe(true)
    expect(checked.isBlind.value).toBe(true)
  })
})
