import { describe, expect, it } from 'vitest'
import { EMPTY, fieldOfLotteryProblem, NEW_PRIZE, oddsSum, oddsText, parseOdds, readLottery, restForThanks } from '../src/features/lottery/lotteryForm'

describe('the form of a lottery (B03)', () => {
  it('reads percentages exactly', () => {
    expect(['12.5', '0.0001', '100', '１２．５％', '7 %'].map(parseOdds)).toEqual([125_000, 1, 1_000_000, 125_000, 70_000])
    expect(['', '-1', '100.0001', '1.23456', 'x', '1,5x'].map(parseOdds)).toEqual([null, null, null, null, null, null])
    expect([125_000, 1, 1_000_000, 10_000, 100_000].map(oddsText)).toEqual(['12.5', '0.0001', '100', '1', '10'])
  })
  it('says what all rows make, and gives the rest to 谢谢参与', () => {
    expect(oddsSum([{ odds: '12.5' }, { odds: '' }, { odds: '0.1' }])).toBe(126_000)
    expect(restForThanks([{ odds: '12.5', kind: 'POINTS' }, { odds: '99', kind: 'THANKS' }])).toBe('87.5')
    expect(restForThanks([{ odds: '100', kind: 'POINTS' }, { odds: '', kind: 'THANKS' }])).toBeNull()
    expect(restForThanks([{ odds: '50', kind: 'POINTS' }])).toBeNull()
  })
  it('reads what each kind of prize needs and nothing else', () => {
    const prizes = [
      { ...NEW_PRIZE, name: '券', kind: 'COUPON' as const, odds: '10', stock: '5', templateId: 'tpl_1', points: '9' },
      { ...NEW_PRIZE, name: '豆腐', kind: 'ARTICLE' as const, odds: '20', stock: '6', sku: 'TOFU', days: '7' },
      { ...NEW_PRIZE, name: '谢谢参与', kind: 'THANKS' as const, odds: '70', stock: '3' },
    ]
    const { value } = readLottery({ ...EMPTY, name: ' 转 ', contact: '028-1', freePerDay: '', perMember: '9', budget: '50', prizes })
    expect(value).toMatchObject({ name: '转', points: 20, freePerDay: 0, perDay: 5, perMember: 9, budgetFen: 5000 })
    expect(value?.prizes).toEqual([
      { name: '券', kind: 'COUPON', odds: 100_000, stock: 5, templateId: 'tpl_1' },
      { name: '豆腐', kind: 'ARTICLE', odds: 200_000, stock: 6, sku: 'TOFU', days: 7 },
      { name: '谢谢参与', kind: 'THANKS', odds: 700_000 },
    ])
  })
  it('tells each fault at its place', () => {
    const { problems } = readLottery({ ...EMPTY, prizes: [{ ...NEW_PRIZE, odds: '120' }] })
    expect(problems.map(({ field }) => field)).toEqual([['prizes', 0, 'name'], ['prizes', 0, 'odds'], ['prizes', 0, 'stock'], ['prizes', 0, 'points'], 'name', 'contact'])
    expect(['prizes[2].odds', 'prizes[0]', 'budgetFen', 'endsAt', 'prizes'].map(fieldOfLotteryProblem)).toEqual([['prizes', 2, 'odds'], ['prizes', 0, 'name'], 'budget', 'window', null])
  })
})
