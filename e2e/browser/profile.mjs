// K06, K02, B08 in a browser: a customer tells the birthday after reading what it is for and chooses a home store; staff give a label and
// the open cart falls; who changed and saw what stands in the console; the birthday is withdrawn.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/profile.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { asShopper, asStaff, desk, endPromotion, fen, look, phone, send, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const mark = Date.now().toString(36).slice(-4)
const label = `学生${mark}`
// half a year away: in the month of a birthday the demo's own 9 折 may be in the cart before the label's is
const month = ((new Date(Date.now() + 8 * 3600e3).getUTCMonth() + 6) % 12) + 1
const [told, right] = [`${month}月18日`, `${(month % 12) + 1}月2日`]
const open = []
const browser = await launch()
try {
  const staff = await desk(browser)
  open.push(['profile-staff', staff.first])
  const api = asStaff(staff.first)
  const id = () => crypto.randomUUID()
  const made = await api('mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { ... on Promotion { id } } }', { i: { name: `学生 9 折 ${mark}`, startsAt: new Date(Date.now() - 60e3).toISOString(), endsAt: new Date(Date.now() + 86400e3).toISOString(), offers: [{ type: 'percent_off', pay_bp: 9000, when: { tag: [label] } }], idempotencyKey: id() } })
  const promotion = made.createPromotion.id
  await api('mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename } }', { i: { promotionId: promotion, idempotencyKey: id() } })

  // ---- the customer tells the birthday, once
  const me = await phone(browser)
  open.push(['profile-shopper', me.page])
  const press = (selector) => me.on(selector).first().click({ force: true }) // see family.mjs: Chromium names the wrong element before a click
  const sure = async () => {
    await me.page.locator('.taro-model__confirm:visible').click()
    await me.page.locator('.taro__modal').last().waitFor({ state: 'hidden' })
  }
  await me.open('#/pages/mine/index')
  await me.tap('.js-login')
  await me.logIn('南充小李') // told no birthday when the demo was made
  await me.tap('.js-menu-profile')
  await me.see('.js-birth-notice')
  assert.match(await me.text('.js-birth-notice'), /用途[\s\S]*撤回/)
  await me.on('.js-birth-month input').fill(String(month))
  await me.on('.js-birth-day input').fill('18')
  await look(me.page, 'profile')
  await press('.js-birth-save')
  await me.page.getByText('请先阅读并同意用途说明').waitFor()
  await me.tap('.js-birth-consent')
  await press('.js-birth-save')
  await me.page.getByText(`生日是 ${told}？`).waitFor()
  await look(me.page, 'profile-sure')
  await sure()
  await until(async () => (await me.on('.js-birthday').count()) > 0, 'the birthday is kept')
  assert.ok((await me.text('.js-birthday')).includes(told))

  // ---- and a home store
  await until(async () => (await press('.js-home-store'), me.on('.js-shop').first().waitFor({ timeout: 1_500 }).then(() => true, () => false)), 'the stores are shown') // the word of the birthday may still lie over the page
  await me.see('.js-shop')
  await look(me.page, 'profile-stores')
  const store = (await me.on('.js-shop .shop-name').nth(1).innerText()).trim()
  await me.on('.js-shop .shop-name').nth(1).click()
  await until(async () => (await me.text('.js-home-store-name')) === store, 'the home store is chosen')
  await look(me.page, 'profile-set')
  const code = (await asShopper(me.page)('{ me { memberCode } }')).me.memberCode

  // ---- staff give a label: the open cart falls
  await me.tab('首页').catch(() => me.open('#/pages/home/index'))
  await me.see('.js-product')
  await me.tap('.js-product .js-plus')
  await me.open('#/pages/cart/index')
  await me.see('.js-total')
  const before = fen(await me.text('.js-total'))
  const page = await staff.page(`/members?search=${code}`)
  open.push(['profile-console', page])
  const own = page.getByTestId('own-data')
  await own.getByText(told).waitFor()
  await own.getByText(store).waitFor()
  await own.getByRole('button', { name: '增减标签' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: '标签' }).fill(label)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape').catch(() => undefined)
  await dialog.getByLabel('原因（选填）').fill('已核对学生证')
  await look(page, 'profile-tags')
  await send(dialog, dialog.getByRole('button', { name: /保\s?存/ }))
  await own.locator('.ant-tag', { hasText: label }).waitFor()
  await until(async () => fen(await me.text('.js-total')) < before, 'the cart fell by the label')
  await look(me.page, 'profile-cart')
  await own.getByRole('button', { name: '更正' }).click()
  await dialog.getByLabel('月', { exact: true }).fill(String((month % 12) + 1))
  await dialog.getByLabel('日', { exact: true }).fill('2')
  await dialog.getByLabel(/^原因/).fill('顾客来电更正')
  await look(page, 'profile-correct')
  await send(dialog, dialog.getByRole('button', { name: /保\s?存/ }))
  await own.getByText(right).waitFor()
  await own.getByRole('button', { name: '变更与查看记录' }).click()
  await page.getByText('顾客本人 填写了生日').waitFor()
  await page.getByText(`添加标签「${label}」`).waitFor()
  await look(page, 'profile-records')

  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '权益账户' }).click()
  const account = page.getByTestId('account')
  await account.getByText('可用券').waitFor()
  await look(page, 'profile-account')
  await page.locator('.ant-drawer-close').click()
  await account.waitFor({ state: 'hidden' })
  await own.getByRole('button', { name: '变更与查看记录' }).click()
  await page.getByText('查看了权益账户').waitFor()

  // ---- withdrawn: gone
  await me.open('#/pages/profile/index')
  await until(async () => (await me.text('.js-birthday')).includes(right), 'what staff put right is shown')
  await press('.js-birthday-withdraw')
  await sure()
  await me.see('.js-birthday-none')
  await look(me.page, 'profile-withdrawn')
  await api('mutation($i: ChangeMemberTagsInput!) { changeMemberTags(input: $i) { __typename } }', { i: { memberId: (await api('query($s: String!) { memberLookup(search: $s) { id } }', { s: code })).memberLookup[0].id, take: [label], idempotencyKey: id() } })
  const end = await staff.page(`/promotions/${promotion}`)
  await endPromotion(end)
  assert.deepEqual([...me.complaints, ...staff.complaints], [])
  console.log('profile passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [name, page] of open) await page.screenshot({ path: join(artifacts, `${name}.png`) }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
