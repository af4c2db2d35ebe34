import { onScopeDispose, ref } from "vue"

const DIALOG = "[role=dialog]"
const TYPED_INTO = `input:not([type=radio], [type=checkbox]), textarea, ${DIALOG}`
const SETTING = "dengta-desk-single-keys"

/** Whether single letters do something; people who dictate or hit keys by accident can switch that off. */
export const singleKeys = ref(localStorage.getItem(SETTING) !== "off")

/** Keep the choice on this computer. */
export function allowSingleKeys(allowed: boolean): void {
  singleKeys.value = allowed
  localStorage.setItem(SETTING, allowed ? "on" : "off")
}

/**
 * React to keys such as `j`, `?`, `Alt+ArrowDown` or `Alt+KeyA`, but not to single letters typed into a field, and to
 * nothing in a dialog. With Alt the key's place counts: what it types differs from system to system.
 */
export function useShortcuts(shortcuts: Record<string, () => void>): void {
  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.isComposing) return
    if (event.altKey ? isWithin(event.target, DIALOG) : !singleKeys.value || isWithin(event.target, TYPED_INTO)) return
    const run = shortcuts[event.altKey ? `Alt+${event.code}` : event.key]
    if (run === undefined) return
    event.preventDefault()
    run()
  }

  addEventListener("keydown", pressed)
  onScopeDispose(() => removeEventListener("keydown", pressed))
}

function isWithin(target: EventTarget | null, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null
}
