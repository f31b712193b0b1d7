import Taro, { usePullDownRefresh, useReachBottom } from '@tarojs/taro'
import type { TypedDocumentString } from '../gql/graphql'
import { useStore } from '../lib/store'
import { sessionStore } from './session'
import { useAccountMoves } from './useAccountMoves'
import { type Connection, type Pages, usePages } from './useQuery'

/** A page's list of what the customer has (coupons, red packets): nothing before log-in, and it follows the live account */
export function useOwnPages<T, V extends { after?: string | null }, N>(
  document: TypedDocumentString<T, V>,
  variables: V,
  pick: (data: T) => Connection<N> | null | undefined,
): Pages<N> {
  const { session } = useStore(sessionStore)
  const list = usePages(document, variables, pick, session === null)
  useAccountMoves(() => void list.reload())
  useReachBottom(list.next)
  usePullDownRefresh(() => { void list.reload().then(() => Taro.stopPullDownRefresh()) })
  return list
}
