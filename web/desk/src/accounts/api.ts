// Endpoints about accounts, one function each; all throw Refusal.
import { request } from "../api/client"

export interface Ways {
  single_sign_on: boolean
  /** Who may log in with a password. */
  passwords: "everyone" | "admins"
}

export interface Rights {
  name: string
  role: string
  groups: string[]
  capacity: number
}

export interface Account extends Rights {
  id: string
  demo: boolean
  disabled: boolean
  must_change_password: boolean
}

/** Where the lender's identity provider is gone to from. */
export const SIGN_ON = "/api/sign-on"

export const ROLES = ["agent", "lead", "quality", "admin"]

const of = (id: string) => `/api/agents/${encodeURIComponent(id)}`

export const ways = () => request<Ways>("GET", "/api/login")

export const changePassword = (old: string, chosen: string) =>
  request<void>("PUT", "/api/password", { old, new: chosen })

export const accounts = async () => (await request<{ agents: Account[] }>("GET", "/api/agents")).agents

/** Add an agent and return the password that lets them in once. */
export const add = async (id: string, rights: Rights) =>
  (await request<{ password: string }>("POST", "/api/agents", { id, ...rights })).password

export const change = (id: string, rights: Rights) => request<void>("PUT", of(id), rights)

/** Log an agent out everywhere and return the password that lets them in once. */
export const reset = async (id: string) => (await request<{ password: string }>("POST", `${of(id)}/reset`, {})).password

export const disable = (id: string) => request<void>("POST", `${of(id)}/disable`, {})

export const enable = (id: string) => request<void>("POST", `${of(id)}/enable`, {})
