// 满返 with a cap and a budget for coupons, as an operator sets them: a promotion gives one red packet in all and shows what is taken of
// it by itself while somebody buys; a template takes a budget and refuses to go below what is out; 补偿上限; on the phone the coupon's history.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/budgets.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asShopper, asStaff, base, desk, look, phone, publish, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const began = Date.now()
const said = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const open = []
const browser = await launch()
try {
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  const tab = operator.first
  open.push(['budgets-shopper', shopper.page], ['budgets-operator', tab])
  const [staff, own] = [asStaff(tab), asShopper(shopper.page)]

  // ---- 满返 with one in all and a budget
  await tab.goto(`${base}/console/promotions/new`)
  await tab.getByTestId('play-earn_red_packet').click()
  await tab.getByLabel('活动名称').fill(`限额满返 ${mark}`)
  await tab.getByLabel('满多少').fill('1')
  await tab.getByLabel('红包金额').fill('5')
  for (let step = 0; step < 3; step++) await tab.getByRole('button', { name: '下一步' }).click()
  await tab.getByLabel('活动总名额（次）').fill('1')
  await tab.getByLabel('活动预算（元）').fill('80')
  await look(tab, 'console-wizard-earn-cap', true)
  await tab.getByRole('button', { name: '下一步' }).click()
  await tab.getByTestId('preview-sentence').waitFor()
  await tab.getByText('全部顾客合计 1 次').waitFor()
  await look(tab, 'console-wizard-earn-preview', true)
  await publish(tab)
  assert.match(await tab.getByTestId('offer-places').innerText(), /活动名额 1 · 已占用 0 · 还剩 1/)
  said('published with a cap and a budget')

  // ---- somebody buys: the page counts by itself, the promotion is taken down, the next cart goes without
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('阿强')
  await shopper.see('.js-nickname')
  const product = (await own('{ products(first: 1) { nodes { sku } } }')).products.nodes[0].sku
  const cart = { lines: [{ sku: product, qty: 3 }], delivery: 'PICKUP' }
  const quote = async () => (await own('query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { token earn { offerId fen } rejected { reason sentence } } } }', { c: cart })).quoteCart
  const first = await quote()
  assert.ok(first.earn.some((one) => one.fen === 500), JSON.stringify(first.earn))
  const placed = (await own('mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename ... on Order { id } } }', { i: { cart, quoteToken: first.token, idempotencyKey: crypto.randomUUID() } })).placeOrder
  assert.equal(placed.__typename, 'Order')
  await until(async () => /已占用 1 · 还剩 0/.test(await tab.getByTestId('offer-places').innerText()), 'the page has counted it by itself')
  assert.match(await tab.locator('.rule').first().innerText(), /待付款占用[\s\S]*¥5/)
  await tab.getByText('已抢完').first().waitFor()
  await look(tab, 'console-promotion-counted', true)
  const later = await quote()
  assert.ok(!later.earn.some((one) => one.fen === 500) && later.rejected.some((one) => one.sentence === '已送完'), JSON.stringify(later.rejected))
  const cancelled = (await own('mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }', { i: { orderId: placed.id, idempotencyKey: crypto.randomUUID() } })).cancelOrder
  assert.equal(cancelled.__typename, 'Order')
  await until(async () => /已占用 0 · 还剩 1/.test(await tab.getByTestId('offer-places').innerText()), 'and what came back')
  said('counted, taken down, back again')

  // ---- a template with a budget: shown, moved, not below what is out
  await tab.goto(`${base}/console/coupons/templates/new`)
  await tab.getByLabel('券名称').fill(`限额券 ${mark}`)
  await tab.getByLabel('减多少').fill('6')
  await tab.getByLabel('领取后多少天内有效').fill('3')
  await tab.getByLabel('预算（元）').fill('10')
  await look(tab, 'console-template-budget-form', true)
  await tab.getByRole('button', { name: '保存券模板' }).click()
  const row = tab.locator('tbody tr.ant-table-row', { hasText: `限额券 ${mark}` })
  await row.waitFor()
  const templates = (await staff('query($s: String) { couponTemplates(first: 5, search: $s) { nodes { id } } }', { s: mark })).couponTemplates.nodes
  const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString()
  const drop = (await staff('mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } ... on InvalidInput { problems { path message } } } }', {
    i: { name: `限额券 ${mark}`, templateId: templates[0].id, startsAt: at(-60), endsAt: at(3600), total: 50, perMember: 5, publish: true, idempotencyKey: crypto.randomUUID() },
  })).createCouponDrop
  assert.equal(drop.__typename, 'CouponDrop', JSON.stringify(drop))
  const claim = async () => (await own('mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id } ... on CouponSoldOut { usedUp } } }', { i: { dropId: drop.id, idempotencyKey: crypto.randomUUID() } })).claimCoupon
  const coupon = await claim()
  assert.equal(coupon.__typename, 'Coupon')
  const short = await claim()
  assert.deepEqual([short.__typename, short.usedUp], ['CouponSoldOut', 'BUDGET'])
  await until(async () => /已占用\s*¥6[\s\S]*¥10/.test(await row.innerText()), 'the row counts by itself')
  await row.getByRole('button', { name: '设预算' }).click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('预算（元）').fill('5')
  await dialog.getByRole('button', { name: '设预算' }).click()
  await dialog.getByText('不能低于已发出的券占用的金额').waitFor()
  await look(tab, 'console-template-budget')
  await dialog.getByLabel('预算（元）').fill('12')
  await dialog.getByRole('button', { name: '设预算' }).click()
  await dialog.waitFor({ state: 'hidden' })
  assert.equal((await claim()).__typename, 'Coupon')
  await until(async () => /已占用\s*¥12[\s\S]*¥12/.test(await row.innerText()), 'more was given')
  await look(tab, 'console-templates-budget')
  said('a budget of a template, moved')

  // ---- staff void one; the customer reads by whom
  const voided = (await staff('mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename } }', { i: { couponId: coupon.id, reason: '领错了券', idempotencyKey: crypto.randomUUID() } })).voidCoupon
  assert.equal(voided.__typename, 'Coupon')
  await shopper.page.goto(`${base}/m/#/pages/my-coupons/index`)
  await shopper.see('.js-tab-expired')
  await shopper.tap('.js-tab-expired')
  const ticket = shopper.on('.js-coupon', { hasText: `限额券 ${mark}` })
  await ticket.first().locator('.js-terms').click()
  await until(async () => /商家作废（商家员工）/.test(await ticket.first().innerText()), 'by whom')
  await look(shopper.page, 'm-coupon-history')
  said('the history on the phone')

  // ---- 补偿上限
  await tab.goto(`${base}/console/stacking`)
  await tab.getByTestId('clerk-example').waitFor()
  await tab.getByTestId('clerk-example').scrollIntoViewIfNeeded()
  await look(tab, 'console-clerk-limits', true)

  // ---- where coupons were used, on the drop's page
  await tab.goto(`${base}/console/coupons/${drop.id}`)
  await tab.getByText(`限额券 ${mark}`).first().waitFor()
  await look(tab, 'console-drop', true)
  assert.deepEqual(operator.complaints, [])
  assert.deepEqual(shopper.complaints, [])
  console.log('budgets passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: `${artifacts}${name}.png` }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
