import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { exampleOf } from '../src/features/stacking/example'
import { StackingPage } from '../src/features/stacking/StackingPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
  vi.unstubAllGlobals()
})
const press = (text: string) => fireEvent.click(within(screen.getByText('叠加规则', { selector: 'h2' }).closest('section')!).getByText(text))
const pick = (group: string, text: string) => fireEvent.click(within(screen.getByRole('radiogroup', { name: group })).getByLabelText(text))
const sent = () => server!.log.filter((it) => it.operationName === 'SetStackingPolicy').map((it) => it.variables.input as { maxCoupons: number; maxPromotionsPerLine: number | null })

describe('stacking rules (K01, P08)', () => {
  it('an example takes the offers that save most, as many as are allowed', () => {
    expect(exampleOf(1, null).payFen).toBe(10_000 - 1000 - 800 - 500 - 600)
    expect(exampleOf(3, 1).payFen).toBe(10_000 - 1000 - 600 - 400 - 300)
    expect(exampleOf(2, 2).rows.filter(({ used }) => used).map(({ name }) => name)).toEqual(['cut', 'spend', 'hotpot', 'weekend'])
  })
  it('says what it does to a shopper while it is changed, and saves both settings', async () => {
    server = await stage()
    render(<Stage><StackingPage /></Stage>)
    expect((await screen.findByTestId('stacking-coupons')).textContent).toContain('一单只用一张券')
    expect(screen.getByTestId('stacking-example').textContent).toContain('¥71.00')
    pick('每单最多用几张券', '2 张')
    expect(screen.getByTestId('stacking-coupons').textContent).toContain('最多用 2 张券')
    pick('每件商品最多参加几个活动', '最多')
    fireEvent.change(screen.getByLabelText('最多参加几个活动'), { target: { value: '' } })
    press('保存并生效')
    expect((await screen.findByRole('alert')).textContent).toContain('请填写每件商品最多参加几个活动')
    fireEvent.change(screen.getByLabelText('最多参加几个活动'), { target: { value: '1' } })
    expect(screen.getByTestId('stacking-example').textContent).toContain('¥80.00')
    press('保存并生效')
    expect(await screen.findByText('已保存，立即生效')).toBeTruthy()
    expect(sent()).toEqual([expect.objectContaining({ maxCoupons: 2, maxPromotionsPerLine: 1 })])
    await waitFor(() => expect(screen.queryByText('撤销修改')).toBeNull())
    pick('每件商品最多参加几个活动', '不限')
    press('保存并生效')
    await waitFor(() => expect(sent().at(-1)).toMatchObject({ maxCoupons: 2, maxPromotionsPerLine: null }))
  })
  it('shows a refusal at its field, and what is in force to those who may not change it', async () => {
    server = await stage()
    server.world.invalid = [{ path: 'maxPromotionsPerLine', message: '每件商品可参加 1–1000 个活动，不限请留空' }]
    const { unmount } = render(<Stage><StackingPage /></Stage>)
    await screen.findByTestId('stacking-coupons')
    pick('每单最多用几张券', '3 张')
    press('保存并生效')
    expect((await screen.findByRole('alert')).textContent).toContain('不限请留空')
    unmount()
    await server.close()
    server = await stage({}, 'cashier')
    render(<Stage><StackingPage /></Stage>)
    await screen.findByTestId('stacking-coupons')
    expect(screen.queryByText('保存并生效')).toBeNull()
    expect((screen.getByLabelText('1 张') as HTMLInputElement).disabled).toBe(true)
  })
})
