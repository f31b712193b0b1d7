import Taro, { usePullDownRefresh, useReachBottom } from '@tarojs/taro'
import { useEffect, useRef } from 'react'
import type { TypedDocumentString } from '../gql/graphql'
import { useStore } from '../lib/store'
import { accountStore, watchAccount } from './account'
import { sessionStore } from './session'
import { type Connection, type Pages, usePages } from './useQuery'
import { useWhileShown } from './useWhileShown'

/** A page's list of what the customer has (coupons, red packets): nothing before log-in, and it follows the live account */
export function useOwnPages<T, V extends { after?: string | null }, N>(
  document: TypedDocumentString<T, V>,
  variables: V,
  pick: (data: T) => Connection<N> | null | undefined,
): Pages<N> {
  const { session } = useStore(sessionStore)
  const list = usePages(document, variables, pick, session === null)
  const version = useStore(accountStore)?.version
  useWhileShown(() => (session === null ? () => undefined : watchAccount()))
  // The account moved while the page is open: something came, went, or was used
  const seen = useRef(version)
  useEffect(() => {
    if (seen.current !== undefined && version !== undefined && version !== seen.current) void list.reload()
    seen.current = version
    // eslint-disable-next-line
  }, [version])
  useReachBottom(list.next)
  usePullDownRefresh(() => { void list.reload().then(() => Taro.stopPullDownRefresh()) })
  return list
}
