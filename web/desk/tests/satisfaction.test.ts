import { expect, test } from "vitest"
import type { Split } from "../src/wall/api"
import { average, everyDay, nps, response, satisfied } from "../src/wall/figures"
import { words } from "../src/wall/words"

const NOBODY: Split = {
  id: "web",
  name: "web",
  invited: 0,
  rated: 0,
  response: null,
  average: null,
  satisfied: null,
  recommended: 0,
  nps: null,
}

test("figures are rounded, a few are not told, and nobody is a dash", () => {
  const all = { ...NOBODY, invited: 8, rated: 6, response: 0.75, average: 3.666, satisfied: 2 / 3, recommended: 6, nps: -16.7 }
  expect([average(all), satisfied(all), response(all), nps(all)]).toEqual(["3.67", "66.67%", "75.00%", "-17"])
  const few = { ...NOBODY, invited: 2, rated: 1, response: 0.5, recommended: 1 }
  expect([average(few), satisfied(few), nps(few)]).toEqual([words.tooFew, words.tooFew, words.tooFew])
  expect([average(NOBODY), satisfied(NOBODY), response(NOBODY), nps(NOBODY)]).toEqual(["–", "–", "–", "–"])
})

test("days without ratings are there too", () => {
  const known = { ...NOBODY, id: "2026-03-01", rated: 3 }
  const days = everyDay([known], "2026-02-27", "2026-03-02")
  expect(days.map(({ day, figures }) => [day, figures?.rated])).toEqual([
    ["2026-02-27", undefined],
    ["2026-02-28", undefined],
    ["2026-03-01", 3],
    ["2026-03-02", undefined],
  ])
})
