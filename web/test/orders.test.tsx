import { fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { App as AntApp, ConfigProvider } from 'antd'
import { Provider } from 'urql'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OrderListPage } from '../src/features/orders/OrderListPage'
import { OrderPage } from '../src/features/orders/OrderPage'
import { createGraphQLClient } from '../src/lib/graphql'
import type { FakeServer } from './support/fake-server.mjs'
import { stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})

const show = (path: string) =>
  render(
    <ConfigProvider button={{ autoInsertSpace: false }} theme={{ token: { motion: false } }}>
      <AntApp>
        <Provider value={createGraphQLClient()}>
          <RouterProvider router={createMemoryRouter([{ path: '/orders', element: <OrderListPage /> }, { path: '/orders/:id', element: <OrderPage /> }], { initialEntries: [path] })} />
        </Provider>
      </AntApp>
    </ConfigProvider>,
  )
const sent = (name: string) => server.log.filter((it) => it.operationName === name).map((it) => it.variables.input!)

describe('orders', () => {
  it('are found by number and by what their refunds need', async () => {
    server = await stage({}, 'admin')
    show('/orders')
    const row = (await screen.findByText('20261122000000000001')).closest('tr')!
    expect(row.textContent).toContain('陈婆婆')
    expect(row.textContent).toContain('138****0002')
    expect(within(row).getByText('退款待审')).toBeTruthy()
    expect(within(row).getByTestId('order-goods').title).toBe('手打牛肉丸 250g ×2、毛肚 200g ×1') // all of it, however narrow the column
    fireEvent.click(screen.getAllByText('退款失败')[0]!)
    await waitFor(() => expect(screen.queryByText('20261122000000000001')).toBeNull())
    expect(screen.getByText('20261122000000000002')).toBeTruthy()
  })
  it('that wait to be handed over: who has 优先配送 comes first (B04)', async () => {
    server = await stage({}, 'admin')
    const { orders } = server.world as unknown as { orders: { order: { priority: boolean; state: string } }[] }
    for (const one of orders) one.order.state = 'PAID'
    orders[1]!.order.priority = true
    show('/orders')
    await screen.findByText('20261122000000000001')
    fireEvent.click(screen.getByText('待备货'))
    await waitFor(() => expect(server.log.filter((it) => it.operationName === 'StoreOrders').at(-1)!.variables).toMatchObject({ toServe: true, refundState: null }))
    await waitFor(() => expect(screen.getAllByText(/^2026112200000000000/).map((it) => it.textContent)).toEqual(['20261122000000000002', '20261122000000000001']))
    expect(screen.getByText('优先配送').closest('tr')!.textContent).toContain('20261122000000000002')
  })
  it('answer a request with the figures that were seen, and show both when they changed', async () => {
    server = await stage({}, 'admin')
    show('/orders/order:1')
    expect((await screen.findByTestId('refund-request')).textContent).toContain('¥22.90 · 有一袋化了')
    fireEvent.click(screen.getByText('处理'))
    expect((await screen.findByTestId('refund-paid-out')).textContent).toBe('¥22.90')
    ;(server.world as unknown as { withheldFen: number }).withheldFen = 200 // the customer spends points meanwhile
    fireEvent.click(screen.getByTestId('refund-send'))
    expect((await screen.findByTestId('refund-changed')).textContent).toContain('刚才 ¥22.90，现在 ¥20.90')
    expect(screen.getByTestId('refund-paid-out').textContent).toBe('¥20.90')
    fireEvent.click(screen.getByTestId('refund-send'))
    await waitFor(() => expect(screen.queryByTestId('refund-request')).toBeNull())
    const [first, second] = sent('RefundOrder')
    expect(first).toMatchObject({ orderId: 'order:1', units: [{ sku: 'BEEF', qty: 1 }], requestId: 'request:1', previewToken: 'seen:2290', reason: '有一袋化了', restock: false })
    expect(second).toMatchObject({ previewToken: 'seen:2090' })
    expect(second!.idempotencyKey).not.toBe(first!.idempotencyKey)
  })
  it('reject a request only with words', async () => {
    server = await stage({}, 'admin')
    show('/orders/order:1')
    await screen.findByTestId('refund-request')
    fireEvent.click(screen.getByText('拒绝'))
    const dialog = await screen.findByRole('dialog')
    fireEvent.click(within(dialog).getByText('拒绝'))
    expect(sent('RejectRefund')).toEqual([])
    fireEvent.change(screen.getByLabelText('理由（顾客会看到）'), { target: { value: '已拆封' } })
    fireEvent.click(within(dialog).getByText('拒绝'))
    await waitFor(() => expect(screen.queryByTestId('refund-request')).toBeNull())
    expect(await screen.findByText(/有一袋化了 → 已拆封/)).toBeTruthy()
    expect(sent('RejectRefund')).toMatchObject([{ requestId: 'request:1', note: '已拆封' }])
  })
  it('send cash again that could not go back, and say what WeChat said', async () => {
    server = await stage({}, 'admin')
    show('/orders/order:2')
    expect((await screen.findByTestId('refund-item')).textContent).toContain('ABNORMAL')
    fireEvent.click(screen.getByText('重新退款'))
    await waitFor(() => expect(document.querySelector('[data-payout-state=PROCESSING]')).toBeTruthy())
    expect(sent('RetryPayout')).toEqual([{ payoutId: 'payout:1', idempotencyKey: expect.any(String) }])
  })
  it('are not there when they are another store’s', async () => {
    server = await stage({}, 'admin')
    show('/orders/order:9')
    expect((await screen.findAllByText('没有这个订单')).length).toBeGreaterThan(0)
  })
})
