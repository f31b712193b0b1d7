// 满赠 and 加价购: published in the console, the gift comes into the shopper's open cart by itself, an add-on is picked (of a
// SKU that is in the cart already), paid; the order says which is which.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/gifts.mjs
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { desk, endPromotion, fen, fillAddOn, fillGift, look, phone, publish, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const ADD_ON = 1500 // fen; the demo goods have lowest prices of their own
const mark = Date.now().toString(36).slice(-5)
const began = Date.now()
const said = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const open = []
const browser = await launch()
try {
  // ---- a shopper with two kinds of goods in the open cart; an operator
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  open.push(['shopper', shopper.page], ['operator', operator.first])
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('阿强')
  await shopper.see('.js-nickname')
  await shopper.tab('首页')
  await shopper.see('.js-product .js-plus')
  const product = async (n) => ({ sku: await shopper.on('.js-product').nth(n).getAttribute('data-sku'), name: (await shopper.on('.js-product .product-name').nth(n).innerText()).trim() })
  const [first, second, third] = [await product(0), await product(1), await product(2)]
  for (const n of [0, 1]) await shopper.tap('.js-product .js-plus', n)
  await shopper.tab('购物车')
  const priced = async () => (await shopper.on('.js-total').count()) > 0 && !/pending/.test((await shopper.on('.js-total').getAttribute('class')) ?? '')
  await until(priced, 'the cart is priced')
  const before = fen(await shopper.text('.js-total'))
  assert.equal(await shopper.on('.js-gift').count(), 0)
  said(`cart: ${before} fen, no gift`)

  // ---- 满赠: the open cart has the gift, and says so
  const tab = operator.first
  await fillGift(tab, { name: `满赠 ${mark}`, min: 1, goods: [second.sku, third.sku], choose: 1, quota: 1, look: (page) => look(page, 'console-wizard-gift-quota', true) })
  assert.match(await tab.getByTestId('preview-sentence').innerText(), /^满1赠.+（2选1），限量1件，送完即止$/)
  await publish(tab)
  const published = Date.now()
  await shopper.see('.js-gift')
  said(`the gift is there, ${Date.now() - published} ms after the console showed the publication`)
  assert.equal(await shopper.on('.js-gift').count(), 1)
  assert.equal(fen(await shopper.text('.js-total')), before)
  assert.match(await shopper.text('.js-change'), new RegExp(`「满赠 ${mark}」可以用了，价格不变`))
  assert.match((await shopper.text('.js-gift .line-price')).replace(/\s/g, ''), /^¥0\.00¥/)
  const gift = async () => (await shopper.on('.js-gift .line-name').innerText()).trim()
  const given = await gift()
  await shopper.tap('.js-choose-gift')
  await shopper.on('.js-gift-option:not(.choice-on)').first().click()
  await until(async () => (await gift()) !== given, 'the other gift is given')
  const wished = await gift()
  assert.deepEqual([given, wished].sort(), [second.name, third.name].sort())
  await shopper.tap('.js-gift-sheet .js-close')
  const gifts = await tab.url()

  // ---- 加价购, out of reach first: what misses is said, and it cannot be taken
  const more = await operator.page('/promotions')
  open.push(['operator-2', more])
  await fillAddOn(more, { name: `换购 ${mark}`, min: Math.ceil(before / 100) + 1000, goods: [first.sku], prices: [ADD_ON / 100] })
  await publish(more)
  await shopper.see('.js-addon')
  await until(async () => /^再买¥[\d.]+可换购$/.test(await shopper.text('.js-addon-note')), 'what misses is said')
  await shopper.tap('.js-take-addon')
  assert.equal(await shopper.on('.js-addon .js-qty').count(), 0)
  await endPromotion(more)
  await until(async () => (await shopper.on('.js-addon').count()) === 0, 'the add-on is gone')

  // ---- within reach: one unit at its price, beside the line of its SKU
  await fillAddOn(more, { name: `换购 ${mark}`, min: 1, goods: [first.sku], prices: [ADD_ON / 100] })
  await publish(more)
  await shopper.see('.js-addons-reached')
  await shopper.tap('.js-take-addon')
  await until(async () => fen(await shopper.text('.js-total')) === before + ADD_ON && (await priced()), 'the add-on costs its price')
  assert.match(await shopper.text('.js-addon-note'), /已选1件/)
  assert.equal(await shopper.on('.js-line').count(), 2)
  assert.match(await shopper.text('.js-checkout'), /\(3\)/)
  // kept with the cart
  await shopper.page.reload()
  await shopper.see('.js-addon .js-qty')
  await until(async () => (await priced()) && fen(await shopper.text('.js-total')) === before + ADD_ON, 'the add-on is still chosen')
  assert.equal(await gift(), wished)
  said('gift chosen, add-on taken, both kept over a reload')

  // ---- paid
  await shopper.tap('.js-checkout')
  await shopper.see('.js-due')
  assert.equal(await shopper.on('.js-checkout-addon').count(), 1)
  assert.equal(await shopper.on('.js-checkout-page .js-gift').count(), 1)
  assert.equal(fen(await shopper.text('.js-due')), before + ADD_ON)
  await shopper.place()
  await shopper.pay()
  await until(async () => (await shopper.text('.js-order-state')) === '已付款，备货中', 'the order is paid')
  assert.equal(fen(await shopper.text('.js-order-due')), before + ADD_ON)
  assert.equal(await shopper.on('.js-order-line').count(), 3)
  assert.equal(await shopper.on('.js-order-line').filter({ hasText: '换购' }).filter({ hasText: first.name }).count(), 1)
  assert.match(await shopper.text('.js-order-page .js-gift'), new RegExp(`${wished.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[\\s\\S]*赠品`))
  said('paid; the order tells 换购 and 赠品')

  // ---- it was the last one: the console counts it, its promotion is 已抢完, the cart goes without
  await tab.reload()
  assert.match(await tab.getByTestId('gift-quota').innerText(), /^赠品名额 1 件 · 已送出 1（含待付款）· 还剩 0$/)
  await look(tab, 'console-gift-quota', true)

  // ---- a choice that is stored but no more is dropped with a word
  await shopper.page.goto(shopper.page.url().replace(/\?.*|#.*/, '') + '#/pages/home/index')
  await shopper.see('.js-product .js-plus')
  await shopper.tap('.js-product .js-plus', 0)
  await shopper.tab('购物车')
  await shopper.see('.js-take-addon')
  assert.equal(await shopper.on('.js-gift').count(), 0)
  await look(shopper.page, 'm-cart-gifts-gone')
  await shopper.tap('.js-take-addon')
  await shopper.see('.js-addon .js-qty')
  await until(priced, 'priced')
  await endPromotion(more)
  await shopper.page.getByText(/换购商品「.+」已不再提供，已为您去掉/).first().waitFor()
  await until(async () => (await shopper.on('.js-addon').count()) === 0 && (await priced()), 'the cart is priced without it')
  said('an add-on that ended is dropped with a word')
  await tab.goto(gifts)
  await endPromotion(tab)

  assert.deepEqual([...shopper.complaints, ...operator.complaints], [])
  console.log('gifts passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [who, page] of open) await page.screenshot({ path: `${artifacts}gifts-${who}.png` }).catch(() => {})
  console.error(error, `\npictures: e2e/artifacts/gifts-*.png`)
  process.exitCode = 1
} finally {
  await browser.close()
}
