import { describe, expect, it } from 'vitest'
import { code128, spaced } from '../src/lib/barcode'

describe('the pay code', () => {
  it('takes two digits a symbol: start, 13 symbols, check, stop', () => {
    const bars = code128('90123456789012341234567890')
    expect(bars.length).toBe(6 * 15 + 7)
    expect(bars.reduce((a, b) => a + b, 0)).toBe(11 * 15 + 13)
  })
  it('is read out in fours', () => expect(spaced('9012345678')).toBe('9012 3456 78'))
})
