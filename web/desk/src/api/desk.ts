// The endpoints of the desk's server, one function each; all throw Refusal.
import type { AtRisk } from "../wall/api"
import { request } from "./client"
import type {
  Colleagues,
  Found,
  Login,
  Message,
  Overview,
  Part,
  Queue,
  Shown,
  Status,
  Summary,
  Unmasked,
  Wall,
} from "./protocol"

export type Move = "take" | "take-over" | "give-back" | "wrap-up" | "close"
export type Destination = { group: string } | { agent_id: string }
export type SearchBy = "phone" | "ticket" | "customer"

const of = (id: string) => `/api/conversations/${encodeURIComponent(id)}`

export const logIn = (agentId: string, password: string) =>
  request<Login>("POST", "/api/session", { agent_id: agentId, password })

export const logOut = () => request<void>("DELETE", "/api/session")

export const me = () => request<Login>("GET", "/api/me")

export const setPresence = (status: Status) => request<void>("PUT", "/api/presence", { status })

export const heartbeat = (active: boolean) => request<void>("POST", "/api/heartbeat", { active })

export const queue = () => request<Queue>("GET", "/api/queue")

export const colleagues = () => request<Colleagues>("GET", "/api/colleagues")

export const wall = () => request<Wall>("GET", "/api/wall")

export const search = (by: SearchBy, value: string) => request<Found>("POST", "/api/search", { by, value })

export const show = (id: string) => request<Shown>("GET", of(id))

/** The last messages, or those after one; at most 200. */
export const messages = (id: string, after?: number) => messagesWhere(id, after === undefined ? "" : `?after=${after}`)

/** The messages just before one; at most 200. */
export const messagesBefore = (id: string, before: number) => messagesWhere(id, `?before=${before}`)

export const summary = (id: string) => request<Summary>("GET", `${of(id)}/summary`)

export const customer = (id: string) => request<Overview>("GET", `${of(id)}/customer`)

export const earlier = (id: string) => request<{ parts: Part[]; at_risk: AtRisk[] }>("GET", `${of(id)}/earlier`)

export const earlierMessages = (id: string, earlierId: string) =>
  messagesAt(`${of(id)}/earlier/${encodeURIComponent(earlierId)}`)

export const move = (id: string, how: Move, epoch: number) =>
  request<{ epoch: number } | undefined>("POST", `${of(id)}/${how}`, { epoch })

export const transfer = (id: string, epoch: number, to: Destination, note: string) =>
  request<{ epoch: number }>("POST", `${of(id)}/transfer`, { epoch, note, ...to })

/** Give a conversation to a colleague, whoever has it now. */
export const assign = (id: string, epoch: number, agentId: string) =>
  request<{ epoch: number }>("POST", `${of(id)}/assign`, { epoch, agent_id: agentId })

/** Say something; said again under the same `clientMsgId` it is said once. Returns its number. */
export const say = async (id: string, epoch: number, clientMsgId: string, text: string) =>
  (await request<{ seq: number }>("POST", `${of(id)}/messages`, { epoch, client_msg_id: clientMsgId, text })).seq

export const addNote = (id: string, text: string) => request<{ id: number }>("POST", `${of(id)}/notes`, { text })

export const keepDraft = (id: string, text: string) => request<void>("PUT", `${of(id)}/draft`, { text })

export const unmask = (id: string, reason: string, what: { seqs: number[] } | { customer: true }) =>
  request<Unmasked>("POST", `${of(id)}/unmask`, { reason, ...what })

const messagesWhere = (id: string, query: string) => messagesAt(`${of(id)}/messages${query}`)

const messagesAt = async (path: string) => (await request<{ messages: Message[] }>("GET", path)).messages
