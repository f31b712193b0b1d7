// Code 128: widths of bars and gaps in modules, bar first. Tills read it; no drawing library needed.
const PATTERNS =
  '212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232'
const at = (i: number): number[] => PATTERNS.slice(i * 6, i * 6 + 6).split('').map(Number)

/** In fours, as people read it out */
export const spaced = (digits: string): string => digits.replace(/(.{4})(?=.)/g, '$1 ')

/** Set C (two digits a symbol) for an even number of digits, else set B */
export function code128(text: string): number[] {
  const digits = text.length > 0 && text.length % 2 === 0 && /^\d+$/.test(text)
  const values = digits ? (text.match(/../g) ?? []).map(Number) : text.split('').map((c) => c.charCodeAt(0) - 32)
  if (values.length === 0 || (!digits && values.some((v) => v < 0 || v > 94))) return []
  const first = digits ? 105 : 104
  const check = values.reduce((sum, v, i) => sum + v * (i + 1), first) % 103
  return [first, ...values, check].reduce<number[]>((bars, v) => bars.concat(at(v)), []).concat([2, 3, 3, 1, 1, 1, 2])
}
