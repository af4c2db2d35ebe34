import { createPinia, setActivePinia } from "pinia"
import { beforeEach, describe, expect, it } from "vitest"
import { useSession } from "../src/stores/session"
import type { Entry } from "../src/tickets/api"
import { dueBy, left } from "../src/tickets/left"
import { address, useTickets } from "../src/tickets/store"
import { told } from "../src/tickets/telling"
import { CHOICES, FakeServer, LIN } from "./fakes"

const since = (due_since: string, due_at: string) => ({ due_since, due_at })
const at = (moment: string) => Date.parse(`2026-11-${moment}+08:00`)

describe("the time that is left", () => {
  const week = since("2026-11-01T00:00:00+08:00", "2026-11-11T00:00:00+08:00")

  it.each([
    ["01T12:00:00", "calm", "剩 9 天"],
    ["05T23:59:59", "calm", "剩 5 天"],
    ["06T00:00:00", "half", "过半，剩 5 天"],
    ["09T00:00:00", "soon", "快到期，剩 2 天"],
    ["10T21:30:00", "soon", "快到期，剩 2 小时 30 分"],
    ["11T00:00:00", "late", "已超时 0 秒"],
    ["14T01:00:00", "late", "已超时 3 天"],
  ])("is told in words at %s", (moment, level, text) => {
    expect(left(week, at(moment))).toEqual({ level, text })
  })

  it("is not told where no clock runs", () => {
    expect(left({ due_since: null, due_at: null }, 0).level).toBe("none")
  })

  it("ends at a moment of China's time", () => {
    expect(dueBy("answered", "2026-11-11T15:59:59Z", at("11T08:00:00"))).toBe("23:59 前答复")
    expect(dueBy("accepted", "2026-11-12T15:59:59Z", at("11T08:00:00"))).toBe("11/12 23:59 前受理")
  })
})

describe("a change in the history", () => {
  const names = { choices: CHOICES, group: () => "升级投诉" }
  const entry = (event: string, detail: Entry["detail"] = {}, to_state = "open"): Entry => ({
    version: 1, at: "", by: "wu", event, from_state: null, to_state, detail, texts: {},
  })

  it.each([
    [entry("opened"), "建立工单，待受理"],
    [entry("moved", {}, "accepted"), "状态改为“已受理”"],
    [entry("assigned", { group: "escalated", owner_id: "wu" }), "分给升级投诉组 吴敏"],
    [entry("assigned", { group: "escalated", owner_id: null }), "放回升级投诉组，等人认领"],
    [entry("closed", { outcome: "withdrawn" }), "办结：客户撤回"],
    [entry("extended", { due_before: "2026-12-07", due: "2026-12-22", days: 30, role: "lead" }),
      "答复时限从 2026-12-07 延到 2026-12-22，由组长批准"],
    [entry("regulator_date", { due: "2026-12-01" }), "登记转办时限 2026-12-01"],
    [entry("regulator_date", { due: "2026-12-05", due_before: "2026-12-01" }), "转办时限从 2026-12-01 改为 2026-12-05"],
    [entry("evidence_added", { evidence: [2, 3] }), "补充证据：第 2、3 条消息"],
    [entry("identified", { customer_id: "C1" }), "核实客户身份 C1"],
  ])("is told in words", (what, text) => {
    expect(told(what, names)).toBe(text)
  })
})

describe("the tickets of an agent", () => {
  let server: FakeServer

  beforeEach(() => {
    server = new FakeServer().install()
    setActivePinia(createPinia())
    useSession().login = LIN
  })

  it("are read as the address says, and what presses with them", async () => {
    const tickets = useTickets()
    await tickets.lookAtList({ scope: "all", passed: "80" })
    expect(server.asked).toContain("GET /api/tickets?scope=all&passed=80")
    expect(tickets.list?.total).toBe(1)
    expect(tickets.pressing?.mine.late).toBe(1)
    expect(address({ scope: "all", page: "", passed: "80" })).toBe("/tickets?scope=all&passed=80")
    expect(address({})).toBe("/tickets")
  })

  it("are read again when one of them changes, but not while nobody looks", async () => {
    const tickets = useTickets()
    await tickets.lookAt("TS260000000001")
    server.changeTicket("wu", "moved", "in_progress")
    await tickets.told({ kind: "ticket", conversation_id: null, ticket_no: "TS260000000001" })
    expect(tickets.ticket?.summary.state).toBe("in_progress")
    server.asked = []
    await tickets.told({ kind: "ticket", conversation_id: null, ticket_no: "TS260000000002" })
    tickets.leave()
    await tickets.told({ kind: "ticket", conversation_id: null, ticket_no: "TS260000000001" })
    expect(server.asked).toEqual(["GET /api/tickets/pressing", "GET /api/tickets/pressing"])
  })

  it("who was not the first is told who was, and of what", async () => {
    const tickets = useTickets()
    await tickets.lookAt("TS260000000001")
    server.changeTicket("wu", "moved", "in_progress")
    await expect(tickets.change({ how: "move", to: "closed", why: "重复" })).rejects.toThrow(
      "吴敏刚刚改过这张工单（状态改为“处理中”），您的操作没有生效。",
    )
    expect(tickets.ticket?.summary).toMatchObject({ state: "in_progress", version: 2 })
    await tickets.change({ how: "move", to: "waiting_customer", why: "缺材料" })
    expect(tickets.ticket?.summary).toMatchObject({ state: "waiting_customer", version: 3 })
  })

  it("an extension that is refused says why", async () => {
    const tickets = useTickets()
    await tickets.lookAt("TS260000000001")
    server.refusal = { error: "extension_refused", reason: "own_ticket" }
    const change = { how: "extend", days: 30, why: "取证", approval: "审批单" } as const
    await expect(tickets.change(change)).rejects.toThrow("不能批准自己工单的延期")
  })
})
