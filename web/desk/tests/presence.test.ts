import { createPinia, setActivePinia } from "pinia"
import { expect, it, vi } from "vitest"
import { usePresence } from "../src/stores/presence"
import { useSession } from "../src/stores/session"
import { FakeServer, LIN } from "./fakes"

it("what an agent has just chosen is not undone by an older answer", async () => {
  const server = new FakeServer().install()
  const answer = fetch
  let release = () => {}
  const later = new Promise<void>((resolve) => (release = resolve))
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path === "/api/colleagues") await later
    return answer(path, init)
  })
  setActivePinia(createPinia())
  useSession().login = { ...LIN, permissions: ["own", "view", "serve"], presence: "offline" }
  const presence = usePresence()
  const caughtUp = presence.catchUp()
  await presence.set("online")
  release()
  await caughtUp
  expect(server.asked).toContain("PUT /api/presence")
  expect(presence.status).toBe("online")
})
