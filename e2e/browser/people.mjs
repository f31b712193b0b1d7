// What people do in both front ends, for the story and the pictures.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { watch } from './watch.mjs'

export const base = process.env.SHUHUI_BASE ?? 'http://127.0.0.1:8000'
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: true, isMobile: true, reducedMotion: 'reduce' }
export const DESK = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'America/New_York', reducedMotion: 'reduce' }

/** Keeps a picture of a page when SHUHUI_LOOK names a folder */
export async function look(page, name, full = false) {
  const folder = process.env.SHUHUI_LOOK
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.waitForTimeout(600)
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: full })
}

/** ¥1,234.50 → 123450 */
export const fen = (text) => Number(text.replace(/[^\d]/g, ''))

/** Polls inside node until it is true */
export async function until(check, what, ms = 20_000) {
  const end = Date.now() + ms
  for (;;) {
    const found = await check()
    if (found) return found
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((r) => setTimeout(r, 50))
  }
}

const asked = (store) => (page) => (query, variables) => page.evaluate(async ([place, text, values]) => {
  const { accessToken } = JSON.parse(localStorage.getItem(place))
  const answer = await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` }, body: JSON.stringify({ query: text, variables: values }) })
  return (await answer.json()).data
}, [store, query, variables])
/** Asks the API in the name of who is logged in on a page of the console: (query, variables) → data */
export const asStaff = asked('shuhui.console.session')
/** The same for a page of the mini-program */
export const asShopper = asked('shuhui:session:chuanwei')

const tidying = new WeakSet()
const STANDING = '{ promotions(first: 100, filter: { states: [SCHEDULED, RUNNING] }) { nodes { id } } couponDrops(first: 100) { nodes { id state } } }'
const ENDED = ['DRAFT', 'ENDED']
/** What runs in the shop: ids of promotions and of drops */
const standing = async (staff) => {
  const found = await staff(STANDING)
  return { promotions: found.promotions.nodes.map((p) => p.id), drops: found.couponDrops.nodes.filter((d) => !ENDED.includes(d.state)).map((d) => d.id) }
}
/** Before the browser closes, also after a failure, what began to run since now ends: the next story finds the shop as this one did. */
async function tidied(browser, page) {
  const staff = asStaff(page)
  const before = await standing(staff)
  const close = browser.close.bind(browser)
  browser.close = async () => {
    browser.close = close
    try {
      const after = await standing(staff)
      const end = (name, kind, id) => staff(`mutation($i: ${kind}Input!) { ${name}(input: $i) { __typename } }`, { i: { [name === 'endPromotion' ? 'promotionId' : 'dropId']: id, idempotencyKey: crypto.randomUUID() } })
      for (const id of after.promotions) if (!before.promotions.includes(id)) await end('endPromotion', 'EndPromotion', id)
      for (const id of after.drops) if (!before.drops.includes(id)) await end('endCouponDrop', 'EndCouponDrop', id)
    } catch (error) {
      console.error('what this story made runs on:', error)
    }
    await close()
  }
}

/** Sends a form in a dialog and waits until it is closed */
export async function send(dialog, button) {
  await button.click()
  await dialog.waitFor({ state: 'hidden' })
}

/** A phone with the H5 mini-program. Earlier pages stay in the document, so look only at the one that is shown. */
export async function phone(browser, { popups = false, ...options } = {}) {
  const context = await browser.newContext({ ...PHONE, ...options })
  const page = await context.newPage()
  // who has something to do puts it away; one that went with its page needs no hand
  if (!popups) await page.addLocatorHandler(page.locator('.js-popup-close:visible'), (cross) => cross.click({ timeout: 3_000 }).catch(() => undefined))
  page.setDefaultTimeout(30_000)
  const complaints = watch(page)
  const on = (selector, options) => page.locator(`.taro_page_show ${selector}:visible`, options)
  return {
    context, page, complaints, on,
    see: (selector) => on(selector).first().waitFor(),
    tap: (selector, n = 0) => on(selector).nth(n).click(),
    text: async (selector) => (await on(selector).first().innerText()).trim(),
    tab: (name) => page.locator('.taro-tabbar__tabbar').getByText(name, { exact: true }).click(),
    open: (path = '') => page.goto(`${base}/m/${path}`),
    /** Leaves for WeChat's page (the stand-in), chooses a person, comes back */
    async logIn(persona) {
      await page.getByText(persona).click()
      await page.waitForURL((url) => url.pathname.startsWith('/m'))
    },
    /** Sends the order once its price is settled and waits for the cashier's page; a tap that met a price under way again is made again, as people do */
    async place() {
      const cashier = page.locator('#pay')
      const ready = page.locator('.taro_page_show .js-place:not(.btn-off):visible')
      const patience = { timeout: 3_000 }
      await until(async () => {
        if (await cashier.isVisible()) return true
        if (await ready.count()) await ready.first().click(patience).catch(() => undefined)
        return cashier.waitFor(patience).then(() => true, () => false)
      }, 'the order is placed', 30_000)
    },
    /** The cashier's page: pays, comes back */
    async pay() {
      await page.locator('#pay').click()
      await page.waitForURL((url) => url.pathname.startsWith('/m'))
    },
  }
}

/** A desk with the console; `page()` opens one more tab */
export async function desk(browser, { username = 'admin', ...options } = {}) {
  const context = await browser.newContext({ ...DESK, ...options })
  const complaints = []
  const page = async (path) => {
    const tab = await context.newPage()
    tab.setDefaultTimeout(30_000)
    watch(tab, complaints)
    await tab.goto(`${base}/console${path}`)
    return tab
  }
  const first = await page('/login')
  await first.getByLabel('商户').fill('chuanwei')
  await first.keyboard.press('Escape')
  await first.getByLabel('用户名').fill(username)
  await first.getByLabel('密码', { exact: true }).fill('shuhui-demo')
  await first.getByRole('button', { name: '登录', exact: true }).click()
  await first.waitForURL((url) => !url.pathname.endsWith('/login'))
  if (username === 'admin' && !tidying.has(browser)) {
    tidying.add(browser)
    await tidied(browser, first)
  }
  return { context, complaints, first, page }
}

/** Fills the wizard for 满X减Y on all goods and stops before publishing */
export async function fillSpendOff(page, { name, min, off }) {
  await page.goto(`${base}/console/promotions/new`)
  await page.getByTestId('play-spend_off').click()
  await page.getByLabel('第 1 档满').fill(String(min))
  await page.getByLabel('第 1 档减').fill(String(off))
  await page.getByLabel('活动名称').fill(name)
  for (let step = 0; step < 4; step++) await page.getByRole('button', { name: '下一步' }).click()
  await page.getByTestId('preview-sentence').waitFor()
}

/** Chooses products by their codes or names in the open form */
async function pickProducts(page, words) {
  await page.getByRole('button', { name: '选择商品' }).first().click()
  const dialog = page.getByRole('dialog')
  for (const word of words) {
    await dialog.getByLabel('搜索商品名称或编码').fill(word)
    await page.keyboard.press('Enter')
    await dialog.locator('tbody tr', { hasText: word }).first().getByRole('checkbox').check()
  }
  await dialog.getByRole('button', { name: /^确定/ }).click()
  await dialog.waitFor({ state: 'hidden' })
}

async function start(page, play, name) {
  await page.goto(`${base}/console/promotions/new`)
  await page.getByTestId(`play-${play}`).click()
  await page.getByLabel('活动名称').fill(name)
}
async function toPreview(page) {
  for (let step = 0; step < 4; step++) await page.getByRole('button', { name: '下一步' }).click()
  await page.getByTestId('preview-sentence').waitFor()
}

/** 满赠 on all goods, before publishing; `look` is called with the page when the offer is filled in */
export async function fillGift(page, { name, min, goods, choose, quota, look }) {
  await start(page, 'spend_gift', name)
  await page.getByLabel('第 1 档满金额').fill(String(min))
  if (choose) await page.getByLabel('第 1 档顾客可选几种').fill(String(choose))
  if (quota) await page.getByLabel('赠品总件数').fill(String(quota))
  await pickProducts(page, goods)
  await look?.(page)
  await toPreview(page)
}

/** 加价购 on all goods, before publishing */
export async function fillAddOn(page, { name, min, goods, prices, look }) {
  await start(page, 'add_on', name)
  await page.getByLabel('满多少可换购').fill(String(min))
  await pickProducts(page, goods)
  for (const [n, price] of prices.entries()) await page.getByLabel(/ 换购价$/).nth(n).fill(String(price))
  await look?.(page)
  await toPreview(page)
}

/** From the wizard's last page to the promotion's */
export async function publish(page) {
  await page.getByRole('button', { name: '发布活动' }).click()
  await page.getByTestId('promotion-version').waitFor()
}

/** On the promotion's page */
export async function endPromotion(page) {
  await page.getByRole('button', { name: '结束', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '结束', exact: true }).click()
  await page.getByText('活动已结束').waitFor()
}
