// Money is a whole number of fen everywhere; this file alone turns it into words.

function split(fen: number): { sign: string; whole: string; cents: string } {
  const abs = Math.abs(Math.trunc(fen))
  const cents = abs % 100
  return { sign: fen < 0 ? '-' : '', whole: String((abs - cents) / 100), cents: cents < 10 ? `0${cents}` : String(cents) }
}

/** 1250 → "12.50" */
export function yuan(fen: number): string {
  const p = split(fen)
  return `${p.sign}${p.whole}.${p.cents}`
}

/** 1250 → "¥12.50"; -300 → "-¥3.00" */
export function rmb(fen: number): string {
  const p = split(fen)
  return `${p.sign}¥${p.whole}.${p.cents}`
}

/** With an explicit sign, for changes: 3000 → "+¥30.00", -3000 → "−¥30.00" */
export function delta(fen: number): string {
  return `${fen < 0 ? '−' : '+'}¥${yuan(Math.abs(fen))}`
}

/** Without needless zeros, for faces of coupons: 800 → "8", 1250 → "12.5" */
export function yuanShort(fen: number): string {
  const p = split(fen)
  if (p.cents === '00') return p.sign + p.whole
  return `${p.sign}${p.whole}.${p.cents.charAt(1) === '0' ? p.cents.charAt(0) : p.cents}`
}

/** Parts of a price that are drawn in different sizes */
export function priceParts(fen: number): { sign: string; whole: string; cents: string } {
  return split(fen)
}

/** 8500 → "8.5" (折) ; 8000 → "8" ; 8880 → "8.88" */
export function zhe(payBp: number): string {
  const whole = Math.floor(payBp / 1000)
  const rest = String(payBp % 1000).padStart(3, '0').replace(/0+$/, '')
  return rest ? `${whole}.${rest}` : String(whole)
}
