import { duration, when } from "../format"
import type { Listed } from "./api"
import { words } from "./words"

const DAY = 24 * 60 * 60

/** How the time of a ticket stands; warnings are given at 50, 80 and 100 % of it. */
export interface Left {
  level: "none" | "calm" | "half" | "soon" | "late"
  text: string
}

/** Tell how much of the time until the next deadline is left at a moment, in milliseconds. */
export function left(ticket: Pick<Listed, "due_since" | "due_at">, now: number): Left {
  if (ticket.due_since === null || ticket.due_at === null) return { level: "none", text: words.left.none }
  const [start, end] = [Date.parse(ticket.due_since), Date.parse(ticket.due_at)]
  const seconds = Math.abs(end - now) / 1000
  const time = seconds < DAY ? duration(seconds) : words.left.days(Math.floor(seconds / DAY))
  const passed = end === start ? 1 : (now - start) / (end - start)
  const level = now >= end ? "late" : passed >= 0.8 ? "soon" : passed >= 0.5 ? "half" : "calm"
  return { level, text: words.left[level](time) }
}

/** Say by when a ticket must be where. */
export function dueBy(goal: string, at: string, now: number): string {
  return words.left.by(when(at, new Date(now)), words.goal[goal] ?? goal)
}
