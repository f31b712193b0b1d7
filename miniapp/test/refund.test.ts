// Q08: what is told of a refund is what arrives; points and red packets are not told as money.
import { describe, expect, it } from 'vitest'
import { receives, receivesShort, type RefundPart } from '../src/lib/refund'

const part = (to: RefundPart['to'], fen: number, points: number | null = null): RefundPart => ({ to, fen, points })

describe('Q08 您将收到', () => {
  it('names the money that arrives, and beside it what goes back to the account', () => {
    const parts = [part('WECHAT', 13690), part('POINTS', 850, 850), part('RED_PACKET', 600)]
    expect(receives(parts)).toEqual({ moneyFen: 13690, beside: '850 积分（抵 ¥8.50）、¥6.00 红包' })
    expect(receivesShort(parts)).toBe('¥136.90')
  })
  it('is money alone where money alone was paid, also by a till', () => {
    expect(receives([part('WECHAT', 1200)])).toEqual({ moneyFen: 1200, beside: null })
    expect(receives([part('SELLER', 300)])).toEqual({ moneyFen: 300, beside: null })
  })
  it('promises no money where none comes', () => {
    const parts = [part('BALANCE', 2000), part('POINTS', 0, 0)]
    expect(receives(parts)).toEqual({ moneyFen: 0, beside: '¥20.00 余额' })
    expect(receivesShort(parts)).toBe('¥20.00 余额')
    expect(receivesShort([])).toBe('')
  })
})
