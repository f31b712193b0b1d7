// P10 in a browser: staff limit an offer to once a customer and day in the wizard (none a day is refused at its place); a customer has
// it once, then the cart says until when it is used up, and when the order is cancelled it is back.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/daily.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { desk, fen, look, phone, publish, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const name = `每日一次 ${Date.now().toString(36).slice(-4)}`
const open = []
const browser = await launch()
try {
  const staff = await desk(browser)
  const form = await staff.page('/promotions/new')
  open.push(['daily-wizard', form])
  await form.getByTestId('play-spend_off').click()
  await form.getByLabel('第 1 档满').fill('1')
  await form.getByLabel('第 1 档减').fill('0.77')
  await form.getByLabel('活动名称').fill(name)
  const next = () => form.getByRole('button', { name: '下一步' }).click()
  for (let step = 0; step < 3; step++) await next()
  await form.getByLabel('可与其他满减、满折活动叠加', { exact: false }).check()
  await form.getByLabel('每人每天最多享受（次）').fill('0')
  await next()
  await form.getByText('请输入正整数').first().waitFor()
  await look(form, 'wizard-per-day-refused')
  await form.getByLabel('每人每天最多享受（次）').fill('1')
  await look(form, 'wizard-per-day')
  await next()
  await form.getByText('每人每天最多享受 1 次').waitFor()
  await look(form, 'wizard-per-day-preview')
  await publish(form)
  await form.getByText('每人每天一次').first().waitFor()
  await look(form, 'promotion-per-day')
  const id = new URL(form.url()).pathname.split('/').at(-1)

  const shopper = await phone(browser)
  open.push(['daily-shopper', shopper.page])
  await shopper.open()
  await shopper.see('.js-product')
  await shopper.tab('我的')
  await shopper.tap('.js-login')
  await shopper.logIn('南充小李')
  await shopper.see('.js-nickname')
  const fill = async () => {
    await shopper.open()
    await shopper.tap('.js-product .js-plus')
    await shopper.tab('购物车')
    await shopper.see('.js-total')
  }
  const applied = () => shopper.on('.js-breakdown-sheet').getByText(name).count()
  await fill()
  await shopper.tap('.settle-words')
  await until(async () => (await applied()) > 0 && (await shopper.on('.js-rejected', { hasText: name }).count()) === 0, 'the offer applies')
  await shopper.page.reload()
  await shopper.see('.js-total')
  await shopper.tap('.js-checkout')
  await shopper.place()

  await fill()
  await shopper.tap('.settle-words')
  const why = shopper.on('.js-rejected', { hasText: name })
  await why.waitFor()
  assert.match(await why.innerText(), /您今天已用完（每人每天一次），\d+月\d+日 00:00 起可再享受/)
  await look(shopper.page, 'cart-per-day')

  // the promotion's own page says it too, and when it comes back
  await shopper.open(`#/pages/promotion/index?id=${id}`)
  await shopper.see('.js-spent')
  assert.match(await shopper.text('.js-spent'), /今日已用完，明天恢复（\d+月\d+日 00:00）\s*还有 \d\d:\d\d:\d\d/)
  await look(shopper.page, 'promotion-used-today')

  await shopper.page.goto(`${shopper.page.url().replace(/\?.*|#.*/, '')}#/pages/orders/index`)
  await shopper.tap('.js-order', 0)
  await shopper.tap('.js-cancel')
  await shopper.page.locator('.taro-modal__foot, .weui-dialog__ft').locator('text=取消订单').last().click()
  await until(async () => (await shopper.on('.js-cancel').count()) === 0, 'the order is cancelled')
  await shopper.open()
  await shopper.tab('购物车')
  await shopper.see('.js-total')
  assert.ok(fen(await shopper.text('.js-total')) > 0)
  await shopper.tap('.settle-words')
  await until(async () => (await applied()) > 0 && (await shopper.on('.js-rejected', { hasText: name }).count()) === 0, 'it is back')
  await shopper.open(`#/pages/promotion/index?id=${id}`)
  await shopper.see('.js-promotion-page .rule')
  assert.equal(await shopper.on('.js-spent').count(), 0)

  assert.deepEqual([...staff.complaints, ...shopper.complaints], [])
  console.log('daily passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [file, page] of open) await page.screenshot({ path: join(artifacts, `${file}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
