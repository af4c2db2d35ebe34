import { defineStore } from "pinia"
import { ref } from "vue"
import { Refusal } from "../api/client"
import { useLive } from "./live"

const SHOWN_MS = 8000

/** One sentence at a time about what just went wrong, or was done where one cannot see it. */
export const useNotices = defineStore("notices", () => {
  const text = ref("")
  const isGood = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Say what went wrong. */
  function show(sentence: string): void {
    text.value = sentence
    isGood.value = false
    clearTimeout(timer)
    timer = setTimeout(dismiss, SHOWN_MS)
  }

  /** Say what was done. */
  function tell(sentence: string): void {
    show(sentence)
    isGood.value = true
  }

  function dismiss(): void {
    text.value = ""
  }

  /** Do something an agent asked for and say why if it is refused; tell whether it was done. */
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      show(error.message)
      if (error.code === "unreachable") useLive().doubt()
      return false
    }
  }

  return { text, isGood, show, tell, dismiss, attempt }
})
