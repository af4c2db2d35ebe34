import { defineStore } from "pinia"
import { computed, reactive, ref } from "vue"
import { Refusal } from "../api/client"
import * as desk from "../api/desk"
import type { Contact, Message, Owner, Shown } from "../api/protocol"
import { coalesced } from "../coalesced"
import { useCopilot } from "../copilot/store"
import { useSession } from "./session"

const PAGE = 200
const DRAFT_MS = 600

/** What the agent said and the server has not confirmed; said again under its `clientMsgId` it is said once. */
export interface Outgoing {
  clientMsgId: string
  epoch: number
  text: string
  unsent: boolean
  /** The customer's message whose proposed answer it began as. */
  basis: number | null
}

/** A conversation that was opened on this page. */
export interface OpenTalk {
  id: string
  shown: Shown | null
  messages: Message[]
  outgoing: Outgoing[]
  draft: string
  /** The customer's message whose proposed answer the draft began as. */
  basis: number | null
  noteDraft: string
  collision: Owner | null
  /** How often its tickets have changed since it was opened. */
  ticketNews: number
  /** The message that is to be brought into view. */
  wanted: number | null
  /** What was masked and is shown, until another conversation is looked at. */
  texts: Record<string, string>
  contact: Contact | null
}

interface Work {
  header: () => Promise<void>
  messages: () => Promise<void>
  delivery: () => Promise<void>
  keepDraft: ReturnType<typeof setTimeout> | undefined
}

export const useTalks = defineStore("talks", () => {
  const session = useSession()
  const copilot = useCopilot()
  const opened = reactive(new Map<string, OpenTalk>())
  const currentId = ref<string | null>(null)
  const current = computed(() => (currentId.value === null ? null : opened.get(currentId.value) ?? null))
  const work = new Map<string, Work>()

  /** Look at a conversation. Throws Refusal. */
  async function open(id: string): Promise<void> {
    if (current.value !== null && currentId.value !== id) hide(current.value)
    currentId.value = id
    if (!opened.has(id)) begin(id)
    await refresh(id)
  }

  /** Look at none. */
  function leave(): void {
    if (current.value !== null) hide(current.value)
    currentId.value = null
  }

  /** Read who has a conversation, and the messages that are new. Throws Refusal; what is out of reach is closed. */
  async function refresh(id: string): Promise<void> {
    try {
      await Promise.all([refreshHeader(id), refreshMessages(id)])
    } catch (error) {
      if (error instanceof Refusal && error.isGone) forget(id)
      throw error
    }
  }

  /** Read who has a conversation and what was noted; nothing if it is not open. Throws Refusal. */
  async function refreshHeader(id: string): Promise<void> {
    await work.get(id)?.header()
  }

  /** Read the messages of a conversation that are new; nothing if it is not open. Throws Refusal. */
  async function refreshMessages(id: string): Promise<void> {
    await work.get(id)?.messages()
  }

  /** Read everything that is open anew. Throws Refusal. */
  async function refreshAll(): Promise<void> {
    await Promise.all([...opened.keys()].map((id) => refresh(id).catch(unlessGone)))
  }

  /** Read the page of messages before those that are shown. Throws Refusal. */
  async function earlier(talk: OpenTalk): Promise<void> {
    const first = talk.messages[0]
    if (first !== undefined) merge(talk, await desk.messagesBefore(talk.id, first.seq))
  }

  /** Bring a message into view, however long ago it was. Throws Refusal. */
  async function lookFor(talk: OpenTalk, seq: number): Promise<void> {
    while ((talk.messages[0]?.seq ?? 1) > seq) await earlier(talk)
    talk.wanted = seq
  }

  /** Say what the draft says. Throws Refusal if the server did not want it; what could not be sent is kept. */
  async function send(talk: OpenTalk): Promise<void> {
    const text = talk.draft.trim()
    if (text === "" || talk.shown === null) return
    const { basis } = talk
    write(talk, "")
    await say(talk, text, basis)
  }

  /** Say a text, beside the draft; `basis` is the customer's message it was proposed for. Throws Refusal as `send`. */
  async function say(talk: OpenTalk, text: string, basis: number | null): Promise<void> {
    if (talk.shown === null) return
    const epoch = talk.shown.conversation.owner_epoch
    talk.outgoing.push({ clientMsgId: crypto.randomUUID(), epoch, text, unsent: false, basis })
    await work.get(talk.id)?.delivery()
  }

  /** Send what could not be sent. Throws Refusal. */
  async function sendAgain(talk: OpenTalk): Promise<void> {
    if (talk.outgoing.length > 0) await work.get(talk.id)?.delivery()
  }

  /** Send what could not be sent in any conversation. Throws Refusal. */
  async function sendAllAgain(): Promise<void> {
    await Promise.all([...opened.values()].map(sendAgain))
  }

  /** Leave a note for colleagues. Throws Refusal. */
  async function addNote(talk: OpenTalk): Promise<void> {
    const text = talk.noteDraft.trim()
    if (text === "") return
    await desk.addNote(talk.id, text)
    talk.noteDraft = ""
    await refreshHeader(talk.id)
  }

  /** Take, pass on or end a conversation. Throws Refusal; who has it instead is in `collision`. */
  async function change(talk: OpenTalk, how: (id: string, epoch: number) => Promise<unknown>): Promise<void> {
    if (talk.shown === null) return
    try {
      await how(talk.id, talk.shown.conversation.owner_epoch)
      talk.collision = null
    } catch (error) {
      await collided(talk, error)
      throw error
    } finally {
      await refreshHeader(talk.id).catch(() => {}) // the stream tells of it too
    }
  }

  /** Note that a ticket of a conversation has changed. */
  function ticketChanged(id: string): void {
    const talk = opened.get(id)
    if (talk !== undefined) talk.ticketNews += 1
  }

  /** Keep what the agent writes, here at once and on the server when they pause. */
  function write(talk: OpenTalk, text: string): void {
    talk.draft = text
    if (text === "") talk.basis = null
    const mine = work.get(talk.id)
    if (mine === undefined || !session.may("serve")) return
    clearTimeout(mine.keepDraft)
    mine.keepDraft = setTimeout(() => {
      desk.keepDraft(talk.id, text.slice(0, 4000)).catch(() => {}) // it is still here, and kept with the next stroke
    }, DRAFT_MS)
  }

  /** Add a text to the draft; `basis` is the customer's message it was proposed for. */
  function add(talk: OpenTalk, text: string, basis: number | null): void {
    write(talk, [talk.draft.trim(), text].filter(Boolean).join("\n"))
    if (basis !== null) talk.basis = basis
  }

  /** Show a message, or the customer's name and phone, as they are. Throws Refusal. */
  async function unmask(talk: OpenTalk, reason: string, seq: number | null): Promise<void> {
    const shown = await desk.unmask(talk.id, reason, seq === null ? { customer: true } : { seqs: [seq] })
    if (talk.id !== currentId.value) return
    Object.assign(talk.texts, shown.texts)
    if (shown.customer?.state === "found") talk.contact = shown.customer.value
  }

  function begin(id: string): void {
    const talk: OpenTalk = reactive({
      id,
      shown: null,
      messages: [],
      outgoing: [],
      draft: "",
      basis: null,
      noteDraft: "",
      collision: null,
      ticketNews: 0,
      wanted: null,
      texts: {},
      contact: null,
    })
    opened.set(id, talk)
    work.set(id, {
      header: coalesced(() => readHeader(talk)),
      messages: coalesced(() => readMessages(talk)),
      delivery: coalesced(() => deliver(talk)),
      keepDraft: undefined,
    })
  }

  function forget(id: string): void {
    if (currentId.value === id) leave()
    opened.delete(id)
    work.delete(id)
  }

  async function readHeader(talk: OpenTalk): Promise<void> {
    const isFirst = talk.shown === null
    talk.shown = await desk.show(talk.id)
    if (isFirst && talk.draft === "") talk.draft = talk.shown.draft ?? ""
  }

  async function readMessages(talk: OpenTalk): Promise<void> {
    let count = PAGE
    while (count === PAGE) {
      const last = talk.messages.at(-1)
      const found = await desk.messages(talk.id, last?.seq)
      merge(talk, found)
      count = last === undefined ? 0 : found.length
    }
  }

  async function deliver(talk: OpenTalk): Promise<void> {
    for (let next = talk.outgoing[0]; next !== undefined; next = talk.outgoing[0]) {
      next.unsent = false
      try {
        const seq = await desk.say(talk.id, next.epoch, next.clientMsgId, next.text)
        if (next.basis !== null) void copilot.sent(talk.id, next.basis, seq)
        await readMessages(talk)
      } catch (error) {
        if (error instanceof Refusal && error.isPassing) {
          for (const each of talk.outgoing) each.unsent = true
        } else {
          write(talk, [...talk.outgoing.map((each) => each.text), talk.draft].filter(Boolean).join("\n"))
          talk.basis = talk.outgoing[0]?.basis ?? null
          talk.outgoing = []
          await collided(talk, error)
        }
        throw error
      }
      talk.outgoing.shift()
    }
  }

  async function collided(talk: OpenTalk, error: unknown): Promise<void> {
    if (!(error instanceof Refusal) || error.owner === null) return
    talk.collision = error.owner
    await refreshHeader(talk.id).catch(() => {}) // the stream tells of it too
  }

  return {
    opened,
    current,
    currentId,
    open,
    leave,
    refresh,
    refreshHeader,
    refreshMessages,
    refreshAll,
    earlier,
    lookFor,
    send,
    say,
    sendAgain,
    sendAllAgain,
    addNote,
    change,
    ticketChanged,
    write,
    add,
    unmask,
  }
})

/** What was said and is not yet among the messages: one may be told of a message before its sending is confirmed. */
export function pending(talk: OpenTalk): Outgoing[] {
  const arrived = new Set(talk.messages.map((message) => message.client_msg_id))
  return talk.outgoing.filter((one) => !arrived.has(one.clientMsgId))
}

function merge(talk: OpenTalk, found: Message[]): void {
  const bySeq = new Map([...talk.messages, ...found].map((message) => [message.seq, message]))
  talk.messages = [...bySeq.values()].sort((one, other) => one.seq - other.seq)
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Refusal && error.isGone)) throw error
}

function hide(talk: OpenTalk): void {
  talk.texts = {}
  talk.contact = null
}
