// The cart as the shopper left it: pure functions over its lines.

export interface CartProduct { sku: string; name: string; unit: string; emoji: string; imageHue: number; listFen: number; available: number | null }
export interface CartLine { sku: string; qty: number; selected: boolean; product: CartProduct }
export interface Cart { lines: CartLine[] }

export const MAX_QTY = 999
export const emptyCart: Cart = { lines: [] }

export const cap = (product: CartProduct): number => (product.available === null ? MAX_QTY : Math.min(MAX_QTY, product.available))

/** Sets the quantity of a product; 0 takes it out. Never above what is on hand */
export function setQty(cart: Cart, product: CartProduct, qty: number): Cart {
  const want = Math.min(Math.max(0, Math.trunc(qty)), cap(product))
  const there = cart.lines.find((l) => l.sku === product.sku)
  if (want === 0) return there ? { lines: cart.lines.filter((l) => l.sku !== product.sku) } : cart
  if (!there) return { lines: [...cart.lines, { sku: product.sku, qty: want, selected: true, product }] }
  if (there.qty === want) return cart
  return { lines: cart.lines.map((l) => (l.sku === product.sku ? { ...l, qty: want, selected: true, product } : l)) }
}

export const qtyOf = (cart: Cart, sku: string): number => cart.lines.find((l) => l.sku === sku)?.qty ?? 0

export function addQty(cart: Cart, product: CartProduct, by: number): Cart {
  return setQty(cart, product, qtyOf(cart, product.sku) + by)
}

export function remove(cart: Cart, skus: string[]): Cart {
  return { lines: cart.lines.filter((l) => !skus.includes(l.sku)) }
}

export function select(cart: Cart, skus: string[], selected: boolean): Cart {
  return { lines: cart.lines.map((l) => (skus.includes(l.sku) ? { ...l, selected } : l)) }
}

/** Fresh facts from a quote: name, price, stock. The shopper's quantities stay as they are */
export function refresh(cart: Cart, products: CartProduct[]): Cart {
  let changed = false
  const lines = cart.lines.map((l) => {
    const p = products.find((x) => x.sku === l.sku)
    if (!p || (p.name === l.product.name && p.listFen === l.product.listFen && p.available === l.product.available)) return l
    changed = true
    return { ...l, product: { sku: p.sku, name: p.name, unit: p.unit, emoji: p.emoji, imageHue: p.imageHue, listFen: p.listFen, available: p.available } }
  })
  return changed ? { lines } : cart
}

export const soldOut = (line: CartLine): boolean => line.product.available !== null && line.product.available <= 0
export const short = (line: CartLine): boolean => line.product.available !== null && line.qty > line.product.available && !soldOut(line)

/** What is priced and paid: chosen and to be had */
export const settled = (cart: Cart): CartLine[] => cart.lines.filter((l) => l.selected && !soldOut(l))

export const count = (lines: CartLine[]): number => lines.reduce((n, l) => n + l.qty, 0)

/** Lines that are priced, in an order that does not depend on how they were added */
export function cartLines(cart: Cart): { sku: string; qty: number }[] {
  return settled(cart).map((l) => ({ sku: l.sku, qty: l.qty })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
}

/** What was stored, if it can be understood; storage is the phone's and may hold anything */
export function revive(value: unknown): Cart {
  if (typeof value !== 'object' || value === null || !Array.isArray((value as Cart).lines)) return emptyCart
  const lines = (value as Cart).lines.filter(
    (l) => l && typeof l.sku === 'string' && Number.isInteger(l.qty) && l.qty > 0 && l.product && typeof l.product.name === 'string',
  )
  return { lines: lines.map((l) => ({ ...l, selected: l.selected !== false })) }
}
