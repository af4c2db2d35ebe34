import { defineStore } from "pinia"
import { computed, ref, watch } from "vue"
import * as desk from "../api/desk"
import type { Colleague, Status } from "../api/protocol"
import { coalesced } from "../coalesced"
import type { News } from "../live/stream"
import { useSession } from "./session"

/** What the agent does now, who else is there, and the names of the skill groups. */
export const usePresence = defineStore("presence", () => {
  const session = useSession()
  const status = ref<Status>("offline")
  const agents = ref<Colleague[]>([])
  const groups = computed(() => session.login?.groups ?? [])

  watch(
    () => session.login,
    (login) => {
      if (login !== null) status.value = login.presence
    },
    { immediate: true },
  )

  /** Read who is online. Throws Refusal. */
  const refresh = coalesced(async () => {
    agents.value = (session.may("serve") ? await desk.colleagues() : await desk.wall()).agents
  })

  /** Read who is online, and what the agent does as the server knows it. Throws Refusal. */
  async function catchUp(): Promise<void> {
    const before = status.value
    const [login] = await Promise.all([desk.me(), refresh()])
    if (status.value === before) status.value = login.presence // or else something newer was chosen meanwhile
  }

  /** Say what the agent does now. Throws Refusal. */
  async function set(next: Status): Promise<void> {
    await desk.setPresence(next)
    status.value = next
  }

  /** Hear that somebody came or went. Throws Refusal. */
  async function told(news: News): Promise<void> {
    if (news.agent_id === session.login?.agent.id) status.value = news.status as Status
    await refresh()
  }

  function groupName(id: string | null): string {
    return groups.value.find((group) => group.id === id)?.name ?? id ?? ""
  }

  return { status, agents, groups, refresh, catchUp, set, told, groupName }
})
