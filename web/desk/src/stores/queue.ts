import { defineStore } from "pinia"
import { computed, ref } from "vue"
import * as desk from "../api/desk"
import type { Talk, Waiting } from "../api/protocol"
import { coalesced } from "../coalesced"

/** Who waits, in the order in which they are to be taken, and which conversations the agent has. */
export const useQueue = defineStore("queue", () => {
  const waiting = ref<Waiting[]>([])
  const mine = ref<Talk[]>([])
  const unread = ref<Record<string, number>>({})
  const ids = computed(() => [...mine.value.map((talk) => talk.id), ...waiting.value.map((one) => one.conversation_id)])
  let lastSeqs: Record<string, number> = {}

  /** Read both lists. Throws Refusal. */
  const refresh = coalesced(async () => {
    const now = await desk.queue()
    waiting.value = now.waiting
    mine.value = now.mine
    lastSeqs = Object.fromEntries(now.mine.map((talk) => [talk.id, Math.max(talk.last_seq, lastSeqs[talk.id] ?? 0)]))
  })

  /** Read both lists after events were missed, and mark what has grown meanwhile. Throws Refusal. */
  async function catchUp(): Promise<void> {
    const before = lastSeqs
    await refresh()
    for (const talk of mine.value) {
      if (talk.last_seq > (before[talk.id] ?? talk.last_seq)) arrived(talk.id)
    }
  }

  /** Note that a message was stored. */
  function grew(id: string, seq: number): void {
    if (id in lastSeqs) lastSeqs[id] = Math.max(lastSeqs[id] ?? 0, seq)
  }

  /** Count a customer's message that nobody has looked at. */
  function arrived(id: string): void {
    unread.value[id] = (unread.value[id] ?? 0) + 1
  }

  /** Note that the agent looks at a conversation. */
  function looked(id: string): void {
    delete unread.value[id]
  }

  return { waiting, mine, unread, ids, refresh, catchUp, grew, arrived, looked }
})
