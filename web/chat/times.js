/** Says times of day and days as a customer in China reads them. */

const ZONE = { timeZone: "Asia/Shanghai" };
const CLOCK = new Intl.DateTimeFormat("zh-CN", { ...ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DATE = new Intl.DateTimeFormat("en-CA", ZONE);
const DAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, month: "long", day: "numeric", weekday: "long" });
const LONG_DAY = new Intl.DateTimeFormat("zh-CN", { ...ZONE, dateStyle: "full" });
const RELATIVE = new Intl.RelativeTimeFormat("zh-CN", { numeric: "auto" });

/** Returns 09:05 for an ISO time. */
export function clock(time) {
  return CLOCK.format(new Date(time));
}

/** Returns the calendar date of an ISO time in Shanghai, as 2026-11-22. */
export function date(time) {
  return DATE.format(new Date(time));
}

/** Names the day of an ISO time: today and yesterday by word, others by date. */
export function day(time) {
  const days = (Date.parse(date(time)) - Date.parse(date(Date.now()))) / 86_400_000;
  if (days === 0 || days === -1) return RELATIVE.format(days, "day");
  const sameYear = date(time).slice(0, 4) === date(Date.now()).slice(0, 4);
  return (sameYear ? DAY : LONG_DAY).format(new Date(time));
}
