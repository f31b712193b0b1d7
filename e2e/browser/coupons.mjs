// Coupons whole: a drop of codes is made in the console, its pool generated and exported, a code is entered on the phone; the
// centre says when the next batch comes and why a drop is not for one; customer service compensates, the operator voids.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/coupons.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asStaff, base, desk, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const look = process.env.SHUHUI_LOOK
const mark = Date.now().toString(36).slice(-4)
const began = Date.now()
const said = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const picture = async (page, name, options = {}) => {
  if (!look) return
  mkdirSync(look, { recursive: true })
  await page.waitForTimeout(500)
  await page.screenshot({ path: join(look, `${name}.png`), ...options })
}
const open = []
const browser = await launch()
try {
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  const tab = operator.first
  open.push(['coupons-shopper', shopper.page], ['coupons-operator', tab])

  // ---- a drop of codes, from the form
  await tab.goto(`${base}/console/coupons/new`)
  await tab.getByLabel('券名称').fill(`到店礼 ${mark}`)
  await tab.getByLabel('减多少').fill('6')
  await tab.getByText('一人一码', { exact: true }).click()
  await tab.getByLabel('发放总量').fill('500')
  await picture(tab, 'console-form', { fullPage: true })
  await tab.getByRole('button', { name: '发布券活动' }).click()
  await tab.getByRole('link', { name: `到店礼 ${mark}` }).click()
  await tab.getByTestId('drop-figures').waitFor()

  // ---- its pool: generated, with progress while it is long; exported
  await tab.getByRole('button', { name: '生成券码' }).first().click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('券码池名称').fill('门店海报')
  await dialog.getByLabel('数量').fill('60000')
  await dialog.getByRole('button', { name: '生成券码' }).click()
  await tab.getByTestId('pool-making').waitFor()
  await picture(tab, 'console-pool-making')
  await tab.getByText('共 60,000 个').waitFor()
  said('60,000 codes were made while the page showed how far it was')
  const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', { name: '导出' }).click()])
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n')
  assert.equal(lines.length, 60_001)
  const code = lines[1].split(',')[0]
  assert.match(code, /^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/)
  said(`exported; the first code is ${code}`)
  // ---- a file with faults is told by row
  await tab.getByRole('button', { name: '导入券码' }).click()
  await tab.locator('input[type=file]').setInputFiles({ name: '物业.csv', mimeType: 'text/csv', buffer: Buffer.from(`券码\nWUYE${mark.toUpperCase()}0001\nx\n${code}\n`) })
  await tab.getByRole('dialog').getByRole('button', { name: '导入券码' }).click()
  const faults = tab.locator('.faults')
  await faults.waitFor()
  assert.match(await faults.innerText(), /2 处错误[\s\S]*第 3 行[\s\S]*第 4 行[\s\S]*已在本商户/)
  await picture(tab, 'console-import-faults')
  await tab.keyboard.press('Escape')
  await picture(tab, 'console-drop')

  // ---- three more drops through the API, for the centre
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString()
  const api = asStaff(tab)
  const drop = async (name, more) => (await api('mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } ... on InvalidInput { problems { path message } } } }', {
    i: { name, content: { kind: 'OFF', offFen: 1500, minFen: 9900 }, validDays: 3, startsAt: at(-1), endsAt: at(600), total: 2, publish: true, idempotencyKey: crypto.randomUUID(), ...more },
  })).createCouponDrop
  const starts = at(-1)
  assert.equal((await drop(`整点抢 ${mark}`, { startsAt: starts, batches: [{ opensAt: starts, share: 1 }, { opensAt: at(42), share: 1 }] })).__typename, 'CouponDrop')
  assert.equal((await drop(`银卡专享 ${mark}`, { audience: { levels: ['silver'] }, content: { kind: 'PERCENT', payBp: 8500, maxOffFen: 3000, minFen: 5000 } })).__typename, 'CouponDrop')
  assert.equal((await drop(`天天免邮 ${mark}`, { perMember: 7, perDay: 1, total: 900, content: { kind: 'SHIPPING', minFen: 5900 } })).__typename, 'CouponDrop')
  const early = await drop(`太早 ${mark}`, { validDays: null, validUntil: at(10) })
  assert.equal(early.__typename, 'CouponEndsTooEarly')

  // ---- somebody takes the first batch; the shopper is told when the next one comes, and why the gold coupon is not for one
  const first = await phone(browser)
  await first.open('#/pages/mine/index'); await first.tap('.js-login'); await first.logIn('阿强'); await first.see('.js-nickname')
  await first.tab('领券')
  const ticket = (who, name) => who.on('.js-drop', { hasText: `${name} ${mark}` })
  await ticket(first, '整点抢').locator('.js-claim').click()
  await ticket(first, '整点抢').locator('.js-claimed').waitFor()
  await shopper.open('#/pages/mine/index'); await shopper.tap('.js-login'); await shopper.logIn('陈婆婆'); await shopper.see('.js-nickname')
  await shopper.tab('领券')
  await ticket(shopper, '整点抢').locator('.js-next-batch').waitFor()
  assert.match(await ticket(shopper, '整点抢').innerText(), /距下一批/)
  assert.match(await ticket(shopper, '银卡专享').innerText(), /仅限银卡会员领取，您是/)
  await ticket(shopper, '天天免邮').locator('.js-claim').click()
  await ticket(shopper, '天天免邮').locator('.js-today').waitFor()
  await shopper.page.waitForTimeout(2200)
  await picture(shopper.page, 'm-centre', { fullPage: true })

  // ---- the code of the leaflet: wrong first, then right, then used
  await shopper.tap('.js-tab-code')
  const input = shopper.on('.js-code-input input')
  await input.fill('2222-2222-2222')
  await shopper.tap('.js-code-redeem')
  await until(async () => /没有这个券码/.test(await shopper.text('.js-code-note')), 'a wrong code is told')
  await picture(shopper.page, 'm-code-wrong')
  await input.fill(code.toLowerCase())
  await shopper.tap('.js-code-redeem')
  await shopper.see('.js-code-coupon')
  await shopper.page.waitForTimeout(2200)
  await picture(shopper.page, 'm-code-right')
  await input.fill(code)
  await shopper.tap('.js-code-redeem')
  await until(async () => /已兑换过/.test(await shopper.text('.js-code-note')), 'a used code is told')
  said('a code became a coupon, once')
  await shopper.page.goto(`${base}/m/#/pages/my-coupons/index`)
  await shopper.see('.js-coupon')
  await shopper.tap('.js-terms')
  await shopper.see('.js-terms-open')
  await picture(shopper.page, 'm-mine')

  // ---- a coupon that comes up with its goods: claimed in the cart, and in the price at once
  await shopper.page.goto(`${base}/m/#/pages/home/index`)
  await shopper.see('.js-product .js-plus')
  const sku = await shopper.on('.js-product').first().getAttribute('data-sku')
  assert.equal((await drop(`顺手券 ${mark}`, { placements: ['CART'], scene: { skus: [sku] }, content: { kind: 'OFF', offFen: 200, minFen: 0 } })).__typename, 'CouponDrop')
  await shopper.tap('.js-product .js-plus')
  await shopper.tab('购物车')
  await shopper.on('.js-coupon-offer', { hasText: `顺手券 ${mark}` }).waitFor()
  const total = async () => Number((await shopper.text('.js-total')).replace(/[^\d]/g, ''))
  await until(async () => (await shopper.on('.js-total').count()) > 0 && !/pending/.test((await shopper.on('.js-total').getAttribute('class')) ?? ''), 'the cart is priced')
  await picture(shopper.page, 'm-cart-offer')
  await shopper.on('.js-coupon-offer', { hasText: `顺手券 ${mark}` }).locator('.js-offer-claim').click()
  await shopper.on('.js-coupon-offer .js-claimed').waitFor()
  assert.ok((await total()) > 0)
  said('a coupon of the scene was claimed in the cart')

  // ---- the console finds the customer, compensates, voids
  await shopper.tab('我的')
  await shopper.tap('.js-member-code')
  const digits = await until(async () => (await shopper.page.locator('body').innerText()).replace(/\s/g, '').match(/90\d{14}/)?.[0], 'the member code')
  await tab.goto(`${base}/console/members`)
  await tab.getByLabel('手机号或会员码').fill(digits)
  await tab.getByRole('button', { name: '查找' }).click()
  await tab.getByRole('button', { name: '补偿一张券' }).click()
  const give = tab.getByRole('dialog')
  await give.getByRole('combobox').fill(`到店礼 ${mark}`) // as somebody with fifty templates does
  await tab.locator('.ant-select-dropdown .ant-select-item-option-active', { hasText: `到店礼 ${mark}` }).waitFor()
  await tab.keyboard.press('Enter') // a starved browser may never put the list where it can be clicked
  await give.getByLabel('原因').fill('少发一袋牛肉丸')
  await picture(tab, 'console-compensate')
  await give.getByRole('button', { name: '补偿一张券' }).click()
  const row = tab.locator('tbody tr', { hasText: '客服补偿' })
  await row.waitFor()
  await row.getByRole('button', { name: '客服补偿' }).click()
  await tab.getByText('少发一袋牛肉丸').waitFor()
  await picture(tab, 'console-member')
  await tab.keyboard.press('Escape')
  await row.getByRole('button', { name: '作废' }).click()
  const voiding = tab.getByRole('dialog')
  await voiding.getByLabel('原因').fill('重复补偿')
  await voiding.getByRole('button', { name: '作废' }).click()
  await tab.locator('tbody tr', { hasText: '已作废' }).first().waitFor()
  said('compensated and voided, with reasons')

  // ---- the drop ends: what is left of its codes goes back, one of them is good no more
  await tab.goto(`${base}/console/coupons`)
  await tab.getByRole('link', { name: `到店礼 ${mark}` }).click()
  await tab.getByRole('button', { name: '结束活动' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: '结束活动' }).click()
  await tab.getByText('剩余已收回').waitFor()
  assert.match(await tab.getByTestId('drop-figures').innerText(), /499 张[\s\S]*券码 59,999 个已作废/)
  await tab.getByText('已收回 59,999').waitFor()
  assert.equal(await tab.getByRole('button', { name: '生成券码' }).count(), 0)
  await picture(tab, 'console-drop-ended')
  await shopper.page.goto(`${base}/m/#/pages/coupons/index`)
  await shopper.tap('.js-tab-code')
  await shopper.on('.js-code-input input').fill(lines[2].split(',')[0])
  await shopper.tap('.js-code-redeem')
  await until(async () => /活动已结束/.test(await shopper.text('.js-code-note')), 'a closed code is told')
  said('the drop ended, its codes went back')
  assert.deepEqual(operator.complaints, [])
  assert.deepEqual(shopper.complaints, [])
  console.log('coupons passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: join(artifacts, `${name}.png`) }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
