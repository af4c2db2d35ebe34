import { computed, ref } from "vue"

const NAMED = ["wall", "tickets", "account", "accounts"] as const

const address = ref(here())

/** The page the address names: conversations, the wall, tickets, one's own account or everybody's. */
export const page = computed(() => NAMED.find((name) => name === address.value.pathname.split("/")[1]) ?? "work")

/** The ticket the address names: `/tickets/<number>`. */
export const ticketNo = computed(() => (page.value === "tickets" && address.value.pathname.split("/")[2]) || null)

/** What stands after the question mark of the address. */
export const query = computed(() => Object.fromEntries(address.value.searchParams))

addEventListener("popstate", () => (address.value = here()))
addEventListener("click", follow)

/** Show another page, without loading anything but its data. */
export function visit(path: string): void {
  if (path !== location.pathname + location.search) history.pushState(null, "", path)
  address.value = here()
}

/** Follow links within the desk; other buttons and keys open a window of their own as everywhere. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
  const path = event.target instanceof Element ? event.target.closest("a")?.getAttribute("href") : undefined
  if (!path?.startsWith("/")) return
  event.preventDefault()
  visit(path)
}

function here(): URL {
  return new URL(location.href)
}
