// What customers think of the help they had (docs/satisfaction.md); the function throws Refusal.
import { request } from "../api/client"

export type Days = 1 | 7 | 30

/** null where too few answered to show it. */
export interface Figures {
  invited: number
  rated: number
  response: number | null
  average: number | null
  satisfied: number | null
  recommended: number
  nps: number | null
}

export interface Split extends Figures {
  id: string
  name: string
}

export interface Poor {
  conversation_id: string
  rated_at: string
  channel: string
  group: string
  agents: string[]
  score: number
  reasons: string[]
  words: string
  complaint_risk: boolean
}

/** A rating that may become a complaint. */
export interface AtRisk {
  conversation_id: string
  rated_at: string
  score: number
  reasons: string[]
}

export interface Satisfaction {
  since: string
  until: string
  /** Whether it is only about the agent who asks. */
  own: boolean
  shown_from: number
  all: Figures
  channels: Split[]
  groups: Split[]
  agents: Split[]
  days: Split[]
  /** How many gave 1, 2, 3, 4 and 5 points; empty where too few did. */
  scores: number[]
  reasons: { id: string; title: string; side: "good" | "bad"; count: number }[]
  poor: Poor[]
}

export const satisfaction = (days: Days) => request<Satisfaction>("GET", `/api/satisfaction?days=${days}`)
