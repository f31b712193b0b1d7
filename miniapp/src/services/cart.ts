import Taro from '@tarojs/taro'
import * as c from '../lib/cart'
import { createStore } from '../lib/store'
import { platform } from '../platform/index'

const KEY = `shuhui:cart:${platform.merchant}`
export const cartStore = createStore<c.Cart>(c.revive(platform.storage.get(KEY)))

cartStore.subscribe(() => {
  platform.storage.set(KEY, cartStore.get())
  badge()
})

export function badge(): void {
  const n = c.count(cartStore.get().lines)
  const quiet = (): void => { /* not on a tab page: there is no bar to mark */ }
  if (n > 0) Taro.setTabBarBadge({ index: 2, text: n > 99 ? '99+' : String(n) }).catch(quiet)
  else Taro.removeTabBarBadge({ index: 2 }).catch(quiet)
}

function plain(p: c.CartProduct): c.CartProduct {
  return { sku: p.sku, name: p.name, unit: p.unit, emoji: p.emoji, imageHue: p.imageHue, listFen: p.listFen, available: p.available }
}

/** Says so when there is no more to be had */
export function changeQty(product: c.CartProduct, by: number): void {
  const before = c.qtyOf(cartStore.get(), product.sku)
  cartStore.set((cart) => c.addQty(cart, plain(product), by))
  if (by > 0 && c.qtyOf(cartStore.get(), product.sku) < before + by) {
    void Taro.showToast({ title: c.cap(product) === 0 ? '已售罄' : `仅剩${c.cap(product)}${product.unit || '件'}，不能再加了`, icon: 'none' })
  }
}
export const setQty = (product: c.CartProduct, qty: number): void => cartStore.set((cart) => c.setQty(cart, plain(product), qty))
export const removeSkus = (skus: string[]): void => cartStore.set((cart) => c.remove(cart, skus))
export const selectSkus = (skus: string[], selected: boolean): void => cartStore.set((cart) => c.select(cart, skus, selected))
export const refreshProducts = (products: c.CartProduct[]): void => cartStore.set((cart) => c.refresh(cart, products))
