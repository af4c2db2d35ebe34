import { words } from "./words"

const ZONE = { timeZone: "Asia/Shanghai" } // deadlines and service hours are told in it, wherever an agent sits
const clock = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const day = new Intl.DateTimeFormat("zh-CN", { ...ZONE, month: "numeric", day: "numeric" })
const dayOfYear = new Intl.DateTimeFormat("zh-CN", { ...ZONE, year: "numeric", month: "numeric", day: "numeric" })
const year = new Intl.DateTimeFormat("zh-CN", { ...ZONE, year: "numeric" })

/** The time of day of a moment, with the date in front unless it is `today`. */
export function when(moment: string, today = new Date()): string {
  const at = new Date(moment)
  const date = dayOfYear.format(at) === dayOfYear.format(today) ? "" : `${shortDate(at, today)} `
  return date + clock.format(at)
}

/** The date of a moment, with the year unless it is this one. */
export function shortDate(at: Date, today = new Date()): string {
  return (year.format(at) === year.format(today) ? day : dayOfYear).format(at)
}

/** How long something took or takes, in the largest unit that says enough. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return words.time.seconds(whole)
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? words.time.minutes(minutes) : words.time.hours(Math.floor(minutes / 60), minutes % 60)
}

/** Yuan from decimal text, digits grouped; no digit goes through a floating-point number. */
export function yuan(amount: string): string {
  const [whole = "0", cents] = amount.split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return words.time.yuan(cents === undefined ? grouped : `${grouped}.${cents}`)
}

/** A rate given as a fraction, as per cent with two places. */
export function percent(fraction: string): string {
  return `${(Number(fraction) * 100).toFixed(2)}%`
}
