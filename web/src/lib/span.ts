import type { T } from './i18n'

/** Staff are warned so long before a complaint must be answered (docs/drills.md) */
export const WARNING_MINUTES = 30

/** When it is so many minutes after ten in the morning */
export function momentAfterTen(minutes: number): { days: number; time: string } {
  const at = 600 + minutes
  const two = (n: number): string => String(n).padStart(2, '0')
  return { days: Math.floor(at / 1440), time: `${two(Math.floor((at % 1440) / 60))}:${two(at % 60)}` }
}

/** With the space before each figure: 90 → ' 1 小时 30 分钟', 2880 → ' 2 天' */
export function spanWords(minutes: number, t: T): string {
  const parts = [['span.days', Math.floor(minutes / 1440)], ['span.hours', Math.floor((minutes % 1440) / 60)], ['span.minutes', minutes % 60]] as const
  return parts.filter(([, count]) => count > 0).map(([name, count]) => t(name, { count })).join('')
}

/** A promise to customers as the mini-program words it: 150 → '两个半小时' */
export const promiseWords = (minutes: number, t: T): string => (minutes === 150 ? t('span.usual') : spanWords(minutes, t))
