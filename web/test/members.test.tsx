import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemberPage } from '../src/features/members/MemberPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})
const press = (text: string) => fireEvent.click(screen.getAllByText(text, { selector: 'button, button *' }).at(-1)!)
const asked = (name: string) => server.log.filter((it) => it.operationName === name).map((it) => it.variables)

describe('members by state and tier (B06)', () => {
  it('shows how many stand where; a number narrows the list', async () => {
    server = await stage()
    render(<Stage path="/members"><MemberPage /></Stage>)
    const spread = await screen.findByRole('table', { name: '生命周期与 RFM 分布' })
    const lost = within(spread).getByText('流失').closest('tr')!
    expect([...lost.querySelectorAll('td')].map((it) => it.querySelector('.num')!.textContent)).toEqual(['1', '0', '0', '1', '0'])
    expect(await screen.findByText('王建国')).toBeTruthy()
    fireEvent.click(within(lost.querySelectorAll('td')[3] as HTMLElement).getByRole('button'))
    await waitFor(() => expect(screen.queryByText('王建国')).toBeNull())
    expect(screen.getByText('李秀英')).toBeTruthy()
    expect(asked('Members').at(-1)).toMatchObject({ state: 'LOST', tier: 'AT_RISK', level: null })
  })
  it('opens a member with level, growth and the way to the next', async () => {
    server = await stage()
    render(<Stage path="/members"><MemberPage /></Stage>)
    fireEvent.click(await screen.findByText('幺妹'))
    expect(await screen.findByText('还差 ¥1680 升级钻卡会员')).toBeTruthy()
    expect(screen.getByText('退款前已兑换掉 20，之后得到的先补上')).toBeTruthy()
    expect(asked('MemberLookup').at(-1)).toEqual({ search: '9000000000000000' })
    press('等级变化')
    expect(await screen.findByText('银卡会员 → 金卡会员，成长值达标')).toBeTruthy()
    expect(screen.getByText('已关注公众号 · 系统上报')).toBeTruthy() // K02: what a claim condition knows of the customer
    press('标记为已入群')
    expect(await screen.findByText('请以看到的为准；微信侧系统之后上报的状态会覆盖这条记录。')).toBeTruthy()
  })
  it('gives and takes labels, puts a birthday right, and shows who did (K02, K06, B08)', async () => {
    server = await stage()
    render(<Stage path="/members?search=9000000000000000"><MemberPage /></Stage>)
    const own = await screen.findByTestId('own-data')
    expect(own.textContent).toContain('学生')
    expect(own.textContent).toContain('6月18日')
    press('变更与查看记录')
    expect(await screen.findByText('周晓蓉 添加标签「学生」')).toBeTruthy()
    press('增减标签')
    const box = await screen.findByRole('combobox', { name: '标签' })
    fireEvent.change(box, { target: { value: 'birthday，' } })
    press('保存')
    expect(await screen.findByText('「birthday」由系统按日历和消费情况计算，不能手工添加')).toBeTruthy()
    expect(asked('ChangeMemberTags').at(-1)!.input).toMatchObject({ memberId: 'mem_0', give: ['birthday'], take: [], reason: '' })
    press('取消')
    press('更正')
    fireEvent.change(await screen.findByRole('spinbutton', { name: '月' }), { target: { value: '7' } })
    fireEvent.change(screen.getByRole('spinbutton', { name: '日' }), { target: { value: '2' } })
    fireEvent.change(screen.getByPlaceholderText('例如 已核对学生证'), { target: { value: '顾客来电' } })
    press('保存')
    await waitFor(() => expect(screen.getByTestId('own-data').textContent).toContain('7月2日'))
    expect(asked('CorrectBirthday').at(-1)!.input).toMatchObject({ birthday: { month: 7, day: 2, year: null }, reason: '顾客来电' })
  })
  it('opens the account: figures, points that end next, entries in plain words (B01)', async () => {
    server = await stage()
    render(<Stage path="/members?search=9000000000000000"><MemberPage /></Stage>)
    await screen.findByTestId('own-data')
    expect(asked('MemberAccount')).toEqual([]) // a look is recorded: not before it is opened
    press('权益账户')
    const account = await screen.findByTestId('account')
    for (const text of ['1,286', '23.50', '86 积分将于 2026年12月31日 过期', '订单 20261120007 用了 ¥6.50 余额', '-¥6.50']) expect(account.textContent!.replace('−', '-')).toContain(text)
    expect(asked('MemberAccount').at(-1)).toEqual({ memberId: 'mem_0', first: 20, after: null })
  })
  it('leads from a step of a coupon to the order that it was for (K05)', async () => {
    server = await stage()
    render(<Stage path="/members?search=9000000000000000"><MemberPage /></Stage>)
    await screen.findByText('满50减10', { selector: 'b' })
    press('付款成功，已使用')
    const links = await screen.findAllByRole('link', { name: '查看订单' })
    expect(links.map((it) => it.getAttribute('href'))).toEqual(['/orders/ord_7']) // the claim had none
    expect(links[0]!.closest('li')!.textContent).toContain('顾客本人 · 小程序')
  })
  it('pages on to older coupons, which can be voided too (K05)', async () => {
    server = await stage()
    render(<Stage path="/members?search=9000000000000000"><MemberPage /></Stage>)
    await screen.findByText('满50减10', { selector: 'b' })
    const coupons = () => within(screen.getByTestId('member-coupons'))
    expect(coupons().queryByText('作废')).toBeNull() // the newest is used
    fireEvent.click(coupons().getByText('下一页', { selector: 'button, button *' }))
    expect(await screen.findByText('新客8.8折', { selector: 'b' })).toBeTruthy()
    expect(screen.queryByText('满50减10', { selector: 'b' })).toBeNull()
    expect(coupons().getByText('作废', { selector: 'button, button *' })).toBeTruthy()
    expect(asked('MoreMemberCoupons')).toEqual([{ memberCode: '9000000000000000', after: 'cpn_1' }])
  })
  it('seeks the drop to give from by its name on the server', async () => {
    server = await stage()
    render(<Stage path="/members?search=9000000000000000"><MemberPage /></Stage>)
    await screen.findByTestId('own-data')
    press('发放一张券')
    const box = within(await screen.findByRole('dialog')).getByRole('combobox')
    await waitFor(() => expect(asked('CouponDrops')).toEqual([{ first: 50, search: null }]))
    fireEvent.change(box, { target: { value: '火锅' } })
    await waitFor(() => expect(asked('CouponDrops').at(-1)).toEqual({ first: 50, search: '火锅' }))
  })
  it('sets the rules, and says what is wrong with them', async () => {
    server = await stage()
    render(<Stage path="/members"><MemberPage /></Stage>)
    await screen.findByRole('table', { name: '生命周期与 RFM 分布' })
    press('状态规则')
    const cycle = (await screen.findByText('没有历史时按几天一个周期')).closest('label')!.querySelector('input')!
    fireEvent.change(cycle, { target: { value: '3' } })
    press('保存并生效')
    expect((await screen.findByRole('alert')).textContent).toContain('不能短于最短周期')
    fireEvent.change(cycle, { target: { value: '21' } })
    press('保存并生效')
    expect(await screen.findByText('已保存，今晚起按新规则计算')).toBeTruthy()
    expect(asked('SetLifecycleRules').at(-1)!.input).toMatchObject({ usualCycleDays: 21, silentMonths: 6, lostOffer: true })
  })
})
