import { App as AntApp, ConfigProvider } from 'antd'
import zhCN from 'antd/locale/zh_CN'
import type { ReactNode } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { Provider } from 'urql'
import { vi } from 'vitest'
import { createGraphQLClient } from '../../src/lib/graphql'
import { keepSession } from '../../src/lib/session'
import { type FakeServer, startFakeServer } from './fake-server.mjs'

/** A server, the browser's way to it, and a session of somebody who may do everything. */
export async function stage(options: Parameters<typeof startFakeServer>[0] = {}, username = 'marketing'): Promise<FakeServer> {
  const server = await startFakeServer(options)
  const real = globalThis.fetch
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => real(new URL(String(input), server.url), init))
  vi.stubGlobal('location', Object.assign(new URL(server.url), { reload: () => undefined }))
  const response = await real(`${server.url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ operationName: 'LogInStaff', query: 'mutation LogInStaff($input: LogInStaffInput!) { logInStaff(input: $input) { ... on Session { accessToken accessExpiresAt refreshToken staff { id name username roles } merchant { id code name currency } } } }', variables: { input: { merchant: 'chuanwei', username, password: 'x', idempotencyKey: '1' } } }),
  })
  const { data } = (await response.json()) as { data: { logInStaff: Parameters<typeof keepSession>[0] } }
  keepSession(data.logInStaff)
  server.log.length = 0
  return server
}

export function Stage({ children, path = '/' }: { children: ReactNode; path?: string }) {
  return (
    <ConfigProvider locale={zhCN} button={{ autoInsertSpace: false }} theme={{ token: { motion: false } }}>
      <AntApp>
        <Provider value={createGraphQLClient()}>
          <RouterProvider
            router={createMemoryRouter(
              [
                { path: path.split('?')[0]!, element: children },
                { path: '*', element: <div data-testid="elsewhere" /> },
              ],
              { initialEntries: [path] },
            )}
          />
        </Provider>
      </AntApp>
    </ConfigProvider>
  )
}
