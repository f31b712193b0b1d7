// Contents of coupons beyond money off: 换购, 免费试用, 套餐, 额外积分, 全额返 are made in the console, claimed on the phone, told on
// tickets, chosen at checkout (or told why not), paid, read in the order, and partly given back.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/contents.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { base, desk, fen, look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const began = Date.now()
const said = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const open = []
const browser = await launch()
try {
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  const tab = operator.first
  open.push(['contents-shopper', shopper.page], ['contents-operator', tab])
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('自贡盐帮妹')
  await shopper.see('.js-nickname')
  await shopper.tab('首页')
  await shopper.see('.js-product .js-plus')
  const shelf = await shopper.on('.js-product').evaluateAll((cards) => cards.filter((card) => card.querySelector('.js-plus')).slice(0, 3).map((card) => card.dataset.sku))
  assert.equal(shelf.length, 3)
  const [egg, taste, other] = shelf // 换购 and half of the set, what is tried, the rest

  // ---- five drops, from the form
  const pick = async (button, skus) => {
    await button.click()
    const dialog = tab.getByRole('dialog')
    for (const sku of skus) {
      await dialog.getByLabel('搜索商品名称或编码').fill(sku)
      await tab.keyboard.press('Enter')
      await dialog.locator('tbody tr', { hasText: sku }).getByRole(skus.length > 1 ? 'checkbox' : 'radio').check()
    }
    await dialog.getByRole('button', { name: /^确定|选好了/ }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
  const drop = async (name, kind, fill) => {
    await tab.goto(`${base}/console/coupons/new`)
    await tab.getByLabel('券名称').fill(`${name} ${mark}`)
    await tab.getByText(kind, { exact: true }).click()
    await fill()
    await tab.getByLabel('发放总量').fill('50')
    await look(tab, `console-${name}`, true)
    await tab.getByRole('button', { name: '发布券活动' }).click()
    await tab.getByRole('link', { name: `${name} ${mark}` }).waitFor()
  }
  // the gift that comes with a coupon is chosen by a button of the same name, further down: ask for the field
  const article = (field) => tab.locator('.ant-form-item').filter({ has: tab.getByText(field, { exact: true }) }).getByRole('button', { name: '选择商品' })
  await drop('优惠换购', '兑换券、换购券', async () => {
    await pick(article('兑换哪个商品'), [egg])
    await tab.getByLabel('换购价（不填为免费兑换）').fill('15')
    await tab.getByLabel('其他商品满（选填）').fill('20')
  })
  await drop('新品试吃', '试用券', () => pick(article('试用哪个商品'), [taste]))
  await drop('组合套餐', '套餐券', async () => {
    await tab.getByLabel('套餐价').fill('45')
    await pick(article('套餐商品'), [egg, taste])
  })
  await drop('多给积分', '积分券', () => tab.getByLabel('多得多少积分').fill('66'))
  await drop('全额返', '全额返券', async () => {
    await tab.getByLabel('最多返多少').fill('20')
    await tab.getByLabel('实付满（选填）').fill('1')
  })
  await look(tab, 'console-list')
  said('five contents from the form')

  // ---- claimed in the centre, held with what they are about
  const names = ['优惠换购', '新品试吃', '组合套餐', '多给积分', '全额返']
  await shopper.tab('领券')
  const ticket = (name) => shopper.on('.js-drop', { hasText: `${name} ${mark}` })
  for (const name of names) {
    await ticket(name).locator('.js-claim').click()
    await ticket(name).locator('.js-claimed').waitFor()
  }
  await look(shopper.page, 'm-centre', true)
  await shopper.tab('我的')
  await shopper.tap('.js-menu-my-coupons')
  const mine = (name) => shopper.on('.js-coupon', { hasText: `${name} ${mark}` })
  const told = { 优惠换购: /其他商品满20，凭券15元换购.+一件/, 新品试吃: /凭券免费试用.+一件[\s\S]*限/, 组合套餐: /凭券套餐价45元（.+\+.+）[\s\S]*限/, 多给积分: /凭券多得66积分/, 全额返: /实付满1，凭券实付全额返红包，最多20元/ }
  for (const name of names) {
    await mine(name).locator('.js-terms').click()
    await mine(name).locator('.js-terms-open').waitFor()
    assert.match(await mine(name).locator('.js-terms-open').innerText(), told[name])
  }
  for (const name of ['新品试吃', '组合套餐']) assert.doesNotMatch(await mine(name).innerText(), /全部商品可用/)
  await look(shopper.page, 'm-mine', true)
  said('claimed; the tickets say what they are about')

  // ---- one article alone: what does not apply says why
  await shopper.page.goBack()
  const priced = (hook) => until(async () => (await shopper.on(hook).count()) > 0 && !/pending/.test((await shopper.on(hook).getAttribute('class')) ?? ''), 'a price is shown')
  const put = (sku) => shopper.on(`.js-product[data-sku="${sku}"] .js-plus`).click()
  const settle = async () => {
    await shopper.tab('购物车')
    await priced('.js-total')
    await shopper.tap('.js-checkout')
    await priced('.js-due')
    await shopper.tap('.js-choose-coupon')
    await shopper.see('.js-coupon-option')
  }
  const option = (name) => shopper.on('.js-coupon-option', { hasText: `${name} ${mark}` })
  /** Chooses one that applies; what is due with it */
  const due = async (name) => {
    await option(name).click()
    await until(async () => /choice-on/.test(await option(name).getAttribute('class')) && (await option(name).locator('.js-coupon-reason').count()) === 0, `${name} is used`)
    await priced('.js-due')
    return fen(await shopper.text('.js-due'))
  }
  await shopper.tab('首页')
  await put(taste)
  await settle()
  await look(shopper.page, 'm-alone')
  const why = async (name) => (await option(name).locator('.js-coupon-reason').innerText()).trim()
  assert.equal(await why('优惠换购'), '购物车里没有这张券适用的商品')
  assert.match(await why('组合套餐'), /套餐商品没选齐/)
  assert.equal(await why('多给积分'), '用券名额已被占用，单独选用才生效')

  // ---- with the other half of the set each of them applies; what takes nothing off changes no price
  await shopper.page.goto(`${base}/m/#/pages/home/index`)
  await put(egg)
  await settle()
  assert.match(await option('组合套餐').locator('.js-coupon-about').innerText(), /.+\+.+/)
  const full = await due('多给积分')
  await look(shopper.page, 'm-choice')
  assert.equal(await due('全额返'), full)
  const [tried, set, bought] = [await due('新品试吃'), await due('组合套餐'), await due('优惠换购')]
  for (const less of [tried, set, bought]) assert.ok(less < full, `${less} of ${full}`)
  // the open sheet asks by how much each unused one is dearer or cheaper
  await until(async () => /再省¥/.test(await why(set === bought ? '新品试吃' : '组合套餐')), 'the sheet says by how much')
  said(`due ${full} fen; with 试用 ${tried}, 套餐 ${set}, 换购 ${bought}`)

  // ---- 换购 ordered and paid: the order says the same price
  const order = async (name) => {
    await shopper.page.locator('.taro_page_show').getByText('完成', { exact: true }).click()
    await look(shopper.page, `m-checkout-${name}`, true)
    await shopper.place()
    await shopper.pay()
    await until(async () => (await shopper.text('.js-order-state')) === '已付款，备货中', 'the order is paid')
    return { number: await shopper.text('.js-order-number'), due: fen(await shopper.text('.js-order-due')) }
  }
  assert.equal((await order('换购')).due, bought)
  assert.match((await shopper.on('.js-order-line').allInnerTexts()).join('\n').replace(/\s/g, ''), /¥15\.00/)
  await shopper.page.locator('.taro_page_show').getByText(`优惠换购 ${mark}`).first().waitFor()
  await look(shopper.page, 'm-order-换购', true)
  said('bought at the price of the ticket')

  // ---- 全额返: promised with the order, there when it is handed over
  await shopper.page.goto(`${base}/m/#/pages/home/index`)
  await put(taste)
  await put(other)
  await settle()
  await due('全额返')
  const two = await order('全额返')
  await until(async () => /完成后得 ¥?20(\.00)? 红包/.test(await shopper.text('.js-order-page')), 'the order promises 20 yuan back')
  await look(shopper.page, 'm-order-全额返', true)
  await tab.getByRole('navigation').getByRole('link', { name: '订单', exact: true }).click()
  await tab.getByLabel('订单号、手机号或会员码').fill(two.number)
  await tab.keyboard.press('Enter')
  await tab.getByRole('link', { name: two.number }).click()
  await tab.getByRole('heading', { name: `订单 ${two.number}` }).waitFor()
  await look(tab, 'console-order', true)
  await tab.getByRole('button', { name: '完成订单' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: '完成订单' }).click()
  await tab.locator('[data-state=COMPLETED]').waitFor()
  await shopper.page.reload()
  await until(async () => (await shopper.text('.js-order-state')) === '已完成', 'the shopper sees it')
  await look(shopper.page, 'm-order-done', true)
  said('20 yuan came back as a red packet')

  // ---- a part of it back: what came of it is told before it is asked for
  await shopper.tap('.js-ask-refund')
  await shopper.see('.js-refund-line')
  await shopper.tap('.js-refund-line .js-plus', 0)
  await shopper.see('.js-refund-fen')
  const back = fen(await shopper.text('.js-refund-fen'))
  assert.ok(back > 0 && back < two.due)
  await look(shopper.page, 'm-refund', true)
  assert.match((await shopper.on('.js-refund-why').allInnerTexts()).join(' '), new RegExp(`「全额返 ${mark}」不退：还有商品没有退`))
  await shopper.tap('.js-reason', 3)
  await shopper.tap('.js-refund-send')
  await until(async () => (await shopper.on('.js-order-state').count()) > 0 && (await shopper.text('.js-order-state')) === '退款申请中', 'the request waits')
  await look(shopper.page, 'm-order-refund', true)
  await shopper.page.goto(`${base}/m/#/pages/entries/index`)
  await shopper.see('.js-entries')
  await look(shopper.page, 'm-entries')
  said(`a part of it asked back: ${back} fen`)
  assert.deepEqual(operator.complaints, [])
  assert.deepEqual(shopper.complaints, [])
  console.log('contents passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: `${artifacts}${name}.png` }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
