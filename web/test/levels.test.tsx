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
      { id: 'basic', name: '普通会员', needs: 'NONE', growth: 0, perks: [], priority: false, coupon: null, monthly: null },
      { id: 'silver', name: '银卡会员', needs: 'FIRST_ORDER', growth: 0, perks: ['生日礼券'], priority: false, coupon: null, monthly: null },
      { id: 'gold', name: '金卡会员', needs: 'TOTAL', growth: 500, perks: ['新品优先品鉴'], priority: true, coupon: null, monthly: null },
      { id: 'diamond', name: '钻卡会员', needs: 'PERIOD', growth: 2000, perks: ['家庭装专享价'], priority: true, coupon: null, monthly: null },
      { id: 'level_4', name: '黑钻会员', needs: 'TOTAL', growth: 3000, perks: [], priority: false, coupon: null, monthly: null },
    ])
  })
  it('shows it to those who may not change it', async () => {
    server = await stage({}, 'cashier')
    render(<Stage><LevelsPage /></Stage>)
    expect(await screen.findByText('系统默认方案，尚未修改')).toBeTruthy()
    expect(screen.queryByText('保存并生效')).toBeNull()
    expect(names().every((it) => it.disabled)).toBe(true)
  })
})
