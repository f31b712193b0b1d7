// Server time, countdowns and dates. Shops run on Beijing time whatever the phone is set to.

export interface Clock {
  now(): number
  /** A server instant that was read in a request from sentAt to receivedAt (phone time) */
  sync(serverIso: string, sentAt: number, receivedAt: number): void
}

/** Keeps the offset from the answer with the shortest trip, and lets old answers age */
export function createClock(phone: () => number): Clock {
  let offset = 0
  let trip = Infinity
  let at = -Infinity
  return {
    now: () => phone() + offset,
    sync(serverIso, sentAt, receivedAt) {
      const server = Date.parse(serverIso)
      if (Number.isNaN(server)) return
      const rtt = Math.max(0, receivedAt - sentAt)
      const stale = receivedAt - at > 10 * 60_000
      if (rtt > trip && !stale) return
      trip = rtt
      at = receivedAt
      offset = server - (sentAt + rtt / 2)
    },
  }
}

export const clock = createClock(() => Date.now())

export interface Left { days: number; hours: number; minutes: number; seconds: number; over: boolean }

/** Time left; rounded up to a second so that 00:00:00 is shown only when it is over */
export function timeLeft(untilMs: number, nowMs: number): Left {
  const total = Math.max(0, Math.ceil((untilMs - nowMs) / 1000))
  return {
    days: Math.floor(total / 86400),
    hours: Math.floor((total % 86400) / 3600),
    minutes: Math.floor((total % 3600) / 60),
    seconds: total % 60,
    over: total === 0,
  }
}

export const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** "1天 02:03:04" */
export function leftText(left: Left): string {
  const clockText = `${two(left.hours)}:${two(left.minutes)}:${two(left.seconds)}`
  return left.days > 0 ? `${left.days}天 ${clockText}` : clockText
}

const ZONE = 8 * 3600_000

function shanghai(iso: string): { y: number; m: number; d: number; hh: number; mm: number } {
  const t = new Date(Date.parse(iso) + ZONE)
  return { y: t.getUTCFullYear(), m: t.getUTCMonth() + 1, d: t.getUTCDate(), hh: t.getUTCHours(), mm: t.getUTCMinutes() }
}

/** "2026.06.18" */
export function day(iso: string): string {
  const t = shanghai(iso)
  return `${t.y}.${two(t.m)}.${two(t.d)}`
}

/** "2026-06-18 19:30" */
export function minute(iso: string): string {
  const t = shanghai(iso)
  return `${t.y}-${two(t.m)}-${two(t.d)} ${two(t.hh)}:${two(t.mm)}`
}

/** "2026-06-18 24:00" for the midnight after it: the end of a day is said of that day */
export function endMinute(iso: string): string {
  const t = shanghai(iso)
  return t.hh === 0 && t.mm === 0 ? minute(new Date(Date.parse(iso) - 60_000).toISOString()).replace('23:59', '24:00') : minute(iso)
}

/** "6月18日 19:30" */
export function dayWords(iso: string): string {
  const t = shanghai(iso)
  return `${t.m}月${t.d}日 ${two(t.hh)}:${two(t.mm)}`
}

/** A span in minutes as people say it: 150 → '两个半小时', 2880 → '2 天' */
export function spanWords(minutes: number): string {
  if (minutes === 150) return '两个半小时'
  const parts: [number, string][] = [[Math.floor(minutes / 1440), '天'], [Math.floor((minutes % 1440) / 60), '小时'], [minutes % 60, '分钟']]
  return ` ${parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`).join(' ')}`
}
