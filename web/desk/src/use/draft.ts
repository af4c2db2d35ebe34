import { type Ref, ref, watch } from "vue"
import { useSession } from "../stores/session"

/** A text that survives a reload, in this window and for this agent only, until it is emptied or they log out. */
export function useDraft(name: string): Ref<string> {
  const key = `draft|${useSession().login?.agent.id}|${name}`
  const text = ref(sessionStorage.getItem(key) ?? "")
  watch(
    text,
    (written) => (written === "" ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, written)),
    { flush: "sync" },
  )
  return text
}
