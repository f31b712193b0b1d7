import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { LevelsPage } from '../src/features/members/LevelsPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})
const press = (text: string) => fireEvent.click(screen.getAllByText(text, { selector: 'button, button *' }).at(-1)!)
const names = () => screen.getAllByLabelText('名称') as HTMLInputElement[]

describe('level scheme (B04)', () => {
  it('shows the scheme, refuses with the place of each fault, and saves a new version', async () => {
    server = await stage()
    render(<Stage><LevelsPage /></Stage>)
    expect(await screen.findByText('系统默认方案，尚未修改')).toBeTruthy()
    expect(names().map((it) => it.value)).toEqual(['普通会员', '银卡会员', '金卡会员', '钻卡会员'])
    press('增加一级')
    press('保存并生效')
    expect((await screen.findByRole('alert')).textContent).toContain('名称须为 1–8 个字')
    fireEvent.change(names()[4]!, { target: { value: '黑钻会员' } })
    expect(screen.queryByRole('alert')).toBeNull()
    press('保存并生效')
    expect(await screen.findByText('已保存，第 1 版立即生效')).toBeTruthy()
    const sent = server.log.filter((it) => it.operationName === 'SetLevelScheme').map((it) => it.variables.input as { levels: unknown[] })
    expect(sent).toHaveLength(2)
    expect(sent[1]!.levels).toEqual([
      { id: 'basic', name: '普通会员', needs: 'NONE', growth: 0, perks: [], priority: false, coupon: null, monthly: null, birthday: null },
      { id: 'silver', name: '银卡会员', needs: 'FIRST_ORDER', growth: 0, perks: [], priority: false, coupon: null, monthly: null, birthday: null },
      { id: 'gold', name: '金卡会员', needs: 'TOTAL', growth: 500, perks: ['新品优先品鉴'], priority: true, coupon: null, monthly: null, birthday: null },
      { id: 'diamond', name: '钻卡会员', needs: 'PERIOD', growth: 2000, perks: ['家庭装专享价'], priority: true, coupon: null, monthly: null, birthday: null },
      { id: 'level_4', name: '黑钻会员', needs: 'TOTAL', growth: 3000, perks: [], priority: false, coupon: null, monthly: null, birthday: null },
    ])
  })
  it('tells what a birthday brings, sends each level its coupon and shows a refusal at its place', async () => {
    server = await stage()
    const [template] = server.world.templates as { id: string }[]
    render(<Stage><LevelsPage /></Stage>)
    expect((await screen.findByTestId('birthday-rule')).textContent).toBe('生日礼券各级都不选时，全体会员生日当天得「生日专享券 满60减15，7 天有效」。')
    const pickers = screen.getAllByLabelText('生日礼券')
    expect(pickers).toHaveLength(4)
    fireEvent.mouseDown(pickers[2]!)
    fireEvent.click(await screen.findByText('火锅底料立减 · 满88减8'))
    expect(screen.getByTestId('birthday-rule').textContent).toBe('生日礼券按生日当天的等级发，每年一张，没选的等级不发。')
    expect(screen.getAllByText('生日不送券')).toHaveLength(3)
    Object.assign(server.world, { invalid: [{ path: 'levels[2].birthday', message: '这种券没有确定的最高优惠额' }] })
    press('保存并生效')
    expect((await screen.findByRole('alert')).textContent).toContain('这种券没有确定的最高优惠额')
    const sent = server.log.find((it) => it.operationName === 'SetLevelScheme')!.variables.input as { levels: { birthday: string | null }[] }
    expect(sent.levels.map((it) => it.birthday)).toEqual([null, null, template!.id, null])
    expect(document.querySelectorAll('.level-gift .ant-select-status-error')).toHaveLength(1)
  })
  it('offers for a birthday what is not refused there, and more for the other gifts', async () => {
    server = await stage()
    render(<Stage><LevelsPage /></Stage>)
    fireEvent.mouseDown((await screen.findAllByLabelText('生日礼券'))[0]!)
    expect(await screen.findByText('新客8.8折 · 8.8折，最多减20')).toBeTruthy()
    expect(screen.queryByText(/鲜毛肚兑换券/)).toBeNull()
    fireEvent.mouseDown(screen.getAllByLabelText('每月礼券')[0]!)
    expect(await screen.findByText(/鲜毛肚兑换券/)).toBeTruthy()
  })
  it('warns of coupons that are no longer given, until another is chosen in their place', async () => {
    server = await stage()
    const world = server.world as unknown as { templates: { id: string }[]; levelScheme: { levels: object[]; warnings: object[] } }
    world.levelScheme.levels[2] = { ...world.levelScheme.levels[2], birthday: world.templates[1], monthly: world.templates[2] }
    world.levelScheme.warnings = [{ path: 'levels', message: '现在会员过生日收不到券' }, { path: 'levels[2].monthly', message: '每月礼券过了有效期' }, { path: 'levels[2].birthday', message: '生日礼券过了有效期' }]
    render(<Stage><LevelsPage /></Stage>)
    expect((await screen.findByTestId('level-warnings')).textContent).toBe('有礼券发不出去了现在会员过生日收不到券每月礼券过了有效期生日礼券过了有效期')
    expect(document.querySelectorAll('.level-gift .ant-select-status-warning')).toHaveLength(2)
    fireEvent.mouseDown(screen.getAllByLabelText('生日礼券')[2]!)
    fireEvent.click(await screen.findByText('火锅底料立减 · 满88减8'))
    expect(screen.getByTestId('level-warnings').textContent).toBe('有礼券发不出去了每月礼券过了有效期')
    expect(document.querySelectorAll('.level-gift .ant-select-status-warning')).toHaveLength(1)
    press('撤销修改')
    expect(screen.getByTestId('level-warnings').textContent).toContain('现在会员过生日收不到券')
  })
  it('shows it to those who may not change it', async () => {
    server = await stage({}, 'cashier')
    render(<Stage><LevelsPage /></Stage>)
    expect(await screen.findByText('系统默认方案，尚未修改')).toBeTruthy()
    expect(screen.queryByText('保存并生效')).toBeNull()
    expect(names().every((it) => it.disabled)).toBe(true)
  })
})
