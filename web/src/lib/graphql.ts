import { cacheExchange, Client, type CombinedError, fetchExchange, subscriptionExchange } from 'urql'
import { authExchange } from '@urql/exchange-auth'
import { HTTP_URL, refreshSession } from './auth'
import { subscribe } from './live'
import { currentSession, expiresSoon, keepSession } from './session'
import { trustedExchange } from './trusted'

export const errorCodes = (error: CombinedError): string[] => error.graphQLErrors.map((e) => String(e.extensions?.code ?? ''))
const isUnauthenticated = (error: CombinedError): boolean =>
  errorCodes(error).includes('UNAUTHENTICATED') || (error.response as Response | undefined)?.status === 401

export type Trouble = 'forbidden' | 'offline' | 'busy' | 'fault'
export function troubleOf(error: CombinedError): Trouble {
  const codes = errorCodes(error)
  if (codes.some((code) => code === 'FORBIDDEN' || code === 'PERMISSION_DENIED')) return 'forbidden'
  if (codes.some((code) => code === 'RATE_LIMITED' || code === 'TOO_MANY_REQUESTS') || (error.response as Response | undefined)?.status === 429) return 'busy'
  return error.networkError ? 'offline' : 'fault'
}

/** One client a log-in: what one person saw is not in the next one's cache. */
export function createGraphQLClient(): Client {
  return new Client({
    url: HTTP_URL,
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [
      trustedExchange,
      cacheExchange,
      authExchange((utils) => {
        let rejected: string | undefined
        return Promise.resolve({
          addAuthToOperation(operation) {
            const token = currentSession()?.accessToken
            return token ? utils.appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation
          },
          willAuthError(operation) {
            const session = currentSession()
            return operation.kind !== 'teardown' && session !== null && expiresSoon(session)
          },
          didAuthError(error) {
            const refused = currentSession() !== null && isUnauthenticated(error)
            if (refused) rejected = currentSession()?.accessToken
            return refused
          },
          async refreshAuth() {
            const before = rejected
            rejected = undefined
            // A server that cannot be reached says nothing about the session: keep it, the page shows the network error.
            if ((await refreshSession(before)) === 'refused') keepSession(null)
          },
        })
      }),
      fetchExchange,
      subscriptionExchange({
        isSubscriptionOperation: (operation) => operation.kind === 'subscription',
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: subscribe(
              { query: request.query ?? '', variables: request.variables as Record<string, unknown> | undefined, operationName: request.operationName ?? null, extensions: request.extensions ?? null },
              sink as Parameters<typeof subscribe>[1],
            ),
          }),
        }),
      }),
    ],
  })
}
