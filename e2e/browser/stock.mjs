// R05, Q05, O3 in a browser: staff take an article off a shelf that lies in an open cart, which says 已售罄 by itself; it comes again, and the cart
// prices it again; what is not free cannot be taken off; who wrote it down stands in the console.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/stock.mjs        (SHUHUI_LOOK=folder keeps pictures)
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
  const shopper = await phone(browser)
  open.push(['stock-shopper', shopper.page])
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('阿强')
  await shopper.see('.js-nickname')
  await shopper.tab('首页')
  await shopper.see('.js-product .js-plus')
  const card = shopper.on('.js-product').filter({ has: shopper.page.locator('.js-plus') }).first()
  const sku = await card.getAttribute('data-sku')
  await card.locator('.js-plus').click()
  await shopper.tab('购物车')
  await shopper.see(`.js-line[data-sku="${sku}"]`)
  const shop = (await shopper.page.evaluate(() => Object.entries(localStorage).find(([key]) => /shop|store/i.test(key))?.[1] ?? ''))
  const line = shopper.on(`.js-line[data-sku="${sku}"]`)
  const gone = shopper.on(`.js-gone .js-line[data-sku="${sku}"]`)
  assert.equal(await gone.count(), 0)

  // ---- staff find nothing on the shelf
  const staff = await desk(browser)
  open.push(['stock-staff', staff.first])
  const page = staff.first
  await page.goto(`${base}/console/products`)
  await page.getByLabel('搜索商品名称或编码').fill(sku)
  await page.keyboard.press('Enter')
  await page.locator('tbody tr', { hasText: sku }).getByRole('button', { name: /的库存$/ }).click()
  const shelves = page.getByTestId('shelves')
  await shelves.waitFor()
  const name = await page.evaluate(async () => {
    const { accessToken } = JSON.parse(localStorage.getItem('shuhui.console.session'))
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` }, body: JSON.stringify({ query: '{ stores { id name } }' }) })
    return (await answer.json()).data.stores
  }).then((stores) => (stores.find(({ id }) => shop.includes(id)) ?? stores[0]).name)
  const correct = async (way, label, count, why) => {
    await shelves.getByRole('button', { name: `调整 ${name} 的库存` }).click()
    const dialog = page.locator('.ant-modal')
    await dialog.getByText(way, { exact: true }).click()
    await dialog.getByLabel(label).fill(String(count))
    await dialog.getByLabel('原因').fill(why)
    await look(page, `console-${way}`)
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
  await correct('改为', '可售件数改为', 0, `盘点无货 ${mark}`)
  await until(async () => (await gone.count()) === 1 && /已售罄/.test(await gone.innerText()), 'the open cart says so by itself', 5_000)
  await look(shopper.page, 'm-cart-gone')

  // ---- and it comes
  await correct('增加', '增加几件', 7, `到货 ${mark}`)
  await until(async () => (await gone.count()) === 0 && /仅剩7/.test(await line.innerText()), 'the open cart has it again', 5_000)
  await shopper.see('.js-total')
  await look(shopper.page, 'm-cart-again')

  // ---- more than is free cannot be taken off, and all of it is written down
  await shelves.getByRole('button', { name: `调整 ${name} 的库存` }).click()
  const dialog = page.locator('.ant-modal')
  await dialog.getByText('减少', { exact: true }).click()
  await dialog.getByLabel('减少几件').fill('8')
  await dialog.getByLabel('原因').fill('报损')
  await until(async () => (await dialog.getByLabel('减少几件').inputValue()) !== '8' || (await dialog.getByRole('button', { name: '保存' }).isDisabled()), 'eight of seven is no count')
  await dialog.getByRole('button', { name: '取消' }).click()
  const records = page.getByTestId('receipts')
  await records.getByText(`到货 ${mark}`).waitFor()
  assert.match(await records.innerText(), new RegExp(`到货 ${mark}[\\s\\S]*${name} · 员工 管理员 周敏[\\s\\S]*\\+7[\\s\\S]*盘点无货 ${mark}[\\s\\S]*−`))
  await look(page, 'console-records')
  assert.deepEqual([...shopper.complaints, ...staff.complaints], [])
  console.log('stock passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [file, page] of open) await page.screenshot({ path: join(artifacts, `${file}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
