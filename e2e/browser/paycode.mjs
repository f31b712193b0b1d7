// B01 in a browser: a customer opens the pay code, which a till can read; without a network only the member's number is shown.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/paycode.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { launch } from './launch.mjs'
import { look, phone, until } from './people.mjs'

const browser = await launch()
try {
  const shopper = await phone(browser)
  await shopper.open()
  await shopper.tab('我的')
  await shopper.tap('.js-login')
  await shopper.logIn('南充小李')
  await shopper.tap('.js-member-code')
  await shopper.see('.js-pay-code')
  const digits = async (card) => (await shopper.text(`${card} .code-text`)).replace(/\D/g, '')
  const first = await digits('.js-pay-code')
  assert.match(first, /^90\d{24}$/)
  await look(shopper.page, 'pay-code')
  await shopper.page.waitForTimeout(1100)
  await shopper.tap('.js-pay-code')
  await until(async () => (await digits('.js-pay-code')) !== first, 'a tap makes another')
  const second = await digits('.js-pay-code')
  await shopper.context.setOffline(true)
  await shopper.tap('.js-pay-code')
  await shopper.see('.js-member-number')
  assert.equal(await digits('.js-member-number'), second.slice(0, 16))
  await look(shopper.page, 'member-number')
  await shopper.context.setOffline(false)
  await until(async () => { // by itself when the network is back, or at a tap
    if ((await shopper.on('.js-pay-code').count()) > 0) return true
    await shopper.on('.js-member-number').first().click({ timeout: 500 }).catch(() => undefined)
    return false
  }, 'the pay code is back', 15_000)
  console.log(`code ${await digits('.js-pay-code')}`)
  console.log('paycode passed')
} finally {
  await browser.close()
}
