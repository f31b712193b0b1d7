import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { LiabilitiesPage } from '../src/features/liabilities/LiabilitiesPage'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
  vi.unstubAllGlobals()
})
const asked = () => server!.log.filter((it) => it.operationName === 'Liabilities').map((it) => it.variables.day)

describe('liabilities (B09)', () => {
  it('are told as of now, and at the end of a day that is over', async () => {
    server = await stage({}, 'finance')
    render(<Stage><LiabilitiesPage /></Stage>)
    await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('300 积分'))
    const day = screen.getByRole('textbox', { name: '截至哪天结束时' })
    fireEvent.mouseDown(day)
    fireEvent.change(day, { target: { value: '2026-06-01' } })
    fireEvent.keyDown(day, { key: 'Enter', code: 'Enter', keyCode: 13 })
    await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('120 积分'))
    expect(screen.getByText(/已承诺给会员/).textContent).toContain('06-01 23:59')
    expect(asked()).toEqual([null, '2026-06-01'])
  })

  it('keep the day in the address, and lead back to now', async () => {
    server = await stage({}, 'finance')
    render(<Stage path="/?day=2026-06-01"><LiabilitiesPage /></Stage>)
    await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('120 积分'))
    expect((screen.getByRole('textbox', { name: '截至哪天结束时' }) as HTMLInputElement).value).toBe('2026-06-01')
    fireEvent.click(screen.getByRole('button', { name: '回到现在' }))
    await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('300 积分'))
    expect(screen.queryByRole('button', { name: '回到现在' })).toBeNull()
    expect(asked()).toEqual(['2026-06-01', null])
  })

  it('takes a day that is not over, or none at all, for now', async () => {
    server = await stage({}, 'finance')
    for (const day of ['2999-01-01', '2026-02-31', 'gestern']) {
      const { unmount } = render(<Stage path={`/?day=${day}`}><LiabilitiesPage /></Stage>)
      await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('300 积分'))
      unmount()
    }
    expect(asked()).toEqual([null, null, null])
  })

  it('of now are not shown while those of a day are on their way', async () => {
    server = await stage({}, 'finance')
    render(<Stage><LiabilitiesPage /></Stage>)
    await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('300 积分'))
    const going = globalThis.fetch
    let letThrough: () => void = () => undefined
    const held = new Promise<void>((done) => { letThrough = done })
    vi.stubGlobal('fetch', async (...ask: Parameters<typeof fetch>) => { await held; return going(...ask) })
    const day = screen.getByRole('textbox', { name: '截至哪天结束时' })
    fireEvent.mouseDown(day)
    fireEvent.change(day, { target: { value: '2026-06-01' } })
    fireEvent.keyDown(day, { key: 'Enter', code: 'Enter', keyCode: 13 })
    await waitFor(() => expect(screen.queryByTestId('owed-figures')).toBeNull())
    letThrough()
    await waitFor(() => expect(screen.getByTestId('owed-figures').textContent).toContain('120 积分'))
  })
})
