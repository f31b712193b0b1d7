// B03, K04 in a browser: staff make a lottery whose odds must make 100 %, a customer draws free and for points, staff read the results, add a prize and end it.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/lottery.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { desk, look, phone, send, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const name = `夜市转一转 ${mark}`
const open = []
const browser = await launch()
try {
  const staff = await desk(browser, { username: 'coupon' })
  const page = await staff.page('/lottery')
  open.push(['lottery-console', page])
  await page.getByRole('button', { name: '新建抽奖' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('活动名称').fill(name)
  await dialog.getByLabel('主办方联系方式（公示）').fill('客服电话 028-6666 8888')
  await dialog.getByLabel('每次花费').fill('10')
  await dialog.getByLabel('每人每天最多').fill('2')
  const first = dialog.getByTestId('prize-0')
  await first.getByLabel('概率').fill('99.9')
  await dialog.getByTestId('lottery-plan').getByText('179.9%').waitFor()
  await dialog.getByRole('button', { name: /^发\s?布$/ }).click()
  await dialog.getByText('概率合计须恰为 100%').first().waitFor()
  await dialog.getByRole('button', { name: '补足 0.1%' }).click()
  await dialog.getByTestId('lottery-plan').getByText('100%', { exact: true }).waitFor()
  await dialog.getByText('约抽 1,001 次后第一种奖品抽完').waitFor()
  await look(page, 'lottery-form')
  await send(dialog, dialog.getByRole('button', { name: /^发\s?布$/ }))
  const row = page.locator('tr', { hasText: name })
  await row.getByText('进行中').waitFor()

  const shopper = await phone(browser)
  open.push(['lottery-shopper', shopper.page])
  await shopper.open()
  await shopper.tab('我的')
  await shopper.tap('.js-login')
  await shopper.logIn('南充小李')
  await until(async () => /^\d+$/.test(await shopper.text('.js-asset-points')), 'points are shown')
  const before = Number(await shopper.text('.js-asset-points'))
  await shopper.tap('.js-menu-lottery')
  await shopper.on('.chip', { hasText: '天天转一转' }).click()
  await shopper.see('.js-odds')
  await look(shopper.page, 'lottery-demo', true)
  await shopper.on('.chip', { hasText: name }).click()
  await shopper.on('.js-odds', { hasText: '99.9%' }).waitFor()
  await until(async () => (await shopper.text('.js-draw')).includes('免费'), 'the first draw of the day is free')
  await shopper.tap('.js-draw')
  await shopper.see('.js-lottery-won')
  await look(shopper.page, 'lottery-won')
  const free = await shopper.text('.js-won-name')
  await shopper.tap('.js-won-close')
  const worth = (won) => (won === '20 积分' ? 20 : 0) // a draw in a thousand is 谢谢参与
  await until(async () => Number(await shopper.text('.js-lottery-points')) === before + worth(free), 'the free draw cost nothing')
  await until(async () => (await shopper.text('.js-draw')).includes('10 积分'), 'the next draw costs points')
  await shopper.tap('.js-draw')
  await shopper.see('.js-lottery-won')
  const paid = await shopper.text('.js-won-name')
  await shopper.tap('.js-won-close')
  await until(async () => Number(await shopper.text('.js-lottery-points')) === before + worth(free) + worth(paid) - 10, 'points were taken and won')
  await until(async () => (await shopper.text('.js-draw')).includes('明天再来'), 'two a day')
  await shopper.tap('.js-tab-mine')
  await shopper.on('.js-drawn', { hasText: name }).first().click()
  await shopper.page.getByText(/第 2 次，号码 \d{6}/).waitFor()
  await look(shopper.page, 'lottery-mine')

  await page.reload()
  await row.getByRole('button', { name: '看结果' }).click()
  await page.getByText('1 人抽了 2 次，其中免费 1 次').waitFor()
  await page.getByRole('button', { name: /^追\s?加$/ }).first().click()
  await page.getByLabel('追加多少份').fill('5')
  await page.getByRole('dialog').getByRole('button', { name: /^追\s?加$/ }).click()
  await page.getByText(/\/ 1,005/).waitFor()
  await look(page, 'lottery-console', true)
  await row.getByRole('button', { name: '提前结束' }).click()
  await page.getByLabel('原因（顾客可见，2–100 个字）').fill('夜市收摊')
  await page.getByRole('dialog').getByRole('button', { name: '提前结束' }).click()
  await row.getByText('提前结束：夜市收摊').waitFor()
  await shopper.page.reload()
  await shopper.on('.chip', { hasText: name }).click()
  await shopper.page.getByText('已提前结束：夜市收摊').waitFor()
  await shopper.page.getByText(/；种子：[0-9a-f]{64}/).waitFor()
  assert.deepEqual([...shopper.complaints, ...staff.complaints], [])
  console.log('lottery passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [of, tab] of open) await tab.screenshot({ path: join(artifacts, `${of}.png`) }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
