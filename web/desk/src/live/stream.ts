const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 5_000
const SILENCE_MS = 12_000 // the server says something every 5 s

export const KINDS = ["message", "owner", "presence", "note", "ticket", "deadline"] as const

export type Kind = (typeof KINDS)[number]

/** What the desk is told: ids and numbers only, by kind. */
export interface News {
  kind: Kind
  conversation_id: string | null
  message_seq?: number
  author?: string
  agent_id?: string
  status?: string
  owner_id?: string | null
  ticket_no?: string
  percent?: number
}

interface Listeners {
  /** Connected. What happened since the last event follows, unless `gap`: then something is not to be had any more. */
  opened(gap: boolean): void
  told(news: News): void
  lost(): void
  /** Tell whether the server can be reached and lets us in. */
  admitted(): Promise<boolean>
}

/** The desk's event stream. It comes back on its own, each time from the last event it saw. */
export class Stream {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private silence: ReturnType<typeof setTimeout> | undefined
  private lastSeen = ""
  private delay = FIRST_DELAY_MS

  constructor(private readonly listeners: Listeners) {}

  /** Connect now; harmless when connected. */
  open(): void {
    if (this.source !== null) return
    this.wait(undefined)
    const source = new EventSource(this.lastSeen === "" ? "/api/events" : `/api/events?after=${this.lastSeen}`)
    this.source = source
    this.heard()
    for (const name of ["open", "reset"]) {
      source.addEventListener(name, (event) => {
        if (!(event instanceof MessageEvent)) return // the browser's own `open` says nothing about the server
        this.lastSeen = event.lastEventId
        this.delay = FIRST_DELAY_MS
        this.heard()
        this.listeners.opened(name === "reset")
      })
    }
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        this.lastSeen = event.lastEventId
        this.heard()
        this.listeners.told({ ...JSON.parse(event.data), kind })
      })
    }
    source.addEventListener("ping", (event) => {
      this.lastSeen = event.lastEventId
      this.heard()
    })
    source.addEventListener("error", (event) => {
      if (!(event instanceof MessageEvent)) this.drop()
    })
  }

  /** Give up this connection, which may be dead, and make another soon. */
  drop(): void {
    if (this.source === null) return
    this.close()
    this.listeners.lost()
    this.comeBack()
  }

  /** Disconnect until `open`. */
  close(): void {
    this.wait(undefined)
    clearTimeout(this.silence)
    this.source?.close()
    this.source = null
  }

  /** Take it for dead when nothing more is heard of it. */
  private heard(): void {
    clearTimeout(this.silence)
    this.silence = setTimeout(() => this.drop(), SILENCE_MS)
  }

  private comeBack(): void {
    const spread = 0.5 + Math.random() // not all desks at once
    this.wait(setTimeout(() => void this.retry(), this.delay * spread))
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY_MS)
  }

  private wait(timer: ReturnType<typeof setTimeout> | undefined): void {
    clearTimeout(this.timer)
    this.timer = timer
  }

  private async retry(): Promise<void> {
    const timer = this.timer
    const admitted = await this.listeners.admitted()
    if (timer !== this.timer) return // opened or closed meanwhile
    if (admitted) this.open()
    else this.comeBack()
  }
}
