import { defineStore } from "pinia"
import { computed, ref } from "vue"
import { Refusal } from "../api/client"
import { coalesced } from "../coalesced"
import type { News } from "../live/stream"
import { useNotices } from "../stores/notices"
import { usePresence } from "../stores/presence"
import { useSession } from "../stores/session"
import * as api from "./api"
import { type Names, told as inWords, who } from "./telling"
import { words } from "./words"

const LIST = "/tickets"

/** The list of tickets that is looked at, or the one ticket, kept as new as the server's; and what presses. */
export const useTickets = defineStore("tickets", () => {
  const session = useSession()
  const presence = usePresence()
  const notices = useNotices()
  const choices = ref<api.Choices | null>(null)
  const list = ref<api.Page | null>(null)
  const ticket = ref<api.Ticket | null>(null)
  const problem = ref("") // why there is no ticket to be shown
  const pressing = ref<Record<"mine" | "all", api.Pressing> | null>(null)
  const wanted = ref<api.Wanted>({})
  const number = ref<string | null>(null)
  const isWatched = ref(false)
  const ahead = ref(0) // milliseconds the server's time is before this computer's

  const names = computed(
    (): Names | null => choices.value && { choices: choices.value, group: (id) => presence.groupName(id) },
  )

  const refreshList = coalesced(async () => {
    const found = await api.list(wanted.value)
    list.value = found
    ahead.value = Date.parse(found.now) - Date.now()
  })

  const refreshTicket = coalesced(async () => {
    if (number.value === null) return
    try {
      const found = await api.show(number.value)
      ticket.value = found
      problem.value = ""
      ahead.value = Date.parse(found.now) - Date.now()
    } catch (error) {
      if (!(error instanceof Refusal) || !error.isGone) throw error
      ticket.value = null
      problem.value = error.message
    }
  })

  const refreshPressing = coalesced(async () => {
    pressing.value = await api.pressing()
  })

  /** Look at the list of these tickets. Throws Refusal. */
  async function lookAtList(these: api.Wanted): Promise<void> {
    isWatched.value = true
    wanted.value = these
    number.value = null
    await Promise.all([readChoices(), refresh()])
  }

  /** Look at one ticket. Throws Refusal. */
  async function lookAt(ticketNo: string): Promise<void> {
    isWatched.value = true
    number.value = ticketNo
    problem.value = ""
    await Promise.all([readChoices(), refresh()])
  }

  /** Look at something else. */
  function leave(): void {
    isWatched.value = false
  }

  /** Read what is looked at anew, and what presses. Throws Refusal. */
  async function refresh(): Promise<void> {
    if (!session.may("tickets")) return
    const watched = number.value === null ? refreshList : refreshTicket
    await Promise.all([refreshPressing(), isWatched.value && watched()])
  }

  /** Hear that a ticket has changed, or that its time is running out. Throws Refusal. */
  async function told(news: News): Promise<void> {
    if (!session.may("tickets")) return
    if (news.kind === "deadline" && news.owner_id === session.login?.agent.id) {
      notices.show(words.warned(news.ticket_no ?? "", news.percent ?? 100))
    }
    const concerns = number.value === null || number.value === news.ticket_no
    await (concerns ? refresh() : refreshPressing())
  }

  /** Change the ticket that is shown. Throws Refusal, if somebody else was faster after reading what they did. */
  async function change(what: api.Change): Promise<void> {
    if (ticket.value === null) return
    const { ticket_no, version } = ticket.value.summary
    try {
      await api.change(ticket_no, version, what)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.code === "ticket_changed") await refreshTicket()
      throw new Refusal(error.code, explained(error))
    }
    await refreshTicket()
  }

  /** Read what kinds of tickets there are, and who works on them. Throws Refusal. */
  async function readChoices(): Promise<void> {
    choices.value = await api.choices()
  }

  function explained(error: Refusal): string {
    if (error.code === "ticket_changed") return conflict()
    const { reason = "", warnings = [] } = error.details
    const advice = warnings.map(({ title, advice }) => words.form.warning(title, advice))
    return [words.form.extensionRefused[reason] ?? error.message, ...advice].join("\n")
  }

  function conflict(): string {
    const last = ticket.value?.history.at(-1)
    if (last === undefined || names.value === null) return words.form.changedBySomebody
    return words.form.changed(who(last.by, names.value), inWords(last, names.value))
  }

  return {
    choices,
    names,
    wanted,
    list,
    ticket,
    problem,
    pressing,
    ahead,
    lookAtList,
    lookAt,
    leave,
    refresh,
    told,
    change,
    readChoices,
  }
})

/** The address of a list. */
export function address(wanted: api.Wanted): string {
  const asked = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== "")).toString()
  return asked === "" ? LIST : `${LIST}?${asked}`
}
