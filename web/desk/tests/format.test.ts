import { expect, it } from "vitest"
import { duration, percent, when, yuan } from "../src/format"

it.each([
  ["0.00", "0.00 元"],
  ["967.66", "967.66 元"],
  ["1234567.80", "1,234,567.80 元"],
  ["-1000.00", "-1,000.00 元"],
  ["9007199254740993.01", "9,007,199,254,740,993.01 元"],
])("writes %s yuan", (amount, written) => expect(yuan(amount)).toBe(written))

it.each([
  [-3, "0 秒"],
  [59.9, "59 秒"],
  [60, "1 分钟"],
  [3599, "59 分钟"],
  [3600, "1 小时 0 分"],
])("tells %d seconds", (seconds, told) => expect(duration(seconds)).toBe(told))

it("tells rates with two places", () => expect(percent("0.2376")).toBe("23.76%"))

it("tells moments in China's time, without the date today and without the year this year", () => {
  const today = new Date("2026-11-22T23:00:00+08:00")
  expect(when("2026-11-22T00:05:00+08:00", today)).toBe("00:05")
  expect(when("2026-11-21T23:59:00+08:00", today)).toMatch(/^11[/月]21日? 23:59$/)
  expect(when("2025-11-21T09:05:00+08:00", today)).toMatch(/^2025/)
})
