// What a shopper typed as a birthday.
export interface Birth { month: number; day: number; year: number | null }

const whole = (text: string): number | null => (/^\d{1,4}$/.test(text.trim()) ? Number(text.trim()) : null)

/** The birthday, or what is missing in words; whether the day exists and the year may be kept, the server says too */
export function birthOf(month: string, day: string, year: string): Birth | string {
  const m = whole(month)
  const d = whole(day)
  if (m === null || d === null) return '请填写月和日'
  if (m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(2000, m, 0)).getUTCDate()) return '没有这一天，请检查月和日'
  if (year.trim() === '') return { month: m, day: d, year: null }
  const y = whole(year)
  return y === null || y < 1900 ? '出生年份填 4 位数字，可以不填' : { month: m, day: d, year: y }
}
