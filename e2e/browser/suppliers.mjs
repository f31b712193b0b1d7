// B09 in a browser: staff say in the wizard who bears a discount and see an example; a customer buys; finance reads what suppliers
// owe and exports it, the order says who bore what, and somebody of a supplier sees the own shares alone.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/suppliers.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { desk, fen, look, phone, publish } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const open = []
const browser = await launch()
try {
  const staff = await desk(browser)
  const form = await staff.page('/promotions/new')
  open.push(['suppliers-wizard', form])
  await form.getByTestId('play-spend_off').click()
  await form.getByLabel('第 1 档满').fill('20')
  await form.getByLabel('第 1 档减').fill('6')
  await form.getByLabel('活动名称').fill(`共担满减 ${mark}`)
  for (let step = 0; step < 3; step++) await form.getByRole('button', { name: '下一步' }).click()
  await form.getByRole('button', { name: '加一方' }).click()
  await form.getByLabel('承担比例').fill('120')
  await form.getByRole('button', { name: '下一步' }).click()
  await form.getByText('请填 0.01–100 的比例').waitFor()
  await form.getByLabel('承担比例').fill('50')
  await form.getByTestId('bearing-example').getByText('商品的供应商').waitFor()
  assert.match(await form.getByTestId('bearing-example').innerText(), /10\.00.*商品的供应商.*5\.00.*商家.*5\.00/s)
  await look(form, 'wizard-bearing')
  await form.getByRole('button', { name: '下一步' }).click()
  await form.getByText('商品的供应商 50%、商家 50%').waitFor()
  await look(form, 'wizard-preview')
  await publish(form)
  await form.getByText('商品的供应商 50%、商家 50%').waitFor()

  const coupon = await staff.page('/coupons/new')
  open.push(['suppliers-coupon', coupon])
  await coupon.getByRole('button', { name: '加一方' }).click()
  await coupon.getByLabel('承担比例').fill('30')
  await coupon.getByTestId('bearing-example').scrollIntoViewIfNeeded()
  await look(coupon, 'coupon-bearing')

  const shopper = await phone(browser)
  open.push(['suppliers-shopper', shopper.page])
  await shopper.open()
  await shopper.see('.js-product')
  for (const n of [0, 1]) await shopper.tap('.js-product .js-plus', n)
  await shopper.tab('我的')
  await shopper.tap('.js-login')
  await shopper.logIn('南充小李')
  await shopper.tab('购物车')
  await shopper.see('.js-total')
  await shopper.tap('.js-checkout')
  await shopper.place()
  await shopper.pay()
  await shopper.open()
  await shopper.tab('领券')
  await shopper.see('.js-drop')
  await shopper.tap('.js-claim')
  await shopper.see('.js-claimed')

  const finance = await desk(browser, { username: 'finance' })
  const page = await finance.page('/suppliers')
  open.push(['suppliers-finance', page])
  await page.getByTestId('suppliers-net').waitFor()
  const owed = fen(await page.getByTestId('suppliers-net').innerText())
  assert.ok(owed > 0, 'suppliers owe something')
  await look(page, 'statement', true)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '导出 CSV' }).click()])
  const [head, ...rows] = readFileSync(await file.path(), 'utf8').replace('\ufeff', '').trim().split('\r\n').map((line) => line.split(','))
  assert.equal(rows.reduce((sum, row) => sum + Number(row[head.indexOf('net_fen')]), 0), owed, 'the file adds up to the screen')

  const orders = await staff.page('/orders')
  open.push(['suppliers-orders', orders])
  await orders.locator('tbody tr a').first().click()
  await orders.getByTestId('order-borne').waitFor()
  await look(orders, 'order-borne', true)
  await orders.getByTestId('order-borne').getByText(`共担满减 ${mark}`).first().waitFor()

  const liabilities = await finance.page('/liabilities')
  open.push(['suppliers-owed', liabilities])
  await liabilities.getByTestId('owed-figures').getByText('未使用的券（估计）').waitFor()
  await liabilities.getByRole('columnheader', { name: '核销率' }).waitFor()
  await look(liabilities, 'liabilities', true)

  const own = await desk(browser, { username: 'supplier' })
  open.push(['suppliers-own', own.first])
  await own.first.waitForURL(/\/suppliers$/)
  const mine = await own.page('/suppliers')
  await mine.getByText('应收 = 承担 − 退款冲回').waitFor()
  assert.equal(await mine.getByRole('link', { name: '订单', exact: true }).count(), 0, 'a supplier has no orders')
  await look(mine, 'own', true)

  assert.deepEqual([...staff.complaints, ...finance.complaints, ...own.complaints], [])
  console.log('suppliers passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: join(artifacts, `${name}.png`) }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
