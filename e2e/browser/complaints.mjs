// R05 in a browser: a customer complains about an order on its page and is told by when it is answered; the console shows what is left of
// the time, staff answers; the customer reads it. Staff writes one down on the order's page.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/complaints.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asStaff, desk, look, phone, send, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const text = `毛肚送来时已经化冻 ${Date.now().toString(36).slice(-4)}`
const given = `致歉立减 ${text.slice(-4)}`
const open = []
const browser = await launch()
try {
  const shopper = await phone(browser)
  open.push(['complaints-shopper', shopper.page])
  await shopper.open()
  await shopper.see('.js-product')
  await shopper.tap('.js-product .js-plus')
  await shopper.tab('我的')
  await shopper.tap('.js-login')
  await shopper.logIn('南充小李')
  await shopper.see('.js-nickname')
  await shopper.tab('购物车')
  await shopper.see('.js-total')
  await shopper.tap('.js-checkout')
  await shopper.place()
  await shopper.pay()
  await shopper.see('.js-order-number')
  const number = await shopper.text('.js-order-number')
  await shopper.tap('.js-complain')
  await shopper.see('.js-complaint-sheet')
  await shopper.on('.js-complaint-input textarea').fill('坏了')
  await shopper.tap('.js-complaint-send')
  await shopper.see('.js-complaint-note')
  await shopper.on('.js-complaint-input textarea').fill(text)
  await look(shopper.page, 'm-complain')
  await shopper.tap('.js-complaint-send')
  await shopper.see('.js-complaint')
  assert.match(await shopper.text('.js-complaint-state'), /^处理中，.+ 前答复$/)
  assert.equal(await shopper.on('.js-complain').count(), 0, 'one at a time')
  await shopper.on('.js-complaint').first().scrollIntoViewIfNeeded()
  await look(shopper.page, 'm-complaint-waits')

  const staff = await desk(browser)
  const page = await staff.page('/complaints')
  open.push(['complaints-console', page])
  const row = page.locator('tbody tr', { hasText: text })
  await row.waitFor()
  assert.match(await row.getByTestId('complaint-left').innerText(), /还剩 2 小时 (30|29|28) 分钟/)
  await row.getByText(number).waitFor()
  await look(page, 'complaints')

  await row.getByRole('button', { name: '答复' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '答复' }).waitFor()
  assert.ok(await dialog.getByRole('button', { name: '答复' }).isDisabled(), 'nothing is sent without words')
  await dialog.getByLabel('给顾客的答复（顾客可见，5–500 个字）').fill('今天下午给您补送一份，抱歉')
  await look(page, 'complaint-answer')
  await send(dialog, dialog.getByRole('button', { name: '答复' }))
  await row.waitFor({ state: 'hidden' })
  await page.getByText('已答复', { exact: true }).first().click()
  await page.locator('tbody tr', { hasText: text }).getByText('按时答复').waitFor()
  await look(page, 'complaints-answered')

  await shopper.page.reload()
  await shopper.see('.js-complaint-answer')
  assert.match(await shopper.text('.js-complaint-answer'), /今天下午给您补送一份/)
  await shopper.on('.js-complaint-answer').first().scrollIntoViewIfNeeded()
  await look(shopper.page, 'm-complaint-answered')

  const orders = await staff.page('/orders')
  open.push(['complaints-order', orders])
  await orders.getByRole('link', { name: number }).click()
  await orders.getByRole('button', { name: '登记投诉' }).click()
  const record = orders.getByRole('dialog')
  await record.getByLabel('发生了什么（5–500 个字）').fill('顾客来电：少了一份蘸料')
  await send(record, record.getByRole('button', { name: '登记投诉' }))
  await until(async () => {
    await shopper.page.reload()
    await shopper.see('.js-complaint')
    return (await shopper.on('.js-complaint').count()) === 2
  }, 'what staff wrote down is on the order too')

  // ---- that one is answered with a coupon that is given there and then: in the customer's hand once, with the complaint as its reason
  const made = await asStaff(page)('mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename } }', {
    i: { name: given, content: { kind: 'OFF', offFen: 500 }, validDays: 7, idempotencyKey: crypto.randomUUID() },
  })
  assert.equal(made.createCouponTemplate.__typename, 'CouponTemplate')
  const rest = page.locator('tbody tr', { hasText: '少了一份蘸料' }).first()
  await page.getByText('待处理', { exact: true }).first().click()
  await rest.getByRole('button', { name: '答复' }).click()
  await dialog.getByLabel('处理结果').click()
  await page.locator('.ant-select-item-option', { hasText: '已补偿' }).click()
  await dialog.getByLabel('补偿券').click()
  await page.getByText('现在补偿一张', { exact: true }).waitFor()
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option', { hasText: given }).click()
  await dialog.getByText('计入您今天的补偿额度', { exact: false }).waitFor()
  await dialog.getByLabel('给顾客的答复（顾客可见，5–500 个字）').fill('蘸料漏装了，送您一张券，抱歉')
  await look(page, 'complaint-compensate')
  await dialog.getByRole('button', { name: '答复' }).click()
  await page.getByText('已答复，补偿券已发到顾客的券包').waitFor()
  await page.getByText('已答复', { exact: true }).first().click()
  const ended = page.locator('tbody tr', { hasText: '少了一份蘸料' }).first()
  await ended.getByText(`补偿券：${given}`, { exact: false }).waitFor()
  await look(page, 'complaints-compensated')
  await shopper.page.reload()
  await shopper.on('.js-complaint', { hasText: '少了一份蘸料' }).getByText(given, { exact: false }).first().waitFor()
  await shopper.on('.js-complaint', { hasText: '少了一份蘸料' }).first().scrollIntoViewIfNeeded()
  await look(shopper.page, 'm-complaint-compensated')

  assert.deepEqual([...staff.complaints, ...shopper.complaints], [])
  console.log('complaints passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [file, page] of open) await page.screenshot({ path: join(artifacts, `${file}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
