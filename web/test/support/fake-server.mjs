// A stand-in for the API, for looking at the pages and for tests of this folder only: the real contract (../schema/schema.graphql),
// made-up data, short tokens when asked, and a switch that cuts every stream. Nothing of it is in the product.
import { makeOrders, orderRoot } from './fake-orders.mjs'
import { createHmac, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSchema, execute, GraphQLError, parse, subscribe, validate } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

const web = join(dirname(fileURLToPath(import.meta.url)), '../..')
const schema = buildSchema(readFileSync(join(web, '../schema/schema.graphql'), 'utf8'))
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }

export async function startFakeServer({ port = 0, tokenSeconds = 900, empty = false } = {}) {
  const world = makeWorld(empty)
  const live = new Set()
  const secret = randomUUID()
  const log = []
  const token = (username) => {
    const now = Math.floor(Date.now() / 1000)
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const body = `${part({ alg: 'HS256' })}.${part({ sub: username, iat: now, exp: now + tokenSeconds, jti: randomUUID() })}`
    return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
  }
  const person = (text) => {
    const [head, body, sign] = (text ?? '').split('.')
    if (!sign || createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url') !== sign) return null
    const claims = JSON.parse(Buffer.from(body, 'base64url'))
    return claims.exp * 1000 > Date.now() ? { username: claims.sub, exp: claims.exp } : null
  }
  const session = (username) => ({
    __typename: 'Session', accessToken: token(username), accessExpiresAt: new Date(Date.now() + tokenSeconds * 1000).toISOString(), refreshToken: `${username}.${randomUUID()}`,
    member: null, staff: { id: `staff:${username}`, name: '周晓蓉', username, roles: username === 'cashier' ? ['CASHIER'] : ['MARKETING', 'ADMIN'], storeIds: [], merchant: world.merchant }, merchant: world.merchant,
  })
  const root = makeRoot(world, session, live)

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const send = (status, type, body) => response.writeHead(status, { 'content-type': type }).end(body)
    if (url.pathname === '/__fake/cut') {
      for (const socket of sockets.clients) socket.terminate()
      world.refuseStreamsUntil = Date.now() + Number(url.searchParams.get('ms') ?? 0)
      return send(200, 'text/plain', 'cut')
    }
    if (url.pathname === '/__fake/expire') {
      for (const socket of sockets.clients) socket.close(4401, 'expired')
      return send(200, 'text/plain', 'expired')
    }
    if (url.pathname === '/graphql' && request.method === 'POST') {
      let text = ''
      for await (const chunk of request) text += chunk
      const { query, variables, operationName, extensions } = JSON.parse(text)
      log.push({ operationName, variables, query, hash: extensions?.persistedQuery?.sha256Hash })
      const document = parse(query)
      const problems = validate(schema, document)
      const viewer = person(request.headers.authorization?.replace(/^Bearer /, ''))
      const open = ['LogInStaff', 'RefreshSession', 'DemoMerchants'].includes(operationName)
      const result =
        problems.length > 0 ? { errors: problems }
        : !viewer && !open ? { errors: [new GraphQLError('请先登录', { extensions: { code: 'UNAUTHENTICATED' } })] }
        : world.slow && !open ? await new Promise((resolve) => setTimeout(() => resolve({ data: null, errors: [new GraphQLError('x')] }), 60_000))
        : await execute({ schema, document, rootValue: root, variableValues: variables, operationName, contextValue: { viewer } })
      return send(200, 'application/json', JSON.stringify(result))
    }
    if (url.pathname.startsWith('/console')) {
      const path = normalize(url.pathname.slice('/console'.length)).replace(/^(\.\.[/\\])+/, '')
      const file = join(web, 'dist', path)
      if (extname(path) && existsSync(file)) return send(200, TYPES[extname(path)] ?? 'application/octet-stream', readFileSync(file))
      if (extname(path)) return send(404, 'text/plain', 'not found')
      return send(200, TYPES['.html'], readFileSync(join(web, 'dist/index.html')))
    }
    send(404, 'text/plain', 'not found')
  })
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (Date.now() < (world.refuseStreamsUntil ?? 0)) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request))
  })
  useServer(
    {
      schema,
      roots: { subscription: root },
      validate,
      onSubscribe: (_context, _id, { operationName, variables, query, extensions }) => void log.push({ operationName, variables, query, hash: extensions?.persistedQuery?.sha256Hash }),
      execute,
      subscribe,
      onConnect: (context) => {
        const viewer = person(context.connectionParams?.token)
        if (!viewer) return context.extra.socket.close(4401, 'Unauthorized') ?? false
        setTimeout(() => context.extra.socket.close(4401, 'expired'), viewer.exp * 1000 - Date.now()).unref()
        return true
      },
    },
    sockets,
  )
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    world,
    log,
    sell: (fen, units = 2) => sell(world, live, fen, units),
    close: () => new Promise((resolve) => { for (const socket of sockets.clients) socket.terminate(); server.closeAllConnections(); server.close(resolve) }),
  }
}

const OFFER_TYPES = JSON.parse(readFileSync(join(web, 'test/support/offer-types.json'), 'utf8'))
const HOUR = 3600_000
const at = (hours) => new Date(Date.now() + hours * HOUR).toISOString()

function makeWorld(empty) {
  const merchant = { id: 'merchant:1', code: 'chuanwei', name: '川味冻品', currency: 'CNY', timeZone: 'Asia/Shanghai' }
  const places = [['春熙路店', '成都', '四川/成都/锦江'], ['玉林店', '成都', '四川/成都/武侯'], ['建设路店', '成都', '四川/成都/成华'], ['天府三街店', '成都', '四川/成都/高新'], ['犀浦店', '成都', '四川/成都/郫都'], ['双流店', '成都', '四川/成都/双流'], ['涪城店', '绵阳', '四川/绵阳/涪城'], ['园艺山店', '绵阳', '四川/绵阳/涪城'], ['自流井店', '自贡', '四川/自贡/自流井'], ['五星店', '南充', '四川/南充/顺庆'], ['解放碑店', '重庆', '重庆/重庆/渝中'], ['观音桥店', '重庆', '重庆/重庆/江北'], ['南坪店', '重庆', '重庆/重庆/南岸'], ['沙坪坝店', '重庆', '重庆/重庆/沙坪坝']]
  const stores = places.map(([name, city, regionPath], i) => ({ id: `store:${i + 1}`, code: `S${i + 1}`, name, city, regionPath, address: '' }))
  const goods = [['手打牛肉丸 500g', '丸滑/牛肉丸', '蜀海', '🥩', 3990], ['虾滑 150g', '丸滑/虾滑', '蜀海', '🦐', 1990], ['鲜毛肚 300g', '火锅食材/毛肚', '渝味', '🍲', 4580], ['黄喉 250g', '火锅食材/黄喉', '渝味', '🍲', 2980], ['小酥肉 500g', '小吃/酥肉', '川娃子', '🍖', 2690], ['红油抄手 400g', '面点/抄手', '钟记', '🥟', 1880], ['钵钵鸡 600g', '小吃/钵钵鸡', '乐山记', '🍢', 3280], ['红糖糍粑 300g', '小吃/糍粑', '川娃子', '🍡', 1290], ['牛油火锅底料 500g', '底料/牛油', '渝味', '🌶️', 2580], ['冻豆腐 400g', '豆制品/冻豆腐', '白家', '🧊', 890], ['麻辣牛肉干 200g', '小吃/牛肉', '川娃子', '🥓', 3590], ['手工水饺 1kg', '面点/水饺', '钟记', '🥟', 3280]]
  const products = empty ? [] : goods.map(([name, category, brand, emoji, listFen], i) => ({ id: `product:${i}`, sku: `CW${String(1001 + i)}`, name, category, brand, tags: i % 2 ? ['火锅'] : ['火锅', '热销'], unit: '袋', imageHue: (i * 37) % 360, emoji, listFen, priceInHandFen: i % 3 === 0 ? Math.floor(listFen * 0.85) : listFen, promotionTags: i % 2 ? ['满200减30'] : ['满200减30', '8.5折'], available: [120, 0, 36, null][i % 4] }))
  const offer = (id, type, level, sentence, definition) => ({ id, type, level, sentence, definition: { type, ...definition } })
  const promotion = (n, name, state, from, until, offers, more = {}) => ({ __typename: 'Promotion', id: `promotion:${n}`, name, description: '', state, startsAt: at(from), endsAt: at(until), offers, tags: [], channels: [], regionPaths: [], storeIds: [], version: state === 'DRAFT' ? 0 : 1, versionHash: state === 'DRAFT' ? null : 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9', redemptions: 0, discountGivenFen: 0, createdAt: at(-100), soldOut: false, serverTime: () => new Date().toISOString(), products: ({ search }) => connection(products.filter((it) => !search || it.name.includes(search))), ...more })
  const promotions = empty ? [] : [
    promotion(1, '火锅节满200减30', 'RUNNING', -40, 130, [offer('o1', 'spend_off', 'ORDER', '满100减10,满200减30', { scope: { categories: ['火锅食材', '丸滑'] }, tiers: [{ min: 10000, off: 1000 }, { min: 20000, off: 3000 }] })], { redemptions: 1846, discountGivenFen: 4521900, tags: ['火锅节', '主推'], channels: ['MINIAPP', 'H5', 'POS'], regionPaths: ['四川/成都'], version: 3 }),
    promotion(2, '丸滑8.5折', 'RUNNING', -20, 20, [offer('o2', 'percent_off', 'LINE', '8.5折,每件最多减10元', { scope: { categories: ['丸滑'], except: { skus: ['CW1002'] } }, pay_bp: 8500, max_off: 1000 })], { redemptions: 623, discountGivenFen: 731240 }),
    promotion(3, '冬至抄手一口价', 'SCHEDULED', 49, 120, [offer('o3', 'fixed_price', 'LINE', '一口价¥9.90', { scope: { skus: ['CW1006'] }, price: 990 })], { storeIds: ['store:1', 'store:2', 'store:3'], channels: ['POS'] }),
    promotion(4, '年货节每满199减20', 'DRAFT', 200, 500, [offer('o4', 'spend_off', 'ORDER', '每满199减20,最多减100', { scope: { all: true }, every: { min: 19900, off: 2000, max_off: 10000 } })]),
    promotion(5, '中秋多件多折', 'ENDED', -900, -700, [offer('o5', 'spend_percent', 'ORDER', '满2件打9折,满3件打8.5折', { scope: { brands: ['川娃子'] }, tiers: [{ count: 2, pay_bp: 9000 }, { count: 3, pay_bp: 8500 }] })], { redemptions: 12408, discountGivenFen: 23880110, tags: ['中秋'] }),
  ]
  const drop = (n, name, state, face, total, issued, redeemed, more = {}) => ({ __typename: 'CouponDrop', id: `drop:${n}`, name, template: { id: `template:${n}`, name, face: { maxOffFen: null, priceFen: null, offFen: null, payBp: null, skuName: null, scopeSentence: '全部商品', stackable: false, ...face }, validFrom: null, validUntil: null, validHours: 72, validDays: null, validitySentence: '领取后 72 小时内有效', usableSentence: null, terms: [], ...more.template }, startsAt: at(-20), endsAt: at(100), total, issued, remaining: total - issued, availableNow: total - issued, nextBatchAt: null, perMember: 1, perDay: null, tiers: [], access: 'PUBLIC', extra: null, state, claimedByMe: 0, serverTime: () => new Date().toISOString(), redeemed, ...more.drop })
  const drops = empty ? [] : [
    drop(1, '火锅季满88减8', 'OPEN', { kind: 'OFF', offFen: 800, minFen: 8800, sentence: '满88减8', stackable: true }, 5000, 3271, 1204),
    drop(2, '新客8.8折', 'OPEN', { kind: 'PERCENT', payBp: 8800, maxOffFen: 2000, minFen: 0, sentence: '8.8折,最多减20', scopeSentence: '分类 丸滑、火锅食材' }, 2000, 412, 96, { template: { validHours: 168 } }),
    drop(3, '周五夜宵无门槛5元', 'SOLD_OUT', { kind: 'OFF', offFen: 500, minFen: 0, sentence: '无门槛减5' }, 1000, 1000, 733),
    drop(4, '冬至满100减20', 'UPCOMING', { kind: 'OFF', offFen: 2000, minFen: 10000, sentence: '满100减20' }, 800, 0, 0, { drop: { startsAt: at(49), endsAt: at(120) }, template: { validHours: null, validFrom: at(49), validUntil: at(200) } }),
    drop(5, '会员日满200减25', 'DRAFT', { kind: 'OFF', offFen: 2500, minFen: 20000, sentence: '满200减25' }, 3000, 0, 0),
    drop(6, '国庆满50减5', 'ENDED', { kind: 'OFF', offFen: 500, minFen: 5000, sentence: '满50减5' }, 10000, 8233, 5120, { drop: { startsAt: at(-900), endsAt: at(-700) } }),
  ]
  const template = (n, name, face, more = {}) => ({ __typename: 'CouponTemplate', id: `template:${n}`, name, validitySentence: '领取后 7 天内有效（至第 7 天 24:00）', usableSentence: null, terms: [face.sentence, face.scopeSentence ?? '全部商品可用', '每单限用一张，不与其他券同用', '不兑现、不找零'], face: { __typename: 'CouponFace', kind: 'OFF', offFen: null, payBp: null, maxOffFen: null, minFen: 0, sku: null, skuName: null, priceFen: null, items: [], points: null, timesBp: null, backFen: null, scopeSentence: '全部商品可用', stackable: false, fullPriceOnly: false, ...face }, ...more })
  const templates = empty ? [] : [
    template(11, '火锅底料立减', { offFen: 800, minFen: 8800, sentence: '满88减8', scopeSentence: '分类 火锅底料' }, { usableSentence: '周六、周日可用', bearing: [{ who: 'SUPPLIER', supplier: '牧歌食品', bp: 4000 }, { who: 'MERCHANT', supplier: null, bp: 6000 }], bearingSeasons: [{ name: '旺季', since: '11-01', until: '02-28', shares: [{ who: 'MERCHANT', supplier: null, bp: 10000 }] }] }),
    template(12, '新客8.8折', { kind: 'PERCENT', payBp: 8800, maxOffFen: 2000, sentence: '8.8折，最多减20' }),
    template(13, '鲜毛肚兑换券', { kind: 'EXCHANGE', sku: 'CW1001', skuName: '鲜毛肚', sentence: '凭券免费兑换鲜毛肚一件', scopeSentence: '限鲜毛肚' }),
  ]
  const uses = { 'template:11': { drops: 2, coupons: 3271, redeemed: 1204 } }
  const day = new Date(Date.now() + 8 * HOUR).toISOString().slice(0, 10)
  const start = Date.parse(`${day}T00:00:00+08:00`)
  const points = []
  let seed = 7
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647
  if (!empty) for (let m = start; m <= Date.now(); m += 300_000) {
    const hour = (m - start) / HOUR
    const busy = Math.exp(-((hour - 11.8) ** 2) / 4) + 1.3 * Math.exp(-((hour - 18.3) ** 2) / 5) + (hour > 7.5 ? 0.22 : 0.01)
    const orders = Math.round(busy * 26 * (0.6 + random() * 0.8))
    points.push({ minute: new Date(m).toISOString(), orders, revenueFen: orders * (7200 + Math.round(random() * 3000)), couponsClaimed: Math.round(orders * random()) })
  }
  const sum = (key) => points.reduce((total, point) => total + point[key], 0)
  const board = {
    version: 1, day, points,
    cards: { revenueFen: sum('revenueFen'), orders: sum('orders'), discountFen: Math.round(sum('revenueFen') * 0.071), units: Math.round(sum('orders') * 4.3), couponsClaimed: sum('couponsClaimed'), couponsRedeemed: Math.round(sum('couponsClaimed') * 0.31), promotedShareBp: empty ? 0 : 3846, refunds: empty ? 0 : 2, refundedFen: empty ? 0 : 12800 },
    stores: empty ? [] : stores.map((store, i) => ({ store, orders: Math.round(sum('orders') / (i + 3)), revenueFen: Math.round(sum('revenueFen') / (i + 3.4)), discountFen: Math.round(sum('revenueFen') / (i + 3) / 14) })),
    promotions: promotions.filter((it) => it.state === 'RUNNING').map((it, i) => ({ promotionId: it.id, name: it.name, orders: 312 - i * 118, discountFen: 843000 - i * 361200 })),
    topSkus: products.slice(0, 10).map((it, i) => ({ sku: it.sku, name: it.name, units: 420 - i * 31, revenueFen: (420 - i * 31) * it.listFen })),
  }
  const lifecycleRules = { version: 0, newDays: 30, silentMonths: 6, lostCycles: 3, shortestCycleDays: 7, usualCycleDays: 30, windowMonths: 12, offersADay: 200, silentOffer: true, lostOffer: true, silentSku: '', lostBackFen: 2000, newOffer: false, newOffFen: 1000, newMinFen: 5900, changedAt: null }
  const memberCoupon = { __typename: 'Coupon', id: 'cpn_1', code: 'CN7K2M', state: 'REDEEMED', source: '领取', claimedAt: '2026-11-18T02:00:00Z', expiresAt: '2026-11-30T16:00:00Z', orderId: 'ord_7', template: template(11, '满50减10', { offFen: 1000, minFen: 5000, sentence: '满50减10' }, { bearing: [{ who: 'SUPPLIER', supplier: '牧歌食品', bp: 4000 }, { who: 'MERCHANT', supplier: null, bp: 6000 }], bearingSeasons: [] }), moves: [
    { before: null, after: 'ISSUED', at: '2026-11-18T02:00:00Z', why: '领取', by: '顾客本人', note: null, orderId: null, channel: 'MINIAPP', storeId: null },
    { before: 'LOCKED', after: 'REDEEMED', at: '2026-11-20T04:00:00Z', why: '付款成功，已使用', by: '顾客本人', note: null, orderId: 'ord_7', channel: 'MINIAPP', storeId: 'sto_1' },
  ] }
  const oldCoupon = { ...memberCoupon, id: 'cpn_0', code: 'AB12CD', state: 'ISSUED', orderId: null, template: template(12, '新客8.8折', { kind: 'PERCENT', payBp: 8800, sentence: '8.8折' }), moves: memberCoupon.moves.slice(0, 1) }
  const members = [['幺妹', 'ACTIVE', 'ACTIVE', '555'], ['王建国', 'ACTIVE', 'POTENTIAL', '423'], ['李秀英', 'LOST', 'AT_RISK', '155'], ['张敏', 'SILENT', 'AT_RISK', '112'], ['刘洋', 'NEW', null, null], ['陈静', 'NEW', 'POTENTIAL', '512']].map(([nickname, state, tier, scores], n) => ({ id: `mem_${n}`, nickname, levelName: '金卡会员', memberCode: `900000000000000${n}`, phoneMasked: `138****000${n}`, ordersCount: n, tags: n ? [] : ['学生'], data: { birthday: n ? null : '6月18日', homeStore: n ? null : { id: 'sto_1', name: '春熙路店' }, records: n ? [] : [{ at: '2026-11-21T06:00:00Z', what: 'TAGS', look: false, sentence: '周晓蓉 添加标签「学生」', reason: '已核对学生证' }, { at: '2026-11-20T06:00:00Z', what: 'MEMBER', look: true, sentence: '周晓蓉 查看了会员资料', reason: '' }] }, standing: { state, tier, scores, since: null, lastOrderAt: '2026-11-20T04:00:00Z', computedAt: null, sentence: '活跃期 · 活跃客户' }, level: { level: { id: 'gold', name: '金卡会员', coupon: null }, growth: 860, inPeriod: 320, owed: 20, periodEndsAt: '2026-12-31T16:00:00Z', next: { sentence: '还差 ¥1680 升级钻卡会员', progressBp: 1600 } }, redPackets: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } }, invitations: { invitedBy: null, invitedByCode: null, friendsCount: 0, points: 0, friends: [] }, ties: [{ tie: 'ACCOUNT', tied: true, at: '2026-11-02T04:00:00Z', sentence: '已关注公众号 · 系统上报' }, { tie: 'GROUP', tied: false, at: null, sentence: '未入群' }], levelMoves: [{ id: 'lvm_1', sentence: '银卡会员 → 金卡会员，成长值达标', growth: 512, at: '2026-09-02T04:00:00Z' }], coupons: ({ after, states }) => (n || (states && !states.includes('ISSUED')) ? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } : after === 'cpn_1' || states ? { nodes: [oldCoupon], pageInfo: { hasNextPage: false, endCursor: 'cpn_0' } } : { nodes: [memberCoupon], pageInfo: { hasNextPage: true, endCursor: 'cpn_1' } }) }))
  const levelScheme = { version: 0, perYuan: 1, periodMonths: 12, perReview: 5, reviewCap: 15, perShare: 2, shareCap: 6, changedAt: null, sentence: '订单完成后，实付每 1 元得 1 成长值', defaultBirthday: '生日专享券 满60减15，7 天有效', warnings: [], levels: [
    { id: 'basic', name: '普通会员', needs: 'NONE', growth: null, perks: [], priority: false, sentence: '注册即是', coupon: null },
    { id: 'silver', name: '银卡会员', needs: 'FIRST_ORDER', growth: null, perks: [], priority: false, sentence: '完成首单', coupon: null },
    { id: 'gold', name: '金卡会员', needs: 'TOTAL', growth: 500, perks: ['新品优先品鉴'], priority: true, sentence: '累计 500 成长值' },
    { id: 'diamond', name: '钻卡会员', needs: 'PERIOD', growth: 2000, perks: ['家庭装专享价'], priority: true, sentence: '当年满 2000 成长值', coupon: null },
  ] }
  const stackingPolicy = { __typename: 'StackingPolicy', maxCoupons: 1, mostCoupons: 3, maxPromotionsPerLine: null }
  const tenderPolicy = { __typename: 'TenderPolicy', redPacket: null, points: { __typename: 'TenderLimit', maxShareBp: 5000, maxFen: null }, balance: null }
  const complaintPolicy = { __typename: 'ComplaintPolicy', minutes: 150, leastMinutes: 60, mostMinutes: 10_080 }
  const systems = empty ? [] : [
    { id: 'sys:1', code: 'pos-chunxi', name: '春熙路店收银台', channel: 'POS', storeIds: [stores[0].id], takesStock: true, createdAt: at(-40 * 24), revokedAt: null },
    { id: 'sys:2', code: 'meituan', name: '美团外卖', channel: 'MALL', storeIds: [], takesStock: false, createdAt: at(-20 * 24), revokedAt: null },
    { id: 'sys:3', code: 'pos-old', name: '旧收银机', channel: 'POS', storeIds: [stores[0].id], takesStock: true, createdAt: at(-90 * 24), revokedAt: at(-30 * 24) },
  ]
  const compensationPolicy = { __typename: 'CompensationPolicy', perDay: 20, fenPerDay: 20_000 }
  return { shelves: [12, null], receipts: [], systems, stackingPolicy, tenderPolicy, complaintPolicy, compensationPolicy, levelScheme, lifecycleRules, members, merchant, stores, products, promotions, drops, templates, uses, makeTemplate: template, board, orders: empty ? [] : makeOrders(at, stores[0]), makePromotion: promotion, makeDrop: drop, forbidden: new Set(), invalid: null, answers: new Map() }
}

const connection = (nodes, first = 20) => ({ nodes: nodes.slice(0, first), pageInfo: { hasNextPage: nodes.length > first, endCursor: nodes.length > first ? 'more' : null }, totalCount: nodes.length })

function frame(world, input) {
  const { board } = world
  const stores = board.stores.filter(({ store }) => (!input?.storeId || store.id === input.storeId) && (!input?.regionPath || store.regionPath.startsWith(input.regionPath)))
  return { ...board, stores, asOf: new Date().toISOString(), cards: { ...board.cards, averageOrderFen: board.cards.orders ? Math.floor(board.cards.revenueFen / board.cards.orders) : 0 } }
}

function sell(world, live, fen, units) {
  const { board } = world
  board.version += 1
  board.cards.revenueFen += fen
  board.cards.orders += 1
  board.cards.units += units
  const last = board.points.at(-1)
  if (last) {
    last.revenueFen += fen
    last.orders += 1
  }
  for (const push of live) push()
}

async function* frames(world, live, input) {
  let wake
  const push = () => wake?.()
  live.add(push)
  try {
    for (;;) {
      yield { dashboard: frame(world, input) }
      await new Promise((resolve) => { wake = resolve })
    }
  } finally {
    live.delete(push)
  }
}

function makeRoot(world, session, live) {
  const guard = (name, resolve) => (args, context) => {
    if (world.forbidden.has(name) || context?.viewer?.username === 'cashier') throw new GraphQLError('没有权限', { extensions: { code: 'FORBIDDEN' } })
    return resolve(args)
  }
  const once = (input, make) => {
    const known = world.answers.get(input.idempotencyKey)
    if (known) return known
    const answer = make()
    world.answers.set(input.idempotencyKey, answer)
    return answer
  }
  const publish = (promotion) => {
    promotion.state = Date.parse(promotion.startsAt) <= Date.now() ? 'RUNNING' : 'SCHEDULED'
    promotion.version += 1
    promotion.versionHash = 'a3f5' + 'c0ffee'.repeat(10)
    return promotion
  }
  return {
    clientConfig: ({ merchant }) => (merchant === 'chuanwei' ? { merchant: world.merchant, h5AuthorizeUrl: '', subscribeTemplateIds: [], environment: 'demo' } : null),
    logInStaff: ({ input }) => (input.password === 'wrong' ? { __typename: 'LogInFailed', code: 'LOG_IN_FAILED', message: '用户名或密码不对', retryAfterSeconds: 30 } : session(input.username)),
    refreshSession: ({ input }) => session(input.refreshToken.split('.')[0]),
    logOut: () => ({ message: '已退出登录' }),
    brands: () => [...new Set(world.products.map((it) => it.brand))],
    tags: () => [...new Set(world.products.flatMap((it) => it.tags))],
    stores: () => world.stores,
    liabilities: ({ day }) => ({
      asOf: day ? `${day}T15:59:59.999999Z` : new Date().toISOString(), points: day ? 120 : 300, pointsFen: day ? 120 : 300, balanceFen: 0, redPacketFen: 0, depositFen: 0, deposits: 0,
      coupons: { open: 0, earned: 0, unvalued: 0, mostFen: 0, expectedFen: 0, earnedExpectedFen: 0, templates: [], days: [] },
    }),
    articleShelves: guard('articleShelves', ({ sku }) => world.stores.slice(0, 2).map((store, n) => ({ store, sku, onHand: world.shelves[n], reserved: n ? 0 : 2, sold: n ? 0 : 5, returned: 0, received: world.shelves[n] === null ? null : world.shelves[n] + (n ? 0 : 7) }))),
    stockReceipts: guard('stockReceipts', ({ storeId }) => connection(world.receipts.filter((it) => !storeId || it.store.id === storeId))),
    countStock: ({ input }) => {
      if (world.refusal) return world.refusal
      return once(input, () => {
        const n = world.stores.findIndex((it) => it.id === input.storeId)
        if (input.onHand != null && input.seenOnHand !== world.shelves[n]) return { __typename: 'StockMoved', available: world.shelves[n], code: 'StockMoved', message: `库存刚有变化：现在可售 ${world.shelves[n]} 件，请按新的数量再改` }
        const units = input.units ?? input.onHand - world.shelves[n]
        world.shelves[n] = (world.shelves[n] ?? 0) + units
        world.receipts.unshift({ id: `srx_${world.receipts.length}`, store: world.stores[n], units, reason: input.reason, by: '员工 周晓蓉', at: new Date().toISOString() })
        return { __typename: 'ArticleShelf', store: world.stores[n], sku: input.sku, onHand: world.shelves[n], reserved: 0, sold: 0, returned: 0, received: world.shelves[n] }
      })
    },
    categories: () => [...new Set(world.products.flatMap((it) => [it.category.split('/')[0], it.category]))],
    products: guard('products', ({ search, category, first }) => connection(world.products.filter((it) => (!search || it.name.includes(search)) && (!category || it.category.startsWith(category))), first)),
    offerTypes: () => OFFER_TYPES,
    promotions: guard('promotions', ({ filter, first }) => connection(world.promotions.filter((it) => (!filter?.states || filter.states.includes(it.state)) && (!filter?.search || it.name.includes(filter.search))), first)),
    promotion: guard('promotions', ({ id }) => world.promotions.find((it) => it.id === id) ?? null),
    externalSystems: () => world.systems,
    createExternalSystem: ({ input }) => once(input, () => {
      if (world.systems.some((one) => one.code === input.code)) return { __typename: 'InvalidInput', code: 'InvalidInput', message: '这个代码已经有了，请换一个', problems: [{ path: 'code', message: '这个代码已经有了，请换一个' }] }
      const system = { id: `sys:${world.systems.length + 1}`, code: input.code, name: input.name, channel: input.channel, storeIds: input.storeIds, takesStock: input.takesStock, createdAt: new Date().toISOString(), revokedAt: null }
      world.systems.push(system)
      return { __typename: 'ExternalSystemMade', key: 'shk_made-up-for-tests', system }
    }),
    revokeExternalSystem: ({ input }) => once(input, () => {
      const system = world.systems.find((one) => one.id === input.systemId)
      system.revokedAt = new Date().toISOString()
      return { __typename: 'ExternalSystem', ...system }
    }),
    stackingPolicy: () => world.stackingPolicy,
    setStackingPolicy: guard('setStackingPolicy', ({ input: { maxCoupons, maxPromotionsPerLine, idempotencyKey } }) => once({ idempotencyKey }, () => (world.invalid ? { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid } : (world.stackingPolicy = { ...world.stackingPolicy, maxCoupons, maxPromotionsPerLine })))),
    tenderPolicy: () => world.tenderPolicy,
    setTenderPolicy: guard('setTenderPolicy', ({ input: { idempotencyKey, ...caps } }) => once({ idempotencyKey }, () => (world.invalid ? { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid } : (world.tenderPolicy = { ...world.tenderPolicy, ...caps })))),
    complaintPolicy: () => world.complaintPolicy,
    compensationPolicy: () => world.compensationPolicy,
    setCompensationPolicy: guard('setCompensationPolicy', ({ input: { idempotencyKey, ...limits } }) => once({ idempotencyKey }, () => (world.invalid ? { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid } : (world.compensationPolicy = { ...world.compensationPolicy, ...limits })))),
    setComplaintPolicy: guard('setComplaintPolicy', ({ input: { idempotencyKey, minutes } }) => once({ idempotencyKey }, () => (world.invalid ? { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid } : (world.complaintPolicy = { ...world.complaintPolicy, minutes })))),
    levelScheme: () => world.levelScheme,
    memberSegments: () => ({ total: world.members.length, computedAt: '2026-11-21T19:20:00Z', changed: 2, segments: world.members.map((it) => ({ state: it.standing.state, tier: it.standing.tier, level: 'gold', levelName: it.levelName, members: 1 })) }),
    members: guard('members', ({ state, tier, first }) => { const nodes = world.members.filter((it) => (!state || it.standing.state === state) && (!tier || it.standing.tier === tier)); return { totalCount: nodes.length, pageInfo: { hasNextPage: nodes.length > first, endCursor: null }, nodes: nodes.slice(0, first) } }),
    unknownCustomers: guard('unknownCustomers', ({ names }) => names.flatMap((name, n) => (world.members.some((it) => it.memberCode === name) ? [] : [{ row: n + 1, name }]))),
    memberLookup: ({ search }) => world.members.filter((it) => it.memberCode === search),
    memberAccount: ({ memberId }) => (world.members.some((it) => it.id === memberId) ? { points: 1286, balanceFen: 2350, redPacketFen: 600, stamps: 3, growth: 320, usableCoupons: 2, pointsEnding: [{ points: 86, expiresAt: '2026-12-31T16:00:00Z', sentence: '86 积分将于 2026年12月31日 过期' }], entries: ({ unit: only }) => ({ nodes: [{ id: 'ent_2', at: '2026-11-21T06:00:00Z', unit: 'POINTS', amount: 128, balanceAfter: 1286, sentence: '订单 20261120007 完成，得 128 积分', orderNumber: '20261120007' }, { id: 'ent_1', at: '2026-11-20T06:00:00Z', unit: 'BALANCE', amount: -650, balanceAfter: 2350, sentence: '订单 20261120007 用了 ¥6.50 余额', orderNumber: '20261120007' }].filter((it) => !only || it.unit === only), pageInfo: { hasNextPage: false, endCursor: 'ent_1' } }) } : null),
    memberTags: () => [{ tag: '学生', members: 128 }, { tag: '业主', members: 64 }],
    changeMemberTags: ({ input }) => {
      const member = world.members.find((it) => it.id === input.memberId)
      if (input.give.includes('birthday')) return { __typename: 'InvalidInput', code: 'InvalidInput', message: '「birthday」由系统按日历和消费情况计算，不能手工添加', problems: [] }
      member.tags = [...member.tags.filter((it) => !input.take.includes(it)), ...input.give]
      return { __typename: 'MemberFound', ...member }
    },
    correctBirthday: ({ input }) => { const member = world.members.find((it) => it.id === input.memberId); member.data.birthday = `${input.birthday.month}月${input.birthday.day}日`; return { __typename: 'MemberFound', ...member } },
    complaintFigures: () => ({ waiting: world.complaints?.length ?? 0, dueSoon: 0, overdue: 0, answered: 0, inTime: 0, minutes: 150 }),
    complaints: guard('complaints', ({ open }) => connection((world.complaints ?? []).filter((it) => (it.state !== 'ANSWERED') === open))),
    answerComplaint: guard('answerComplaint', ({ input }) => {
      if (world.refusal) return world.refusal
      return once(input, () => Object.assign(world.complaints.find((it) => it.id === input.complaintId), { __typename: 'Complaint', state: 'ANSWERED', outcome: input.outcome, answer: input.answer, inTime: true, answeredAt: new Date().toISOString() }))
    }),
    shareFigures: guard('shareFigures', ({ days }) => ({ since: '2026-03-01', until: '2026-03-30', opened: 0, sharers: 0, growth: 0, sources: [], days: [], ...(days === 30 ? world.shares : {}) })),
    reviews: guard('reviews', () => connection(world.reviews ?? [])),
    hideReview: guard('hideReview', ({ input }) => once(input, () => { const one = world.reviews.find((it) => it.id === input.reviewId); return Object.assign(one, { __typename: 'Review', state: 'HIDDEN', hideReason: input.reason, takenBack: one.growth }) })),
    lifecycleRules: () => world.lifecycleRules,
    setLifecycleRules: guard('setLifecycleRules', ({ input }) => once(input, () => (input.usualCycleDays < input.shortestCycleDays ? { __typename: 'InvalidInput', code: 'InvalidInput', message: 'x', problems: [{ path: 'usual_cycle_days', message: '无历史时的购买周期不能短于最短周期' }] } : (world.lifecycleRules = { ...world.lifecycleRules, ...input, __typename: 'LifecycleRules', version: world.lifecycleRules.version + 1 })))),
    setLevelScheme: guard('setLevelScheme', ({ input }) => once(input, () => (world.invalid ? { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid } : input.levels.some(({ name }) => !name) ? { __typename: 'InvalidInput', code: 'InvalidInput', message: '名称须为 1–8 个字', problems: input.levels.flatMap(({ name }, n) => (name ? [] : [{ path: `levels[${n}].name`, message: '名称须为 1–8 个字' }])) } : (world.levelScheme = { ...world.levelScheme, __typename: 'LevelScheme', version: world.levelScheme.version + 1, changedAt: '2026-11-22T02:00:00Z', perYuan: input.perYuan, periodMonths: input.periodMonths, perReview: input.perReview, reviewCap: input.reviewCap, levels: input.levels.map((one) => ({ ...one, sentence: '', ...Object.fromEntries(['coupon', 'monthly', 'birthday'].map((gift) => [gift, world.templates.find(({ id }) => id === one[gift]) ?? null])) })) })))),
    couponTemplates: guard('couponTemplates', ({ search, first, choosable }) => {
      const found = connection(world.templates.filter((it) => (!search || it.name.includes(search)) && (choosable !== 'BIRTHDAY' || it.face.kind !== 'EXCHANGE')), first)
      return { ...found, uses: found.nodes.map(({ id }) => ({ templateId: id, ...(world.uses[id] ?? { drops: 0, coupons: 0, redeemed: 0 }) })) }
    }),
    couponTemplate: guard('couponTemplate', ({ id }) => world.templates.find((it) => it.id === id) ?? null),
    createCouponTemplate: guard('createCouponTemplate', ({ input }) => {
      if (world.invalid) return { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid }
      return once(input, () => {
        const made = world.makeTemplate(world.templates.length + 1, input.name, { kind: input.content.kind, offFen: input.content.offFen ?? null, minFen: input.content.minFen ?? 0, sentence: '新券' })
        world.templates.unshift(made)
        return made
      })
    }),
    couponDrops: guard('couponDrops', ({ search, first }) => connection(world.drops.filter((it) => !search || it.name.includes(search)), first)),
    dashboard: ({ input }) => {
      if (world.forbidden.has('dashboard')) throw new GraphQLError('没有权限', { extensions: { code: 'FORBIDDEN' } })
      return frames(world, live, input)
    },
    createPromotion: guard('createPromotion', ({ input }) => {
      if (world.invalid) return { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid }
      return once(input, () => {
        const made = world.makePromotion(world.promotions.length + 1, input.name, 'DRAFT', 0, 0, input.offers.map((definition, i) => ({ id: `n${i}`, type: definition.type, level: 'ORDER', sentence: '满200减30', definition })))
        Object.assign(made, { startsAt: input.startsAt, endsAt: input.endsAt, channels: input.channels, storeIds: input.storeIds, regionPaths: input.regionPaths, createdAt: at(0) })
        world.promotions.unshift(made)
        return made
      })
    }),
    publishPromotion: guard('publishPromotion', ({ input }) => once(input, () => publish(world.promotions.find((it) => it.id === input.promotionId)))),
    endPromotion: guard('endPromotion', ({ input }) => once(input, () => Object.assign(world.promotions.find((it) => it.id === input.promotionId), { state: 'ENDED' }))),
    createCouponDrop: guard('createCouponDrop', ({ input }) => {
      if (world.invalid) return { __typename: 'InvalidInput', code: 'INVALID_INPUT', message: '内容有误', problems: world.invalid }
      return once(input, () => {
        const { kind, offFen = null, payBp = null, maxOffFen = null, minFen } = input.content ?? world.templates.find((it) => it.id === input.templateId).face
        const made = world.makeDrop(world.drops.length + 1, input.name, input.publish ? 'OPEN' : 'DRAFT', { kind, offFen, payBp, maxOffFen, minFen, sentence: '新券' }, input.total, 0, 0, { drop: { startsAt: input.startsAt, endsAt: input.endsAt, perMember: input.perMember } })
        world.drops.unshift(made)
        return made
      })
    }),
    ...orderRoot(world, guard, once),
    publishCouponDrop: guard('publishCouponDrop', ({ input }) => once(input, () => Object.assign(world.drops.find((it) => it.id === input.dropId), { state: 'OPEN' }))),
  }
}
