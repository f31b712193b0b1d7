// 退款: a shopper buys, the store hands over, the shopper asks for part of it back and sees why so much; customer service
// finds the request, sees the same figures, approves; the shopper sees the money arrive. Then a whole order before
// hand-over comes back at the shopper's tap; a request is rejected with words.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/refund.mjs
//
// With SHUHUI_PICTURES, a folder, it leaves the pictures of docs/images there.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asShopper, desk, fen, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const pictures = process.env.SHUHUI_PICTURES
const began = Date.now()
const said = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const open = []
const browser = await launch()
const shot = async (page, name) => {
  if (!pictures) return
  mkdirSync(pictures, { recursive: true })
  await page.waitForTimeout(500)
  await page.screenshot({ path: `${pictures}/${name}.jpg`, type: 'jpeg', quality: 82 })
}
try {
  const [shopper, clerk] = await Promise.all([phone(browser), desk(browser, { username: 'manager' })])
  open.push(['shopper', shopper.page], ['clerk', clerk.first])
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('自贡盐帮妹')
  await shopper.see('.js-nickname')

  const buy = async (units) => {
    await shopper.open('#/pages/home/index')
    await shopper.see('.js-product .js-plus')
    for (const n of units) {
      await shopper.tap('.js-product .js-plus', n)
      await shopper.page.waitForTimeout(150)
    }
    await shopper.tab('购物车')
    await until(async () => (await shopper.on('.js-total').count()) > 0 && !/pending/.test((await shopper.on('.js-total').getAttribute('class')) ?? ''), 'the cart is priced')
    await shopper.tap('.js-checkout')
    await shopper.see('.js-due')
    await shopper.place()
    await shopper.pay()
    await until(async () => (await shopper.text('.js-order-state')) === '已付款，备货中', 'the order is paid')
    const [order] = (await asShopper(shopper.page)('{ orders(first: 1) { nodes { number payableFen } } }')).orders.nodes
    assert.equal(order.number, await shopper.text('.js-order-number'))
    return { number: order.number, paid: order.payableFen } // by whatever means: another story may have left a red packet
  }
  /** What the shopper is told to get: the money, and the worth of all that comes, points and red packets too */
  const promised = async () => {
    const beside = (await shopper.on('.js-refund-beside').count()) > 0 ? await shopper.text('.js-refund-beside') : ''
    const money = fen(await shopper.text('.js-refund-fen'))
    return { money, all: money + (beside.match(/¥[\d,.]+/g) ?? []).reduce((sum, its) => sum + fen(its), 0) }
  }
  const tab = clerk.first
  const find = async (number) => {
    await tab.getByRole('navigation').getByRole('link', { name: '订单', exact: true }).click()
    await tab.getByLabel('订单号、手机号或会员码').fill(number)
    await tab.keyboard.press('Enter')
    await tab.getByRole('link', { name: number }).click()
    await tab.getByRole('heading', { name: `订单 ${number}` }).waitFor()
  }

  // ---- bought, handed over
  const one = await buy([0, 0, 1])
  said(`order ${one.number}: ${one.paid} fen`)
  await find(one.number)
  await tab.getByRole('button', { name: '完成订单' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: '完成订单' }).click()
  await tab.locator('[data-state=COMPLETED]').waitFor()

  // ---- the shopper asks for one unit
  await shopper.page.reload()
  await until(async () => (await shopper.text('.js-order-state')) === '已完成', 'the shopper sees it')
  await shopper.tap('.js-ask-refund')
  await shopper.see('.js-refund-line')
  assert.equal(await shopper.on('.js-refund-preview').count(), 0)
  await shopper.tap('.js-refund-line .js-plus', 0)
  await shopper.see('.js-refund-fen')
  const { all: first, money: firstMoney } = await promised()
  assert.ok(first > 0 && first < one.paid)
  assert.match((await shopper.on('.js-refund-why').allInnerTexts()).join(' '), /按实付价退 ¥.+原路退回微信支付/)
  await shopper.tap('.js-reason', 3)
  await shot(shopper.page, 'm-refund')
  await shopper.tap('.js-refund-send')
  await until(async () => (await shopper.on('.js-order-state').count()) > 0 && (await shopper.text('.js-order-state')) === '退款申请中', 'the request waits')
  assert.equal(await shopper.text('.js-request-state'), '等待商家处理')
  assert.equal(await shopper.on('.js-ask-refund').count(), 0)
  said(`asked for ${first} fen`)

  // ---- the clerk finds it among those that wait, and approves
  await tab.getByRole('navigation').getByRole('link', { name: '订单', exact: true }).click()
  await tab.getByRole('tab', { name: '退款待审' }).click()
  await tab.getByRole('link', { name: one.number }).waitFor()
  await tab.getByRole('link', { name: one.number }).click()
  await tab.getByTestId('refund-request').waitFor()
  await shot(tab, 'console-order')
  await tab.getByRole('button', { name: '处理', exact: true }).click()
  await tab.getByTestId('refund-figures').waitFor()
  assert.equal(fen(await tab.getByTestId('refund-paid-out').innerText()), first)
  await shot(tab, 'console-refund')
  await tab.getByTestId('refund-send').click()
  await tab.getByText('已退款，款项正在退回').waitFor()
  await tab.locator('[data-payout-state=SUCCEEDED]').waitFor({ timeout: 30_000 })
  assert.equal(fen(await tab.getByTestId('order-refunded').innerText()), first)

  // ---- the shopper, whose page is open, sees it arrive
  await until(async () => (await shopper.text('.js-order-state')) === '部分退款', 'part of it is back', 20_000)
  assert.match(await shopper.text('.js-payout'), /^退款成功/)
  assert.equal(fen(await shopper.text('.js-refund-paid')), firstMoney)
  await shopper.on('.js-refund-paid').first().evaluate((element) => element.scrollIntoView({ block: 'center' }))
  await shot(shopper.page, 'm-order-refunded-part')
  said('approved; the money is back')

  // ---- the next wish is rejected, with words
  await shopper.tap('.js-ask-refund')
  await shopper.see('.js-refund-line')
  await shopper.tap('.js-refund-all')
  await shopper.see('.js-refund-fen')
  const { all: rest } = await promised()
  await shopper.tap('.js-reason', 0)
  await shopper.tap('.js-refund-send')
  await until(async () => (await shopper.on('.js-order-state').count()) > 0 && (await shopper.text('.js-order-state')) === '退款申请中', 'the second request waits')
  await find(one.number)
  await tab.getByTestId('refund-request').waitFor()
  await tab.getByRole('button', { name: '拒绝', exact: true }).click()
  await tab.getByLabel('理由（顾客会看到）').fill('已经吃掉了')
  await tab.getByRole('dialog').getByRole('button', { name: '拒绝', exact: true }).click()
  await tab.getByTestId('refund-request').waitFor({ state: 'detached' })
  await until(async () => (await shopper.on('.js-request-note').count()) > 0, 'the shopper reads why', 20_000)
  assert.equal(await shopper.text('.js-request-note'), '商家回复：已经吃掉了')
  assert.equal(await shopper.text('.js-request-state'), '商家没有同意')

  // ---- staff refund one unit by themselves while another wish for all of it waits: it is closed, and says why
  await shopper.tap('.js-ask-refund')
  await shopper.see('.js-refund-line')
  await shopper.tap('.js-refund-all')
  await shopper.see('.js-refund-fen')
  await shopper.tap('.js-reason', 0)
  await shopper.tap('.js-refund-send')
  await until(async () => (await shopper.on('.js-order-state').count()) > 0 && (await shopper.text('.js-order-state')) === '退款申请中', 'the third request waits')
  await find(one.number)
  await tab.getByTestId('refund-request').waitFor()
  await tab.getByRole('button', { name: '退款', exact: true }).click()
  const alone = tab.getByRole('dialog')
  await alone.getByRole('spinbutton').first().fill('1')
  await tab.getByTestId('refund-figures').waitFor()
  const part = fen(await tab.getByTestId('refund-paid-out').innerText())
  await alone.getByLabel('退款原因').fill('少发一件')
  await tab.getByTestId('refund-send').click()
  await tab.getByTestId('refund-request').waitFor({ state: 'detached' })
  await until(async () => (await shopper.text('.js-request-note')) === '门店已先退了其中一部分，请按余下的重新申请', 'the shopper reads that it was overtaken', 20_000)
  assert.equal(await shopper.text('.js-request-state'), '申请已关闭')
  assert.equal(await shopper.on('.js-ask-refund').count(), 1, 'the rest can be asked for')
  said('overtaken by a clerk; closed with the reason')

  // ---- staff refund by themselves: the rest, to the fen
  await tab.getByRole('button', { name: '退款', exact: true }).click()
  const drawer = tab.getByRole('dialog')
  await drawer.getByRole('button', { name: '全部', exact: true }).click()
  await tab.getByTestId('refund-figures').waitFor()
  assert.equal(fen(await tab.getByTestId('refund-paid-out').innerText()), rest - part)
  assert.equal(first + rest, one.paid)
  await drawer.getByLabel('退款原因').fill('门店协商退款')
  await tab.getByTestId('refund-send').click()
  await tab.locator('[data-state=REFUNDED]').waitFor()
  said('the rest came back, to the fen')

  // ---- a whole order before hand-over: at the shopper's tap
  const two = await buy([0])
  await shopper.tap('.js-ask-refund')
  await shopper.see('.js-refund-fen')
  assert.equal((await promised()).all, two.paid)
  assert.match(await shopper.text('.js-refund-send'), /^退款/)
  await shopper.tap('.js-reason', 1)
  await shopper.tap('.js-refund-send')
  await until(async () => (await shopper.on('.js-order-state').count()) > 0 && /^退款处理中|已退款$/.test(await shopper.text('.js-order-state')), 'refunded at once')
  await until(async () => (await shopper.text('.js-order-state')) === '已退款', 'the money is back', 30_000)
  await shopper.open('#/pages/orders/index')
  await shopper.see('.js-order-words')
  assert.equal(await shopper.text('.js-order-words'), '已退款')
  said('a whole order came back at a tap')

  assert.deepEqual([...shopper.complaints, ...clerk.complaints], [])
  console.log('refund passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [who, page] of open) await page.screenshot({ path: `${artifacts}refund-${who}.png` }).catch(() => {})
  console.error(error, `\npictures: e2e/artifacts/refund-*.png`)
  process.exitCode = 1
} finally {
  await browser.close()
}
