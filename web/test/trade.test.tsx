import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { draftOf, limitOf, mostOf } from '../src/features/stacking/caps'
import { momentAfterTen } from '../src/lib/span'
import { StackingPage } from '../src/features/stacking/StackingPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
  vi.unstubAllGlobals()
})
const section = (title: string) => within(screen.getByText(title, { selector: 'h2' }).closest('section')!)
const save = (title: string) => fireEvent.click(section(title).getByText('保存并生效'))
const pick = (group: string, text: string) => fireEvent.click(within(screen.getByRole('radiogroup', { name: group })).getByLabelText(text))
const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const sent = (name: string) => server!.log.filter((it) => it.operationName === name).map(({ variables }) => { const { idempotencyKey, ...rest } = variables.input as Record<string, unknown>; return idempotencyKey ? rest : null })
const example = (name: string) => screen.getByTestId(name).textContent

describe('trade settings (P04, R05)', () => {
  it('reads and writes a cap as a form, and knows what it is of an order', () => {
    for (const limit of [null, { maxShareBp: 5000, maxFen: null }, { maxShareBp: null, maxFen: 4990 }, { maxShareBp: 3333, maxFen: 400_000 }, { maxShareBp: 0, maxFen: null }]) expect(limitOf(draftOf(limit))).toEqual(limit)
    expect(limitOf({ mode: 'most', share: 0.29, yuan: '' })).toEqual({ maxShareBp: 29, maxFen: null })
    for (const yuan of ['', '0', '4 元', '1.234']) expect(limitOf({ mode: 'most', share: yuan ? 50 : null, yuan })).toBeUndefined()
    expect(mostOf({ maxShareBp: 3333, maxFen: null }, 101)).toBe(33)
    expect(mostOf({ maxShareBp: 5000, maxFen: 4000 }, 20_000)).toBe(4000)
    expect(mostOf({ maxShareBp: null, maxFen: 30_000 }, 20_000)).toBe(20_000)
    expect(momentAfterTen(900)).toEqual({ days: 1, time: '01:00' })
  })
  it('shows what a shopper may pay with, and saves what was changed alone', async () => {
    server = await stage()
    render(<Stage><StackingPage /></Stage>)
    expect((await screen.findByTestId('caps-example')).textContent).toContain('积分最多抵¥100.00')
    expect(example('caps-example')).toContain('红包最多抵全部')
    pick('红包抵扣上限', '设上限')
    fireEvent.change(screen.getByLabelText('红包最多抵的比例'), { target: { value: '' } })
    save('抵扣上限')
    expect((await screen.findByRole('alert')).textContent).toContain('请填写红包最多抵的比例或金额')
    expect(sent('SetTenderPolicy')).toEqual([])
    fill('红包每单最多抵的金额', '12.50')
    expect(example('caps-example')).toContain('红包最多抵¥12.50')
    pick('余额抵扣上限', '不能抵扣')
    save('抵扣上限')
    expect(await screen.findByText('已保存，立即生效')).toBeTruthy()
    expect(sent('SetTenderPolicy')).toEqual([{ redPacket: { maxShareBp: null, maxFen: 1250 }, balance: { maxShareBp: 0, maxFen: null } }])
    await waitFor(() => expect(screen.queryByText('撤销修改')).toBeNull())
    pick('积分抵扣上限', '不限')
    save('抵扣上限')
    await waitFor(() => expect(sent('SetTenderPolicy').at(-1)).toEqual({ points: null }))
  })
  it('says how far the limits of a clerk go, and saves them (K04)', async () => {
    server = await stage()
    render(<Stage><StackingPage /></Stage>)
    expect((await screen.findByTestId('clerk-example')).textContent).toContain('20 次')
    fill('次', '5')
    fill('元', '12.50')
    expect(example('clerk-example')).toContain('2 次')
    save('补偿上限')
    await waitFor(() => expect(sent('SetCompensationPolicy')).toEqual([{ perDay: 5, fenPerDay: 1250 }]))
    expect(await screen.findByText('已保存，立即生效')).toBeTruthy()
    server.world.invalid = [{ path: 'perDay', message: '每人每天补偿 0–1000 次' }]
    fill('次', '6')
    save('补偿上限')
    expect(await screen.findByText('每人每天补偿 0–1000 次')).toBeTruthy()
    server.world.invalid = null
    fill('次', '0')
    expect(screen.getByText('现在的设置下，谁都不能补偿。')).toBeTruthy()
  })
  it('says what customers are promised, and shows a refusal at its section', async () => {
    server = await stage()
    render(<Stage><StackingPage /></Stage>)
    expect((await screen.findByTestId('answer-hint')).textContent).toContain('我们会在两个半小时内答复')
    expect(example('answer-example')).toContain('12:30')
    fill('小时', '24')
    fill('分钟', '0')
    expect(example('answer-example')).toContain('1 天后 10:00')
    expect(screen.getByTestId('answer-hint').textContent).toContain('我们会在 1 天内答复')
    save('投诉答复时限')
    expect(await screen.findByText('已保存，立即生效')).toBeTruthy()
    expect(sent('SetComplaintPolicy')).toEqual([{ minutes: 1440 }])
    await waitFor(() => expect(screen.queryByText('撤销修改')).toBeNull())
    server.world.invalid = [{ path: 'minutes', message: '答复时限为 1 小时到 7 天' }]
    fill('小时', '0')
    expect(screen.getByTestId('answer-hint').textContent).toContain('可设 1 小时到 7 天')
    save('投诉答复时限')
    expect((await section('投诉答复时限').findByRole('alert')).textContent).toContain('1 小时到 7 天')
    expect(section('抵扣上限').queryByRole('alert')).toBeNull()
  })
  it('shows what is in force to those who may not change it', async () => {
    server = await stage({}, 'cashier')
    render(<Stage><StackingPage /></Stage>)
    await screen.findByTestId('caps-example')
    expect(screen.queryByText('保存并生效')).toBeNull()
    expect((screen.getByLabelText('小时') as HTMLInputElement).disabled).toBe(true)
    expect((screen.getByLabelText('积分最多抵的比例') as HTMLInputElement).disabled).toBe(true)
  })
})
