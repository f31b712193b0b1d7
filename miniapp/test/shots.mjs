// Looks at every H5 page at 390×844 with made-up data: node test/shots.mjs [only…] → test/shots/*.png
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from '../../e2e/browser/launch.mjs'
import { serveFake } from './fake-server.mjs'

const out = fileURLToPath(new URL('./shots/', import.meta.url))
mkdirSync(out, { recursive: true })
const only = process.argv.slice(2)
const server = await serveFake()
const browser = await launch()
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: true, isMobile: true })
const page = await context.newPage()
const complaints = []
page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') complaints.push(`${m.type()}: ${m.text()}`) })
page.on('pageerror', (e) => complaints.push(`uncaught: ${e.stack}`))
const shown = '.taro_page_show'
const shot = async (name) => { if (only.length === 0 || only.includes(name)) { await page.waitForTimeout(450); await page.screenshot({ path: `${out}${name}.png` }) } }
const tap = (sel, n = 0) => page.locator(`${shown} ${sel}:visible`).nth(n).click()
const see = (sel) => page.locator(`${shown} ${sel}:visible`).first().waitFor({ timeout: 8000 })
const tab = (i) => page.locator('.taro-tabbar__tabbar .weui-tabbar__item, .taro-tabbar__tabbar a').nth(i).click()
const to = async (hash) => { await page.evaluate((h) => { location.hash = h }, hash); await page.waitForTimeout(500) }
const step = async (name, run) => { try { await run() } catch (e) { console.error(`${name}: ${e.message.split('\n')[0]}`); await page.screenshot({ path: `${out}failed-${name}.png` }) } }

try {
  await step('loading', async () => { server.fake.state.delay = 2500; await page.goto(`${server.base}/m/`); await page.waitForTimeout(300); await shot('home-loading'); server.fake.state.delay = 0 })
  await step('home', async () => { await page.goto(`${server.base}/m/#/pages/home/index`); await page.reload(); await see('.js-product'); await shot('home') })
  await step('shops', async () => { await tap('.js-shop-picker'); await see('.js-shop'); await shot('shops'); await tap('.js-close') })
  await step('add', async () => { for (const i of [0, 0, 1, 1, 1, 2, 3, 4]) await tap('.js-product .js-plus', i); await shot('home-added') })
  await step('promotion', async () => { await tap('.js-promotion'); await see('.js-product'); await shot('promotion'); await page.mouse.move(200, 600); await page.mouse.wheel(0, 700); await shot('promotion-scrolled') })
  await step('search', async () => { await to('/pages/search/index'); await see('.js-search-input'); await shot('search-empty'); await page.locator(`${shown} .js-search-input input:visible`).fill('丸'); await see('.js-product'); await shot('search') })
  await step('mine-anonymous', async () => { await to('/pages/mine/index'); await see('.js-login'); await shot('mine-anonymous') })
  await step('login', async () => { await tap('.js-login'); await see('.js-nickname'); await shot('mine') })
  await step('code', async () => { await tap('.js-member-code'); await see('.barcode'); await shot('member-code'); await tap('.js-close') })
  await step('coupons', async () => { await tab(1); await see('.js-claim'); await shot('coupons') })
  await step('claim', async () => { await tap('.js-claim'); await see('.js-claimed'); await tap('.js-claim', 0); await page.waitForTimeout(200); const n = await page.locator(`${shown} .js-claim:visible`).count(); await tap('.js-claim', n - 1); await see('.js-note'); await page.waitForTimeout(2400); await shot('coupons-claimed'); await tap('.js-tab-gone'); await shot('coupons-gone') })
  await step('cart', async () => { await tab(2); await see('.js-total'); await shot('cart') })
  await step('festival', async () => { server.fake.startFestival(); await see('.js-change'); await shot('cart-changed') })
  await step('breakdown', async () => { await tap('.js-saved'); await see('.js-breakdown'); await shot('breakdown'); await page.locator(`${shown} .sheet-body`).evaluate((e) => { e.scrollTop = 600 }); await shot('breakdown-2'); await tap('.js-close') })
  await step('more', async () => { await tap('.js-more'); await see('.js-suggestion'); await shot('more'); await tap('.js-close') })
  await step('reconnecting', async () => { await context.setOffline(true); server.dropSockets(); await page.waitForTimeout(1500); await shot('cart-offline'); await context.setOffline(false); await page.waitForTimeout(1500) })
  await step('swipe', async () => { const b = await page.locator(`${shown} .js-line:visible`).first().boundingBox(); await page.evaluate(({ x, y }) => { const el = document.elementFromPoint(x, y); const f = (t, cx) => el.dispatchEvent(new TouchEvent(t, { bubbles: true, cancelable: true, changedTouches: [new Touch({ identifier: 1, target: el, clientX: cx, clientY: y })], touches: t === 'touchend' ? [] : [new Touch({ identifier: 1, target: el, clientX: cx, clientY: y })] })); f('touchstart', x); f('touchend', x - 120) }, { x: b.x + 250, y: b.y + 30 }); await shot('cart-swipe') })
  await step('checkout', async () => { server.fake.givePackets(); await tap('.js-checkout'); await see('.js-place'); await page.waitForTimeout(600); await shot('checkout'); await page.mouse.move(200, 400); await page.mouse.wheel(0, 900); await shot('checkout-2'); await tap('.js-choose-coupon'); await see('.js-coupon-choice'); await shot('coupon-choice'); await tap('.js-close'); await tap('.js-choose-packet'); await see('.js-packet-choice'); await shot('packet-choice'); await tap('.js-packet-option', 1); await page.waitForTimeout(600); await shot('packet-chosen'); await tap('.js-packet-auto'); await page.waitForTimeout(900); await tap('.js-close') })
  await step('price-changed', async () => { server.fake.state.festival = false; server.fake.state.festivalEver = true; await tap('.js-place'); await see('.js-price-changed'); await shot('price-changed'); await tap('.js-accept-price'); await page.waitForTimeout(1500); await see('.js-order-state'); await page.waitForTimeout(1500); await shot('order-paid') })
  await step('orders', async () => { server.fake.state.orders.push({ ...server.fake.state.orders[0], id: 'o9', number: '20261122009', state: 'AWAITING_PAYMENT', paidAt: null, payBy: new Date(Date.now() + 800e3).toISOString() }); await to('/pages/orders/index'); await see('.js-order'); await shot('orders'); await to('/pages/order/index?id=o9'); await see('.js-pay'); await shot('order-waiting') })
  await step('my-coupons', async () => { await to('/pages/my-coupons/index'); await see('.js-coupon'); await shot('my-coupons'); await tap('.js-tab-used'); await see('.js-coupon'); await shot('my-coupons-used') })
  await step('red-packets', async () => { await to('/pages/red-packets/index'); await see('.js-packet'); await shot('red-packets'); await tap('.js-tab-over'); await see('.js-packet'); await shot('red-packets-over') })
  await step('family', async () => { await to('/pages/family/index'); await see('.js-family-person'); await shot('family'); const had = server.fake.family.family; server.fake.family.family = null; await to('/pages/mine/index'); await to('/pages/family/index?code=K7MP2QXR9TWB'); await see('.js-family-offer'); await shot('family-offer'); await tap('.js-family-later'); await see('.js-family-found'); await shot('family-start'); server.fake.family.family = had })
  await step('profile', async () => {
    await to('/pages/mine/index'); await tap('.js-menu-profile'); await see('.js-birth-notice'); await shot('profile')
    for (const [hook, text] of [['month', '6'], ['day', '18']]) await page.locator(`${shown} .js-birth-${hook} input:visible`).fill(text)
    await tap('.js-birth-consent'); await tap('.js-birth-save'); await page.locator('.taro-model__confirm:visible').last().click()
    await see('.js-birthday'); await tap('.js-home-store'); await see('.js-shop'); await shot('profile-stores'); await tap('.js-shop', 1); await page.waitForTimeout(2600); await shot('profile-set')
  })
  await step('entries', async () => { await to('/pages/entries/index'); await see('.js-entry'); await shot('entries') })
  await step('cart-empty', async () => { await page.evaluate(() => localStorage.removeItem('shuhui:cart:chuanwei')); await page.goto(`${server.base}/m/?x=1#/pages/cart/index`); await see('.js-empty'); await shot('cart-empty') })
  await step('error', async () => { server.fake.state.down = true; await page.goto(`${server.base}/m/?x=2#/pages/coupons/index`); await page.waitForTimeout(1500); await shot('coupons-error'); server.fake.state.down = false })
  await step('desktop', async () => { const wide = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' })).newPage(); await wide.goto(`${server.base}/m/?merchant=chuanwei#/pages/cart/index`); await wide.goto(`${server.base}/m/#/pages/home/index`); await wide.locator('.js-plus:visible').nth(2).click(); await wide.locator('.taro-tabbar__tabbar a').nth(2).click(); await wide.locator('.js-total:visible').waitFor(); await wide.waitForTimeout(400); await wide.screenshot({ path: `${out}desktop.png` }) })
} finally {
  await browser.close()
  await server.close()
}
console.log(complaints.length ? `complaints:\n${[...new Set(complaints)].join('\n')}` : 'no complaints')
