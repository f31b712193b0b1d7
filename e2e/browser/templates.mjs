// Coupon templates: made in the console, found among the others, given out by a drop made of it, claimed on the phone and used; the
// page counts it. And 我的优惠券 by state: one that an order holds, one used, one that has ended, one that staff voided.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/templates.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asShopper, asStaff, base, desk, look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const began = Date.now()
const said = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const open = []
const browser = await launch()
try {
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  const tab = operator.first
  open.push(['templates-shopper', shopper.page], ['templates-operator', tab])
  const [staff, own] = [asStaff(tab), asShopper(shopper.page)]

  // ---- a template is made: what it lacks is told at its field, then it stands at the head of the list
  await tab.goto(`${base}/console/coupons`)
  await tab.getByRole('tab', { name: '券模板' }).click()
  await tab.getByRole('link', { name: '用它建券活动' }).first().waitFor()
  await look(tab, 'console-templates')
  await tab.getByRole('button', { name: '新建券模板' }).click()
  await tab.getByRole('button', { name: '保存券模板' }).click()
  await until(async () => (await tab.getByText('必填').count()) === 2, 'two fields are missing')
  await tab.getByLabel('券名称').fill(`火锅立减 ${mark}`)
  await tab.getByLabel('减多少').fill('6')
  await tab.getByLabel('领取后多少天内有效').fill('3')
  await tab.getByLabel('退款时', { exact: true }).click()
  await look(tab, 'console-template-returns')
  await tab.locator('.ant-select-item-option', { hasText: '不够门槛' }).click()
  await look(tab, 'console-template-form', true)
  await tab.getByRole('button', { name: '保存券模板' }).click()
  const row = tab.locator('tbody tr.ant-table-row', { hasText: `火锅立减 ${mark}` })
  await row.waitFor()
  assert.match(await row.innerText(), /立减6元[\s\S]*领取后 3 天内有效/)
  await tab.getByLabel('搜索券模板名称').fill(mark)
  await tab.keyboard.press('Enter')
  await until(async () => (await tab.locator('tbody tr.ant-table-row').count()) === 1, 'the search finds it alone')
  await row.click()
  await tab.getByTestId('template-terms').waitFor()
  assert.match(await tab.getByTestId('template-terms').innerText(), /立减6元[\s\S]*全部商品可用[\s\S]*不与其他券同用[\s\S]*不够用券门槛时退回/)
  await look(tab, 'console-template-terms')
  said('a template was made and found')

  // ---- a drop of it
  await row.getByRole('link', { name: '用它建券活动' }).click()
  await until(async () => (await tab.getByLabel('活动名称').inputValue()) === `火锅立减 ${mark}`, 'the drop is named after it')
  assert.equal(await tab.getByLabel('减多少').count(), 0)
  await tab.getByLabel('发放总量').fill('50')
  await tab.getByLabel('每人限领').fill('4')
  await look(tab, 'console-drop-of-template', true)
  await tab.getByRole('button', { name: '发布券活动' }).click()
  await tab.getByRole('link', { name: `火锅立减 ${mark}` }).waitFor()
  said('a drop was made of it')

  // ---- it is claimed once by hand, then three times more; of other drops one ends soon, one today, one begins tomorrow
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('南充小李')
  await shopper.see('.js-nickname')
  await shopper.tab('领券')
  const ticket = shopper.on('.js-drop', { hasText: `火锅立减 ${mark}` })
  await ticket.locator('.js-claim').click()
  await until(async () => (await own('{ benefitAccount { coupons(first: 50) { nodes { template { name } } } } }')).benefitAccount.coupons.nodes.some((it) => it.template.name === `火锅立减 ${mark}`), 'it is held')
  await look(shopper.page, 'm-claimed')
  const drops = (await staff('query($s: String) { couponDrops(search: $s) { nodes { id name } } }', { s: mark })).couponDrops.nodes
  const claim = async (dropId) => {
    const got = (await own('mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id } ... on Refusal { message } } }', { i: { dropId, idempotencyKey: crypto.randomUUID() } })).claimCoupon
    assert.equal(got.__typename, 'Coupon', JSON.stringify(got))
    return got.id
  }
  const held = []
  for (let n = 0; n < 3; n++) held.push(await claim(drops[0].id))
  const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString()
  const ends = at(20)
  const lasting = async (name, validFrom, validUntil) => {
    const made = (await staff('mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } ... on InvalidInput { problems { path message } } } }', {
      i: { name: `${name} ${mark}`, content: { kind: 'OFF', offFen: 300, minFen: 0 }, validFrom, validUntil, startsAt: at(-60), endsAt: at(19), total: 5, publish: true, idempotencyKey: crypto.randomUUID() },
    })).createCouponDrop
    assert.equal(made.__typename, 'CouponDrop', JSON.stringify(made))
    await claim(made.id)
  }
  await lasting('转眼过期', at(-60), ends)
  await lasting('今天用完', at(-60), at(5 * 3600))
  await lasting('明天才能用', at(26 * 3600), at(50 * 3600))
  const void_ = (await staff('mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename ... on Refusal { message } } }', { i: { couponId: held[2], reason: '发错了', idempotencyKey: crypto.randomUUID() } })).voidCoupon
  assert.equal(void_.__typename, 'Coupon', JSON.stringify(void_))
  said('claimed four times, one of them voided; one more ends soon, one begins tomorrow')

  // ---- one is paid with, one is held by an order that waits for its payment
  const settle = async () => {
    await shopper.page.goto(`${base}/m/#/pages/home/index`)
    await shopper.see('.js-product .js-plus')
    await shopper.tap('.js-product .js-plus')
    await shopper.tap('.js-product .js-plus', 1)
    await shopper.tab('购物车')
    const priced = (hook) => until(async () => (await shopper.on(hook).count()) > 0 && !/pending/.test((await shopper.on(hook).getAttribute('class')) ?? ''), 'a price is shown')
    await priced('.js-total')
    await shopper.tap('.js-checkout')
    await priced('.js-due')
    await shopper.tap('.js-choose-coupon')
    const option = shopper.on('.js-coupon-option', { hasText: `火锅立减 ${mark}` }).first()
    await option.click()
    await until(async () => /choice-on/.test(await option.getAttribute('class')) && (await option.locator('.js-coupon-reason').count()) === 0, 'it is used')
    await shopper.page.locator('.taro_page_show').getByText('完成', { exact: true }).click()
    await priced('.js-due')
    await shopper.place()
  }
  await settle()
  await shopper.pay()
  await until(async () => (await shopper.text('.js-order-state')) === '已付款，备货中', 'the order is paid')
  await settle()
  await shopper.page.locator('#pay').waitFor()
  said('one used, one held')

  // ---- 我的优惠券: every state where it belongs, with its seal
  await until(() => Date.now() > Date.parse(ends), 'the brief one has ended', 25_000)
  await shopper.page.goto(`${base}/m/#/pages/my-coupons/index`)
  const told = async (name) => (await shopper.on('.js-coupon', { hasText: `${name} ${mark}` }).allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))
  const seals = async (name) => (await told(name)).map((text) => /待付款|已使用|已过期|已作废|去使用/.exec(text)?.[0]).sort()
  await shopper.see('.js-coupon')
  assert.deepEqual(await seals('火锅立减'), ['去使用', '待付款'])
  assert.deepEqual(await seals('转眼过期'), [])
  assert.match((await told('今天用完')).join(), /仅剩 04:5\d:\d\d .*去使用/) // its last hours are counted down (K03)
  assert.match((await told('明天才能用')).join(), /\d+月\d+日 \d\d:\d\d 起可用 .*待生效/) // of no use yet, and it says so (K01)
  await look(shopper.page, 'm-unused')
  await shopper.tap('.js-tab-used')
  await until(async () => (await told('火锅立减')).length === 1, 'one is used')
  assert.deepEqual(await seals('火锅立减'), ['已使用'])
  await look(shopper.page, 'm-used')
  await shopper.on('.js-coupon', { hasText: `火锅立减 ${mark}` }).locator('.js-to-order').click() // the ticket leads to its order
  await until(async () => /已付款/.test(await shopper.text('.js-order-state')), 'the order that used it')
  await shopper.page.goBack()
  await until(async () => (await told('火锅立减')).length === 1, 'back at what is used')
  await shopper.tap('.js-tab-expired')
  await until(async () => (await told('火锅立减')).length === 1 && (await told('转眼过期')).length === 1, 'one is voided, one has ended')
  assert.deepEqual([await seals('火锅立减'), await seals('转眼过期')], [['已作废'], ['已过期']])
  await look(shopper.page, 'm-expired')
  said('未使用, 已使用, 已过期 with their seals')

  // ---- the template's row has counted all of it
  await tab.goto(`${base}/console/coupons?tab=templates&q=${encodeURIComponent(`火锅立减 ${mark}`)}`)
  await row.waitFor()
  assert.deepEqual((await row.locator('td').allInnerTexts()).slice(4, 7).map((text) => text.replace(/\s+/g, ' ').trim()), ['1', '4', '1 25.0%'])
  await look(tab, 'console-templates-used')

  // ---- two that stack: with all that do, and with a chosen one
  const stacked = async (name, way, other) => {
    await tab.goto(`${base}/console/coupons/templates/new`)
    await tab.getByLabel('券名称').fill(`${name} ${mark}`)
    await tab.getByLabel('减多少').fill('2')
    await tab.getByText(way, { exact: true }).click()
    if (other) {
      await tab.getByRole('button', { name: '保存券模板' }).click()
      await tab.getByText('必填').waitFor()
      await tab.getByLabel('可同用的券').fill(`${other} ${mark}`)
      await tab.locator('.ant-select-item-option', { hasText: `${other} ${mark}` }).click()
      await tab.keyboard.press('Escape')
      await look(tab, 'console-template-stacking', true)
    }
    await tab.getByRole('button', { name: '保存券模板' }).click()
    const made = tab.locator('tbody tr.ant-table-row', { hasText: `${name} ${mark}` })
    await made.waitFor()
    assert.match(await made.innerText(), /可叠加/)
  }
  await stacked('可叠', '可与其他可叠加的券同用')
  await stacked('配对', '只与指定的券同用', '可叠')
  const kinds = (await staff('query($s: String) { couponTemplates(first: 5, search: $s) { nodes { name stacking { all sentence } } } }', { s: mark })).couponTemplates.nodes
  assert.deepEqual(kinds.filter((one) => one.stacking).map((one) => one.stacking), [{ all: false, sentence: `可与「可叠 ${mark}」同用` }, { all: true, sentence: '可与其他可叠加的券同用' }])
  said('templates that stack')

  // ---- 原价券: asked for where it means something, told on the ticket of who claims it
  await tab.goto(`${base}/console/coupons/templates/new`)
  const switch_ = tab.getByLabel('仅原价商品可用')
  await switch_.check()
  await tab.getByText('运费券', { exact: true }).click()
  await until(async () => (await switch_.count()) === 0, 'shipping has no price of goods')
  await tab.getByText('满减券', { exact: true }).click()
  assert.equal(await switch_.isChecked(), true)
  await tab.getByLabel('券名称').fill(`原价日 ${mark}`)
  await tab.getByLabel('减多少').fill('5')
  await tab.locator('.ticket').getByText('全部商品，仅限原价商品').waitFor()
  await look(tab, 'console-template-full-price', true)
  await tab.getByRole('button', { name: '保存券模板' }).click()
  const fullPrice = tab.locator('tbody tr.ant-table-row', { hasText: `原价日 ${mark}` })
  await fullPrice.waitFor()
  assert.match(await fullPrice.innerText(), /全部商品可用，仅限原价商品/)
  const templateId = (await staff('query($s: String) { couponTemplates(first: 1, search: $s) { nodes { id } } }', { s: `原价日 ${mark}` })).couponTemplates.nodes[0].id
  const shared = (await staff('mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } ... on InvalidInput { problems { path message } } } }', {
    i: { name: `原价日 ${mark}`, templateId, startsAt: at(-60), endsAt: at(600), total: 5, publish: true, idempotencyKey: crypto.randomUUID() },
  })).createCouponDrop
  assert.equal(shared.__typename, 'CouponDrop', JSON.stringify(shared))
  await claim(shared.id)
  await shopper.page.goto(`${base}/m/#/pages/home/index`) // another page first: the one that is open does not ask anew
  await shopper.see('.js-home')
  await shopper.page.goto(`${base}/m/#/pages/my-coupons/index`)
  await shopper.on('.js-coupon', { hasText: `原价日 ${mark}` }).getByText('全部商品可用，仅限原价商品').waitFor()
  await look(shopper.page, 'm-full-price')

  // a promotion of the first article on the shelf that binds: the coupon says why it was not used
  await shopper.page.goto(`${base}/m/#/pages/home/index`)
  await shopper.see('.js-product .js-plus')
  const sku = await shopper.on('.js-product').first().getAttribute('data-sku')
  const { listFen } = (await own('query($s: [String!]) { products(skus: $s) { nodes { listFen } } }', { s: [sku] })).products.nodes[0]
  const flash = (await staff('mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on Promotion { id } ... on InvalidInput { problems { path message } } } }', {
    i: { name: `整点秒杀 ${mark}`, startsAt: at(-60), endsAt: at(600), offers: [{ type: 'fixed_price', price: listFen - 100, mandatory: true, scope: { skus: [sku] } }], idempotencyKey: crypto.randomUUID() },
  })).createPromotion
  assert.equal(flash.__typename, 'Promotion', JSON.stringify(flash))
  const live = (await staff('mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename } }', { i: { promotionId: flash.id, idempotencyKey: crypto.randomUUID() } })).publishPromotion
  assert.equal(live.__typename, 'Promotion')
  await shopper.on(`.js-product[data-sku="${sku}"] .js-plus`).first().click()
  await shopper.tab('购物车')
  await until(async () => (await shopper.on('.js-total').count()) > 0 && !/pending/.test((await shopper.on('.js-total').getAttribute('class')) ?? ''), 'a price is shown')
  await shopper.tap('.js-checkout')
  await shopper.tap('.js-choose-coupon')
  const why = shopper.on('.js-coupon-option', { hasText: `原价日 ${mark}` }).locator('.js-coupon-reason')
  await until(async () => (await why.count()) > 0 && /仅限原价商品，这单的商品参加了「整点秒杀/.test(await why.innerText()), 'the coupon names the promotion')
  await look(shopper.page, 'm-full-price-why')
  said('a 原价券')
  assert.deepEqual(operator.complaints, [])
  assert.deepEqual(shopper.complaints, [])
  console.log('templates passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: `${artifacts}${name}.png` }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
