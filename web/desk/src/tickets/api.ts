// Tickets as the desk's server answers them (docs/desk-protocol.md); all functions throw Refusal.
import { request } from "../api/client"
import type { Customer, Message, Section } from "../api/protocol"

export type Scope = "mine" | "free" | "all"

export interface Listed {
  ticket_no: string
  kind: string
  cause: string
  state: string
  version: number
  channel: string
  conversation_id: string | null
  customer_id: string | null
  group: string
  owner_id: string | null
  received_at: string
  /** The next deadline: which state it must reach by then, and since when; null if no clock is running. */
  due_goal: string | null
  due_since: string | null
  due_at: string | null
}

export interface Page {
  tickets: Listed[]
  /** How many there are on all pages. */
  total: number
  page_size: number
  now: string
}

/** What is looked for, as the address and the server spell it. */
export type Wanted = Partial<Record<"scope" | "group" | "kind" | "state" | "passed" | "number" | "page", string>>

export interface Deadline {
  number: number
  goal: string
  days: number | null
  starts_at: string
  due_at: string
  state: "running" | "met" | "dropped"
  ended_at: string | null
  missed: boolean
  version: number
  source: string
  status: string
}

export interface Entry {
  version: number
  at: string
  by: string
  event: string
  from_state: string | null
  to_state: string
  detail: {
    cause?: string
    outcome?: string
    remedies?: string[]
    owner_id?: string | null
    group?: string
    due?: string
    due_before?: string
    days?: number
    role?: string
    customer_id?: string
    evidence?: number[]
  }
  texts: Partial<Record<"why" | "reply" | "approval", string>>
}

export interface Evidence extends Message {
  conversation_id: string
}

export interface Ticket {
  now: string
  summary: Listed
  verified: boolean
  complainant: "self" | "agent"
  authorisation: string | null
  description: string
  outcome: string | null
  customer: Section<Customer> | null
  /** Where it was complained; `open` if the agent may look at it. */
  conversation: { id: string; open: boolean } | null
  evidence: Evidence[]
  deadlines: Deadline[]
  history: Entry[]
  /** The states it may go to. */
  moves: string[]
  /** What its answer must name. */
  remedies: string[]
  extension: { days: number; approvers: string[] } | null
}

export interface Person {
  id: string
  name: string
  /** Of which groups they may be given tickets. */
  groups: string[]
}

export interface Choices {
  kinds: { id: string; title: string; group: string; causes: Record<string, string> }[]
  outcomes: Record<"answered" | "unanswered", Record<string, string>>
  remedies: Record<string, string>
  people: Person[]
}

export interface NewTicket {
  client_key: string
  kind: string
  cause: string
  description: string
  evidence: number[]
  authorisation: string | null
}

/** `soon`: not late yet, but most of the time has passed. */
export interface Pressing {
  late: number
  soon: number
}

/** What is done with a ticket. `why` may be empty where no reason is needed. */
export type Change =
  | { how: "move"; to: string; why: string }
  | { how: "answer"; reply: string; remedies: string[] }
  | { how: "close"; outcome: string; why: string }
  | { how: "assign"; group: string; owner_id: string | null; why: string }
  | { how: "extend"; days: number; why: string; approval: string }
  | { how: "regulator-date"; day: string; why: string }
  | { how: "evidence"; conversation_id: string; seqs: number[] }

const of = (number: string) => `/api/tickets/${encodeURIComponent(number)}`

export const list = (wanted: Wanted) => request<Page>("GET", `/api/tickets?${new URLSearchParams(wanted)}`)

export const pressing = () => request<Record<"mine" | "all", Pressing>>("GET", "/api/tickets/pressing")

export const choices = () => request<Choices>("GET", "/api/tickets/choices")

export const show = (number: string) => request<Ticket>("GET", of(number))

/** Open a ticket about a conversation and return its number; repeated with the same `client_key` it is opened once. */
export const open = async (conversationId: string, ticket: NewTicket) => {
  const path = `/api/conversations/${encodeURIComponent(conversationId)}/tickets`
  return (await request<{ ticket: { ticket_no: string } }>("POST", path, ticket)).ticket.ticket_no
}

/** Change the ticket as the agent saw it in this version; refused if somebody else changed it since. */
export const change = (number: string, version: number, { how, ...what }: Change) =>
  request<{ version: number }>("POST", `${of(number)}/${how}`, { version, ...what })
