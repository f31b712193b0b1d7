// Lines of the cart that are not priced (sold out, not ticked) hear of their stock here; those that are priced hear of it with the price.
import { ArticleStockDocument, type ArticleStockSubscription } from '../gql/graphql'
import { unpriced } from '../lib/cart'
import { cartStore, refreshProducts } from './cart'
import { live } from './live'
import { shopStore } from './shop'
import { documentId } from './transport'

/** While a page shows the cart; ends with the returned function */
export function watchStock(): () => void {
  let asked = ''
  let end = (): void => undefined
  const follow = (): void => {
    const skus = unpriced(cartStore.get())
    const storeId = shopStore.get().current?.id ?? null
    const wish = JSON.stringify([skus, storeId])
    if (wish === asked) return
    asked = wish
    end()
    end = skus.length === 0 ? () => undefined : listen(skus, storeId)
  }
  const offs = [cartStore.subscribe(follow), shopStore.subscribe(follow)]
  follow()
  return () => { offs.forEach((off) => off()); end() }
}

function listen(skus: string[], storeId: string | null): () => void {
  let floor = -1
  return live.subscribe<ArticleStockSubscription>(ArticleStockDocument.toString(), { skus, storeId }, {
    next: ({ articleStock: { version, articles } }) => {
      if (version <= floor) return
      floor = version
      const there = new Map(articles.map(({ sku, available }) => [sku, available]))
      refreshProducts(cartStore.get().lines.filter((l) => there.has(l.sku)).map((l) => ({ ...l.product, available: there.get(l.sku)! })))
    },
    restart: () => { floor = -1 },
  }, documentId(ArticleStockDocument))
}
