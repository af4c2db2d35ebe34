// What the desk's server answers (docs/desk-protocol.md). Money is decimal text in yuan, moments are ISO 8601.
import type { Listed } from "../tickets/api"

export type Permission = "own" | "view" | "serve" | "note" | "unmask" | "search" | "wall" | "tickets" | "assign" | "accounts"

export type Status = "online" | "break" | "offline"

export type State = "BOT" | "QUEUED" | "HUMAN" | "WRAPUP" | "CLOSED"

export interface Agent {
  id: string
  name: string
  role: string
  groups: string[]
  capacity: number
}

export interface Login {
  agent: Agent
  permissions: Permission[]
  /** The password is for one login only: there is nothing to do before another one is chosen. */
  must_change_password: boolean
  presence: Status
  groups: Group[]
  csrf_token: string
  expires_at: string
}

export interface Talk {
  id: string
  channel: string
  state: State
  owner_id: string | null
  owner_epoch: number
  last_seq: number
  created_at: string
  ended_at: string | null
  group: string | null
  customer_id: string | null
  verified: boolean
}

export interface Waiting {
  conversation_id: string
  customer_id: string | null
  channel: string
  group: string
  priority: number
  reason: string
  entered_at: string
  epoch: number
  position: number
}

export interface Queue {
  waiting: Waiting[]
  mine: Talk[]
}

export interface Note {
  id: number
  agent_id: string
  agent_name: string
  text: string
  at: string
}

export interface Shown {
  conversation: Talk
  owner_name: string | null
  notes: Note[]
  draft: string | null
  passed_on_with: string | null
}

export interface Message {
  seq: number
  author: "customer" | "bot" | "agent" | "notice" | "demo"
  /** Which of the agents said it; null for everybody else. */
  author_id: string | null
  author_name: string | null
  /** Under which id the agent who is logged in sent it; null for what others said. */
  client_msg_id: string | null
  text: string
  time: string
  buttons: string[]
  card: string | null
}

/** Who has a conversation now; comes with `owner_changed`. */
export interface Owner {
  state: State
  epoch: number
  owner_id: string | null
  owner_name: string | null
}

export interface Colleague {
  id: string
  name: string
  groups: string[]
  load: number
  capacity: number
}

export interface Group {
  id: string
  name: string
}

export interface Colleagues {
  agents: Colleague[]
}

export interface GroupOnTheWall {
  group: string
  name: string
  waiting: number
  longest_seconds: number
  online: number
  load: number
  capacity: number
  late_tickets: number
  soon_tickets: number
}

/** Somebody who waits for an answer of an agent who is online. */
export interface Unanswered {
  conversation_id: string
  agent_id: string
  agent_name: string
  group: string
  since: string
}

export interface Wall {
  groups: GroupOnTheWall[]
  agents: Colleague[]
  unanswered: Unanswered[]
}

/** A part of what the lender knows: an outage is told as an outage. */
export type Section<T> =
  | { state: "found"; value: T }
  | { state: "none" }
  | { state: "denied"; reason: string }
  | { state: "unavailable" }

export interface Customer {
  customer_id: string
  name: string
  phone: string
  status: string
  frozen_reason: string | null
}

export interface Contact {
  name: string
  phone: string
}

export interface Limit {
  product_name: string
  total: string
  used: string
  annual_rate: string
  valid_until: string
  status: string
}

export interface Instalment {
  period: number
  due_date: string
  due: string
  outstanding: string
  overdue_days: number
  status: string
}

export interface Bill {
  current: Instalment | null
  overdue: Instalment[]
  overdue_total: string
}

export interface LoanNote {
  loan_no: string
  product_name: string
  principal: string
  outstanding_principal: string
  annualised_cost: string
  periods: number
  paid_periods: number
  status: string
}

export interface Loan {
  note: LoanNote
  bill: Section<Bill> | null
}

export interface Application {
  application_no: string
  product_name: string
  amount: string
  submitted_at: string
  status: string
}

export interface Coupon {
  coupon_no: string
  name: string
  valid_until: string
  status: string
}

/** What is known of the customer of a conversation; with nobody known only `tickets`. */
export interface Overview extends Partial<Sections> {
  customer_id: string | null
  verified: boolean
  tickets: Listed[]
  tags: Tag[]
}

/** What is known of a customer that an agent should see at once. */
export interface Tag {
  id: string
  name: string
}

export interface Sections {
  customer: Section<Customer>
  limit: Section<Limit>
  loans: Section<Loan[]>
  applications: Section<Application[]>
  coupons: Section<Coupon[]>
}

/** A statement about a conversation and the numbers of the messages it comes from; `level` is set for risks. */
export interface Line {
  code: string
  text: string
  seqs: number[]
  level: number | null
}

export interface Summary {
  last_seq: number
  sections: { id: string; title: string; lines: Line[] }[]
}

export interface Part {
  conversation_id: string
  channel: string
  first_seq: number
  last_seq: number
  begin: string
  end: string
  reading: string | null
  position: number
}

export interface Unmasked {
  texts: Record<string, string>
  customer: Section<Contact> | null
}

export interface Found {
  found: Talk[]
  elsewhere: number
}
