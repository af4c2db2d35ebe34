// What the copilot tells (docs/desk-protocol.md); all functions throw Refusal.
import { request } from "../api/client"

export interface Meaning {
  reading: string
  /** null for small talk */
  title: string | null
  confidence: number
}

export interface Figure {
  label: string
  value: string
  /** Which of the lender's records it was read from. */
  source: string
}

export interface Step {
  do: string
  /** A sentence that may be sent as it is. */
  say: string | null
}

export interface Procedure {
  id: string
  title: string
  /** The kind of ticket to open, if any. */
  ticket: string | null
  steps: Step[]
}

/** What helps to answer the customer's message `seq`; `down` says which systems did not answer. */
export interface Suggestion {
  seq: number
  at: string
  reading: string | null
  meanings: Meaning[]
  verified: boolean
  figures: Figure[]
  answer: string | null
  question: string | null
  procedure: Procedure | null
  down: string[]
}

/** What is wrong with a draft from `start` to `end`, counted in characters as the server does, not in UTF-16. */
export interface Warning {
  rule: string
  critical: boolean
  title: string
  advice: string
  start: number
  end: number
}

export interface Counts {
  accepted: number
  edited: number
  rejected: number
}

export interface Acceptance {
  since: string
  until: string
  total: Counts
  readings: (Counts & { reading: string; title: string | null })[]
}

const of = (id: string) => `/api/conversations/${encodeURIComponent(id)}`

export const suggestion = (id: string, seq: number) => request<Suggestion>("GET", `${of(id)}/suggestions/${seq}`)

/** Look over what is about to be sent, in answer to the message `seq` if it was proposed for that. */
export const check = async (id: string, text: string, seq: number | null) =>
  (await request<{ warnings: Warning[] }>("POST", `${of(id)}/draft/check`, { text, seq })).warnings

/** Record that the proposal for the message `seq` was sent as `sentSeq`, changed or not, or with null not used. */
export const record = (id: string, seq: number, sentSeq: number | null) =>
  request<void>("POST", `${of(id)}/suggestions/${seq}/outcome`, { sent_seq: sentSeq })

export const acceptance = () => request<Acceptance>("GET", "/api/copilot/acceptance")
