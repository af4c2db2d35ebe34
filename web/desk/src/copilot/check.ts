import { computed, onScopeDispose, ref, type Ref, watch } from "vue"
import { Refusal } from "../api/client"
import type { OpenTalk } from "../stores/talks"
import { check, type Warning } from "./api"

const PAUSE_MS = 400
const PATIENCE_MS = 1500
const LONGEST = 2000 // characters, as for a message

/** A warning with the words of the draft it is about. */
export interface Noted extends Warning {
  words: string
}

export interface DraftCheck {
  noted: Ref<Noted[]>
  /** Whether the draft could not be looked over. */
  isBlind: Ref<boolean>
  /** Look the draft over now, unless that was done; tell whether it may be sent without telling the agent anything new. */
  isNoNews: () => Promise<boolean>
}

/** Look a draft over whenever its author pauses; `isOn` while it is meant for the customer. */
export function useDraftCheck(talk: () => OpenTalk, isOn: () => boolean): DraftCheck {
  const noted = ref<Noted[]>([])
  const isBlind = ref(false)
  const draft = computed(() => (isOn() ? talk().draft.trim() : ""))
  let seen = "" // the draft the warnings are about
  let running: { text: string; done: Promise<void> } | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(draft, (text) => {
    clearTimeout(timer)
    if (text === "") forget()
    else timer = setTimeout(() => void look(text), PAUSE_MS)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  function forget(): void {
    seen = ""
    noted.value = []
    isBlind.value = false
  }

  function look(text: string): Promise<void> {
    if (text.length > LONGEST || text.startsWith("/")) return Promise.resolve()
    if (running?.text !== text) running = { text, done: ask(text) }
    return running.done
  }

  async function ask(text: string): Promise<void> {
    try {
      const warnings = await check(talk().id, text, talk().basis)
      if (draft.value !== text) return
      noted.value = quoting(text, warnings)
      isBlind.value = false
      seen = text
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (draft.value === text) isBlind.value = true
    } finally {
      if (running?.text === text) running = null
    }
  }

  async function isNoNews(): Promise<boolean> {
    const text = draft.value
    if (text === seen) return true
    clearTimeout(timer)
    await Promise.race([look(text), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))])
    return draft.value === text && (seen !== text || noted.value.length === 0)
  }

  return { noted, isBlind, isNoNews }
}

function quoting(text: string, warnings: Warning[]): Noted[] {
  const characters = [...text]
  const all = warnings.map((one) => ({ ...one, words: characters.slice(one.start, one.end).join("") }))
  return all.filter((one, index) => all.findIndex((two) => two.rule === one.rule && two.words === one.words) === index)
}
