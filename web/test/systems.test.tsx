import { fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SystemsPage } from '../src/features/systems/SystemsPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})
const press = (text: string) => fireEvent.click(screen.getAllByText(text, { selector: 'button, button *' }).at(-1)!)

describe('external systems', () => {
  it('lets a system in, shows its key once, and says what is wrong', async () => {
    server = await stage()
    render(<Stage><SystemsPage /></Stage>)
    expect(await screen.findByText('春熙路店收银台')).toBeTruthy()
    expect(screen.getByText('自管库存')).toBeTruthy()
    press('接入系统')
    const dialog = await screen.findByRole('dialog')
    const [name, code] = within(dialog).getAllByRole('textbox') as HTMLInputElement[]
    fireEvent.change(name!, { target: { value: '高新店收银台' } })
    fireEvent.change(code!, { target: { value: 'POS-CHUNXI' } })
    press('接入系统')
    expect(await screen.findByText('这个代码已经有了，请换一个')).toBeTruthy()
    fireEvent.change(code!, { target: { value: 'pos-gaoxin' } })
    press('接入系统')
    expect((await screen.findByTestId('system-key')).textContent).toContain('shk_made-up-for-tests')
    press('已复制保存')
    expect(await screen.findByText('pos-gaoxin')).toBeTruthy()
    const sent = server.log.filter((it) => it.operationName === 'CreateExternalSystem').map((it) => it.variables.input as Record<string, unknown>)
    expect(sent.map((it) => it.code)).toEqual(['pos-chunxi', 'pos-gaoxin'])
    expect(sent[0]!.idempotencyKey).not.toBe(sent[1]!.idempotencyKey)
  })
  it('shuts a system out after asking', async () => {
    server = await stage()
    render(<Stage><SystemsPage /></Stage>)
    fireEvent.click((await screen.findAllByText('停用', { selector: 'button, button *' }))[0]!)
    expect(await screen.findByText('停用「春熙路店收银台」？')).toBeTruthy()
    press('停用')
    await vi.waitFor(() => expect(server.log.filter((it) => it.operationName === 'RevokeExternalSystem')).toHaveLength(1), { timeout: 8000 })
    await vi.waitFor(() => expect(screen.getAllByText('已停用', { selector: '.ant-tag' })).toHaveLength(2), { timeout: 8000 })
  })
})
