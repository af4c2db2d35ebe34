import { defineStore } from "pinia"
import { ref } from "vue"
import { Refusal } from "../api/client"
import * as desk from "../api/desk"
import { type News, Stream } from "../live/stream"
import { useTickets } from "../tickets/store"
import { useNotices } from "./notices"
import { usePresence } from "./presence"
import { useQueue } from "./queue"
import { useSession } from "./session"
import { useTalks } from "./talks"

/** Keeps what is shown as new as the server's record: by events, and after a gap by reading all of it anew. */
export const useLive = defineStore("live", () => {
  const session = useSession()
  const queue = useQueue()
  const talks = useTalks()
  const presence = usePresence()
  const tickets = useTickets()
  const notices = useNotices()
  const state = ref<"connecting" | "live" | "lost">("connecting")
  let complete = false // whether everything up to the stream's last event has been read

  const stream = new Stream({
    opened: (gap) => void keepUp(() => caughtUp(gap)),
    told: (news) => void keepUp(() => told(news)),
    lost: () => (state.value = "lost"),
    admitted: () => desk.me().then(() => true, () => false),
  })

  /** Connect, now or again. */
  function start(): void {
    stream.open()
    addEventListener("online", start)
    addEventListener("offline", doubt)
  }

  /** Disconnect, for the login has ended. */
  function stop(): void {
    removeEventListener("online", start)
    removeEventListener("offline", doubt)
    stream.close()
    state.value = "lost"
  }

  /** Note that the server could not be reached, so that the connection must be dead as well. */
  function doubt(): void {
    stream.drop()
  }

  async function caughtUp(gap: boolean): Promise<void> {
    if (gap) complete = false
    if (!complete) {
      const conversations = session.may("view") ? [queue.catchUp(), talks.refreshAll()] : []
      await Promise.all([...conversations, presence.catchUp(), tickets.refresh()])
      complete = true
    }
    state.value = "live"
    await talks.sendAllAgain()
  }

  async function told(news: News): Promise<void> {
    const id = news.conversation_id
    if (news.kind === "presence") return presence.told(news)
    if (news.kind === "ticket" || news.kind === "deadline") {
      if (id !== null) talks.ticketChanged(id)
      return tickets.told(news)
    }
    if (id === null) return
    if (news.kind === "message") {
      queue.grew(id, news.message_seq ?? 0)
      const isWatched = talks.currentId === id && document.visibilityState === "visible"
      if (news.author === "customer" && !isWatched) queue.arrived(id)
      return talks.refreshMessages(id)
    }
    if (news.kind === "owner") await Promise.all([queue.refresh(), talks.refresh(id)])
    else await talks.refreshHeader(id)
  }

  /** Do what keeps the page up to date; where that fails, everything is read anew with the next connection. */
  async function keepUp(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      notices.show(error.message)
      if (!error.isPassing) return
      complete = false
      stream.drop()
    }
  }

  return { state, start, stop, doubt }
})
