import { afterEach, expect, it, vi } from 'vitest'
import { gql } from 'urql'
import { refreshSession } from '../src/lib/auth'
import { createGraphQLClient } from '../src/lib/graphql'
import { currentSession, keepSession, localExpiry } from '../src/lib/session'
import type { FakeServer } from './support/fake-server.mjs'
import { stage } from './support/stage'

let server: FakeServer
afterEach(async () => {
  await server?.close()
  vi.unstubAllGlobals()
})
const refreshes = () => server.log.filter((it) => it.operationName === 'RefreshSession').length

it('renews once for many callers', async () => {
  server = await stage()
  const rejected = currentSession()!.accessToken
  expect(await Promise.all([refreshSession(rejected), refreshSession(rejected), refreshSession()])).toEqual(['fresh', 'fresh', 'fresh'])
  expect(refreshes()).toBe(1)
  expect(await refreshSession(rejected)).toBe('fresh') // another tab has already renewed what was rejected
  expect(refreshes()).toBe(1)
})

it('renews before the end, and asks again with the new token', async () => {
  server = await stage({ tokenSeconds: 20 }) // under the thirty seconds of grace
  const result = await createGraphQLClient().query(gql`query Categories { categories }`, {}).toPromise()
  expect(result.error).toBeUndefined()
  expect(refreshes()).toBeGreaterThan(0)
})

it('renews after UNAUTHENTICATED', async () => {
  server = await stage()
  keepSession({ ...currentSession()!, accessToken: 'not.a.token' })
  const result = await createGraphQLClient().query(gql`query Categories { categories }`, {}).toPromise()
  expect(result.data.categories.length).toBeGreaterThan(0)
  expect(refreshes()).toBe(1)
})

it('logs out when the refresh token is refused, and not when the server is away', async () => {
  server = await stage()
  const kept = currentSession()
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
  expect(await refreshSession(kept!.accessToken)).toBe('unreachable')
  expect(currentSession()).toEqual(kept)
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ data: { refreshSession: { __typename: 'LogInFailed', code: 'X', message: 'x' } } }))))
  expect(await refreshSession(kept!.accessToken)).toBe('refused')
  expect(currentSession()).toBeNull()
})

it('counts a token by its own life, not by a wrong clock', () => {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')
  const token = `${part({})}.${part({ iat: 1000, exp: 1900 })}.x`
  expect(localExpiry(token, '1970-01-01T00:31:40Z', 5_000_000)).toBe(new Date(5_900_000).toISOString())
  expect(localExpiry('opaque', '2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:00Z')
})
