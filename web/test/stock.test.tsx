import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { changeOf } from '../src/features/products/CountStock'
import { ProductListPage } from '../src/features/products/ProductListPage'
import { can } from '../src/lib/can'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
  vi.unstubAllGlobals()
})
const sent = () => server!.log.filter((it) => it.operationName === 'CountStock').map(({ variables }) => { const { idempotencyKey, ...rest } = variables.input as Record<string, unknown>; return idempotencyKey ? rest : null })

describe('stock of an article (R05, O3)', () => {
  it('knows what may be written down of what is there', () => {
    expect(changeOf('add', 20, 12)).toEqual({ change: { units: 20 }, after: 32 })
    expect(changeOf('add', 20, null)).toEqual({ change: { units: 20 }, after: 20 })
    expect(changeOf('take', 12, 12)).toEqual({ change: { units: -12 }, after: 0 })
    expect(changeOf('set', 0, 12)).toEqual({ change: { onHand: 0, seenOnHand: 12 }, after: 0 })
    for (const [way, count, there] of [['add', null, 3], ['add', 0, 3], ['add', 1.5, 3], ['take', 13, 12], ['take', 1, null], ['set', 12, 12], ['set', -1, 12], ['set', 5, null]] as const) expect(changeOf(way, count, there)).toBeNull()
  })
  it('is seen by those who may, and corrected by fewer', () => {
    expect((['ADMIN', 'STORE_MANAGER', 'CASHIER', 'MARKETING'] as const).map((role) => [can([role], 'stock'), can([role], 'stock.write')])).toEqual([[true, true], [true, true], [true, false], [false, false]])
  })
  it('shows it by store, adds what came and sets what was counted; a shelf that moved says so and is tried anew', async () => {
    server = await stage({}, 'admin')
    render(<Stage><ProductListPage /></Stage>)
    fireEvent.click((await screen.findAllByRole('button', { name: /的库存$/ }))[0]!)
    const shelves = await screen.findByTestId('shelves')
    expect(within(shelves).getByText(/合计可售 12 /)).toBeTruthy()
    expect(within(shelves).getByText('未管理', { selector: 'b *' })).toBeTruthy() // the second store keeps none
    const [first] = within(shelves).getAllByRole('button', { name: /^调整 / })
    fireEvent.click(first!)
    fireEvent.change(await screen.findByRole('spinbutton', { name: '增加几件' }), { target: { value: '20' } })
    expect(screen.getByTestId('stock-after').textContent).toBe('可售 12 → 32')
    fireEvent.click(screen.getByText('到货'))
    fireEvent.click(screen.getByText('保存', { selector: 'button, button *' }))
    await waitFor(() => expect(screen.getByTestId('receipts').textContent).toContain('到货'))
    await waitFor(() => expect(screen.getByTestId('shelves').textContent).toContain('合计可售 32 '))

    fireEvent.click(within(screen.getByTestId('shelves')).getAllByRole('button', { name: /^调整 / })[0]!)
    fireEvent.click(await screen.findByText('改为'))
    fireEvent.change(await screen.findByRole('spinbutton', { name: '可售件数改为' }), { target: { value: '30' } })
    fireEvent.click(screen.getByText('盘点'))
    server.world.shelves[0] = 31 // somebody was faster
    fireEvent.click(screen.getByText('保存', { selector: 'button, button *' }))
    expect(await screen.findByText('库存刚有变化：现在可售 31 件，请按新的数量再改')).toBeTruthy()
    expect(screen.getByTestId('stock-after').textContent).toBe('可售 31 → 30')
    fireEvent.click(screen.getByText('保存', { selector: 'button, button *' }))
    await waitFor(() => expect(screen.getByTestId('shelves').textContent).toContain('合计可售 30 '))
    expect(sent()).toEqual([
      { storeId: 'store:1', sku: expect.any(String), reason: '到货', units: 20 },
      { storeId: 'store:1', sku: expect.any(String), reason: '盘点', onHand: 30, seenOnHand: 32 },
      { storeId: 'store:1', sku: expect.any(String), reason: '盘点', onHand: 30, seenOnHand: 31 },
    ])
  })
})
