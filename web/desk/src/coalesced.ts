/** Return a task that runs once at a time; whoever asks while it runs gets a run that begins afterwards. */
export function coalesced(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null

  function start(): Promise<void> {
    running = task().finally(() => (running = null))
    return running
  }

  return () => {
    if (running === null) return start()
    next ??= running.catch(() => {}).then(() => {
      next = null
      return start()
    })
    return next
  }
}
