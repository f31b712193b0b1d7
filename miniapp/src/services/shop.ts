// The store the shopper buys from.
import { StoresDocument, type StoresQuery } from '../gql/graphql'
import { createStore } from '../lib/store'
import { platform } from '../platform/index'
import { request } from './api'

export type Shop = StoresQuery['stores'][number]
const KEY = `shuhui:store:${platform.merchant}`

export const shopStore = createStore<{ stores: Shop[]; current: Shop | null }>({ stores: [], current: platform.storage.get(KEY) as Shop | null })

export function chooseShop(shop: Shop): void {
  platform.storage.set(KEY, shop)
  shopStore.set((s) => ({ ...s, current: shop }))
}

let loading: Promise<void> | null = null
export function loadShops(): Promise<void> {
  loading ??= request(StoresDocument, {}).then(({ stores }) => {
    const old = shopStore.get().current
    const current = stores.find((s) => s.id === old?.id) ?? stores[0] ?? null
    shopStore.set({ stores, current })
    if (current) platform.storage.set(KEY, current)
  }).finally(() => { loading = null })
  return loading
}
