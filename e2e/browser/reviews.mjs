// B04 in a browser: a shopper reviews an article of an order that was handed over and gets growth value; a friend opens what was shared;
// staff read the review and hide it, and the growth is gone.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/reviews.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { base, desk, look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const open = []
const browser = await launch()
try {
  const [shopper, friend, clerk] = await Promise.all([phone(browser), phone(browser), desk(browser, { username: 'admin' })])
  const tab = clerk.first
  open.push(['reviews-shopper', shopper.page], ['reviews-friend', friend.page], ['reviews-clerk', tab])
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('自贡盐帮妹')
  await shopper.see('.js-nickname')

  await shopper.open('#/pages/home/index')
  await shopper.see('.js-product .js-plus')
  await shopper.tap('.js-product .js-plus', 0)
  await shopper.page.waitForTimeout(150)
  await shopper.tab('购物车')
  await until(async () => (await shopper.on('.js-total').count()) > 0 && !/pending/.test((await shopper.on('.js-total').getAttribute('class')) ?? ''), 'the cart is priced')
  await shopper.tap('.js-checkout')
  await shopper.see('.js-due')
  await shopper.place()
  await shopper.pay()
  await until(async () => (await shopper.text('.js-order-state')) === '已付款，备货中', 'the order is paid')
  const number = await shopper.text('.js-order-number')
  assert.equal(await shopper.on('.js-review').count(), 0, 'nothing is reviewed before it was handed over')
  await tab.getByRole('navigation').getByRole('link', { name: '订单', exact: true }).click()
  await tab.getByLabel('订单号、手机号或会员码').fill(number)
  await tab.keyboard.press('Enter')
  await tab.getByRole('link', { name: number }).click()
  await tab.getByRole('heading', { name: `订单 ${number}` }).waitFor()
  await tab.getByRole('button', { name: '完成订单' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: '完成订单' }).click()
  await tab.locator('[data-state=COMPLETED]').waitFor()

  await shopper.page.reload()
  await shopper.see('.js-review')
  await shopper.tap('.js-review')
  await shopper.see('.js-review-sheet')
  await shopper.tap('.js-star', 3)
  await shopper.on('.js-review-input textarea').fill('好')
  await shopper.tap('.js-review-send')
  await shopper.on('.js-review-note').getByText('请写 5 个字以上').waitFor()
  await shopper.on('.js-review-input textarea').fill(`肉嫩，煮不散，下次还买 ${mark}`)
  await look(shopper.page, 'review-sheet')
  await shopper.tap('.js-review-send')
  await shopper.page.getByText('谢谢评价，得 5 成长值').waitFor()
  await shopper.on('.js-review-text').getByText('★★★★ 肉嫩').waitFor()
  await look(shopper.page, 'review-done', true)

  // ---- what is shared: the link that the page copies carries its sharer, signed
  await shopper.open('#/pages/lottery/index')
  await shopper.on('.js-lottery-share').getByText('好友打开，您得 2 成长值，每天最多 6').waitFor()
  await shopper.page.evaluate(() => { Object.defineProperty(navigator, 'share', { value: (what) => { window.shared = what.url; return Promise.resolve() }, configurable: true }) })
  await shopper.tap('.js-lottery-share')
  const link = await until(() => shopper.page.evaluate(() => window.shared), 'the link is shared')
  assert.match(link, /[?&]s=/)
  await friend.open('#/pages/mine/index')
  await friend.tap('.js-login')
  await friend.logIn('绵阳王哥')
  await friend.see('.js-nickname')
  await friend.page.goto(link)
  await friend.page.reload()
  await friend.see('.js-lottery')
  await shopper.open('#/pages/entries/index')
  await until(async () => { await shopper.page.reload(); await shopper.page.waitForTimeout(700); return (await shopper.page.getByText('好友打开了您的分享，得 2 成长值').count()) > 0 }, 'the share was counted')
  await look(shopper.page, 'review-entries')
  // one part of the account by itself (B01, B02)
  const units = async () => [...new Set((await shopper.on('.js-entry .entry-time').allInnerTexts()).map((text) => text.split(' · ')[1]))]
  await shopper.tap('.js-tab-growth')
  await until(async () => (await units()).join() === '成长值', 'growth alone is shown')
  await shopper.tap('.js-tab-all')
  await until(async () => (await units()).length > 1, 'all of it again')

  // ---- staff read and hide it
  const list = await clerk.page('/members')
  const row = list.locator('tr', { hasText: mark })
  await row.waitFor()
  const opened = list.getByTestId('share-sources').locator('tr', { hasText: '积分抽奖' }).first() // K12
  await opened.waitFor()
  const where = (await opened.locator('td').allTextContents()).map((text) => text.trim())
  assert.notEqual(where[1], '—')
  assert.equal(where[2], 'H5')
  await look(list, 'review-console', true)
  await row.getByRole('button', { name: /^隐\s?藏$/ }).click()
  await list.getByLabel('原因（顾客可见，2–100 个字）').fill('演练：与商品无关')
  await list.getByRole('dialog').getByRole('button', { name: /^隐\s?藏$/ }).click()
  await row.getByText('已隐藏：演练：与商品无关').waitFor()
  await row.getByText('已收回 5').waitFor()
  assert.deepEqual([...shopper.complaints, ...friend.complaints, ...clerk.complaints], [])
  console.log('reviews passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [of, page] of open) await page.screenshot({ path: join(artifacts, `${of}.png`) }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
