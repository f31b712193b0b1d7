import { renderHook, waitFor } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { subscribe, useLiveStatus } from '../src/lib/live'
import { currentSession } from '../src/lib/session'
import type { FakeServer } from './support/fake-server.mjs'
import { stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server.close()
  vi.unstubAllGlobals()
})

it('survives a cut line, an expired token, and says so meanwhile', async () => {
  server = await stage()
  const frames: { version: number }[] = []
  const { result } = renderHook(() => useLiveStatus())
  const stop = subscribe(
    { query: 'subscription LiveDashboard($input: DashboardInput) { dashboard(input: $input) { version } }', variables: { input: null } },
    { next: (message) => frames.push((message.data as { dashboard: { version: number } }).dashboard), error: (error) => { throw error }, complete: () => undefined },
  )
  await waitFor(() => expect(frames).toHaveLength(1))
  expect(result.current.state).toBe('live')

  server.sell(1000)
  await waitFor(() => expect(frames.at(-1)?.version).toBe(2))

  await fetch('/__fake/cut?ms=300')
  await waitFor(() => expect(result.current.state).toBe('reconnecting'))
  server.sell(1000) // while nobody is listening
  await waitFor(() => expect(result.current.state).toBe('live'), { timeout: 5000 })
  expect(frames.at(-1)?.version).toBe(3) // the first frame after a gap is the present state

  const before = currentSession()!.accessToken
  await fetch('/__fake/expire')
  await waitFor(() => expect(currentSession()!.accessToken).not.toBe(before))
  const count = frames.length
  await waitFor(() => expect(frames.length).toBeGreaterThanOrEqual(count), { timeout: 5000 })
  await waitFor(() => expect(result.current.state).toBe('live'), { timeout: 5000 })
  expect(server.log.filter((it) => it.operationName === 'RefreshSession')).toHaveLength(1)

  stop()
  await waitFor(() => expect(result.current.state).toBe('idle'))
})

it('ends with the error when the viewer may not see it', async () => {
  server = await stage()
  server.world.forbidden.add('dashboard')
  const errors: unknown[] = []
  const stop = subscribe(
    { query: 'subscription { dashboard { version } }', variables: {} },
    { next: (message) => { if (message.errors) errors.push(message.errors) }, error: (error) => errors.push(error), complete: () => undefined },
  )
  await waitFor(() => expect(JSON.stringify(errors)).toContain('FORBIDDEN'))
  stop()
})
