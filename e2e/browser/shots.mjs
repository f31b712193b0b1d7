// A picture of every page of both front ends, against a server that runs with demo data:
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/shots.mjs [folder] [only…]      (default folder: docs/images)
//
// It claims, buys, and publishes one promotion, which it ends again. `e2e/pictures.py` gives it an installation of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { desk, endPromotion, fillAddOn, fillGift, fillSpendOff, phone, publish, until } from './people.mjs'

const MOST_BYTES = 120_000
/** Looked at, but not kept in docs/images */
const EXTRA = new Set(['m-popup', 'm-mine-anonymous', 'm-coupons-claimed', 'm-coupons-mine', 'm-search-ideas', 'm-cart-empty', 'm-login-standin', 'm-cashier-standin', 'm-entries', 'm-presale-deposit', 'm-family-start', 'm-family-offer', 'console-cashier', 'm-cart-gift-choice', 'm-checkout-gift', 'console-wizard-add-on'])
const kept = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const [folder = kept, ...only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const complaints = []
const browser = await launch()

/** JPEG, as fine as fits */
async function shot(page, name, options = {}) {
  if (only.length > 0 ? !only.some((word) => name.includes(word)) : folder === kept && EXTRA.has(name)) return
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(500) // transitions
  for (let quality = 84; ; quality -= 8) {
    const bytes = await page.screenshot({ type: 'jpeg', quality, ...options })
    if (bytes.length <= MOST_BYTES || quality <= 34) {
      writeFileSync(join(folder, `${name}.jpg`), bytes)
      console.log(`${name}.jpg  ${Math.ceil(bytes.length / 1000)} KB`)
      return
    }
  }
}
const step = async (name, run) => {
  try { await run() } catch (error) {
    complaints.push(`${name}: ${error.message.split('\n').slice(0, 3).join(' ')}`)
  }
}

// ---- the mini-program in a browser
const me = await phone(browser, { deviceScaleFactor: 1.5, popups: true })
const { page } = me
const shopperShots = async () => {
  await step('home', async () => { await me.open(); await me.see('.js-popup-close'); await shot(page, 'm-popup'); await me.tap('.js-popup-close'); await me.see('.js-product'); await page.waitForLoadState('networkidle'); await shot(page, 'm-home') })
  await step('shops', async () => { await me.tap('.js-shop-picker'); await me.see('.js-shop'); await shot(page, 'm-stores'); await me.tap('.js-shops .js-close') })
  await step('mine-anonymous', async () => { await me.tab('我的'); await me.see('.js-login'); await shot(page, 'm-mine-anonymous') })
  await step('log-in', async () => { await me.tap('.js-login'); await page.getByText('陈婆婆').waitFor(); await shot(page, 'm-login-standin'); await me.logIn('陈婆婆'); await me.see('.js-nickname') })
  await step('coupons', async () => { await me.tab('领券'); await me.see('.js-drop'); await shot(page, 'm-coupons') })
  await step('claim', async () => {
    if ((await me.on('.js-claim').count()) > 0) await me.tap('.js-claim')
    if ((await me.on('.js-claim').count()) > 1) { await page.waitForTimeout(2500); await me.tap('.js-claim', 1) }
    await me.see('.js-claimed'); await page.waitForTimeout(2500); await shot(page, 'm-coupons-claimed')
    await me.tap('.js-tab-claimed'); await shot(page, 'm-coupons-mine')
  })
  await step('red-packets', async () => { await page.goto(page.url().replace(/#.*/, '#/pages/red-packets/index')); await me.see('.js-packet'); await shot(page, 'm-red-packets') }) // before it pays for an order
  await step('search', async () => { await page.goto(page.url().replace(/#.*/, '#/pages/search/index')); await me.see('.js-search-input'); await shot(page, 'm-search-ideas'); await me.on('.js-search-input input').fill('毛肚'); await me.see('.js-product'); await shot(page, 'm-search') })
  await step('promotion', async () => {
    await page.goto(page.url().replace(/#.*/, '#/pages/home/index')); await me.see('.js-product')
    await me.on('.js-promotion').filter({ hasText: '火锅节' }).first().click()
    await me.see('.js-promotion-page .js-product'); await shot(page, 'm-promotion')
    for (const n of [0, 1, 1, 3]) await me.tap('.js-promotion-page .js-product .js-plus', n)
    await page.goBack()
  })
  await step('cart', async () => { await me.tab('购物车'); await me.see('.js-total'); await until(async () => !/pending/.test(await me.on('.js-total').getAttribute('class')), 'priced'); await shot(page, 'm-cart') })
  await step('more', async () => { await me.tap('.js-more'); await me.see('.js-more-sheet .js-product'); await shot(page, 'm-cart-more'); await me.tap('.js-more-sheet .js-close') })
}

// ---- the console
const operator = await desk(browser)
const { first: tab } = operator
tab.on('dialog', (dialog) => void dialog.accept()) // leaving a wizard half-way
const open = async (path) => { await tab.goto(new URL(`/console${path}`, tab.url()).href); await tab.waitForLoadState('networkidle') }
const NAME = '周末火锅局 满100减25'
const consoleShots = async () => {
  await step('dashboard', async () => { await open('/dashboard'); await tab.locator('[data-testid=live-status][data-state=live]').waitFor(); await tab.getByTestId('dashboard-cards').waitFor(); await shot(tab, 'console-dashboard') })
  await step('promotions', async () => { await open('/promotions'); await tab.locator('tbody tr').nth(1).waitFor(); await shot(tab, 'console-promotions') })
  await step('promotion', async () => { await tab.getByRole('link', { name: /火锅节/ }).first().click(); await tab.getByTestId('promotion-version').waitFor(); await tab.waitForLoadState('networkidle'); await shot(tab, 'console-promotion') })
  await step('coupons', async () => { await open('/coupons'); await tab.locator('tbody tr').nth(1).waitFor(); await shot(tab, 'console-coupons') })
  await step('coupon', async () => { await tab.getByRole('link', { name: /火锅专享券/ }).first().click(); await tab.getByTestId('drop-figures').waitFor(); await tab.waitForLoadState('networkidle'); await shot(tab, 'console-coupon-drop') })
  await step('segments', async () => { await open('/members'); await tab.locator('tbody tr').nth(8).waitFor(); await shot(tab, 'console-segments') })
  await step('stacking', async () => { await open('/stacking'); await tab.getByRole('radiogroup', { name: '每单最多用几张券' }).getByText('2 张').click(); await tab.getByTestId('stacking-coupons').getByText('最多用 2 张券').waitFor(); await shot(tab, 'console-stacking') })
  await step('levels', async () => { await open('/levels'); await tab.getByText('钻卡会员').or(tab.locator('input[value=钻卡会员]')).first().waitFor(); await shot(tab, 'console-levels') })
  await step('mall', async () => { await open('/mall'); await tab.getByTestId('invite-sentence').waitFor(); await shot(tab, 'console-mall') })
  await step('suppliers', async () => { await open('/suppliers'); await tab.getByTestId('suppliers-net').waitFor(); await shot(tab, 'console-suppliers') })
  await step('liabilities', async () => { await open('/liabilities'); await tab.getByTestId('owed-figures').waitFor(); await tab.getByRole('columnheader', { name: '核销率' }).waitFor(); await shot(tab, 'console-liabilities') })
  await step('systems', async () => {
    await open('/systems')
    for (const [name, code] of [['春熙路店收银台', 'pos-chunxi'], ['外卖平台', 'takeaway']]) {
      await tab.getByRole('button', { name: '接入系统' }).first().click()
      const dialog = tab.getByRole('dialog')
      await dialog.getByLabel('名称').fill(name)
      await dialog.getByLabel(/^代码/).fill(code)
      await dialog.getByRole('button', { name: '接入系统' }).click()
      await tab.getByRole('button', { name: '已复制保存' }).click()
      await tab.locator('tbody tr', { hasText: code }).waitFor()
    }
    await shot(tab, 'console-systems')
  })
  await step('presale', async () => { await open('/promotions'); await tab.getByRole('link', { name: /年货礼盒/ }).first().click(); await tab.getByTestId('presale-terms').waitFor(); await tab.waitForLoadState('networkidle'); await shot(tab, 'console-presale') })
  await step('member', async () => {
    await open('/members')
    await tab.getByLabel('手机号或会员码').fill('13800000000'); await tab.getByRole('button', { name: '查找' }).click()
    await tab.locator('.member tbody tr').first().waitFor(); await shot(tab, 'console-member')
  })
  await step('coupon-new', async () => {
    await open('/coupons/new')
    await tab.getByLabel('券名称').fill('火锅季满88减8'); await tab.getByLabel('减多少').fill('8'); await tab.getByLabel(/^使用门槛/).fill('88'); await tab.getByLabel('发放总量').fill('5000')
    await tab.mouse.wheel(0, -5000)
    await shot(tab, 'console-coupon-new')
  })
  await step('products', async () => { await open('/products'); await tab.locator('tbody tr').nth(1).waitFor(); await shot(tab, 'console-products') })
  await step('wizard', async () => {
    await open('/promotions/new')
    await tab.getByTestId('play-spend_off').click()
    await tab.getByLabel('第 1 档满').fill('100'); await tab.getByLabel('第 1 档减').fill('25')
    await tab.getByLabel('活动名称').fill(NAME)
    await shot(tab, 'console-wizard-1-offer')
    await tab.getByRole('button', { name: '下一步' }).click()
    await tab.getByText('部分商品').click()
    await tab.getByLabel('标签', { exact: true }).click()
    await tab.locator('.ant-select-dropdown:visible').getByTitle('火锅', { exact: true }).click()
    await tab.keyboard.press('Escape')
    await shot(tab, 'console-wizard-2-goods')
    await tab.getByRole('button', { name: '下一步' }).click()
    await shot(tab, 'console-wizard-3-where')
    await tab.getByRole('button', { name: '下一步' }).click()
    await shot(tab, 'console-wizard-4-stacking')
    await tab.getByRole('button', { name: '下一步' }).click()
    await tab.getByTestId('preview-sentence').waitFor()
    await shot(tab, 'console-wizard-5-preview')
  })
}

// ---- both: the open cart falls, the order is paid
const liveShots = async () => {
  await step('live', async () => {
    await fillSpendOff(tab, { name: NAME, min: 100, off: 25 })
    await tab.getByRole('button', { name: '发布活动' }).click()
    await tab.getByTestId('promotion-version').waitFor()
    await me.see('.js-change')
    await shot(page, 'm-cart-live')
    await me.tap('.js-saved'); await me.see('.js-breakdown'); await shot(page, 'm-cart-breakdown'); await me.tap('.js-breakdown-sheet .js-close')
  })
  await step('checkout', async () => { await me.tap('.js-checkout'); await me.see('.js-due:not(.pending)'); await shot(page, 'm-checkout') })
  await step('order', async () => { await me.place(); await shot(page, 'm-cashier-standin'); await me.pay(); await until(async () => (await me.text('.js-order-state')) === '已付款，备货中', 'paid'); await shot(page, 'm-order') })
  await step('end', () => endPromotion(tab))
  const to = async (path) => { await page.goto(page.url().replace(/\?.*|#.*/, '') + `#/pages/${path}/index`); await page.waitForLoadState('networkidle') }
  await step('gifts', async () => {
    const second = await operator.page('/promotions')
    await fillGift(tab, { name: '满99赠甜品饮品', min: 99, goods: ['酸梅汤', '冰粉'], choose: 1, look: async () => { await tab.mouse.wheel(0, -5000); await shot(tab, 'console-wizard-gift') } })
    await publish(tab)
    await fillAddOn(second, { name: '满99加价换购', min: 99, goods: ['麻酱蘸料', '蒜泥油碟'], prices: [8.9, 7.9], look: async () => { await second.mouse.wheel(0, -5000); await shot(second, 'console-wizard-add-on') } })
    await publish(second)
    await to('home')
    await me.see('.js-product .js-plus')
    for (const n of [0, 1, 1, 5]) await me.tap('.js-product .js-plus', n)
    await to('cart')
    await me.see('.js-addons-reached')
    await me.see('.js-gift')
    await me.tap('.js-take-addon')
    await until(async () => (await me.on('.js-addon .js-qty').count()) > 0 && !/pending/.test(await me.on('.js-total').getAttribute('class')), 'priced')
    await shot(page, 'm-cart-gift')
    await me.tap('.js-choose-gift'); await me.see('.js-gift-option'); await shot(page, 'm-cart-gift-choice'); await me.tap('.js-gift-sheet .js-close')
    await me.tap('.js-checkout'); await me.see('.js-due'); await shot(page, 'm-checkout-gift')
    await me.place(); await me.pay(); await until(async () => (await me.text('.js-order-state')) === '已付款，备货中', 'paid'); await shot(page, 'm-order-gift')
    await endPromotion(tab); await endPromotion(second); await second.close()
  })
  await step('orders', async () => { await to('orders'); await me.see('.js-order'); await shot(page, 'm-orders') })
  await step('mine', async () => { await to('mine'); await me.see('.js-nickname'); await until(async () => /^\d+$/.test(await me.text('.js-asset-coupons')), 'account'); await shot(page, 'm-mine') })
  await step('code', async () => { await me.tap('.js-member-code'); await me.see('.js-code-sheet'); await me.see('.js-pay-code'); await shot(page, 'm-pay-code'); await me.tap('.js-code-sheet .js-close') })
  await step('my-coupons', async () => { await to('my-coupons'); await me.see('.js-coupon'); await shot(page, 'm-my-coupons') })
  await step('mall', async () => { await to('mall'); await me.see('.js-mall-item'); await shot(page, 'm-mall') })
  await step('invite', async () => { await to('invite'); await me.see('.js-invite-code'); await shot(page, 'm-invite') })
  await step('presale', async () => {
    await to('home')
    await me.see('.js-product')
    await me.on('.js-promotion').filter({ hasText: '年货礼盒' }).first().click()
    await me.see('.js-pay-deposit'); await me.see('.js-promotion-page .js-product'); await shot(page, 'm-presale-offer')
    await me.tap('.js-pay-deposit'); await me.see('.js-deposit-sheet'); await me.tap('.js-deposit-sheet .js-plus'); await me.tap('.js-agree'); await shot(page, 'm-presale-deposit')
    await me.tap('.js-deposit-confirm'); await me.pay()
    await until(async () => (await me.text('.js-presale-state')) === '待付尾款', 'the deposit is paid', 20_000)
    await page.waitForLoadState('networkidle'); await shot(page, 'm-presale')
  })
  await step('family', async () => {
    await to('family')
    await me.tap('.js-family-consent'); await shot(page, 'm-family-start')
    await me.tap('.js-family-found'); await me.see('.js-family-make')
    for (const n of [1, 2]) { await me.on('.js-family-make').click({ force: true }); await until(async () => (await me.on('.js-family-invite').count()) === n, 'an invitation') }
    const code = (await me.on('.js-family-invite .family-code').first().innerText()).replace(/\s/g, '')
    const son = await phone(browser, { deviceScaleFactor: 1.5 })
    await son.open()
    await son.see('.js-product')
    await son.tab('我的'); await son.tap('.js-login'); await son.logIn('南充小李'); await son.see('.js-nickname')
    await son.page.goto(son.page.url().replace(/\?.*|#.*/, '') + '#/pages/family/index')
    await son.on('.js-family-input input').fill(code); await son.tap('.js-family-typed')
    await son.see('.js-family-offer'); await son.tap('.js-family-consent'); await shot(son.page, 'm-family-offer')
    await son.tap('.js-family-join'); await son.see('.js-family-person')
    complaints.push(...son.complaints)
    await son.context.close()
    await page.reload()
    await until(async () => (await me.on('.js-family-person').count()) === 2, 'the family is two')
    await shot(page, 'm-family')
  })
  await step('entries', async () => { await to('entries'); await me.see('.js-entry'); await shot(page, 'm-entries') })
  await step('cart-empty', async () => { await to('cart'); await me.see('.js-empty'); await shot(page, 'm-cart-empty') })
}
const otherShots = async () => {
  await step('login', async () => {
    const blank = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
    const it = await blank.newPage()
    await it.goto(new URL('/console/', tab.url()).href)
    await it.getByLabel('商户').waitFor()
    await shot(it, 'console-login')
    await blank.close()
  })
  await step('english', async () => { await open('/promotions'); await tab.getByRole('button', { name: 'English' }).click(); await shot(tab, 'console-promotions-english'); await tab.getByRole('button', { name: '中文' }).click() })
  await step('wuhan', async () => { const other = await phone(browser, { deviceScaleFactor: 1.5 }); await other.open('?merchant=wuhan'); await other.see('.js-product'); await other.page.waitForLoadState('networkidle'); await other.see('.js-popup-close').then(() => other.tap('.js-popup-close'), () => undefined); await shot(other.page, 'm-home-wuhan'); complaints.push(...other.complaints); await other.context.close() })
  await step('forbidden', async () => { const cashier = await desk(browser, { username: 'cashier' }); await cashier.first.waitForLoadState('networkidle'); await shot(cashier.first, 'console-cashier'); await cashier.context.close() })
}

try {
  await shopperShots()
  await consoleShots()
  await liveShots()
  await otherShots()
  complaints.push(...me.complaints, ...operator.complaints)
} finally {
  await browser.close()
}
console.log(complaints.length === 0 ? 'no complaints' : [...new Set(complaints)].join('\n'))
process.exitCode = complaints.length === 0 ? 0 : 1
