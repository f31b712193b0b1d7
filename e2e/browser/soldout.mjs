// P10 in a browser: a flash sale of one unit is on the home page; somebody buys it: its page says 已抢完 with what to do next, the
// home page has it no more and the article its normal price; the order is cancelled and everything is back.
//
//   SHUHUI_BASE=… SHUHUI_PROMOTION=id SHUHUI_NAME=name SHUHUI_SKU=sku SHUHUI_PRICE=fen node browser/soldout.mjs   (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { fen, look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const { SHUHUI_PROMOTION: id, SHUHUI_NAME: name, SHUHUI_SKU: sku } = process.env
const PRICE = Number(process.env.SHUHUI_PRICE)
const open = []
const browser = await launch()
const product = `.js-promotion-page .js-product[data-sku="${sku}"]`
const price = async (who) => fen(await who.text(`${product} .js-price-in-hand`))
try {
  const [buyer, other] = [await phone(browser), await phone(browser)]
  open.push(['soldout-buyer', buyer.page], ['soldout-other', other.page])
  for (const who of [buyer, other]) {
    await who.open()
    await who.see('.js-product')
  }
  await other.on('.js-promotion').filter({ hasText: name }).first().click()
  await other.see(product)
  assert.equal(await price(other), PRICE)
  assert.equal(await other.on('.js-sold-out').count(), 0)

  await buyer.tab('我的')
  await buyer.tap('.js-login')
  await buyer.logIn('陈婆婆')
  await buyer.see('.js-nickname')
  const go = (who, path) => who.page.goto(`${who.page.url().replace(/\?.*|#.*/, '')}#/pages/${path}`)
  const detail = `promotion/index?id=${encodeURIComponent(id)}`
  await go(buyer, detail)
  await buyer.see(product)
  await buyer.on(`${product} .js-plus`).click()
  await go(buyer, 'checkout/index')
  await buyer.see('.js-pickup')
  await buyer.tap('.js-pickup')
  await buyer.tap('.js-choose-coupon') // a coupon that other stories gave may make the sale worthless
  await buyer.tap('.js-coupon-none')
  await until(async () => /choice-on/.test(await buyer.on('.js-coupon-none').getAttribute('class')), 'no coupon is used')
  await buyer.page.locator('.taro_page_show').getByText('完成', { exact: true }).click()
  await until(async () => (await buyer.on('.js-due').count()) > 0 && !/pending/.test((await buyer.on('.js-due').getAttribute('class')) ?? '') && fen(await buyer.text('.js-due')) <= PRICE, 'the flash price is due')
  await buyer.place() // not paid: the unit is taken

  await other.page.reload()
  await other.see('.js-sold-out-card')
  assert.equal(await other.text('.js-sold-out'), '已抢完')
  await other.see(product)
  const normal = await price(other)
  assert.ok(normal > PRICE)
  await look(other.page, 'sold-out')
  await other.tap('.js-other-promotions')
  await other.see('.js-home .js-promotion')
  assert.equal(await other.on('.js-promotion').filter({ hasText: name }).count(), 0)
  await look(other.page, 'home-without')

  await buyer.page.goBack()
  await go(buyer, 'orders/index')
  await buyer.see('.js-order')
  await buyer.tap('.js-order', 0)
  await buyer.see('.js-cancel')
  await buyer.tap('.js-cancel')
  await buyer.page.locator('.taro-modal__foot, .weui-dialog__ft').locator('text=取消订单').last().click()
  await until(async () => (await buyer.on('.js-cancel').count()) === 0, 'the order is cancelled')

  await go(other, detail)
  await other.see(product)
  await until(async () => (await other.on('.js-sold-out-card').count()) === 0, 'it is back when the page is opened again')
  assert.equal(await price(other), PRICE)
  await look(other.page, 'back')
  assert.deepEqual([...buyer.complaints, ...other.complaints], [])
  console.log('soldout passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [file, page] of open) await page.screenshot({ path: join(artifacts, `${file}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
