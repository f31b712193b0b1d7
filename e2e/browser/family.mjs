// B05 in a browser: a customer founds a family and says what is shared, invites; another joins by the code, once; both see each other
// and what they may use; one leaves, and nothing is shared any more.
//
//   SHUHUI_BASE=http://127.0.0.1:8000 node browser/family.mjs        (SHUHUI_LOOK=folder keeps pictures)
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'
import { look, phone, until } from './people.mjs'

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url))
const open = []
const browser = await launch()
const at = async (name) => {
  const it = await phone(browser)
  open.push([`family-${name}`, it.page])
  await it.open()
  await it.see('.js-product')
  await it.tab('我的')
  await it.tap('.js-login')
  await it.logIn(name)
  await it.see('.js-nickname')
  await it.tap('.js-menu-family')
  await it.see('.js-family')
  return it
}
/** A click where the element is. Chromium's elementsFromPoint, which is asked before a click that is not forced, names the
 *  inline frame of the page for some elements here; what a finger touches (elementFromPoint) is the element. */
const press = (it, selector) => it.on(selector).first().click({ force: true })
const sure = (it) => it.page.getByText('确定', { exact: true }).last().click()
const people = (it) => it.on('.js-family-person').count()
try {
  const mother = await at('陈婆婆')
  await mother.tap('.js-family-found') // not before it is agreed to
  await mother.page.getByText('请先阅读并同意家庭共享说明').waitFor()
  await mother.tap('.js-family-consent')
  await look(mother.page, 'family-start')
  await mother.tap('.js-family-found')
  await mother.see('.js-family-make')
  assert.equal(await people(mother), 1)
  await press(mother, '.js-family-make')
  await mother.see('.js-family-invite')
  const code = (await mother.on('.js-family-invite .family-code').first().innerText()).replace(/\s/g, '')

  const son = await at('南充小李')
  const type = async (words) => {
    await son.on('.js-family-input input').fill(words)
    await son.tap('.js-family-typed')
  }
  await type('NOSUCHCODE')
  await son.see('.js-family-over')
  await son.page.getByText('知道了').click()
  await type(code)
  await son.see('.js-family-offer')
  await son.tap('.js-family-consent')
  await look(son.page, 'family-offer')
  await son.tap('.js-family-join')
  await until(async () => (await people(son)) === 2, 'both are in the family')
  await mother.page.reload()
  await until(async () => (await people(mother)) === 2, 'the founder sees who joined')
  assert.equal(await mother.on('.js-family-invite').count(), 0) // it was for one
  const lent = async () => Number((await mother.text('.js-family-lent')).replace(/\D/g, ''))
  const before = await lent()
  assert.ok(before > 0, 'the son shares points')
  await look(mother.page, 'family')

  await son.tap('.js-share-edit')
  await son.tap('.js-share-none')
  await press(son, '.js-share-save')
  await until(async () => (await son.text('.js-my-share')).includes('不共享'), 'nothing is shared')
  await mother.page.reload()
  await until(async () => (await lent()) === 0, 'nothing is left to use')

  await son.tap('.js-family-leave')
  await sure(son)
  await son.see('.js-family-found')
  await mother.page.reload()
  await until(async () => (await people(mother)) === 1, 'alone again')
  await mother.tap('.js-family-leave')
  await sure(mother)
  await mother.see('.js-family-found')
  assert.deepEqual([...mother.complaints, ...son.complaints], [])
  console.log('family passed')
} catch (error) {
  mkdirSync(artifacts, { recursive: true })
  for (const [file, page] of open) await page.screenshot({ path: join(artifacts, `${file}.png`), fullPage: true }).catch(() => undefined)
  throw error
} finally {
  await browser.close()
}
