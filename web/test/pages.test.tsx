import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DashboardPage } from '../src/features/dashboard/DashboardPage'
import { CouponCreatePage } from '../src/features/coupons/CouponCreatePage'
import { CouponListPage } from '../src/features/coupons/CouponListPage'
import { TemplateCreatePage } from '../src/features/coupons/TemplateCreatePage'
import { PromotionListPage } from '../src/features/promotions/PromotionListPage'
import { PromotionWizardPage } from '../src/features/promotions/PromotionWizardPage'
import type { FakeServer } from './support/fake-server.mjs'
import offerTypes from './support/offer-types.json'
import { Stage, stage } from './support/stage'

vi.mock('../src/components/Chart', () => ({ Chart: () => <div data-testid="chart" /> })) // jsdom has no canvas

// By text and by events: roles and real typing take jsdom and antd seconds each; the browser stories use them.
const press = (text: string) => fireEvent.click(screen.getAllByText(text, { selector: 'button, button *' }).at(-1)!)
const type = (label: string | RegExp, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})
const made = () => server.log.filter((it) => it.operationName === 'CreatePromotion').map((it) => it.variables.input!)

describe('promotion list', () => {
  it('shows every promotion with its state, offer and figures', async () => {
    server = await stage()
    render(<Stage><PromotionListPage /></Stage>)
    const row = (await screen.findByText('满100减10,满200减30')).closest('tr')!
    expect(within(row).getByText('进行中')).toBeTruthy()
    expect(row.textContent).toContain('5天后结束')
    expect(row.textContent).toContain('1,846')
    expect(row.textContent).toContain('¥45,219.00')
    expect(row.textContent).toContain('小程序、H5、收银台')
    expect(screen.getByText('还有2天开始')).toBeTruthy()
    expect(document.querySelectorAll('tr [data-state]')).toHaveLength(5)
    const draft = screen.getByText('年货节每满199减20').closest('tr')!
    expect(within(draft).getByText('发布')).toBeTruthy()
    expect(within(draft).queryByText('结束')).toBeNull()
  })
  it('publishes a draft after asking', async () => {
    server = await stage()
    render(<Stage><PromotionListPage /></Stage>)
    const draft = (await screen.findByText('年货节每满199减20')).closest('tr')!
    fireEvent.click(within(draft).getByText('发布'))
    const dialog = await screen.findByRole('dialog')
    expect(dialog.textContent).toContain('每满199减20')
    fireEvent.click(within(dialog).getByText('发布'))
    expect(await screen.findByText('已发布\uff0c规则第 1 版')).toBeTruthy()
    expect(server.log.find((it) => it.operationName === 'PublishPromotion')!.variables.input).toMatchObject({ promotionId: 'promotion:4', idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  })
  it('has words for nothing, for no permission, and for no server', async () => {
    server = await stage({ empty: true })
    const { unmount } = render(<Stage><PromotionListPage /></Stage>)
    expect(await screen.findByText('还没有活动')).toBeTruthy()
    unmount()
    server.world.forbidden.add('promotions')
    const second = render(<Stage><PromotionListPage /></Stage>)
    expect(await screen.findByText('没有权限')).toBeTruthy()
    second.unmount()
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    render(<Stage><PromotionListPage /></Stage>)
    expect(await screen.findByText('连不上服务器')).toBeTruthy()
    expect(screen.getByText('重试')).toBeTruthy()
  })
})

describe('the wizard', () => {
  const here = () => [...document.querySelectorAll('.ant-steps-item')].findIndex((it) => it.classList.contains('ant-steps-item-active'))
  const next = async (times = 4) => {
    for (let step = 0; step < times; step++) {
      await waitFor(() => expect(here()).toBe(step))
      press('下一步')
      await waitFor(() => expect(here()).toBe(step + 1))
    }
  }
  const fill = async () => {
    await screen.findByLabelText('第 1 档满')
    type('第 1 档满', '200')
    type('第 1 档减', '30')
    type('活动名称', '火锅节')
    await next()
  }
  it('stays on the step that has a problem and says it at the field', async () => {
    server = await stage()
    render(<Stage path="/promotions/new"><PromotionWizardPage /></Stage>)
    await screen.findByLabelText('第 1 档满')
    type('第 1 档满', '100')
    type('第 1 档减', '200')
    press('下一步')
    expect(await screen.findByText('减的不能比门槛多')).toBeTruthy()
    expect(screen.getByText('必填')).toBeTruthy() // the name
    type('第 1 档减', '')
    await waitFor(() => expect(screen.queryByText('减的不能比门槛多')).toBeNull())
    expect(made()).toHaveLength(0)
  })
  it('P07: names the rows of customers that nobody is while they are written, and does not go on with them', async () => {
    server = await stage()
    render(<Stage path="/promotions/new"><PromotionWizardPage /></Stage>)
    await screen.findByLabelText('第 1 档满')
    type('第 1 档满', '200')
    type('第 1 档减', '30')
    type('活动名称', '火锅节')
    await next(2)
    const field = screen.getByLabelText('指定顾客（选填）')
    const add = (codes: string) => fireEvent.change(field, { target: { value: codes } })
    add('9000000000000000,12345,')
    expect(await screen.findByText('第 2 个「12345」没有这位会员')).toBeTruthy() // while it is written
    press('下一步')
    await waitFor(() => expect(server.log.filter((it) => it.operationName === 'UnknownCustomers').length).toBeGreaterThan(1))
    expect(here()).toBe(2)
    const wrong = [...document.querySelectorAll('.ant-tag')].find((tag) => tag.textContent === '12345')!
    fireEvent.click(wrong.querySelector('.anticon-close')!)
    await waitFor(() => expect(screen.queryByText('第 2 个「12345」没有这位会员')).toBeNull())
    press('下一步')
    await waitFor(() => expect(here()).toBe(3))
  })
  it('draws every type that can be created from what the server describes, and says what is missing', async () => {
    server = await stage()
    render(<Stage path="/promotions/new"><PromotionWizardPage /></Stage>)
    const kinds = (offerTypes as { name: string; zh: string; creatable: boolean }[]).filter((kind) => kind.creatable)
    await screen.findByLabelText('活动名称')
    expect(screen.getAllByTestId(/^play-/).map((it) => it.dataset.testid).sort()).toEqual(kinds.map((kind) => `play-${kind.name}`).sort())
    type('活动名称', '活动')
    for (const kind of kinds) {
      fireEvent.click(screen.getByLabelText(kind.zh))
      await waitFor(() => expect(screen.getByTestId(`play-${kind.name}`).classList.contains('on')).toBe(true))
      if (kind.name === 'earn_points') continue // one point for a yuan stands there already
      press('下一步')
      await waitFor(() => expect(screen.queryAllByText(/^(必填|请选择商品)$/).length).toBeGreaterThan(0), { onTimeout: (error) => Object.assign(error, { message: `${kind.name}: ${error.message}` }) })
      expect(here()).toBe(0)
    }
    expect(made()).toHaveLength(0)
  }, 120_000)
  it('puts a refusal at the field of a part that was chosen', async () => {
    server = await stage()
    render(<Stage path="/promotions/new"><PromotionWizardPage /></Stage>)
    fireEvent.click(await screen.findByLabelText('每满'))
    await screen.findByLabelText('每满多少')
    type('每满多少', '100')
    type('减多少', '10')
    type('活动名称', '每满减')
    await next()
    expect(screen.getByTestId('preview-sentence').textContent).toBe('每满100减10')
    server.world.invalid = [{ path: 'offers[0].every.off', message: '减得太多' }]
    press('发布活动')
    await screen.findByText('减得太多')
    expect(screen.getByLabelText('减多少').getAttribute('aria-invalid')).toBe('true')
    expect(made()[0]!.offers).toEqual([{ type: 'spend_off', every: { min: 10000, off: 1000 }, scope: { all: true } }])
  }, 60_000)
  it('creates and publishes; the refused input keeps its key when tried again and gets a new one when changed', async () => {
    server = await stage()
    render(<Stage path="/promotions/new"><PromotionWizardPage /></Stage>)
    await fill()
    expect(screen.getByTestId('preview-sentence').textContent).toBe('满200减30')
    server.world.invalid = [{ path: 'offers[0].tiers[0].off', message: '优惠超过了预算' }, { path: 'budget', message: '没有预算' }]
    press('发布活动')
    expect(await screen.findByText('优惠超过了预算')).toBeTruthy() // at the field, on its step
    expect(screen.getByText('budget: 没有预算')).toBeTruthy() // no field of ours: said above the form
    await next()
    press('发布活动')
    await waitFor(() => expect(made()).toHaveLength(2))
    expect(made()[1]).toEqual(made()[0])
    await screen.findByText('优惠超过了预算')
    server.world.invalid = null
    type('第 1 档减', '20')
    await next()
    press('发布活动')
    expect(await screen.findByTestId('elsewhere')).toBeTruthy()
    const last = made()[2]!
    expect(last.offers).toEqual([{ type: 'spend_off', tiers: [{ min: 20000, off: 2000 }], scope: { all: true } }])
    expect(last.idempotencyKey).not.toBe(made()[0]!.idempotencyKey)
    expect(last.endsAt).toMatch(/T23:59:59\+08:00$/)
    expect(server.log.filter((it) => it.operationName === 'PublishPromotion')).toHaveLength(1)
  }, 60_000)
})

describe('coupons', () => {
  it('lists drops with their stock', async () => {
    server = await stage()
    render(<Stage><CouponListPage /></Stage>)
    const row = (await screen.findByText('火锅季满88减8')).closest('tr')!
    expect(row.textContent).toContain('3,271 / 5,000')
    expect(row.textContent).toContain('36.8%')
    expect(within(row).getByText('领取中')).toBeTruthy()
    expect(screen.getByText('已领完')).toBeTruthy()
  })
  it('creates and publishes a drop', async () => {
    server = await stage()
    render(<Stage path="/coupons/new"><CouponCreatePage /></Stage>)
    await screen.findByLabelText('券名称')
    type('券名称', '满88减8')
    type('减多少', '8')
    type(/^使用门槛/, '88')
    type('发放总量', '500')
    press('发布券活动')
    expect(await screen.findByTestId('elsewhere')).toBeTruthy()
    expect(server.log.find((it) => it.operationName === 'CreateCouponDrop')!.variables.input).toMatchObject({ name: '满88减8', content: { kind: 'OFF', offFen: 800, minFen: 8800, scope: null }, validHours: null, validDays: 7, nextDay: false, access: 'PUBLIC', batches: [], budgetFen: null, total: 500, perMember: 1, publish: true })
  }, 60_000)
  it('K01: lists templates with what was made of them, and makes one', async () => {
    server = await stage()
    const list = render(<Stage path="/coupons?tab=templates"><CouponListPage /></Stage>)
    const row = (await screen.findByText('火锅底料立减')).closest('tr')!
    expect(row.textContent).toContain('满88减8')
    expect(row.textContent).toContain('分类 火锅底料')
    expect(row.textContent).toContain('周六、周日可用')
    expect(row.textContent).toContain('3,271')
    expect(row.textContent).toContain('36.8%')
    expect(within(row).getByText('用它建券活动').closest('a')!.getAttribute('href')).toBe('/coupons/new?template=template%3A11')
    expect(screen.getByText('新客8.8折').closest('tr')!.textContent).toContain('——') // nothing was made of it
    list.unmount()
    render(<Stage path="/coupons/templates/new"><TemplateCreatePage /></Stage>)
    await screen.findByLabelText('券名称')
    press('保存券模板')
    expect(await screen.findAllByText('必填')).toHaveLength(2) // its name, what it takes off
    type('券名称', '满50减5')
    type('减多少', '5')
    type(/^使用门槛/, '50')
    press('保存券模板')
    expect(await screen.findByTestId('elsewhere')).toBeTruthy()
    expect(server.log.filter((it) => it.operationName === 'CreateCouponTemplate').map((it) => it.variables.input)).toMatchObject([{ name: '满50减5', content: { kind: 'OFF', offFen: 500, minFen: 5000, scope: null }, validDays: 7, validHours: null, nextDay: false, bearing: [] }])
  }, 60_000)
  it('K01: makes a drop of a template that is there', async () => {
    server = await stage()
    render(<Stage path="/coupons/new?template=template%3A11"><CouponCreatePage /></Stage>)
    await waitFor(() => expect((screen.getByLabelText('活动名称') as HTMLInputElement).value).toBe('火锅底料立减'))
    expect(screen.queryByLabelText('减多少')).toBeNull()
    expect(screen.getByTestId('template-terms').textContent).toContain('分类 火锅底料')
    const borne = screen.getByTestId('template-bearing').textContent // who bears it, for staff
    for (const words of ['谁承担', '牧歌食品 40%', '商家 60%', '旺季', '11-01']) expect(borne).toContain(words)
    type('发放总量', '500')
    press('发布券活动')
    expect(await screen.findByTestId('elsewhere')).toBeTruthy()
    const input = server.log.find((it) => it.operationName === 'CreateCouponDrop')!.variables.input!
    expect(input).toMatchObject({ name: '火锅底料立减', templateId: 'template:11', total: 500, publish: true })
    for (const name of ['content', 'validDays', 'bearing', 'tiers']) expect(input).not.toHaveProperty(name)
  }, 60_000)
  it('says at the batch what it lacks', async () => {
    server = await stage()
    render(<Stage path="/coupons/new"><CouponCreatePage /></Stage>)
    await screen.findByLabelText('券名称')
    type('券名称', '整点抢')
    type('减多少', '8')
    type('发放总量', '500')
    fireEvent.click(screen.getByRole('switch'))
    await screen.findByText('第 1 批')
    press('发布券活动')
    expect(await screen.findAllByText('必填')).toHaveLength(3) // two shares, one opening
    expect(server.log.some((it) => it.operationName === 'CreateCouponDrop')).toBe(false)
  }, 60_000)
})

describe('dashboard', () => {
  it('moves with an order, and says plainly when the stream is down', async () => {
    server = await stage()
    render(<Stage><DashboardPage /></Stage>)
    const orders = await screen.findByTestId('card-orders')
    const before = Number(orders.textContent!.replace(/,/g, ''))
    expect(screen.getByTestId('live-status').textContent).toBe('实时')
    expect(screen.queryByTestId('stream-down')).toBeNull()
    server.sell(12_345)
    await waitFor(() => expect(Number(screen.getByTestId('card-orders').textContent!.replace(/,/g, ''))).toBe(before + 1))
    await fetch('/__fake/cut?ms=700')
    expect((await screen.findByTestId('stream-down')).textContent).toContain('正在重连')
    expect(screen.getByTestId('live-status').textContent).toBe('正在重连')
    expect(screen.getByTestId('card-orders')).toBeTruthy() // the last figures stay, with their time
    await waitFor(() => expect(screen.getByTestId('live-status').textContent).toBe('实时'), { timeout: 6000 })
    expect(screen.queryByTestId('stream-down')).toBeNull()
  })
  it('says when one may not see it', async () => {
    server = await stage()
    server.world.forbidden.add('dashboard')
    render(<Stage><DashboardPage /></Stage>)
    expect(await screen.findByText('没有权限')).toBeTruthy()
  })
})
