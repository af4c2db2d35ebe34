import { defineStore } from "pinia"
import { reactive } from "vue"
import { Refusal } from "../api/client"
import { coalesced } from "../coalesced"
import type { OpenTalk } from "../stores/talks"
import { record, suggestion as ask, type Suggestion } from "./api"

/** What the copilot says about the messages of one conversation. */
export interface Help {
  /** The customer's message that is looked at. */
  seq: number | null
  told: Suggestion | null
  isLoading: boolean
  problem: string
  /** What became of proposals, by the message they were for. */
  used: Record<number, "sent" | "rejected">
  /** The steps that were ticked, by procedure. */
  ticked: Record<string, number[]>
}

export const useCopilot = defineStore("copilot", () => {
  const helps = reactive(new Map<string, Help>())
  const reading = new Map<string, () => Promise<void>>()

  /** Return the help for a conversation, empty until a message is looked at. */
  function of(id: string): Help {
    if (!helps.has(id)) helps.set(id, { seq: null, told: null, isLoading: false, problem: "", used: {}, ticked: {} })
    return helps.get(id)!
  }

  /** Look at a message of the customer. */
  async function look(id: string, seq: number): Promise<void> {
    const help = of(id)
    if (help.seq !== seq) Object.assign(help, { seq, told: null, problem: "" })
    if (!reading.has(id)) reading.set(id, coalesced(() => read(id)))
    await reading.get(id)!()
  }

  /** Note in which message a proposal was sent; it is sent also if nobody can count it. */
  async function sent(id: string, seq: number, sentSeq: number): Promise<void> {
    of(id).used[seq] = "sent"
    await record(id, seq, sentSeq).catch(() => {})
  }

  /** Say that a proposal is not used. Throws Refusal. */
  async function reject(id: string, seq: number): Promise<void> {
    await record(id, seq, null)
    of(id).used[seq] = "rejected"
  }

  async function read(id: string): Promise<void> {
    const help = of(id)
    const { seq } = help
    if (seq === null) return
    help.isLoading = true
    try {
      const told = await ask(id, seq)
      if (help.seq === seq) Object.assign(help, { told, problem: "" })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (help.seq === seq) help.problem = error.message
    } finally {
      help.isLoading = false
    }
  }

  return { of, look, sent, reject }
})

/** The numbers of the customer's messages that are shown. */
export function heard(talk: OpenTalk): number[] {
  return talk.messages.filter(({ author, text }) => author === "customer" && text !== "").map(({ seq }) => seq)
}
