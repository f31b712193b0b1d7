import dayjs, { type Dayjs } from 'dayjs'
import timezone from 'dayjs/plugin/timezone'
import utc from 'dayjs/plugin/utc'

// Every time on the screen is Shanghai's, whatever zone the machine is in. China has had no summer time since 1991, so the
// offset is fixed; the pickers hold wall-clock times (antd takes `now` from the default zone set here).
export const ZONE = 'Asia/Shanghai'
const OFFSET = '+08:00'
export const OFFSET_MS = 8 * 3600_000

dayjs.extend(utc)
dayjs.extend(timezone)
dayjs.tz.setDefault(ZONE)

const wall = (instant: string | number | Date): Date => new Date(new Date(instant).getTime() + OFFSET_MS)
const two = (n: number): string => String(n).padStart(2, '0')

/** '2026-06-18 19:30' */
export function formatDateTime(instant: string | number | Date): string {
  return `${formatDate(instant)} ${formatTime(instant)}`
}
/** '2026-06-18 24:00' for the midnight after it: what ends with a day is told of that day, as customers read it */
export function formatEnd(instant: string | number | Date): string {
  const d = wall(instant)
  return d.getUTCHours() === 0 && d.getUTCMinutes() === 0 ? `${formatDate(new Date(instant).getTime() - 60_000)} 24:00` : formatDateTime(instant)
}
/** '06-18 19:30', with the year when it is not this one */
export function formatShortDateTime(instant: string | number | Date, now: number = Date.now()): string {
  const text = formatDateTime(instant)
  return text.slice(0, 4) === formatDate(now).slice(0, 4) ? text.slice(5) : text
}
export function formatDate(instant: string | number | Date): string {
  const d = wall(instant)
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
}
export function formatTime(instant: string | number | Date, seconds = false): string {
  const d = wall(instant)
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${seconds ? `:${two(d.getUTCSeconds())}` : ''}`
}

/** A picker's wall-clock time, as the instant that it is in Shanghai. */
export const toInstant = (picked: Dayjs): string => `${picked.format('YYYY-MM-DDTHH:mm:ss')}${OFFSET}`
/** The other way round: what a picker shows for an instant. */
export const toShanghai = (instant: string): Dayjs => dayjs(instant).tz(ZONE)
export const nowInShanghai = (): Dayjs => dayjs().tz(ZONE)

export type Span = { count: number; unit: 'day' | 'hour' | 'minute' }
/** Roughly how long, in the largest unit that fits: 49 hours is 2 days, 59 minutes is 59 minutes. */
export function roughSpan(ms: number): Span {
  const minutes = Math.max(1, Math.round(Math.abs(ms) / 60_000))
  if (minutes < 60) return { count: minutes, unit: 'minute' }
  if (minutes < 24 * 60) return { count: Math.round(minutes / 60), unit: 'hour' }
  return { count: Math.floor(minutes / (24 * 60)), unit: 'day' }
}
