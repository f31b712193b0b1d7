import { describe, expect, it } from 'vitest'
import { formatFen, formatShare, formatZhe, parseCount, parseYuan, parseZhe } from '../src/lib/money'

describe('yuan become fen exactly', () => {
  it.each([
    ['39.9', 3990], ['39.90', 3990], ['0.29', 29], ['0.07', 7], ['1.15', 115], ['4.35', 435], ['8.2', 820], ['1.005', null], // 4.35 * 100 is 434.99999999999994
    ['19', 1900], ['.5', 50], ['5.', 500], ['0', 0], ['00012', 1200], ['1,234.56', 123456], [' 12 ', 1200], ['¥12', 1200],
    ['\uff11\uff12\uff0e\uff15', 1250], ['\uffe512\u30025', 1250], ['1\uff0c234', 123400], // a Chinese input method
    ['', null], ['.', null], ['-1', null], ['1e3', null], ['abc', null], ['12元', null], ['1.2.3', null], ['0x10', null], ['Infinity', null],
    ['9999999999999', 999999999999900], ['99999999999999', null],
  ])('%j → %j', (text, fen) => expect(parseYuan(text)).toBe(fen))

  it('reads back every amount that it writes', () => {
    for (let fen = 0; fen < 30_000; fen += 7) expect(parseYuan(formatFen(fen))).toBe(fen)
    for (const fen of [Number.MAX_SAFE_INTEGER - (Number.MAX_SAFE_INTEGER % 100) - 99_00]) expect(formatFen(fen)).toMatch(/^[\d,]+\.\d\d$/)
  })
})

it('writes amounts', () => {
  expect(formatFen(0)).toBe('0.00')
  expect(formatFen(5)).toBe('0.05')
  expect(formatFen(123456789)).toBe('1,234,567.89')
  expect(formatFen(-1250)).toBe('-12.50')
  expect(formatFen(20000, { short: true })).toBe('200')
  expect(formatFen(990, { short: true })).toBe('9.9')
  expect(formatFen(905, { short: true })).toBe('9.05')
})

describe('折', () => {
  it.each([['8.5', 8500], ['85', 8500], ['8.5折', 8500], ['9', 9000], ['9.95', 9950], ['8.888', 8888], ['0.5', 500], ['98', 9800], ['10', null], ['0', null], ['8.8888', null], ['100', null], ['', null], ['x', null]])('%j → %j', (text, bp) => expect(parseZhe(text)).toBe(bp))
  it.each([[8500, '8.5'], [9000, '9'], [9950, '9.95'], [500, '0.5'], [8888, '8.888']])('%j ← %j', (bp, text) => expect(formatZhe(bp)).toBe(text))
})

it('shares and counts', () => {
  expect(formatShare(3846)).toBe('38.5%')
  expect(formatShare(10_000)).toBe('100.0%')
  expect(formatShare(0)).toBe('0.0%')
  expect(parseCount('3')).toBe(3)
  expect(parseCount('0')).toBeNull()
  expect(parseCount('1.5')).toBeNull()
})
