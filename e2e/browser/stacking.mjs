// 叠加规则: an operator lets an order use two coupons, the open checkout of a shopper is priced again with both that stack; coupons that
// do not go together are never ticked together: the one that is tapped takes the place of the other, with a word. A cap of half on
// points, set in the console, is said at an open checkout and is gone when it is taken away.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/stacking.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asShopper, asStaff, base, desk, fen, look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const open = []
const browser = await launch()
let back = async () => undefined
try {
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  const tab = operator.first
  open.push(['stacking-shopper', shopper.page], ['stacking-operator', tab])
  const [staff, own] = [asStaff(tab), asShopper(shopper.page)]
  const given = []
  back = async () => {
    await staff('mutation($i: SetStackingPolicyInput!) { setStackingPolicy(input: $i) { __typename } }', { i: { maxCoupons: 1, maxPromotionsPerLine: null, idempotencyKey: crypto.randomUUID() } })
    await staff('mutation($i: SetTenderPolicyInput!) { setTenderPolicy(input: $i) { __typename } }', { i: { points: null, idempotencyKey: crypto.randomUUID() } })
    for (const couponId of given) await staff('mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename } }', { i: { couponId, reason: '用例结束', idempotencyKey: crypto.randomUUID() } })
  }

  // ---- four coupons in the shopper's hand: one that stands alone, two that stack, one that is out of reach
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('自贡盐帮妹')
  await shopper.see('.js-nickname')
  const coupon = async (name, offFen, stacking, minFen = 0, extra = null) => {
    const at = (hours) => new Date(Date.now() + hours * 3600_000).toISOString()
    const made = (await staff('mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } ... on Refusal { message } } }', {
      i: { name: `${name}${mark}`, content: { kind: 'OFF', offFen, minFen }, validDays: 2, stacking, extra, startsAt: at(-1), endsAt: at(1), total: 5, publish: true, idempotencyKey: crypto.randomUUID() },
    })).createCouponDrop
    assert.equal(made.__typename, 'CouponDrop', JSON.stringify(made))
    const got = (await own('mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id } ... on Refusal { message } } }', { i: { dropId: made.id, idempotencyKey: crypto.randomUUID() } })).claimCoupon
    assert.equal(got.__typename, 'Coupon', JSON.stringify(got))
    given.push(got.id)
  }
  await coupon('满万减99', 9900, null, 1_000_000, { points: 5000 })
  const goods = (await own('{ products(first: 100) { nodes { sku listFen available } } }')).products.nodes
  const settle = (person) => (hook) => until(async () => (await person.on(hook).count()) > 0 && !/pending/.test((await person.on(hook).getAttribute('class')) ?? ''), 'a price is shown')
  const section = (name) => tab.locator('.panel', { has: tab.getByRole('heading', { name, exact: true }) })
  const save = async (name) => {
    await section(name).getByRole('button', { name: '保存并生效' }).click()
    await section(name).getByText('撤销修改').waitFor({ state: 'hidden' })
  }

  // ---- a cap of half on points: an open checkout says it, and is as before when it is taken away
  const buyer = await phone(browser)
  open.push(['stacking-buyer', buyer.page])
  await buyer.open('#/pages/mine/index')
  await buyer.tap('.js-login')
  await buyer.logIn('自贡盐帮妹')
  await buyer.see('.js-nickname')
  const plain = goods.find((one) => (one.available ?? 0) > 5 && one.listFen >= 2000 && one.listFen <= 8000)
  await buyer.page.goto(`${base}/m/#/pages/product/index?sku=${encodeURIComponent(plain.sku)}`)
  await buyer.tap('.js-plus')
  await buyer.page.goto(`${base}/m/#/pages/cart/index`)
  await settle(buyer)('.js-total')
  await buyer.tap('.js-checkout')
  await settle(buyer)('.js-due')
  await buyer.tap('.js-pickup')
  await settle(buyer)('.js-due')
  const bare = fen(await buyer.text('.js-due'))
  const due = (what, wanted) => until(async () => wanted(fen(await buyer.text('.js-due'))), what)
  await buyer.tap('.js-points')
  await due('points pay more than half', (paid) => paid < bare - Math.floor(bare / 2))
  const before = fen(await buyer.text('.js-due'))
  await tab.goto(`${base}/console/stacking`)
  await tab.getByRole('radiogroup', { name: '积分抵扣上限' }).getByText('设上限').click()
  await tab.getByLabel('积分最多抵的比例').fill('50')
  await tab.getByTestId('caps-example').getByText('¥100.00').waitFor()
  await look(tab, 'console-caps', true)
  await save('抵扣上限')
  await buyer.page.getByText(/积分最多抵 50%，这一单最多 ¥/).filter({ visible: true }).first().waitFor()
  await due('points pay half', (paid) => paid === bare - Math.floor(bare / 2))
  await look(buyer.page, 'm-cap-on-points')
  await tab.getByRole('radiogroup', { name: '积分抵扣上限' }).getByText('不限').click()
  await save('抵扣上限')
  await due('points pay as before', (paid) => paid === before)
  assert.equal(await buyer.page.getByText(/积分最多抵 50%/).filter({ visible: true }).count(), 0)

  // ---- the other coupons
  await coupon('单用减15', 1500, null)
  await coupon('可叠减14', 1400, { all: true })
  await coupon('可叠减13', 1300, { all: true })
  const dear = goods.filter((one) => (one.available ?? 0) > 5).sort((a, b) => b.listFen - a.listFen)[0]

  // ---- at checkout, with one coupon an order
  await shopper.page.goto(`${base}/m/#/pages/product/index?sku=${encodeURIComponent(dear.sku)}`)
  await shopper.see('.js-plus')
  for (let n = 0; n < 3; n++) await shopper.tap('.js-plus')
  await shopper.page.goto(`${base}/m/#/pages/cart/index`)
  const settled = settle(shopper)
  await settled('.js-total')
  await shopper.tap('.js-checkout')
  await settled('.js-due')
  const alone = fen(await shopper.text('.js-due'))
  await shopper.tap('.js-choose-coupon')
  const option = (name) => shopper.on('.js-coupon-option', { hasText: `${name}${mark}` })
  const ticked = async () => {
    const found = []
    for (const name of ['单用减15', '可叠减14', '可叠减13', '满万减99']) if (/choice-on/.test((await option(name).getAttribute('class')) ?? '')) found.push(name)
    return found
  }
  await shopper.on('.js-coupon-choice').getByText('已用上').first().waitFor()
  assert.equal(await shopper.on('.js-coupon-choice').getByText('已用上').count(), 1)
  assert.equal(await shopper.on('.js-coupon-choice').getByText(/每单最多/).count(), 0)

  // ---- the operator lets an order use two: said to whom sets it, and seen at once by who is about to pay
  await tab.goto(`${base}/console/stacking`)
  await tab.getByTestId('stacking-coupons').getByText('一单只用一张券').waitFor()
  await tab.getByRole('radiogroup', { name: '每单最多用几张券' }).getByText('2 张').click()
  await tab.getByTestId('stacking-coupons').getByText('最多用 2 张券').waitFor()
  await look(tab, 'console-stacking', true)
  await save('叠加规则')
  await shopper.on('.js-coupon-choice').getByText('优惠券（每单最多 2 张）').waitFor()
  await until(async () => (await shopper.on('.js-coupon-choice').getByText('已用上').count()) === 2, 'two are used')
  await settled('.js-due')
  assert.ok(fen(await shopper.text('.js-due')) < alone, 'both save more')
  await look(shopper.page, 'm-coupons-two')

  // ---- what does not go together is not ticked together
  const tap = async (name, ...wanted) => {
    await option(name).click()
    await settled('.js-due')
    await until(async () => (await ticked()).join() === wanted.join(), `after ${name} ticked are ${wanted}`)
  }
  const note = () => shopper.on('.js-pick-note')
  await tap('单用减15', '单用减15')
  assert.equal(await note().count(), 0)
  await tap('可叠减14', '可叠减14')
  await note().getByText(`「可叠减14${mark}」不能和已选的券同用，已换成它`).waitFor()
  await look(shopper.page, 'm-coupons-instead')
  await tap('可叠减13', '可叠减14', '可叠减13')
  assert.equal(await note().count(), 0)
  await tap('单用减15', '单用减15')
  await note().getByText(`「可叠减13${mark}」不能和「单用减15${mark}」同用，已取消`).waitFor()
  await tap('满万减99', '单用减15')
  await note().getByText(new RegExp(`「满万减99${mark}」这单用不上：还差¥`)).waitFor()
  await look(shopper.page, 'm-coupons-out-of-reach')

  // ---- back to one
  await tab.getByRole('radiogroup', { name: '每单最多用几张券' }).getByText('1 张').click()
  await save('叠加规则')
  await shopper.on('.js-coupon-choice').getByText('优惠券', { exact: true }).waitFor()
  await settled('.js-due')
  assert.equal(fen(await shopper.text('.js-due')), alone)
  assert.deepEqual([...operator.complaints, ...shopper.complaints, ...buyer.complaints], [])
  console.log('stacking passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: `${artifacts}${name}.png` }).catch(() => undefined)
  throw error
} finally {
  await back().catch(() => undefined) // the other stories are told with one coupon an order, and without these
  await browser.close()
}
