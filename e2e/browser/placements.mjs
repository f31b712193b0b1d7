// Placements: a drop over the home page, on it, and on the page of an article; what was seen, claimed, used, and what it cost stands
// in the console by placement.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/placements.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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
  const [shopper, operator] = await Promise.all([phone(browser, { popups: true }), desk(browser)])
  const tab = operator.first
  open.push(['placements-shopper', shopper.page], ['placements-operator', tab])

  /** Presses an option until its chip is there: antd moves the list to its place after it has appeared, and a press that falls into
   *  that moment hits what was under it before, or nothing. A second press is made only while there is no chip, so it takes nothing back. */
  const choose = async (field, label) => {
    const chip = field.locator('.ant-select-selection-item', { hasText: label })
    for (let press = 0; press < 5 && (await chip.count()) === 0; press++) {
      await tab.locator('.ant-select-dropdown:visible').getByTitle(label, { exact: true }).click()
      await chip.waitFor({ timeout: 1000 }).catch(() => undefined)
    }
    assert.equal(await chip.count(), 1, `${label} is chosen`)
  }
  // ---- a drop for three places, from the form; two more for the home page
  await tab.goto(`${base}/console/coupons/new`)
  await tab.getByLabel('券名称').fill(`到处领 ${mark}`)
  await tab.getByLabel('减多少').fill('6')
  const places = tab.locator('.ant-form-item').filter({ has: tab.getByText('展示位置', { exact: true }) })
  await tab.getByLabel('展示位置').click()
  for (const place of ['首页', '商品页', '弹窗']) await choose(places, place)
  await tab.keyboard.press('Escape')
  await tab.getByLabel('发放总量').fill('500')
  await tab.getByLabel('每人限领').fill('3')
  await tab.getByRole('button', { name: '发布券活动' }).click()
  await tab.getByRole('link', { name: `到处领 ${mark}` }).click()
  await tab.getByTestId('placements').waitFor()
  const dropPage = tab.url()
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString()
  const api = asStaff(tab)
  const drop = async (name, more) => (await api('mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } ... on InvalidInput { problems { path message } } } }', {
    i: { name: `${name} ${mark}`, content: { kind: 'OFF', offFen: 800, minFen: 5900 }, validDays: 3, startsAt: at(-1), endsAt: at(600), total: 20, placements: ['HOME'], publish: true, idempotencyKey: crypto.randomUUID(), ...more },
  })).createCouponDrop
  const ending = await drop('快结束', {})
  assert.equal(ending.__typename, 'CouponDrop')
  assert.equal((await drop('粉丝券', { audience: { follows: true } })).__typename, 'CouponDrop')

  // ---- the popup: one, over the home page, is claimed, does not come again
  await shopper.open('#/pages/mine/index'); await shopper.tap('.js-login'); await shopper.logIn('第一次来的新客'); await shopper.see('.js-nickname')
  assert.equal(await shopper.on('.js-popup').count(), 0, 'it does not come on 我的')
  await shopper.tab('首页')
  await shopper.see('.js-popup-claim')
  assert.equal((await shopper.text('.js-popup-ticket .ticket-name')), `到处领 ${mark}`)
  await look(shopper.page, 'm-popup')
  await shopper.tap('.js-popup-claim')
  await shopper.see('.js-popup-done')
  await look(shopper.page, 'm-popup-claimed')
  await shopper.tap('.js-popup-done')
  assert.equal(await shopper.on('.js-popup').count(), 0)
  said('the popup was claimed and put away')

  // ---- the strip on the home page: claimed with one tap; a refusal says why
  const mini = (name) => shopper.on('.js-home-coupon', { hasText: `${name} ${mark}` })
  await mini('到处领').waitFor()
  await look(shopper.page, 'm-home-strip')
  await api('mutation($i: EndCouponDropInput!) { endCouponDrop(input: $i) { __typename } }', { i: { dropId: ending.id, idempotencyKey: crypto.randomUUID() } })
  await mini('快结束').click()
  await shopper.see('.js-strip-note')
  assert.match(await shopper.text('.js-strip-note'), /活动已结束/)
  await mini('到处领').click()
  await mini('到处领').locator('.js-claimed').waitFor()
  await shopper.page.waitForTimeout(2300)
  await look(shopper.page, 'm-home-claimed')
  said('claimed on the home page, and told why not')

  // ---- a condition: told what to do, and had once it is met
  assert.match(await mini('粉丝券').innerText(), /关\s*注/)
  await mini('粉丝券').click()
  await until(async () => /关注公众号「川味冻品」后可领/.test(await shopper.text('.js-strip-note')), 'what to do')
  const { me: member } = await asShopper(shopper.page)('{ me { id memberCode } }')
  await tab.goto(`${base}/console/members?search=${member.memberCode}`)
  await tab.getByRole('button', { name: '标记为已关注' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: '标记为已关注' }).click()
  await tab.getByText('已关注公众号 · 店员记录').waitFor()
  await look(tab, 'console-ties')
  await mini('粉丝券').click()
  await mini('粉丝券').locator('.js-claimed').waitFor()
  said('had once the condition was met')

  // ---- the popup is not there after a reload; the next one is another
  await shopper.page.reload()
  await shopper.see('.js-product')
  await shopper.page.waitForTimeout(1800)
  if (await shopper.on('.js-popup').count() > 0) { // a demo drop
    assert.notEqual(await shopper.text('.js-popup-ticket .ticket-name'), `到处领 ${mark}`)
    await look(shopper.page, 'm-popup-next')
    await shopper.tap('.js-popup-close')
  }

  // ---- the page of an article
  await shopper.on('.js-product').first().locator('.product-name').click()
  await shopper.see('.js-product-coupons')
  await look(shopper.page, 'm-product', true)
  await shopper.tap('.js-product-coupons')
  const row = shopper.on('.js-coupon-offer', { hasText: `到处领 ${mark}` })
  await row.locator('.js-offer-claim').click()
  await row.locator('.js-claimed').waitFor()
  await shopper.page.waitForTimeout(2300)
  await look(shopper.page, 'm-product-sheet')
  await shopper.tap('.js-coupon-sheet .js-close')
  await shopper.tap('.js-product-page .js-plus')
  await shopper.tap('.js-product-page .js-plus')
  said('claimed on the page of an article')

  // ---- one of them is used
  await shopper.tap('.js-go-cart')
  await until(async () => (await shopper.on('.js-total').count()) > 0 && !/pending/.test(await shopper.on('.js-total').getAttribute('class') ?? ''), 'the cart is priced')
  assert.equal(await shopper.on('.js-popup').count(), 0, 'nothing lies over the cart')
  await shopper.tap('.js-checkout')
  await shopper.see('.js-place')
  await shopper.place()
  await shopper.pay()
  await until(async () => (await shopper.text('.js-order-state')) === '已付款，备货中', 'the order is paid')

  // ---- what each placement did
  await tab.goto(dropPage)
  const cells = (place) => tab.getByTestId('placements').locator('tr', { hasText: place }).locator('td').allInnerTexts()
  await until(async () => Number((await cells('首页'))[1]) >= 1 && Number((await cells('商品页'))[1]) >= 1 && (await cells('弹窗'))[1] === '1', 'what was seen is counted')
  const found = Object.fromEntries(await Promise.all(['首页', '商品页', '弹窗'].map(async (place) => [place, await cells(place)])))
  for (const place of ['首页', '商品页', '弹窗']) {
    assert.deepEqual(found[place].slice(2, 5), ['1', '1', '100.0%'], `${place}: ${found[place]}`)
  }
  const all = await cells('合计')
  assert.deepEqual([all[3], all[5]], ['3', '1'])
  assert.match(all[7], /6\.00/)
  assert.match(all[8], /6\.00/)
  await look(tab, 'console-placements', true)
  const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', { name: '下载每日明细' }).click()])
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n')
  assert.match(lines[0], /日期,位置,门店,曝光次数,曝光人数,领取,核销,核销订单,优惠成本（元）/)
  assert.ok(lines.length >= 4, lines.join('\n'))
  said(`by placement: ${JSON.stringify(found)}`)

  assert.deepEqual([...shopper.complaints, ...operator.complaints], [], 'no page complained')
  console.log('placements passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: join(artifacts, `failed-${name}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
