// Takes a picture of every page at two sizes: `npm run build && node test/support/look.mjs [folder]`. Ends with the console's complaints.
import { mkdirSync } from 'node:fs'
import { launch } from '../../../e2e/browser/launch.mjs'
import { watch } from '../../../e2e/browser/watch.mjs'
import { startFakeServer } from './fake-server.mjs'

const folder = process.argv[2] ?? 'pictures'
const only = process.argv[3]
mkdirSync(folder, { recursive: true })
const server = await startFakeServer()
const browser = await launch()
const complaints = []
try {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 1280, height: 720 }]) {
    const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'America/New_York', reducedMotion: 'reduce' })
    const page = await context.newPage()
    const seen = watch(page)
    const shot = async (name, full = false) => {
      if (only && !name.includes(only)) return
      await page.waitForTimeout(450)
      await page.screenshot({ path: `${folder}/${name}-${viewport.width}.png`, fullPage: full })
    }
    const go = async (path) => {
      await page.goto(`${server.url}/console${path}`)
      await page.waitForLoadState('networkidle')
    }
    await go('/')
    await shot('login')
    await page.getByLabel('商户').fill('chuanwei')
    await page.getByLabel('用户名').fill('marketing')
    await page.getByLabel('密码', { exact: true }).fill('secret')
    await page.keyboard.press('Enter')
    await page.getByTestId('dashboard-cards').waitFor()
    await shot('dashboard')
    await fetch(`${server.url}/__fake/cut?ms=1500`)
    await page.getByTestId('stream-down').waitFor()
    await shot('dashboard-down')
    await page.locator('[data-testid=live-status][data-state=live]').waitFor()
    seen.splice(0, seen.length, ...seen.filter((it) => !it.includes('WebSocket'))) // the line was cut on purpose
    await go('/promotions')
    await shot('promotions')
    await go('/promotions/promotion%3A1')
    await shot('promotion', true)
    await go('/promotions/promotion%3A4')
    await shot('promotion-draft')
    await go('/promotions/new')
    await shot('wizard-0')
    await page.getByRole('button', { name: '下一步' }).click()
    await shot('wizard-0-problems')
    await page.getByLabel('第 1 档门槛').fill('200')
    await page.getByLabel('第 1 档优惠').fill('30')
    await page.getByLabel('活动名称').fill('火锅节满200减30')
    await page.getByRole('button', { name: '下一步' }).click()
    await page.getByText('部分商品').click()
    await page.getByRole('button', { name: '选择商品' }).first().click()
    await page.getByRole('dialog').getByRole('row').nth(2).getByRole('checkbox').check()
    await page.getByRole('dialog').getByRole('row').nth(3).getByRole('checkbox').check()
    await shot('wizard-picker')
    await page.getByRole('button', { name: /^确定/ }).click()
    await shot('wizard-1')
    await page.getByRole('button', { name: '下一步' }).click()
    await shot('wizard-2')
    await page.getByRole('button', { name: '下一步' }).click()
    await shot('wizard-3')
    await page.getByRole('button', { name: '下一步' }).click()
    await shot('wizard-4')
    await page.getByRole('button', { name: '发布活动' }).click()
    await page.getByTestId('promotion-version').waitFor()
    await shot('wizard-done')
    await go('/coupons')
    await shot('coupons')
    await go('/coupons/new')
    await page.getByLabel('券名称').fill('火锅季满88减8')
    await page.getByLabel('减多少').fill('8')
    await page.getByLabel('使用门槛(选填)').fill('88')
    await shot('coupon-new')
    await page.getByRole('button', { name: '发布券活动' }).click()
    await shot('coupon-problems')
    await go('/products')
    await shot('products')
    await page.getByRole('button', { name: 'English' }).click()
    await go('/promotions')
    await shot('en-promotions')
    await go('/dashboard')
    await page.getByTestId('dashboard-cards').waitFor()
    await shot('en-dashboard')
    await go('/promotions/new')
    await shot('en-wizard')
    await page.getByRole('button', { name: '中文' }).click()
    server.world.forbidden.add('promotions')
    await go('/promotions')
    await shot('forbidden')
    server.world.forbidden.clear()
    complaints.push(...seen)
    await context.close()
  }
} finally {
  await browser.close()
  await server.close()
}
console.log(complaints.length === 0 ? 'No complaints.' : [...new Set(complaints)].join('\n'))
