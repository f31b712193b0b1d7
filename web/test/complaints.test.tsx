import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ComplaintsPage } from '../src/features/complaints/ComplaintsPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})
const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
const coupon = { id: 'cpn:7', code: 'K7', template: { name: '已送的券' } }
const complaint = () => ({ id: 'cpl:1', kind: 'GOODS', text: '毛肚送来时已经化冻', state: 'WAITING', openedAt: at(-10), dueAt: at(140), warnedAt: null, escalatedAt: null, answeredAt: null, inTime: null, outcome: null, answer: null, byStaff: false, orderId: null, orderNumber: null, memberId: 'mem:1', memberName: '幺妹', serverTime: at(0), coupon: null, compensation: null, compensations: [coupon] })
const dialog = () => within(screen.getByRole('dialog'))
const choose = async (label: string, text: string | RegExp) => {
  fireEvent.mouseDown(dialog().getByLabelText(label))
  const found = await screen.findAllByText(text, { selector: '.ant-select-item-option-content' })
  fireEvent.click(found.at(-1)!)
}
const send = async () => {
  await waitFor(() => expect(document.querySelector('.ant-modal .ant-btn-loading')).toBeNull())
  fireEvent.click(dialog().getAllByText('答复', { selector: 'button, button *' }).at(-1)!)
}
const sent = () => server.log.filter((it) => it.operationName === 'AnswerComplaint').map((it) => it.variables.input as Record<string, unknown>)

describe('the answer to a complaint (R05, K04)', () => {
  it('gives a coupon with it; a refusal is told in the dialog, which keeps what was written', async () => {
    server = await stage()
    Object.assign(server.world, { complaints: [complaint()] })
    const [template] = server.world.templates as { id: string; name: string }[]
    Object.assign(template!, { faceFen: 800 })
    render(<Stage><ComplaintsPage /></Stage>)
    fireEvent.click((await screen.findAllByText('答复', { selector: 'button, button *' }))[0]!)
    fireEvent.change(dialog().getByLabelText('给顾客的答复（顾客可见，5–500 个字）'), { target: { value: '送您一张券，抱歉' } })
    expect(dialog().queryByLabelText('补偿券')).toBeNull()
    await choose('处理结果', '已补偿')
    await choose('补偿券', new RegExp(template!.name))
    expect(dialog().getByText(/计入您今天的补偿额度/)).toBeTruthy()
    Object.assign(server.world, { refusal: { __typename: 'ClerkLimitReached', code: 'ClerkLimitReached', message: '您今天已补偿 20 张' } })
    await send()
    expect((await dialog().findByRole('alert')).textContent).toContain('您今天已补偿 20 张')
    expect((dialog().getByLabelText('给顾客的答复（顾客可见，5–500 个字）') as HTMLTextAreaElement).value).toBe('送您一张券，抱歉')
    Object.assign(server.world, { refusal: null })
    await send()
    expect(await screen.findByText('已答复，补偿券已发到顾客的券包')).toBeTruthy()
    expect(sent()).toHaveLength(2)
    expect(sent()[0]).toEqual(sent()[1]) // one key: tried again it is the same act
    expect(sent()[1]).toMatchObject({ complaintId: 'cpl:1', outcome: 'COMPENSATED', templateId: template!.id, couponId: null })
  })
  it('names one that was given before; another outcome carries none', async () => {
    server = await stage()
    Object.assign(server.world, { complaints: [complaint()] })
    render(<Stage><ComplaintsPage /></Stage>)
    fireEvent.click((await screen.findAllByText('答复', { selector: 'button, button *' }))[0]!)
    fireEvent.change(dialog().getByLabelText('给顾客的答复（顾客可见，5–500 个字）'), { target: { value: '已经送您一张券' } })
    await choose('处理结果', '已补偿')
    await choose('补偿券', /已送的券/)
    await choose('处理结果', '已解释')
    await send()
    await waitFor(() => expect(sent()).toHaveLength(1))
    expect(sent()[0]).toMatchObject({ outcome: 'EXPLAINED', couponId: null, templateId: null })
  })
})
