// A small GraphQL server with made-up answers, for looking at pages and for testing the harness. Never part of the product.
import { readFileSync, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSchema, execute, parse, subscribe, validate } from 'graphql'
import { WebSocketServer } from 'ws'

const here = (p) => fileURLToPath(new URL(p, import.meta.url))
const MIME = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.png': 'image/png', '.json': 'application/json' }

const GOODS = [
  ['HG001', '鲜毛肚 250g', '火锅食材/毛肚黄喉', '🥬', 28, 3990, 3590, ['毛肚直降4元', '满200减30'], 86],
  ['HG002', '手打牛肉丸 500g', '火锅食材/火锅丸滑', '🍡', 12, 3980, 3980, ['满200减30'], 240],
  ['HG009', '【整箱】川西高原牦牛毛肚火锅专用鲜切大片装 1kg×6 袋', '火锅食材/毛肚黄喉', '🥩', 355, 128800, 109480, ['整箱85折直降不限量', '满200减30', '会员专享'], 3],
  ['HG003', '麻辣牛油火锅底料 400g', '火锅食材/底料蘸料', '🌶️', 4, 2680, 2278, ['底料85折', '满200减30'], 120],
  ['HG004', '虾滑 150g×2', '火锅食材/火锅丸滑', '🍤', 18, 4580, 4580, ['满200减30'], 7],
  ['XC001', '现炸小酥肉 500g', '川味小吃/小酥肉', '🍗', 34, 3280, 3280, ['满200减30'], 64],
  ['XC002', '红糖糍粑 300g', '川味小吃/糍粑糕点', '🍡', 22, 1680, 1344, ['糍粑8折'], 33],
  ['XC003', '老麻抄手 500g', '川味小吃/抄手水饺', '🥟', 44, 2380, 2380, [], 90],
  ['XC004', '钵钵鸡组合 600g', '川味小吃/钵钵鸡', '🍢', 8, 5680, 5680, ['满200减30'], 0],
  ['SC001', '高山娃娃菜 500g', '新鲜蔬菜/叶菜', '🥬', 96, 690, 690, [], 300],
  ['SC002', '云南小土豆 1kg', '新鲜蔬菜/根茎', '🥔', 48, 990, 990, [], null],
  ['SC003', '鲜香菇 300g', '新鲜蔬菜/菌菇', '🍄', 26, 890, 890, [], 52],
  ['YL001', '峨眉雪 330ml×6', '酒水饮料/碳酸', '🥤', 200, 2400, 2160, ['饮料9折'], 44],
]

export function createFake() {
  const iso = (ms) => new Date(ms).toISOString()
  const now = () => Date.now()
  const state = {
    festival: false, festivalEver: false, coupons: [], version: 1, cartVersion: 0, orders: [], entries: [], seen: new Map(), log: [], watchers: new Set(), tokens: new Set(), tokenCount: 0,
    claimed: {}, points: 1286, down: false, failClaims: 0, delay: 0,
  }
  const poke = (cause) => state.watchers.forEach((w) => w(cause))
  const product = (g) => ({ id: `p:${g[0]}`, sku: g[0], name: g[1], category: g[2], brand: '蜀海', tags: [], unit: '份', imageHue: g[4], emoji: g[3], listFen: g[5], priceInHandFen: g[6], promotionTags: g[7].filter((t) => t !== '满200减30' || state.festival), available: g[8] })
  const find = (sku) => GOODS.find((g) => g[0] === sku)
  const packet = (id, faceFen, leftFen, minFen, state, source, day) => ({ id, faceFen, leftFen, heldFen: state === 'HELD' ? faceFen : 0, minFen, gotAt: '2026-11-02T02:00:00Z', expiresAt: '2026-12-31T16:00:00Z', state, source, sentence: `${minFen ? `满 ¥${(minFen / 100).toFixed(2)} 可用` : '无门槛'}，有效期至 ${day}` })
  const packets = []
  const givePackets = () => packets.push(
    packet('rpk_1', 500, 220, 0, 'USABLE', '订单 20261101000000000018 完成返红包', '2026年12月2日'),
    packet('rpk_2', 800, 800, 3900, 'USABLE', '商家赠送', '2026年12月18日'),
    packet('rpk_3', 2000, 2000, 29900, 'USABLE', '订单 20261109000000000047 完成返红包', '2026年12月31日'),
    packet('rpk_4', 300, 0, 0, 'USED', '商家赠送', '2026年12月1日'),
    packet('rpk_5', 1000, 0, 0, 'EXPIRED', '商家赠送', '2026年11月1日'),
    packet('rpk_6', 600, 0, 0, 'TAKEN_BACK', '订单 20261103000000000021 完成返红包', '2026年12月3日'),
  )
  const page = (list, { first = 20, after }) => {
    const from = after ? Number(after) : 0
    return { nodes: list.slice(from, from + first), pageInfo: { hasNextPage: from + first < list.length, endCursor: String(from + first) } }
  }
  const goods = ({ search, category, ...p }) => page(GOODS.filter((g) => (!search || g[1].includes(search)) && (!category || g[2] === category)).map(product), p)
  const start = now()
  const face = (f) => ({ kind: f.payBp ? 'PERCENT' : 'OFF', offFen: f.off ?? null, payBp: f.payBp ?? null, maxOffFen: f.max ?? null, priceFen: null, points: null, timesBp: null, backFen: null, items: [], minFen: f.min ?? 0, skuName: null, sentence: '', scopeSentence: f.scope ?? '全场通用', stackable: f.stack ?? false })
  const template = (id, name, f, extra = {}) => ({ id, name, face: face(f), validFrom: null, validUntil: null, validHours: 168, usableSentence: null, validitySentence: '领取后 7 天内有效（至第 7 天 24:00）', terms: ['满88减8', '全部商品可用', '领取后 7 天内有效', '整单退款且未过期时退回；不兑现、不找零'], ...extra })
  const T = {
    t88: template('t88', '满88减8', { off: 800, min: 8800, stack: true }),
    t0: template('t0', '新人见面礼', { off: 500, min: 0 }),
    t85: template('t85', '火锅食材85折', { payBp: 8500, max: 2000, min: 10000, scope: '限火锅食材' }),
    t30: template('t30', '满199减30', { off: 3000, min: 19900, scope: '限川味冻品' }, { validHours: null, validFrom: iso(start), validUntil: iso(start + 9 * 86400e3) }),
    told: template('told', '国庆专享', { off: 1200, min: 9900 }),
  }
  const drop = (id, name, t, o) => ({ id, name, template: T[t], startsAt: iso(start - 3600e3), endsAt: iso(start + 86400e3 * 3), total: 1000, issued: 634, perMember: 1, perDay: null, state: 'OPEN', redeemed: 0, nextBatchAt: null, claimedByMeToday: 0, tier: null, notForMe: null, ...o })
  const drops = [
    drop('d88', '满88减8 全场券', 't88', {}),
    drop('d0', '新人见面礼 立减5元', 't0', { issued: 988 }),
    drop('d85', '火锅食材 85 折', 't85', { issued: 120 }),
    drop('d30', '周末大额券', 't30', { state: 'UPCOMING', startsAt: iso(start + 5400e3), issued: 0 }),
    drop('dso', '秒杀券 满30减15', 't88', { state: 'OPEN', issued: 999, sly: true }),
  ]
  const dropView = (d) => ({ ...d, remaining: d.total - d.issued, availableNow: d.total - d.issued, claimedByMe: state.claimed[d.id] ?? 0, serverTime: iso(now()) })
  const festival = () => ({ id: 'promo:hotpot', name: '火锅节满200减30', description: '巴适得板!毛肚、丸滑、底料一锅端', state: state.festivalEver ? 'ENDED' : state.festival ? 'RUNNING' : 'SCHEDULED', soldOut: false, startsAt: iso(start + 3600e3 * 2), endsAt: iso(start + 86400e3 + 7385e3), offers: [{ id: 'hotpot-200-30', type: 'spend_off', level: 'ORDER', sentence: '火锅食材、川味小吃满200元减30元,上不封顶', usedUp: null, spent: null, definition: {} }], tags: ['满200减30'], channels: ['MINIAPP', 'H5'], regionPaths: ['四川/成都'], storeIds: [], version: 1, versionHash: null, redemptions: 328, discountGivenFen: 0, createdAt: iso(start), serverTime: iso(now()), products: (a) => goods(a) })
  const promotions = () => [
    { ...festival(), state: 'RUNNING', endsAt: iso(start + 86400e3 * 2 + 7385e3) },
    { ...festival(), id: 'promo:maodu', name: '毛肚直降 4 元', description: '脆得很', state: 'RUNNING', endsAt: iso(start + 5025e3), tags: ['直降'], offers: [{ id: 'maodu-4', type: 'amount_off', level: 'LINE', sentence: '鲜毛肚每份直降4元,每人限10份', usedUp: null, spent: null, definition: {} }] },
    { ...festival(), id: 'promo:veg', name: '蔬菜满50减8', state: 'SCHEDULED', tags: ['满50减8'], offers: [{ id: 'veg-50-8', type: 'spend_off', level: 'ORDER', sentence: '新鲜蔬菜满50元减8元', usedUp: null, spent: null, definition: {} }] },
  ]
  const couponView = (c) => ({ ...c, template: T[c.t] })
  const quote = (input) => {
    const bad = input.lines.find((l) => !find(l.sku))
    if (bad) return { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '商品不存在', problems: [{ path: 'lines', message: `没有商品 ${bad.sku}` }] }
    const lines = input.lines.map((l) => {
      const g = find(l.sku)
      return { sku: l.sku, product: product(g), qty: l.qty, listFen: g[5] * l.qty, payableFen: g[6] * l.qty, offers: g[6] < g[5] ? [{ id: `line-${l.sku}`, name: g[7][0], level: 'LINE', offFen: (g[5] - g[6]) * l.qty }] : [], unitsFen: [] }
    })
    const listFen = lines.reduce((s, l) => s + l.listFen, 0)
    let goodsFen = lines.reduce((s, l) => s + l.payableFen, 0)
    const offers = lines.filter((l) => l.payableFen < l.listFen).map((l) => ({ id: `line-${l.sku}`, name: l.offers[0].name, level: 'LINE', offFen: l.listFen - l.payableFen, sentence: `${l.product.name} ${l.offers[0].name}`, couponId: null, promotionId: null }))
    const hot = lines.filter((l) => find(l.sku)[7].includes('满200减30'))
    const base = hot.reduce((s, l) => s + l.payableFen, 0)
    const groups = []
    const rejected = []
    if (state.festival && hot.length > 0) {
      const times = Math.floor(base / 20000)
      const off = times * 3000
      const short = 20000 - (base % 20000)
      groups.push({ offerId: 'hotpot-200-30', title: '满200减30', sentence: '每满200元减30元，限火锅食材、川味小吃', skus: hot.map((l) => l.sku), reached: off > 0, shortByFen: off > 0 ? null : short, shortByCount: null, offFen: off, promotionId: 'promo:hotpot', nextSentence: `再买¥${(short / 100).toFixed(2)}，共减¥${((off + 3000) / 100).toFixed(2)}`, progressBp: Math.floor(((base % 20000) * 10000) / 20000) })
      if (off > 0) { offers.push({ id: 'hotpot-200-30', name: '火锅节满200减30', level: 'ORDER', offFen: off, sentence: '每满200元减30元', couponId: null, promotionId: 'promo:hotpot' }); goodsFen -= off }
      else rejected.push({ id: 'hotpot-200-30', name: '火锅节满200减30', level: 'ORDER', reason: 'THRESHOLD', sentence: `还差¥${(short / 100).toFixed(2)}`, shortByFen: short, shortByCount: null, at: null, by: null, notBetterByFen: null, couponId: null, promotionId: null })
    } else if (state.festivalEver) rejected.push({ id: 'hotpot-200-30', name: '火锅节满200减30', level: 'ORDER', reason: 'EXPIRED', sentence: '活动已结束', shortByFen: null, shortByCount: null, at: null, by: null, notBetterByFen: null, couponId: null, promotionId: null })
    rejected.push({ id: 'veg-50-8', name: '蔬菜满50减8', level: 'ORDER', reason: 'NOT_YET', sentence: '还没开始', shortByFen: null, shortByCount: null, at: iso(start + 7200e3), by: null, notBetterByFen: null, couponId: null, promotionId: null })
    const mode = input.coupons?.mode ?? 'AUTO'
    let used = false
    const coupons = state.coupons.filter((c) => c.state === 'ISSUED').map((c) => {
      const f = T[c.t].face
      if (mode === 'NONE') return { coupon: couponView(c), alike: 1, applied: false, reason: '您选了不使用优惠券' }
      if (mode === 'FIXED' && !input.coupons.ids.includes(c.id)) return { coupon: couponView(c), alike: 1, applied: false, reason: '您选了另一张' }
      if (goodsFen < f.minFen) return { coupon: couponView(c), alike: 1, applied: false, reason: `还差¥${((f.minFen - goodsFen) / 100).toFixed(2)}` }
      if (used) return { coupon: couponView(c), alike: 1, applied: false, reason: '已用更优惠的组合（再省¥2.00）' }
      used = true
      const off = f.kind === 'OFF' ? f.offFen : Math.min(f.maxOffFen ?? 1e9, Math.floor((goodsFen * (10000 - f.payBp)) / 10000))
      offers.push({ id: c.id, name: T[c.t].name, level: 'COUPON', offFen: off, sentence: T[c.t].name, couponId: c.id, promotionId: null })
      goodsFen -= off
      return { coupon: couponView(c), alike: 1, applied: true, reason: null }
    })
    const shippingFen = input.delivery === 'PICKUP' || goodsFen >= 5900 ? 0 : 600
    const payableFen = goodsFen + shippingFen
    const chosen = packets.filter((p) => p.state === 'USABLE' && (input.tenders?.redPackets === 'AUTO' || input.tenders?.redPacketIds?.includes(p.id)))
    let unpaid = payableFen
    const redPackets = packets.filter((p) => p.state === 'USABLE').map((packet) => {
      const paysFen = chosen.includes(packet) && packet.minFen <= payableFen ? Math.min(unpaid, packet.leftFen) : 0
      unpaid -= paysFen
      const short = packet.minFen - payableFen
      const reason = paysFen ? null : !chosen.includes(packet) ? '未选用' : short > 0 ? `满 ¥${(packet.minFen / 100).toFixed(2)} 可用，还差 ¥${(short / 100).toFixed(2)}` : '其他红包已经够付'
      return { packet, paysFen, reason }
    })
    const packetUse = redPackets.filter((p) => p.paysFen).map((p) => ({ kind: 'red_packet', id: p.packet.id, fen: p.paysFen, points: null }))
    const points = Math.min(input.tenders?.points ?? 0, state.points, unpaid)
    const pointFen = Math.floor(points / 100) * 100
    const suggestions = groups[0] ? [
      { kind: 'unlocks', offerId: 'hotpot-200-30', add: [{ sku: 'HG003', product: product(find('HG003')), qty: 2 }], payableFen, sentence: `凑够后再减¥30` },
      { kind: 'unlocks', offerId: 'hotpot-200-30', add: [{ sku: 'HG002', product: product(find('HG002')), qty: 1 }, { sku: 'XC001', product: product(find('XC001')), qty: 1 }], payableFen, sentence: '两样一起,凑够再减¥30' },
    ] : []
    return {
      __typename: 'Quote', listFen, goodsFen, savedFen: listFen - goodsFen, shippingFen, payableFen, dueFen: unpaid - pointFen, lines, groups, offers,
      coupons: coupons.filter((c) => input.everyCoupon !== false || c.applied || input.coupons?.ids.includes(c.coupon.id)), couponCount: coupons.length,
      earn: [{ offerId: 'earn', name: '消费得积分', points: Math.floor(goodsFen / 100), fen: null, count: null, templateId: null, sentence: `完成后得 ${Math.floor(goodsFen / 100)} 积分` }],
      tenders: [...packetUse, ...(pointFen ? [{ kind: 'points', id: null, fen: pointFen, points: pointFen }] : [])], capped: [], family: [], redPackets, maxCoupons: 1, rejected, suggestions, gifts: [], giftChoices: [], addOnChoices: [], optimal: true, lowerBoundFen: payableFen, rules: 'r', token: `q:${payableFen}:${JSON.stringify(input.lines)}`, quotedAt: iso(now()), nextChangeAt: null,
    }
  }
  const someone = (id, name, founder, me, lendsPoints, sharing) => ({ id, name, phoneMasked: '138****0001', founder, me, joinedAt: '2026-11-01T00:00:00Z', lendsPoints, sharing })
  const family = {
    mostPeople: 6, consentVersion: 1, consent: '同一家庭的成员结账时，可以在您设定的额度内使用您的积分。家人会看到您的昵称首字、打码的手机号和可共享的积分数；您会看到每一笔是谁用的。额度随时可改，也可以随时退出，退出后立即停止共享。',
    family: { founder: true, monthlyPoints: 500, usedPoints: 120, lentPoints: 860, people: [someone('fam_1', '熊小满', true, true, 380, '每月最多共享 500 积分'), someone('fam_2', '李**', false, false, 860, '共享全部积分'), someone('fam_3', '王**', false, false, 0, '不共享积分')], invites: [{ id: 'fin_1', code: 'K7MP2QXR9TWB', endsAt: new Date(Date.now() + 40 * 3600e3).toISOString() }] },
  }
  const profile = { __typename: 'MyProfile', birthday: null, maySetBirthday: true, birthdayAgreedAt: null, birthdayNotice: { version: 2, lines: ['用途：在您的生日和生日当月，为您发放生日礼券、计算生日优惠。', '范围：仅本商户使用；店员只看到月和日，每次查看和更正都有记录。年份可以不填。', '您可以不提供，不影响购物；也可以随时撤回，撤回后我们删除您的生日，不再发放生日权益。', '已下的订单会留下当时是否在生日当天、生日当月，用于退款和核对价格，撤回后仍保留；不含您的生日日期。'] }, homeStore: null, homeStoreUntil: null }
  const account = () => ({ version: state.version, points: state.points, balanceFen: 2350, redPacketFen: packets.reduce((s, p) => s + p.leftFen, 0), stamps: 3, growth: 860, level: { level: { id: 'gold', name: '金卡会员' }, growth: 860, inPeriod: 860, owed: 0, periodEndsAt: '2026-12-31T16:00:00Z', next: { sentence: '还差 ¥1140 升级钻卡会员', progressBp: 4300 }, steps: [{ sentence: '还差 ¥1140 升级钻卡会员' }], perks: [{ name: '每月礼券', sentence: '果切兑换券，每月一张' }, { name: '生日礼券', sentence: '满59减20，登记生日后每年一张' }, { name: '优先配送', sentence: '您的订单优先备货' }, { name: '生日当月 9 折', sentence: '全场 9 折，限金卡会员，「生日当月」人群' }, { name: '会员价', sentence: '红油抄手 ¥13.90，限金卡会员' }] }, usableCoupons: state.coupons.filter((c) => c.state === 'ISSUED').length, pointsEnding: [{ points: state.points, expiresAt: '2027-06-30T16:00:00Z', sentence: `${state.points} 积分将于 2027年6月30日 过期` }], entries: ({ unit, ...p }) => page(state.entries.filter((e) => !unit || e.unit === unit), p), redPackets: ({ states, ...p }) => page(packets.filter((x) => !states || states.includes(x.state)), p), coupons: ({ states, ...p }) => page(state.coupons.filter((c) => !states || states.includes(c.state)).map(couponView), p) })
  const entry = (unit, amount, balanceAfter, sentence, ago = 0) => state.entries.unshift({ id: `e${state.entries.length}`, at: iso(now() - ago), unit, amount, balanceAfter, sentence })
  entry('BALANCE', 2350, 2350, '充值到账', 5 * 86400e3)
  entry('POINTS', 128, 1158, '订单 20261118001 完成,得 128 积分', 4 * 86400e3)
  entry('POINTS', 128, 1286, '订单 20261120007 完成,得 128 积分', 2 * 86400e3)
  const store = (id, name, city, address) => ({ id, code: id, name, city, regionPath: `四川/${city}/x`, address })
  const stores = [store('s1', '春熙路店', '成都', '成都市锦江区春熙路南段 18 号'), store('s2', '玉林西路店', '成都', '成都市武侯区玉林西路 102 号'), store('s3', '观音桥店', '重庆', '重庆市江北区观音桥步行街 7 号'), store('s4', '涪城店', '绵阳', '绵阳市涪城区临园路 55 号')]
  const session = () => {
    const accessToken = `t${++state.tokenCount}`
    state.tokens.add(accessToken)
    return { __typename: 'Session', accessToken, accessExpiresAt: iso(now() + 15 * 60e3), refreshToken: `r${state.tokenCount}`, member: { id: 'm1', nickname: '幺妹', levelName: '金卡' }, staff: null, merchant }
  }
  const merchant = { id: 'mer1', code: 'chuanwei', name: '川味冻品', currency: 'CNY', timeZone: 'Asia/Shanghai' }
  const need = (ctx) => { if (!ctx.token || !state.tokens.has(ctx.token)) throw Object.assign(new Error('unauthenticated'), { extensions: { code: 'UNAUTHENTICATED' } }) }
  const once = (input, run) => {
    const { idempotencyKey, ...rest } = input
    state.log.push({ key: idempotencyKey, ...rest })
    const old = state.seen.get(idempotencyKey)
    if (old) return old
    const answer = run()
    state.seen.set(idempotencyKey, answer)
    return answer
  }
  const orderView = (o) => ({ refundedFen: 0, refundState: 'NONE', refunds: [], refundRequests: [], returnedPayments: [], refundable: o.state === 'PAID' ? o.lines.map((l) => ({ sku: l.sku, qty: l.qty })) : [], ...o, serverTime: iso(now()) })
  const root = {
    clientConfig: () => ({ merchant, h5AuthorizeUrl: '/fake/authorize?appid=wx1', subscribeTemplateIds: ['tmpl-coupon', 'tmpl-order'], presaleTemplateIds: ['tmpl-presale'], environment: 'demo' }),
    me: (_, ctx) => (ctx.token && state.tokens.has(ctx.token) ? { id: 'm1', nickname: '幺妹', level: 'gold', levelName: '金卡会员', phoneMasked: '138****6621', birthday: null, dialectRegion: 'cd', memberCode: '9001 2345 6789'.replace(/ /g, ''), isNew: false } : null),
    stores: () => stores, categories: () => [...new Set(GOODS.map((g) => g[2]))], products: goods,
    promotions: (a) => ({ ...page(promotions(), a), totalCount: 3 }),
    promotion: ({ id }) => promotions().find((p) => p.id === id) ?? null,
    couponCentre: () => {
      const views = drops.map(dropView)
      return { serverTime: iso(now()), claimable: views.filter((d) => d.claimedByMe === 0), claimed: views.filter((d) => d.claimedByMe > 0), gone: [dropView(drop('dold', '国庆专享券', 'told', { state: 'ENDED' })), dropView(drop('dold2', '双十一 满88减8', 't88', { state: 'SOLD_OUT', issued: 1000 }))] }
    },
    quoteCart: ({ input }) => quote(input),
    couponOffers: () => [],
    reportExposures: ({ input }) => ({ __typename: 'ExposuresNoted', views: input.seen.length }),
    benefitAccount: (_, ctx) => { need(ctx); return account() },
    levelScheme: () => ({ levels: [{ id: 'basic', coupon: { id: 'tpl_1', name: '入会礼 满59减10' } }] }),
    myFamily: (_, ctx) => { need(ctx); return family },
    myProfile: (_, ctx) => { need(ctx); return profile },
    setMyBirthday: ({ input }, ctx) => { need(ctx); return once(input, () => Object.assign(profile, { maySetBirthday: false, birthdayAgreedAt: iso(now()), birthday: { ...input.birthday, sentence: `${input.birthday.month}月${input.birthday.day}日` } })) },
    withdrawBirthday: ({ input }, ctx) => { need(ctx); return once(input, () => Object.assign(profile, { birthday: null, birthdayAgreedAt: null })) },
    chooseHomeStore: ({ input }, ctx) => { need(ctx); return once(input, () => Object.assign(profile, { homeStore: stores.find((s) => s.id === input.storeId), homeStoreUntil: iso(now() + 30 * 86400e3) })) },
    familyInvitation: () => ({ founder: '李**', people: 2, endsAt: new Date(Date.now() + 40 * 3600e3).toISOString(), consent: family.consent, consentVersion: 1 }),
    orders: (a, ctx) => { need(ctx); return page(state.orders.map(orderView), a) },
    myPresales: (a, ctx) => { need(ctx); return page([], a) },
    order: ({ id }, ctx) => { need(ctx); const o = state.orders.find((x) => x.id === id); return o ? orderView(o) : null },
    logInConsumer: ({ input }) => once(input, () => (/^code-/.test(input.code) ? session() : { __typename: 'LogInFailed', code: 'BAD_CODE', message: '登录失败', retryAfterSeconds: null })),
    refreshSession: ({ input }) => once(input, session),
    logOut: ({ input }) => once(input, () => ({ message: '已退出登录' })),
    claimCoupon: ({ input }, ctx) => {
      need(ctx)
      if (state.failClaims > 0) { state.failClaims--; once(input, () => claim(input)); throw new Error('lost answer') }
      return once(input, () => claim(input))
    },
    placeOrder: ({ input }, ctx) => { need(ctx); return once(input, () => place(input)) },
    cancelOrder: ({ input }, ctx) => {
      need(ctx)
      const o = state.orders.find((x) => x.id === input.orderId)
      if (o.state !== 'AWAITING_PAYMENT') return { __typename: 'OrderNotInState', code: 'X', message: 'x', state: o.state }
      o.state = 'CANCELLED'
      return { __typename: 'Order', ...orderView(o) }
    },
  }
  function claim(input) {
    const d = drops.find((x) => x.id === input.dropId)
    if (!d) return { __typename: 'NotFound', code: 'NOT_FOUND', message: '没有这个活动' }
    if (d.sly) return { __typename: 'CouponSoldOut', code: 'COUPON_SOLD_OUT', message: `${d.total} 张已全部领完，看看别的券吧`, total: d.total, nextBatchAt: null }
    if (d.state === 'UPCOMING') return { __typename: 'DropNotOpen', code: 'DROP_NOT_OPEN', message: '未开始', opensAt: d.startsAt, closesAt: d.endsAt }
    if ((state.claimed[d.id] ?? 0) >= d.perMember) return { __typename: 'ClaimLimitReached', code: 'CLAIM_LIMIT', message: '限领', limit: d.perMember, held: 1 }
    d.issued++
    state.claimed[d.id] = 1
    state.version++
    const c = { __typename: 'Coupon', id: `c${state.coupons.length + 1}`, code: `90${10000 + state.coupons.length}`, t: Object.keys(T).find((k) => T[k] === d.template), state: 'ISSUED', claimedAt: iso(now()), validFrom: iso(now()), expiresAt: iso(now() + 7 * 86400e3), orderId: null, source: '领取' }
    state.coupons.push(c)
    entry('POINTS', 1, ++state.points, `领到「${d.name}」,送 1 积分`)
    poke('COUPON')
    return { ...c, template: d.template }
  }
  function place(input) {
    const q = quote(input.cart)
    if (q.__typename !== 'Quote') return q
    if (q.token !== input.quoteToken) return { __typename: 'PriceChanged', code: 'PRICE_CHANGED', message: '价格变了', seenPayableFen: Number(input.quoteToken.split(':')[1]), changes: [{ sentence: '「火锅节满200减30」已结束，少减 ¥30.00' }], quote: q }
    const id = `o${state.orders.length + 1}`
    const o = {
      __typename: 'Order', id, number: `20261122000${state.orders.length + 1}`, state: 'AWAITING_PAYMENT', placedAt: iso(now()), paidAt: null, payBy: iso(now() + 15 * 60e3), store: stores.find((s) => s.id === input.cart.storeId) ?? stores[0],
      lines: q.lines.map((l) => ({ sku: l.sku, name: l.product.name, emoji: l.product.emoji, imageHue: l.product.imageHue, kind: 'SALE', qty: l.qty, listFen: l.listFen, payableFen: l.payableFen })),
      listFen: q.listFen, savedFen: q.savedFen, shippingFen: q.shippingFen, payableFen: q.payableFen, dueFen: q.dueFen, depositFen: 0, presaleId: null, tenders: q.tenders, family: q.family, offers: q.offers, earn: q.earn,
      payment: { prepayId: `wx-${id}`, timeStamp: '1', nonceStr: 'n', package: `prepay_id=wx-${id}`, signType: 'RSA', paySign: 's', h5Url: `/fake/cashier?prepay_id=wx-${id}` },
    }
    q.coupons.filter((c) => c.applied).forEach((c) => { const mine = state.coupons.find((x) => x.id === c.coupon.id); mine.state = 'REDEEMED'; mine.orderId = id })
    state.orders.unshift(o)
    state.version++
    poke('COUPON')
    return orderView(o)
  }
  async function* states(first, make) {
    const queue = [first]
    let wake = () => {}
    const watcher = (cause) => { queue.push(cause); wake() }
    state.watchers.add(watcher)
    try {
      for (;;) {
        while (queue.length > 0) yield make(queue.shift())
        await new Promise((r) => { wake = r })
      }
    } finally { state.watchers.delete(watcher) }
  }
  const subscriptions = {
    cartQuote: ({ input }) => states('FIRST', (cause) => ({ cartQuote: { version: ++state.cartVersion, cause, result: quote(input) } })),
    articleStock: ({ skus }) => states('FIRST', () => ({ articleStock: { version: ++state.cartVersion, articles: GOODS.filter((g) => skus.includes(g[0])).map((g) => ({ sku: g[0], available: g[8] })) } })),
    benefitAccount: (_, ctx) => { need(ctx); return states('FIRST', () => ({ benefitAccount: account() })) },
  }
  return {
    state, root, subscriptions, poke,
    givePackets,
    family,
    startFestival() { state.festival = true; poke('RULES') },
    endFestival() { state.festival = false; state.festivalEver = true; poke('TIME') },
    pay(prepay) { const o = state.orders.find((x) => `wx-${x.id}` === prepay); if (o && o.state === 'AWAITING_PAYMENT') { o.state = 'PAID'; o.paidAt = iso(now()) } },
  }
}

export async function serveFake({ port = 0, h5 = here('../dist/h5') } = {}) {
  const schema = buildSchema(readFileSync(here('../../schema/schema.graphql'), 'utf8'))
  const fake = createFake()
  const run = (kind, payload, ctx) => {
    const document = parse(payload.query)
    const errors = validate(schema, document)
    if (errors.length > 0) return { errors }
    const args = { schema, document, contextValue: ctx, variableValues: payload.variables }
    return kind === 'subscribe' ? subscribe({ ...args, rootValue: {}, subscribeFieldResolver: (_, a, c, info) => fake.subscriptions[info.fieldName](a, c) }) : execute({ ...args, rootValue: fake.root })
  }
  const server = createServer((req, res) => {
    const url = new URL(req.url, 'http://x')
    const json = (status) => { res.writeHead(status, { 'content-type': 'application/json' }); res.end('{}') }
    const go = (to) => { res.writeHead(302, { location: to }); res.end() }
    if (url.pathname === '/graphql') {
      let body = ''
      req.on('data', (d) => { body += d })
      req.on('end', async () => {
        if (fake.state.down) return json(500)
        const token = req.headers.authorization?.replace('Bearer ', '')
        const answer = await run('execute', JSON.parse(body), { token })
        if (fake.state.delay) await new Promise((r) => setTimeout(r, fake.state.delay))
        res.writeHead(200, { 'content-type': 'application/json' })
        res.end(JSON.stringify(answer))
      })
    } else if (url.pathname === '/fake/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri'))
      back.searchParams.set('code', `code-${Math.random()}`)
      back.searchParams.set('state', url.searchParams.get('state'))
      go(back.toString())
    } else if (url.pathname === '/fake/cashier') {
      fake.pay(url.searchParams.get('prepay_id'))
      go(url.searchParams.get('redirect_url'))
    } else if (url.pathname.startsWith('/m')) {
      let file = join(h5, normalize(url.pathname.slice(2)))
      if (!existsSync(file) || statSync(file).isDirectory()) file = join(h5, 'index.html')
      res.writeHead(200, { 'content-type': MIME[extname(file)] ?? 'application/octet-stream' })
      res.end(readFileSync(file))
    } else { res.writeHead(404); res.end() }
  })
  const wss = new WebSocketServer({ server, path: '/graphql', handleProtocols: () => 'graphql-transport-ws' })
  wss.on('connection', (socket) => {
    const running = new Map()
    let ctx = {}
    const send = (m) => { if (socket.readyState === 1) socket.send(JSON.stringify(m)) }
    socket.on('message', async (text) => {
      const m = JSON.parse(text)
      if (m.type === 'connection_init') {
        if (m.payload?.token && !fake.state.tokens.has(m.payload.token)) return socket.close(4401, 'Unauthorized')
        ctx = { token: m.payload?.token }
        send({ type: 'connection_ack' })
      } else if (m.type === 'ping') send({ type: 'pong' })
      else if (m.type === 'subscribe') {
        const stream = await run('subscribe', m.payload, ctx)
        if (!stream[Symbol.asyncIterator]) return send({ id: m.id, type: 'error', payload: stream.errors })
        running.set(m.id, stream)
        for await (const item of stream) { if (!running.has(m.id)) break; send({ id: m.id, type: 'next', payload: item }) }
      } else if (m.type === 'complete') { running.get(m.id)?.return?.(); running.delete(m.id) }
    })
    socket.on('close', () => running.forEach((s) => s.return?.()))
  })
  await new Promise((r) => server.listen(port, '127.0.0.1', r))
  return {
    fake, base: `http://127.0.0.1:${server.address().port}`,
    dropSockets() { wss.clients.forEach((c) => c.terminate()) },
    async close() { wss.clients.forEach((c) => c.terminate()); server.closeAllConnections(); await new Promise((r) => server.close(r)) },
  }
}
