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
export const setAddOn = (choice: Parameters<typeof c.setAddOn>[1], qty: number): void => cartStore.set((cart) => c.setAddOn(cart, choice, qty))
export const chooseGift = (choice: Parameters<typeof c.chooseGift>[1], given: string[]): void => cartStore.set((cart) => c.chooseGift(cart, choice, given))
export const clearChoices = (): void => cartStore.set(c.clearChoices)

/** Takes out of the cart what can no longer be chosen, and says so; whether there was any */
export function drop(dropped: c.Dropped, nameOf: (sku: string) => string | undefined, why = '已不再提供'): boolean {
  const [first] = [...dropped.addOns, ...dropped.giftChoices]
  if (!first) return false
  const n = dropped.addOns.length + dropped.giftChoices.length
  const what = dropped.addOns.length > 0 ? '换购商品' : '选的赠品'
  const name = nameOf(first.sku)
  cartStore.set(dropped.cart)
  void Taro.showToast({ title: `${name ? `${what}「${name}」` : what}${n > 1 ? `等${n}件` : ''}${why}，已为您去掉`, icon: 'none', duration: 3000 })
  return true
}
export const refreshProducts = (products: c.CartProduct[]): void => cartStore.set((cart) => c.refresh(cart, products))
