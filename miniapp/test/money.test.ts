import { expect, test } from 'vitest'
import { delta, priceParts, rmb, yuan, yuanShort, zhe } from '../src/lib/money'

test.each([[0, '0.00'], [5, '0.05'], [50, '0.50'], [100, '1.00'], [1250, '12.50'], [-300, '-3.00'], [-5, '-0.05'], [9007199254740991, '90071992547409.91']])('yuan(%i) is %s', (fen, text) => {
  expect(yuan(fen)).toBe(text)
})
test('with sign and currency', () => {
  expect(rmb(1250)).toBe('¥12.50')
  expect(rmb(-1250)).toBe('-¥12.50')
  expect(delta(-3000)).toBe('−¥30.00')
  expect(delta(1)).toBe('+¥0.01')
})
test.each([[800, '8'], [1250, '12.5'], [1205, '12.05'], [1200, '12'], [10, '0.1']])('yuanShort(%i) is %s', (fen, text) => {
  expect(yuanShort(fen)).toBe(text)
})
test.each([[8500, '8.5'], [8000, '8'], [8880, '8.88'], [500, '0.5'], [9990, '9.99'], [8888, '8.888']])('zhe(%i) is %s', (bp, text) => {
  expect(zhe(bp)).toBe(text)
})
test('parts', () => { expect(priceParts(123456)).toEqual({ sign: '', whole: '1234', cents: '56' }) })
