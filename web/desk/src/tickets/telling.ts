import type { Choices, Entry } from "./api"
import { words } from "./words"

/** What ids mean. */
export interface Names {
  choices: Choices
  group(id: string): string
}

const BOT = "bot"

/** Who made a change. */
export function who(id: string, { choices }: Names): string {
  return id === BOT ? words.ticket.bot : choices.people.find((person) => person.id === id)?.name ?? id
}

/** What a change was, in a few words. */
export function told({ event, detail, to_state }: Entry, names: Names): string {
  const state = words.state[to_state] ?? to_state
  switch (event) {
    case "opened":
      return words.entry.opened(state)
    case "moved":
      return words.entry.moved(state)
    case "reopened":
      return words.entry.reopened
    case "answered":
      return words.entry.answered
    case "closed":
      return words.entry.closed(outcome(detail.outcome ?? "", names))
    case "assigned":
      return assigned(detail, names)
    case "extended":
      return words.entry.extended(detail.due_before ?? "", detail.due ?? "", role(detail.role ?? ""))
    case "regulator_date":
      if (detail.due_before === undefined) return words.entry.regulator(detail.due ?? "")
      return words.entry.regulatorMoved(detail.due_before, detail.due ?? "")
    case "evidence_added":
      return words.entry.evidence((detail.evidence ?? []).join(words.comma))
    case "identified":
      return words.entry.identified(detail.customer_id ?? "")
    default:
      return event
  }
}

/** How a ticket ended. */
export function outcome(id: string, { choices }: Names): string {
  return choices.outcomes.answered[id] ?? choices.outcomes.unanswered[id] ?? id
}

/** The titles of remedies. */
export function remedies(ids: string[], { choices }: Names): string {
  return ids.map((id) => choices.remedies[id] ?? id).join(words.comma)
}

/** The name of a role. */
export function role(id: string): string {
  return words.ticket.role[id] ?? id
}

function assigned({ group = "", owner_id = null }: Entry["detail"], names: Names): string {
  if (owner_id === null) return words.entry.returned(names.group(group))
  return words.entry.assigned(names.group(group), who(owner_id, names))
}
