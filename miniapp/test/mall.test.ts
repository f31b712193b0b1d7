import { describe, expect, it } from 'vitest'
import { haveFor, limitWords, wayTo } from '../src/lib/mall'
import { claimedWords } from '../src/lib/coupon'

const item = { kind: 'COUPON' as const, unit: 'POINTS' as const, state: 'OPEN' as const, priceForMe: 80, points: 100, remaining: 3, perMember: null, perDay: null, takenByMe: 0, takenByMeToday: 0 }

describe('B03: what can be had', () => {
  it('says what stands in the way', () => {
    expect(wayTo(item, 80)).toEqual({ can: true, label: '兑换' })
    expect(wayTo(item, null)).toEqual({ can: true, label: '兑换' })
    expect(wayTo(item, 79)).toEqual({ can: false, label: '差 1 积分' })
    expect(wayTo({ ...item, state: 'SOLD_OUT' }, 999).label).toBe('已兑完')
    expect(wayTo({ ...item, state: 'UPCOMING' }, 999).label).toBe('即将开始')
    expect(wayTo({ ...item, perMember: 1, takenByMe: 1 }, 999).label).toBe('已兑过')
    expect(wayTo({ ...item, perDay: 1, takenByMeToday: 1 }, 999).label).toBe('明天再兑')
  })
  it('B04: growth pays where the item says so', () => {
    const grown = { ...item, unit: 'GROWTH' as const }
    const mine = { points: 500, growth: 70, stamps: 4 }
    expect([haveFor(item, mine), haveFor(grown, mine)]).toEqual([500, 70])
    expect(wayTo(grown, haveFor(grown, mine))).toEqual({ can: false, label: '差 10 成长值' })
    expect(wayTo(grown, 80)).toEqual({ can: true, label: '兑换' })
  })
  it('B01: stamps pay where the item says so', () => {
    const stamped = { ...item, unit: 'STAMPS' as const, priceForMe: 5 }
    expect(haveFor(stamped, { points: 500, growth: 70, stamps: 4 })).toBe(4)
    expect(wayTo(stamped, 4)).toEqual({ can: false, label: '差 1 个集点' })
    expect(wayTo(stamped, 5)).toEqual({ can: true, label: '兑换' })
  })
  it('limits in words', () => {
    expect(limitWords({ ...item, perMember: 2, perDay: 1 })).toBe('每人限 2 份，每天限 1 份')
    expect(limitWords(item)).toBe('')
  })
})

it('K10: one is told what came beside the coupon', () => {
  expect(claimedWords({ sentence: '另送 50 积分' }, 'OFF')).toBe('领到了！另送 50 积分')
  expect(claimedWords(null, 'OFF')).toBe('领到了！下单时自动用上')
})
