import { describe, expect, it } from 'vitest'
import { birthOf } from '../src/lib/birthday'

describe('a birthday as typed (K06)', () => {
  it('takes month and day, and a year if one likes', () => {
    expect(birthOf('6', '18', '')).toEqual({ month: 6, day: 18, year: null })
    expect(birthOf(' 2 ', '29', '1992')).toEqual({ month: 2, day: 29, year: 1992 })
  })
  it('says what is wrong', () => {
    expect(birthOf('', '18', '')).toBe('请填写月和日')
    expect(birthOf('6', 'x', '')).toBe('请填写月和日')
    for (const [m, d] of [['13', '1'], ['0', '1'], ['2', '30'], ['4', '31']] as const) expect(birthOf(m, d, '')).toBe('没有这一天，请检查月和日')
    for (const y of ['92', '1899', 'abcd']) expect(birthOf('6', '18', y)).toBe('出生年份填 4 位数字，可以不填')
  })
})
