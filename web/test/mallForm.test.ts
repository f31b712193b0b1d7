import { describe, expect, it } from 'vitest'
import { EMPTY, fieldOfItemProblem, PRESETS, readItem } from '../src/features/mall/mallForm'

const filled = { ...EMPTY, name: ' 5 元券 ', off: '5', points: '100', stock: '1000' }

describe('B03: an item of the mall', () => {
  it('a coupon that is made with it', () => {
    expect(readItem(filled).value).toEqual({ terms: { name: '5 元券', points: 100, stock: 1000, perMember: null, perDay: null, prices: [] }, gives: {}, coupon: { name: '5 元券', content: { kind: 'OFF', offFen: 500, minFen: 0 }, validDays: 30 } })
    expect(readItem({ ...filled, min: '20' }).value?.coupon?.content.minFen).toBe(2000)
    expect(readItem({ ...filled, min: '4' }).problems).toEqual([{ field: 'off', key: 'problem.offAboveMin' }])
  })
  it('a coupon that is there, an article, balance', () => {
    expect(readItem({ ...filled, couponFrom: 'existing', templateId: 'tpl_1' }).value).toMatchObject({ gives: { templateId: 'tpl_1' }, coupon: null })
    expect(readItem({ ...filled, couponFrom: 'existing' }).problems).toEqual([{ field: 'templateId', key: 'problem.required' }])
    expect(readItem({ ...filled, kind: 'ARTICLE', sku: ' CW1 ', days: '7' }).value?.gives).toEqual({ sku: 'CW1', days: 7 })
    expect(readItem({ ...filled, kind: 'BALANCE', balance: '2' }).value?.gives).toEqual({ balanceFen: 200 })
    expect(readItem({ ...filled, kind: 'BALANCE', balance: '0' }).problems).toEqual([{ field: 'balance', key: 'problem.positive' }])
  })
  it('B04: for growth value: a coupon or points, never balance', () => {
    const grown = { ...filled, unit: 'GROWTH' as const }
    expect(readItem({ ...grown, kind: 'POINTS', givesPoints: '50' }).value?.gives).toEqual({ unit: 'GROWTH', givesPoints: 50 })
    expect(readItem({ ...grown, couponFrom: 'existing', templateId: 'tpl_1' }).value?.gives).toEqual({ unit: 'GROWTH', templateId: 'tpl_1' })
    expect(readItem({ ...grown, kind: 'BALANCE', balance: '2' }).problems).toEqual([{ field: 'kind', key: 'problem.required' }])
    expect(readItem({ ...filled, kind: 'POINTS', givesPoints: '50' }).problems).toEqual([{ field: 'kind', key: 'problem.required' }])
    expect(['givesPoints', 'unit'].map(fieldOfItemProblem)).toEqual(['givesPoints', 'kind'])
  })
  it('B01: for stamps: a coupon or an article', () => {
    const stamped = { ...filled, unit: 'STAMPS' as const }
    expect(readItem({ ...stamped, kind: 'ARTICLE', sku: 'CW1', days: '7' }).value?.gives).toEqual({ unit: 'STAMPS', sku: 'CW1', days: 7 })
    expect(readItem({ ...stamped, kind: 'BALANCE', balance: '2' }).problems).toEqual([{ field: 'kind', key: 'problem.required' }])
  })
  it('limits and lower prices', () => {
    const prices = [{ points: '80', levels: ['gold'], startsAt: null, endsAt: null }]
    expect(readItem({ ...filled, perMember: '2', perDay: '1', prices }).value?.terms).toMatchObject({ perMember: 2, perDay: 1, prices: [{ points: 80, levels: ['gold'], startsAt: null, endsAt: null }] })
    expect(readItem({ ...filled, prices: [{ points: '80', levels: [], startsAt: null, endsAt: null }] }).problems).toEqual([{ field: ['prices', '0', 'levels'], key: 'mall.priceFor' }])
    expect(readItem({ ...filled, points: 'x', stock: '' }).problems).toEqual([{ field: 'points', key: 'problem.count' }, { field: 'stock', key: 'problem.required' }])
  })
  it('what it gives is not asked again when it is changed', () => {
    expect(readItem({ ...filled, off: '', kind: 'ARTICLE' }, true).value).toMatchObject({ gives: {}, coupon: null })
  })
  it('the three defaults are whole once article and stock are filled in', () => {
    for (const { form } of PRESETS) expect(readItem({ ...EMPTY, ...form, sku: 'CM1', stock: '10' }).problems).toEqual([])
  })
  it('faults of the server stand at their fields', () => {
    expect(['stock', 'terms.points', 'prices[1].levels', 'prices[0]', 'endsAt', 'balanceFen', 'gives'].map(fieldOfItemProblem)).toEqual(['stock', 'points', ['prices', '1', 'levels'], ['prices', '0', 'points'], 'window', 'balance', null])
  })
})
