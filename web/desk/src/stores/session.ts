import { defineStore } from "pinia"
import { computed, ref } from "vue"
import { trust, whenLoggedOut } from "../api/client"
import * as desk from "../api/desk"
import type { Login, Permission } from "../api/protocol"

/** Who works here. When a login ends, they and what they were doing stay until they, or somebody else, log in. */
export const useSession = defineStore("session", () => {
  const login = ref<Login | null>(null)
  const expired = ref(false)
  const isActive = computed(() => login.value !== null && !expired.value)

  whenLoggedOut(() => (expired.value = login.value !== null))

  /** Go on with the login the browser has, if any. Throws Refusal. */
  async function resume(): Promise<void> {
    begin(await desk.me())
  }

  /** Log in. Throws Refusal. */
  async function logIn(agentId: string, password: string): Promise<void> {
    begin(await desk.logIn(agentId, password))
  }

  /** Log out, and forget everything. Throws Refusal. */
  async function logOut(): Promise<void> {
    await desk.logOut()
    startAfresh()
  }

  function may(permission: Permission): boolean {
    return login.value?.permissions.includes(permission) ?? false
  }

  function begin(begun: Login): void {
    if (login.value !== null && login.value.agent.id !== begun.agent.id) return startAfresh()
    trust(begun.csrf_token)
    login.value = begun
    expired.value = false
  }

  return { login, expired, isActive, resume, logIn, logOut, may }
})

/** Load the page anew, for nothing of one agent may be shown to the next. */
function startAfresh(): void {
  sessionStorage.clear()
  history.replaceState(null, "", "/")
  location.reload()
}
