// Made-up orders for the page tests: one whose customer asks for a refund, one whose cash could not go back.

const unit = 2290

export function makeOrders(at, store) {
  const line = (sku, name, qty) => ({ sku, name, emoji: '🥩', imageHue: 12, qty, listFen: unit * qty, payableFen: unit * qty, kind: 'SALE' })
  const payout = (state, trouble = null) => ({ id: 'payout:1', number: '20261122R01', amountFen: unit, state, sentence: '', trouble, madeAt: at(-2), endedAt: state === 'PROCESSING' ? null : at(-1) })
  const order = (n, more) => ({
    __typename: 'Order', id: `order:${n}`, number: `2026112200000000000${n}`, state: 'COMPLETED', placedAt: at(-9), payBy: at(-8), paidAt: at(-9), completedAt: at(-5),
    listFen: unit * 3, savedFen: 0, shippingFen: 0, payableFen: unit * 3, dueFen: unit * 3, depositFen: 0, presaleId: null, refundedFen: 0, refundState: 'NONE', priority: false, serverTime: at(0), store,
    lines: [line('BEEF', '手打牛肉丸 250g', 2), line('TRIPE', '毛肚 200g', 1)], offers: [], earn: [], tenders: [], refundable: [{ sku: 'BEEF', qty: 2 }, { sku: 'TRIPE', qty: 1 }],
    refundRequests: [], refunds: [], returnedPayments: [], ...more,
  })
  const request = { id: 'request:1', state: 'WAITING', reason: '有一袋化了', seenFen: unit, askedAt: at(-1), decidedAt: null, note: null, units: [{ sku: 'BEEF', qty: 1 }] }
  const refund = { id: 'refund:1', number: 1, at: at(-2), reason: '少发一件', byCustomer: false, refundFen: unit, withheldFen: 0, paidOutFen: unit, shippingFen: 0, restocked: false, lines: [{ sku: 'BEEF', name: '手打牛肉丸 250g', emoji: '🥩', qty: 1, refundFen: unit, gift: false }], parts: [{ to: 'WECHAT', fen: unit, points: null }], coupons: [] }
  const member = { nickname: '陈婆婆', memberCode: '9027223292032244', levelName: '金卡会员', phone: '138****0002' }
  return [
    order(1, { refundState: 'REQUESTED', refundRequests: [request] }),
    order(2, { refundState: 'FAILED', refundedFen: unit, refunds: [{ ...refund, payout: payout('FAILED', 'ABNORMAL') }] }),
  ].map((it) => ({ order: it, member }))
}

export function orderRoot(world, guard, once) {
  const found = (id) => world.orders.find((it) => it.order.id === id) ?? null
  const preview = (units, withheld = world.withheldFen ?? 0) => {
    const refundFen = units.reduce((sum, it) => sum + it.qty * unit, 0)
    return {
      __typename: 'RefundPreview', refundFen, withheldFen: withheld, paidOutFen: refundFen - withheld, shippingFen: 0, pointsClawedBack: 0, sentences: ['按实付价退'], everything: false,
      withinNoReason: true, restock: false, token: `seen:${refundFen - withheld}`, parts: [{ to: 'WECHAT', fen: refundFen - withheld, points: null }],
    }
  }
  return {
    storeOrders: guard('storeOrders', ({ search, refundState, toServe }) => {
      const nodes = world.orders.filter(({ order, member }) => (!search || order.number.startsWith(search) || member.memberCode === search) && (!refundState || order.refundState === refundState) && (!toServe || order.state === 'PAID')).sort((a, b) => (toServe ? b.order.priority - a.order.priority : 0))
      return { nodes, pageInfo: { hasNextPage: false, endCursor: null }, totalCount: nodes.length }
    }),
    storeOrder: guard('storeOrder', ({ id }) => found(id)),
    storeRefundPreview: guard('storeRefundPreview', ({ input }) => preview(input.units)),
    refundOrder: guard('refundOrder', ({ input }) => {
      const now = preview(input.units)
      if (now.token !== input.previewToken) return { __typename: 'RefundChanged', code: 'RefundChanged', message: '退款金额有变化：刚才 ¥22.90，现在 ¥20.90，请确认后再提交', seenPaidOutFen: unit, preview: now }
      return once(input, () => {
        const { order } = found(input.orderId)
        order.refundRequests.forEach((it) => { it.state = 'DONE' })
        return Object.assign(order, { refundState: 'PROCESSING', refundedFen: order.refundedFen + now.refundFen })
      })
    }),
    rejectRefund: guard('rejectRefund', ({ input }) => {
      if (!input.note.trim()) return { __typename: 'InvalidInput', code: 'InvalidInput', message: '请写明拒绝的理由', problems: [] }
      const { order } = world.orders.find((it) => it.order.refundRequests.some((r) => r.id === input.requestId))
      order.refundRequests.forEach((it) => Object.assign(it, { state: 'REJECTED', note: input.note, decidedAt: order.serverTime }))
      return Object.assign(order, { refundState: 'NONE' })
    }),
    retryPayout: guard('retryPayout', ({ input }) => once(input, () => {
      const { order } = world.orders.find((it) => it.order.refunds.some((r) => r.payout.id === input.payoutId))
      order.refunds[0].payout = { ...order.refunds[0].payout, state: 'PROCESSING', trouble: null }
      return Object.assign(order, { refundState: 'PROCESSING' })
    })),
  }
}
