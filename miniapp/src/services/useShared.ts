import { useRouter } from '@tarojs/taro'
import { useEffect, useRef } from 'react'
import { OpenShareDocument, type ShareKind, ShareTokenDocument } from '../gql/graphql'
import { useStore } from '../lib/store'
import { platform } from '../platform/index'
import { act } from './api'
import { sessionStore } from './session'
import { loadShops, shopStore } from './shop'
import { useQuery } from './useQuery'

/** A page that was opened by a friend's link tells so, once somebody is logged in. Nobody waits for it: what the page shows does
 *  not hang on it, and the act is tried again when the page is opened again. */
export function useShared(): void {
  const token = decodeURIComponent(useRouter().params.s ?? '')
  const { session } = useStore(sessionStore)
  const told = useRef(false)
  useEffect(() => {
    if (token === '' || session === null || told.current) return
    told.current = true
    tell(token).catch((e: unknown) => console.info('share not told', e))
  }, [token, session])
}

/** Whoever opens the app by a link for the first time has no store yet: it is asked for, and told without where that fails */
async function tell(token: string): Promise<void> {
  if (shopStore.get().current === null) await loadShops().catch((e: unknown) => console.info('no stores', e))
  await act(`opened:${token.slice(-22)}`, OpenShareDocument, 'openShare', { token, channel: platform.channel, storeId: shopStore.get().current?.id ?? null })
}

/** The signed end of a link to what I share, and what that brings; empty while nobody is logged in */
export function useShareEnd(kind: ShareKind, id: string): { end: string; sentence: string } {
  const { session } = useStore(sessionStore)
  const query = useQuery(ShareTokenDocument, { kind, id }, { skip: session === null || id === '' })
  const found = session === null ? null : query.data?.shareToken
  return found ? { end: `&s=${encodeURIComponent(found.token)}`, sentence: found.sentence } : { end: '', sentence: '' }
}

