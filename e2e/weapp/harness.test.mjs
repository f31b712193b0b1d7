// The harness itself, against a tiny server with made-up answers. The story against the real server lies beside the others.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { serveFake } from '../../miniapp/test/fake-server.mjs'
import { startWeapp } from './harness.mjs'

let server
let app
beforeEach(async () => { server = await serveFake() })
afterEach(async () => { await app?.close(); app = null; await server.close() })

const start = async (options = {}) => {
  app = await startWeapp({ base: server.base, code: async () => `code-${Math.random()}`, ...options })
  return app
}
const COUPONS = 'pages/coupons/index', CART = 'pages/cart/index', MINE = 'pages/mine/index'

test('logs in silently and shows the shop', async () => {
  await start()
  await app.waitFor(() => app.findAll('.js-product').length >= 6)
  assert.equal(app.log.logins, 1)
  await app.waitText('春熙路店')
  const products = app.log.requests.find((r) => r.operation === 'Products')
  assert.equal(products.header['X-Shuhui-Merchant'], 'chuanwei')
  assert.match(products.header.Authorization, /^Bearer t\d+$/)
  assert.deepEqual(app.log.errors, [])
})

test('another merchant, and a failing log-in leaves the shop open', async () => {
  await start({ merchant: 'wuhan', code: async () => { throw new Error('no network to WeChat') } })
  await app.waitFor(() => app.find('.js-product'))
  const products = app.log.requests.find((r) => r.operation === 'Products')
  assert.equal(products.header['X-Shuhui-Merchant'], 'wuhan')
  assert.equal(products.header.Authorization, undefined)
})

test('claims a coupon once, however often it is tapped, and sees it in 我的', async () => {
  await start({ accept: (ids) => ids.slice(0, 1) })
  await app.switchTab(MINE)
  await app.waitFor(() => app.find('.js-asset-coupons')?.text === '0')
  await app.switchTab(COUPONS)
  const button = await app.waitFor(() => app.find('.js-claim'))
  app.fire(button, 'tap')
  app.fire(button, 'tap')
  await app.waitFor(() => app.find('.js-claimed'))
  const claims = app.log.requests.filter((r) => r.operation === 'ClaimCoupon')
  assert.equal(claims.length, 1)
  assert.deepEqual(claims[0].data.variables.input.acceptedTemplateIds, ['tmpl-coupon'])
  assert.equal(server.fake.state.coupons.length, 1)
  await app.switchTab(MINE)
  await app.waitFor(() => app.find('.js-asset-coupons')?.text === '1')
})

test('a claim whose answer was lost is asked again with the same key', async () => {
  server.fake.state.failClaims = 1
  await start()
  await app.switchTab(COUPONS)
  await app.tap('.js-claim')
  await app.waitFor(() => app.find('.js-claimed'))
  const keys = server.fake.state.log.filter((l) => l.dropId).map((l) => l.key)
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])
  assert.equal(server.fake.state.coupons.length, 1)
})

test('a refusal says what would change it', async () => {
  await start()
  await app.switchTab(COUPONS)
  const last = await app.waitFor(() => app.findAll('.js-drop', { has: '秒杀券' })[0])
  await app.tap(app.find('.js-claim', { within: last }))
  const note = await app.waitFor(() => app.find('.js-note'))
  assert.match(note.text, /1000 张已全部领完/)
})

test('the price in the cart falls by itself when a promotion starts, and says why', async () => {
  await start()
  const card = await app.waitFor(() => app.findAll('.js-product', { has: '手打牛肉丸' })[0])
  await app.tap(app.find('.js-plus', { within: card }))
  for (let i = 2; i <= 6; i++) {
    await app.waitFor(() => app.findAll('.js-product', { has: '手打牛肉丸' })[0] && app.find('.js-qty')?.text === String(i - 1))
    await app.tap(app.find('.js-plus', { within: app.findAll('.js-product', { has: '手打牛肉丸' })[0] }))
  }
  assert.equal(app.log.badges[2], '6')
  await app.switchTab(CART)
  await app.waitFor(() => app.find('.js-total')?.text === '¥238.80')
  server.fake.startFestival()
  await app.waitFor(() => app.find('.js-total')?.text === '¥208.80')
  await app.waitText('「火锅节满200减30」开始了，已为您重新算价 −¥30.00')
  await app.waitText('满200减30')
  server.fake.endFestival()
  await app.waitFor(() => app.find('.js-total')?.text === '¥238.80')
  await app.waitText('「火锅节满200减30」已结束')
})

test('a lost link is made again; the price that changed meanwhile is explained', async () => {
  server.fake.state.festival = true
  await start()
  const card = await app.waitFor(() => app.findAll('.js-product', { has: '手打牛肉丸' })[0])
  for (let i = 1; i <= 6; i++) {
    await app.tap(app.find('.js-plus', { within: app.findAll('.js-product', { has: '手打牛肉丸' })[0] ?? card }))
    await app.waitFor(() => app.find('.js-qty')?.text === String(i))
  }
  await app.switchTab(CART)
  await app.waitFor(() => app.find('.js-total')?.text === '¥208.80')
  app.setOnline(false)
  await app.waitFor(() => app.find('.js-offline'))
  assert.ok(app.find('.js-total.pending'), 'the last price is kept and greyed')
  server.fake.endFestival()
  app.setOnline(true)
  await app.waitFor(() => app.find('.js-total')?.text === '¥238.80')
  await app.waitText('「火锅节满200减30」已结束')
})

test('an expired token is renewed and the request repeated', async () => {
  await start()
  await app.waitFor(() => app.find('.js-product'))
  server.fake.state.tokens.clear()
  await app.switchTab(MINE)
  await app.waitFor(() => app.log.requests.some((r) => r.operation === 'RefreshSession'))
  await app.waitText('138****6621')
})

test('places an order, pays it, and the cart is empty', async () => {
  await start({ pay: async (o) => server.fake.pay(o.package.replace('prepay_id=', '')) })
  const card = await app.waitFor(() => app.findAll('.js-product', { has: '鲜毛肚' })[0])
  await app.tap(app.find('.js-plus', { within: card }))
  await app.switchTab(CART)
  await app.waitFor(() => app.find('.js-total')?.text === '¥41.90')
  await app.tap('.js-checkout')
  await app.waitFor(() => app.path() === 'pages/checkout/index' && app.find('.js-due')?.text === '¥41.90')
  await app.tap('.js-place')
  await app.waitFor(() => app.find('.js-order-state')?.text === '已付款，备货中')
  assert.equal(app.log.payments.length, 1)
  assert.equal(app.log.payments[0].signType, 'RSA')
  await app.switchTab(CART)
  await app.waitText('购物车还是空的')
})

test('red packets pay by themselves at checkout, those that are chosen, or none', async () => {
  server.fake.givePackets()
  await start({})
  const card = await app.waitFor(() => app.findAll('.js-product', { has: '鲜毛肚' })[0])
  await app.tap(app.find('.js-plus', { within: card }))
  await app.switchTab(CART)
  await app.waitFor(() => app.find('.js-total')?.text === '¥41.90')
  await app.tap('.js-checkout')
  await app.waitFor(() => app.path() === 'pages/checkout/index' && app.find('.js-due')?.text === '¥31.70') // 2.20 and 8.00
  await app.tap('.js-choose-packet')
  await app.waitFor(() => app.find('.js-packet-none'))
  assert.match(app.findAll('.js-packet-reason')[0].text, /还差/) // the third needs 299.00
  await app.tap(app.findAll('.js-packet-option')[1])
  await app.waitFor(() => app.find('.js-due')?.text === '¥33.90')
  await app.tap('.js-packet-none')
  await app.waitFor(() => app.find('.js-due')?.text === '¥41.90')
  await app.switchTab(CART)
  await app.waitFor(() => app.find('.js-total')?.text === '¥41.90') // the cart is priced without
})

test('a changed price is shown with its reason, and asked about', async () => {
  server.fake.state.festival = true
  await start({ pay: async () => { throw new Error('cancel') } })
  for (let i = 1; i <= 6; i++) {
    await app.waitFor(() => app.findAll('.js-product', { has: '手打牛肉丸' })[0])
    await app.tap(app.find('.js-plus', { within: app.findAll('.js-product', { has: '手打牛肉丸' })[0] }))
    await app.waitFor(() => app.find('.js-qty')?.text === String(i))
  }
  await app.switchTab(CART)
  await app.tap('.js-checkout')
  await app.waitFor(() => app.find('.js-due')?.text === '¥208.80')
  server.fake.state.festival = false // changed without a word over the link
  server.fake.state.festivalEver = true
  await app.tap('.js-place')
  const sheet = await app.waitFor(() => app.find('.js-price-changed'))
  assert.match(sheet.text, /208\.80.*238\.80/)
  assert.match(sheet.text, /「火锅节满200减30」已结束/)
  assert.equal(server.fake.state.orders.length, 0)
  await app.tap('.js-accept-price')
  await app.waitFor(() => app.find('.js-order-state')?.text === '待付款')
  assert.equal(server.fake.state.orders.length, 1)
  await app.waitFor(() => app.log.toasts.some((t) => t.includes('还没付款')))
  await app.tap('.js-cancel')
  await app.waitFor(() => app.find('.js-order-state')?.text === '已取消')
})

test('swiping a line shows 删除', async () => {
  await start()
  const card = await app.waitFor(() => app.findAll('.js-product', { has: '鲜毛肚' })[0])
  await app.tap(app.find('.js-plus', { within: card }))
  await app.switchTab(CART)
  const line = await app.waitFor(() => app.find('.js-line'))
  await app.swipe(line, -90)
  await app.waitFor(() => app.find('.swipe-open'))
  await app.tap('.js-delete')
  await app.waitText('购物车还是空的')
})
