// Money is a whole number of fen everywhere; yuan exist only as the text that people type and read. No float touches it.

/** What an operator types, also with a Chinese input method on: full-width digits, 。 for the point, spaces, thousands commas. */
export function tidyNumber(text: string): string {
  return text.normalize('NFKC').replace(/[\s,]/g, '').replace(/\u3002/g, '.')
}

/** '39.9' → 3990; null when it is not an amount of yuan with at most two decimals. */
export function parseYuan(text: string): number | null {
  const match = /^[¥$]?(\d{0,13})(?:\.(\d{0,2}))?$/.exec(tidyNumber(text))
  if (!match) return null
  const [, whole = '', cents = ''] = match
  if (whole === '' && cents === '') return null
  const fen = Number(whole || '0') * 100 + Number((cents + '00').slice(0, 2))
  return Number.isSafeInteger(fen) ? fen : null
}

/** 123456 → '1,234.56'; with `short`, whole yuan lose their '.00'. */
export function formatFen(fen: number, options: { short?: boolean } = {}): string {
  const negative = fen < 0
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  const cents = digits.slice(-2)
  const tail = options.short ? (cents === '00' ? '' : `.${cents.replace(/0$/, '')}`) : `.${cents}`
  return `${negative ? '-' : ''}${whole}${tail}`
}

const SYMBOLS: Record<string, string> = { CNY: '¥', USD: '$', EUR: '€', HKD: 'HK$' }
export const currencySymbol = (currency: string): string => SYMBOLS[currency] ?? `${currency} `

/**
 * 折: '8.5' → 8500 basis points of what is paid; '85' is read as 八五折 too, since people write both. '10' would be no discount.
 * At most three decimals, because one basis point is 0.001 折.
 */
export function parseZhe(text: string): number | null {
  const tidy = tidyNumber(text).replace(/折$/, '')
  if (/^[1-9]\d$/.test(tidy) && tidy !== '10') return Number(tidy) * 100
  const match = /^(\d)(?:\.(\d{1,3}))?$/.exec(tidy)
  if (!match) return null
  const bp = Number(match[1]) * 1000 + Number(((match[2] ?? '') + '000').slice(0, 3))
  return bp > 0 && bp < 10_000 ? bp : null
}

/** '2' → 20000: how many times as much, as basis points; once or less is none. */
export function parseTimes(text: string): number | null {
  const match = /^(\d{1,2})(?:\.(\d{1,4}))?$/.exec(tidyNumber(text).replace(/倍$/, ''))
  if (!match) return null
  const bp = Number(match[1]) * 10_000 + Number(((match[2] ?? '') + '0000').slice(0, 4))
  return bp > 10_000 ? bp : null
}

/** 15000 → '1.5' */
export const formatTimes = (bp: number): string => `${Math.floor(bp / 10_000)}.${String(bp % 10_000).padStart(4, '0')}`.replace(/\.?0+$/, '')

/** 8500 → '8.5' */
export function formatZhe(payBp: number): string {
  const text = String(payBp).padStart(4, '0')
  return `${text.slice(0, -3)}.${text.slice(-3)}`.replace(/\.?0+$/, '')
}

/** 1234 bp → '12.3%' */
export function formatShare(bp: number): string {
  const tenths = Math.floor((bp + 5) / 10)
  return `${Math.floor(tenths / 10)}.${tenths % 10}%`
}

export const parseCount = (text: string): number | null => {
  const tidy = tidyNumber(text)
  return /^\d{1,9}$/.test(tidy) && Number(tidy) > 0 ? Number(tidy) : null
}

export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')
