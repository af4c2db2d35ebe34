import { onScopeDispose, ref, type Ref } from "vue"

const EVERY_MS = 5000

/** The present moment in milliseconds, told every few seconds. */
export function useNow(): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), EVERY_MS)
  onScopeDispose(() => clearInterval(timer))
  return now
}
