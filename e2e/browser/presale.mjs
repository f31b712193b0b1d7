// Q09 in a browser: staff publish a pre-sale with both windows in the wizard (a deposit above a fifth is refused with its place);
// a customer agrees, pays the deposit, sees 待付尾款 count down, pays the rest with the deposit taken off; staff give another back.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/presale.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { base, desk, fen, look, phone, publish, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const name = `套餐预售 ${Date.now().toString(36).slice(-4)}`
const open = []
const began = Date.now()
/** A moment as the console's pickers want it: the shop's time */
const shanghai = (ms) => new Date(ms + 8 * 3600e3).toISOString().slice(0, 19).replace('T', ' ')
const pick = async (page, label, ms) => {
  await page.getByLabel(label).click()
  await page.getByLabel(label).fill(shanghai(ms))
  await look(page, `picker-${label}`)
  // a transition of its place once left it a thousand windows to the right for people who want less motion
  const calendar = page.locator('.ant-picker-dropdown:visible').last()
  await until(async () => { const box = await calendar.boundingBox(); return box && box.x >= 0 && box.x < 1440 && box.y >= 0 && box.y < 900 }, `the calendar of ${label} is in the window`)
  await calendar.locator('.ant-picker-ok button').click()
  await page.locator('.ant-picker-dropdown:visible').first().waitFor({ state: 'hidden' })
}
const browser = await launch()
try {
  // the customer is logged in before the windows open: they are short
  const shopper = await phone(browser)
  open.push(['presale-shopper', shopper.page])
  await shopper.open()
  await shopper.see('.js-product')
  await shopper.tab('我的')
  await shopper.tap('.js-login')
  await shopper.logIn('陈婆婆')
  await shopper.see('.js-nickname')

  const staff = await desk(browser)
  const form = await staff.page('/promotions/new')
  open.push(['presale-wizard', form])
  const next = () => form.getByRole('button', { name: '下一步' }).click()
  await form.getByTestId('play-deposit_inflation').click()
  await form.getByLabel('每件定金').fill('60')
  await form.getByLabel('可抵').fill('80')
  await form.getByLabel('活动名称').fill(name)
  await next()
  await next()
  await form.getByText('预售须逐个选择商品，不能按分类、品牌或标签').waitFor()
  await form.getByText('部分商品').click()
  await form.getByRole('button', { name: '选择商品' }).first().click()
  const dialog = form.getByRole('dialog')
  await dialog.getByLabel('搜索商品名称或编码').fill('两人火锅套餐')
  await form.keyboard.press('Enter')
  await dialog.locator('tbody tr', { hasText: '两人火锅套餐' }).first().getByRole('checkbox').check()
  await dialog.getByRole('button', { name: /^确定/ }).click()
  await dialog.waitFor({ state: 'hidden' })
  await next()
  const patience = Math.max(20_000, 5 * (Date.now() - began)) // the deposits take less than twice what came before: a slow machine is slow in both
  const closes = Date.now() + patience
  await pick(form, '定金截止', closes)
  await pick(form, '尾款开始', closes + 1000)
  await look(form, 'wizard-windows')
  await next()
  await form.getByLabel('预售名额（件）').fill('5')
  await next()
  await form.getByTestId('preview-presale').waitFor()
  // 128.00: a deposit of 60.00 is above a fifth of what is left after 80.00 − 60.00
  await form.getByRole('button', { name: '发布活动' }).click()
  await form.getByText(/定金不能超过成交价的 20%/).first().waitFor()
  await form.getByLabel('每件定金').fill('15')
  await form.getByLabel('可抵').fill('25')
  for (let step = 0; step < 4; step++) await next()
  await form.getByTestId('preview-presale').waitFor()
  await look(form, 'wizard-preview')
  await publish(form)
  await form.getByTestId('presale-terms').waitFor()
  assert.match(await form.getByTestId('presale-terms').innerText(), /还可预订 5 件/)
  const id = decodeURIComponent(form.url().split('/').pop())

  const { page } = shopper
  const go = async (hash) => { await page.goto(`${base}/m/#/pages/${hash}`); await page.waitForLoadState('networkidle') }
  const reserve = async () => {
    await go(`promotion/index?id=${encodeURIComponent(id)}`)
    await shopper.see('.js-pay-deposit')
    await shopper.see('.js-promotion-page .js-product')
    await shopper.tap('.js-pay-deposit')
    await shopper.see('.js-deposit-sheet')
    assert.match(await shopper.on('.js-deposit-confirm').getAttribute('class'), /btn-off/) // not before it is agreed to
    await shopper.tap('.js-agree')
    assert.match(await shopper.text('.js-deposit-confirm'), /付定金 ¥15\.00，尾款抵 ¥25\.00/)
    await look(page, `deposit-sheet`)
    await shopper.tap('.js-deposit-confirm')
    await shopper.pay()
    await until(async () => (await shopper.text('.js-presale-state')) === '待付尾款', 'the deposit is paid', 20_000)
  }
  await reserve()
  await look(page, 'held')
  await reserve()
  await go('orders/index')
  await shopper.see('.js-presale-row')
  assert.equal(await shopper.text('.js-presale-words'), '待付尾款')
  await look(page, 'orders')
  await shopper.tap('.js-tab-presales') // all of them, by themselves
  await until(async () => (await shopper.on('.js-presale-row').count()) === 2 && (await shopper.on('.js-order').count()) === 0, 'both are in 我的预售')
  await look(page, 'presales')
  await shopper.tap('.js-tab-orders')
  await shopper.see('.js-order, .js-presale-row')

  // staff give the newest back: the merchant's fault, so it is paid double
  const desk2 = await staff.page('/orders?refund=PRESALE')
  open.push(['presale-orders', desk2])
  await desk2.locator('[data-presale-state=DEPOSIT_PAID]').first().waitFor()
  await desk2.getByRole('button', { name: '退定金' }).first().click()
  await desk2.getByText('定金 ¥15.00 原路退回，另赔付 ¥15.00 存入顾客余额').waitFor()
  await desk2.getByLabel('给顾客的说明').fill('这批套餐没有按时到店')
  await desk2.locator('.ant-modal-footer').getByRole('button', { name: '退定金' }).click()
  await desk2.locator('[data-presale-state=RETURNED]').first().waitFor()
  await look(desk2, 'console-presales')

  // the window of the rest opens by itself
  await until(() => Date.now() > closes + 1500, 'the rest may be paid', patience)
  await shopper.see('.js-presale-row .btn-main') // without being asked
  assert.equal(await shopper.text('.js-presale-row .btn-main'), '付尾款')
  await shopper.tap('.js-presale-row .btn-main')
  await shopper.see('.js-rest')
  await shopper.tap('.js-pickup')
  await until(async () => (await shopper.text('.js-deposit-used')) === '-¥15.00' && fen(await shopper.text('.js-rest-due')) > 0, 'the rest is priced')
  await page.waitForLoadState('networkidle')
  const due = fen(await shopper.text('.js-rest-due'))
  await look(page, 'rest', true)
  await shopper.tap('.js-place-rest')
  await shopper.pay()
  await until(async () => /已付款/.test(await shopper.text('.js-order-state')), 'the rest is paid', 20_000)
  await go('orders/index')
  await shopper.tap('.js-tab-presales')
  await until(async () => (await shopper.on('.js-presale-words').allInnerTexts()).join() === '已取消，定金已退,尾款已付清', 'what ended stays in 我的预售')
  await look(page, 'presales-ended')
  await page.goBack()
  await shopper.see('.js-order-deposit')
  assert.equal(await shopper.text('.js-order-deposit'), '-¥15.00')
  assert.equal(fen(await shopper.text('.js-order-due')), due)
  await look(page, 'order', true)
  await desk2.reload()
  await desk2.locator('[data-presale-state=SETTLED]').first().waitFor()
  assert.deepEqual([...shopper.complaints, ...staff.complaints], [])
  console.log('presale passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [file, page] of open) await page.screenshot({ path: join(artifacts, `${file}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
