import { words } from "../words"
import type { Owner } from "./protocol"

const TIMEOUT_MS = 10_000
const PASSING = ["unreachable", "unavailable", "internal", "too_slow", "login_required"]
const GONE = ["not_in_group", "not_found"]

/** What comes with some refusals: why no extension is granted, or what is wrong with a text. */
export interface Details {
  reason?: string
  warnings?: { title: string; advice: string }[]
}

/** A request that did not do what it should. `code` is the server's, or `unreachable`; the message is for people. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly owner: Owner | null = null,
    readonly details: Details = {},
  ) {
    super(message)
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return PASSING.includes(this.code)
  }

  /** Whether the conversation does not concern this agent any more. */
  get isGone(): boolean {
    return GONE.includes(this.code)
  }
}

interface Refused extends Details {
  error: string
  message: string
  now?: Owner
}

type Method = "GET" | "POST" | "PUT" | "DELETE"

let csrfToken = ""
let onLoggedOut = () => {}

/** Send this token with every change from now on. */
export function trust(token: string): void {
  csrfToken = token
}

/** Call this when the server says that the login has ended. */
export function whenLoggedOut(handler: () => void): void {
  onLoggedOut = handler
}

/**
 * Ask the desk's server and return what it answers.
 * @throws Refusal
 */
export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await reach(method, path, body)
  if (response.ok) return response.status === 204 ? (undefined as T) : await read<T>(response)
  const { error, message, now, ...details } = await read<Refused>(response)
  if (error === "login_required") onLoggedOut()
  throw new Refusal(error, message, now ?? null, details)
}

async function reach(method: Method, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = {}
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken
  if (body !== undefined) headers["Content-Type"] = "application/json"
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    return await fetch(path, { method, headers, signal, body: body === undefined ? null : JSON.stringify(body) })
  } catch {
    throw unreachable()
  }
}

async function read<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T
  } catch {
    throw unreachable() // a proxy's own page, or an answer that broke off
  }
}

function unreachable(): Refusal {
  return new Refusal("unreachable", words.errors.unreachable)
}
