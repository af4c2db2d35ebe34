import { onScopeDispose } from "vue"
import { Refusal } from "../api/client"
import { heartbeat } from "../api/desk"
import { useLive } from "../stores/live"
import { useSession } from "../stores/session"

const EVERY_MS = 20_000

/** Tell the server that the page is open, and whether somebody sits in front of it; find out if it is out of reach. */
export function useHeartbeat(): void {
  const session = useSession()
  const live = useLive()
  let active = true

  async function beat(): Promise<void> {
    if (!session.isActive) return
    const wasActive = active
    active = false
    try {
      await heartbeat(wasActive)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      active ||= wasActive
      live.doubt()
    }
  }

  const moved = () => (active = true)
  const timer = setInterval(() => void beat(), EVERY_MS)
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, moved)
  onScopeDispose(() => {
    clearInterval(timer)
    for (const kind of ["keydown", "pointerdown"]) removeEventListener(kind, moved)
  })
}
