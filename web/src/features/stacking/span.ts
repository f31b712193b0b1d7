import type { useT } from '../../lib/i18n'

/** Staff are warned so long before a complaint must be answered (docs/drills.md) */
export const WARNING_MINUTES = 30

/** When it is so many minutes after ten in the morning */
export function momentAfterTen(minutes: number): { days: number; time: string } {
  const at = 600 + minutes
  const two = (n: number): string => String(n).padStart(2, '0')
  return { days: Math.floor(at / 1440), time: `${two(Math.floor((at % 1440) / 60))}:${two(at % 60)}` }
}

/** 150 → '2 小时 30 分钟', 2880 → '2 天' */
export function spanWords(minutes: number, t: ReturnType<typeof useT>): string {
  const parts = [['answer.span.days', Math.floor(minutes / 1440)], ['answer.span.hours', Math.floor((minutes % 1440) / 60)], ['answer.span.minutes', minutes % 60]] as const
  return parts.filter(([, count]) => count > 0).map(([name, count]) => t(name, { count })).join(' ')
}
