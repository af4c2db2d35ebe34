import { percent } from "../format"
import type { Figures, Split } from "./api"
import { words } from "./words"

/** What is shown of an average, a share or an NPS; a dash where nobody answered. */
export function average({ average, rated }: Figures): string {
  return average === null ? few(rated) : average.toFixed(2)
}

export function satisfied({ satisfied, rated }: Figures): string {
  return satisfied === null ? few(rated) : percent(String(satisfied))
}

export function response({ response }: Figures): string {
  return response === null ? "–" : percent(String(response))
}

export function nps({ nps, recommended }: Figures): string {
  return nps === null ? few(recommended) : nps.toFixed(0)
}

/** Every day from `since` to `until`, both included, with its figures if there are any. */
export function everyDay(days: Split[], since: string, until: string): { day: string; figures: Split | null }[] {
  const known = new Map(days.map((each) => [each.id, each]))
  const all = []
  for (let at = Date.parse(since); at <= Date.parse(until); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10)
    all.push({ day, figures: known.get(day) ?? null })
  }
  return all
}

function few(answers: number): string {
  return answers === 0 ? "–" : words.tooFew
}
