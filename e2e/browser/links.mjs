// Links by source: a link for a poster is made on the page of a drop, a shopper claims through it; the page and its
// file count it for the poster.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/links.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { base, desk, look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const open = []
const browser = await launch()
try {
  const [shopper, operator] = await Promise.all([phone(browser), desk(browser)])
  const tab = operator.first
  open.push(['links-shopper', shopper.page], ['links-operator', tab])

  // ---- a private drop from the form; a code that is none is told, a right one gives a link
  await tab.goto(`${base}/console/coupons/new`)
  await tab.getByLabel('券名称').fill(`海报券 ${mark}`)
  await tab.getByLabel('减多少').fill('5')
  await tab.getByText('专属链接', { exact: true }).click()
  await tab.getByLabel('发放总量').fill('50')
  await tab.getByRole('button', { name: '发布券活动' }).click()
  await tab.getByRole('link', { name: `海报券 ${mark}` }).click()
  const code = tab.getByLabel('编号')
  await code.fill('春熙路')
  await tab.getByRole('button', { name: '生成链接' }).click()
  await tab.getByText('编号须是 1–24 个字母、数字、- 或 _').waitFor()
  await code.fill('CXL-01')
  await tab.getByRole('button', { name: '生成链接' }).click()
  const link = await tab.getByTestId('link-made').locator('code').innerText()
  assert.match(link, /\/m\/#\/pages\/coupon-link\/index\?token=/)
  await look(tab, 'console-link-made', true)

  // ---- it is listed before anybody has used it, also for who opens the page anew, and can be copied again
  const listed = (name) => tab.getByTestId('drop-links').locator('tbody tr.ant-table-row', { hasText: name })
  await listed('CXL-01').waitFor()
  await tab.getByLabel('类型').click()
  await tab.locator('.ant-select-item-option', { hasText: '合作方' }).click()
  await code.fill('wuye-8')
  await tab.getByRole('button', { name: '生成链接' }).click()
  await listed('wuye-8').waitFor()
  await tab.reload()
  await listed('CXL-01').waitFor()
  await operator.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await listed('CXL-01').getByRole('button', { name: '复制' }).click()
  await tab.getByText('已复制', { exact: true }).waitFor()
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), link)

  // ---- claimed through it, and counted for it
  await shopper.open('#/pages/mine/index')
  await shopper.tap('.js-login')
  await shopper.logIn('阿强')
  await shopper.see('.js-nickname')
  await shopper.page.goto(link)
  await shopper.tap('.js-link-claim')
  await shopper.see('.js-use')
  await look(shopper.page, 'm-link-claimed')
  await tab.reload()
  const row = listed('CXL-01')
  await row.waitFor()
  const cells = (await row.locator('td').allInnerTexts()).map((text) => text.trim())
  assert.deepEqual([...cells.slice(0, 2), cells[4]], ['海报', 'CXL-01', '1'])
  const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', { name: '下载每日明细' }).click()])
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n')
  assert.match(lines[0], /推广来源$/)
  await until(() => lines.some((line) => line.endsWith('海报 CXL-01')), 'the file names the poster')
  await look(tab, 'console-link-figures', true)
  assert.deepEqual([...operator.complaints, ...shopper.complaints], [])
  console.log('links passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: `${artifacts}${name}.png` }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
