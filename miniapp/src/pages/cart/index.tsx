import { Text, View } from '@tarojs/components'
import Taro, { useDidShow } from '@tarojs/taro'
import { useRef, useState } from 'react'
import { Check, Icon, Price, Stepper, Tag, Tile } from '../../components/basics'
import { Breakdown } from '../../components/Breakdown'
import { AddOns, Gifts } from '../../components/Extras'
import { ChangeBanner } from '../../components/ChangeBanner'
import { CouponOffers } from '../../components/CouponOffers'
import { Sheet } from '../../components/Sheet'
import { Empty, Failure, NetBar, Skeleton } from '../../components/states'
import { ProductRow } from '../../components/products'
import { PromotionProductsDocument } from '../../gql/graphql'
import { SwipeRow } from '../../components/SwipeRow'
import { cap, count, settled, short, soldOut, splitLines, type Cart as CartState, type CartLine } from '../../lib/cart'
import { rmb, yuanShort } from '../../lib/money'
import { unlocks } from '../../lib/offers'
import { useStore } from '../../lib/store'
import { platform } from '../../platform/index'
import { badge, cartStore, changeQty, removeSkus, selectSkus, setQty } from '../../services/cart'
import { linkStore, networkStore } from '../../services/live'
import { lineFen, quoteStore, watchPrice, type Quote } from '../../services/liveQuote'
import { watchStock } from '../../services/restock'
import { logIn } from '../../services/session'
import { shopStore } from '../../services/shop'
import { words } from '../../services/transport'
import { useQuery } from '../../services/useQuery'
import { toast, useWhileShown } from '../../services/useWhileShown'

type Group = Quote['groups'][number]
interface Section { group: Group | null; lines: CartLine[] }

/** Lines under their promotions; a line that is not priced now stays under the promotion where it was last seen */
function sections(cart: CartState, quote: Quote | null, memory: Map<string, string>): { sections: Section[]; gone: CartLine[] } {
  const groups = (quote?.groups ?? []).filter((g) => g.offerId !== null)
  groups.forEach((g) => g.skus.forEach((sku) => memory.set(sku, g.offerId!)))
  const out: Section[] = groups.map((group) => ({ group, lines: [] }))
  const rest: Section = { group: null, lines: [] }
  const placed = new Set<string>()
  const here = cart.lines.filter((l) => !soldOut(l))
  const sold = quote ? splitLines(quote).sold : []
  for (const s of out) {
    for (const l of here) {
      if (placed.has(l.sku)) continue
      const priced = sold.some((q) => q.sku === l.sku)
      if (s.group!.skus.includes(l.sku) || (!priced && memory.get(l.sku) === s.group!.offerId)) {
        s.lines.push(l)
        placed.add(l.sku)
      }
    }
  }
  rest.lines = here.filter((l) => !placed.has(l.sku))
  return { sections: [...out, rest].filter((s) => s.lines.length > 0), gone: cart.lines.filter(soldOut) }
}

export default function Cart() {
  const cart = useStore(cartStore)
  const { quote, quotedFor, wanted, problem } = useStore(quoteStore)
  const { current } = useStore(shopStore)
  const online = useStore(networkStore)
  const link = useStore(linkStore)
  const [sheet, setSheet] = useState<'none' | 'breakdown' | 'more'>('none')
  const [offer, setOffer] = useState<Group | null>(null)
  const memory = useRef(new Map<string, string>())
  useWhileShown(watchPrice)
  useWhileShown(watchStock)
  useDidShow(badge)

  const chosen = settled(cart)
  const n = count(chosen)
  const added = n > 0 && quote ? count(splitLines(quote).added) : 0
  const { sections: parts, gone } = sections(cart, quote, memory.current)
  const fresh = quote !== null && quotedFor === wanted
  const stale = !online || link === 'reconnecting'
  const buyable = cart.lines.filter((l) => !soldOut(l))
  const all = buyable.length > 0 && buyable.every((l) => l.selected)

  async function settle(): Promise<void> {
    if (n === 0) return toast('先选几样想买的')
    try {
      if (!(await logIn())) return
      await Taro.navigateTo({ url: '/pages/checkout/index' })
    } catch (e) { toast(words(e)) }
  }
  const drop = (skus: string[], what: string): void => {
    void Taro.showModal({ title: what, confirmText: '删除', confirmColor: '#d5281c' }).then((r) => { if (r.confirm) removeSkus(skus) })
  }

  if (cart.lines.length === 0) {
    return (
      <View className='page cart js-cart'>
        <NetBar />
        <Empty emoji='🛒' title='购物车还是空的' note='去挑几样想吃的，凑够满减更划算' action='去逛逛' onAction={() => void Taro.switchTab({ url: '/pages/home/index' })} />
      </View>
    )
  }
  return (
    <View className='page cart js-cart'>
      <NetBar live />
      <ChangeBanner />
      <View className='cart-head'>
        <Icon name='pin' className='icon-ink' />
        <Text className='cart-shop'>{current?.name ?? '默认门店'}</Text>
        <Text className='cart-live'>{fresh && !stale ? '● 价格实时' : ''}</Text>
      </View>
      {parts.map((s) => (
        <View key={s.group?.offerId ?? 'rest'} className='cart-group js-group'>
          {s.group ? <GroupHead group={s.group} onMore={() => { setOffer(s.group); setSheet('more') }} /> : null}
          {s.lines.map((l) => <Line key={l.sku} line={l} quote={quote} />)}
        </View>
      ))}
      {quote && n > 0 ? <><Gifts quote={quote} /><AddOns quote={quote} fresh={fresh} /></> : null}
      {online ? <CouponOffers placement='CART' skus={cart.lines.map((l) => l.sku).sort()} /> : null}
      {gone.length > 0 ? (
        <View className='cart-group cart-gone js-gone'>
          <View className='gone-head'>
            <Text>{`已售罄 ${gone.length} 件`}</Text>
            <Text className='gone-clear' onClick={() => drop(gone.map((l) => l.sku), '清空已售罄的商品？')}>清空</Text>
          </View>
          {gone.map((l) => <Line key={l.sku} line={l} quote={null} />)}
        </View>
      ) : null}
      {quote && fresh ? <><PaysLess quote={quote} /><Unlocks quote={quote} /></> : null}
      {problem ? <View className='bar bar-warn'>{problem}</View> : null}
      <View className='settle-space' />
      <View className='settle js-settle' style={{ bottom: platform.tabBarOffset }}>
        <View className='settle-all' onClick={() => selectSkus(buyable.map((l) => l.sku), !all)}>
          <Check on={all} onClick={() => selectSkus(buyable.map((l) => l.sku), !all)} />
          <Text>全选</Text>
        </View>
        <View className='settle-words' onClick={() => { if (quote && n > 0) setSheet(sheet === 'breakdown' ? 'none' : 'breakdown') }}>
          <View className='settle-line'>
            <Text className='settle-label'>合计</Text>
            {n === 0 ? <Price fen={0} size='lg' /> : quote
              ? <Price fen={quote.dueFen} size='lg' className={`js-total ${fresh && !stale ? '' : 'pending'}`} />
              : <Text className='settle-wait'>计算中…</Text>}
          </View>
          {n > 0 && quote ? (
            <View className='settle-saved js-saved'>
              <Text>{!online ? '网络已断开' : stale ? '正在重连' : !fresh ? '重新计算中' : quote.savedFen > 0 ? `已优惠 ${rmb(quote.savedFen)}` : quote.shippingFen > 0 ? `含运费 ${rmb(quote.shippingFen)}` : '免运费'}</Text>
              <Text className='settle-detail'>明细</Text>
              <Icon name={sheet === 'breakdown' ? 'down' : 'up'} className='icon-xs' />
            </View>
          ) : null}
        </View>
        <View className={`btn btn-main settle-btn js-checkout ${n === 0 ? 'btn-off' : ''}`} hoverClass='pressed' onClick={() => void settle()}>{`去结算(${n + added})`}</View>
      </View>
      <Sheet open={sheet === 'breakdown' && quote !== null} title='优惠明细' onClose={() => setSheet('none')} tab name='js-breakdown-sheet'>
        {quote ? <Breakdown quote={quote} /> : null}
      </Sheet>
      <Sheet open={sheet === 'more'} title='凑单' onClose={() => setSheet('none')} tab name='js-more-sheet'>
        {offer ? <More group={quote?.groups.find((g) => g.offerId === offer.offerId) ?? offer} quote={quote} /> : null}
      </Sheet>
    </View>
  )
}

/** What it gives now, and what the next tier needs and gives in the server's words */
function progressWords(g: Group): string {
  const now = g.reached ? (g.offFen > 0 ? `已减¥${yuanShort(g.offFen)}` : '已享受') : ''
  const next = g.nextSentence ?? (g.reached ? '' : g.shortByFen !== null ? `再买¥${yuanShort(g.shortByFen)}可享` : g.shortByCount !== null ? `再买${g.shortByCount}件可享` : '')
  return [now, next].filter(Boolean).join('，')
}

function GroupHead({ group: g, onMore }: { group: Group; onMore(): void }) {
  return (
    <View className={`group-head ${g.reached ? 'group-reached' : ''}`}>
      <View className='group-line'>
        <Tag look={g.reached ? 'solid' : 'line'}>{g.title}</Tag>
        <View className='group-more js-more' onClick={onMore}>{g.nextSentence ? '去凑单' : '再逛逛'}<Icon name='right' className='icon-xs' /></View>
      </View>
      <View className='group-words'><Text className='group-progress js-progress'>{progressWords(g)}</Text></View>
      {g.nextSentence ? <View className='group-bar' aria-label={`已完成${Math.floor(g.progressBp / 100)}%`}><View className='group-fill' style={{ width: `${g.progressBp / 100}%` }} /></View> : null}
      <View className='group-sentence'>{g.sentence}</View>
    </View>
  )
}

function Line({ line: l, quote }: { line: CartLine; quote: Quote | null }) {
  const q = quote ? splitLines(quote).sold.find((x) => x.sku === l.sku && x.qty === l.qty) : undefined
  const out = soldOut(l)
  const own = q ? lineFen(q) : l.product.listFen * l.qty
  const less = q !== undefined && own < q.listFen
  return (
    <SwipeRow onDelete={() => removeSkus([l.sku])}>
      <View className={`line js-line ${out ? 'line-out' : ''}`} data-sku={l.sku}>
        <Check on={l.selected && !out} dim={out} className='js-check' onClick={() => { if (!out) selectSkus([l.sku], !l.selected) }} />
        <Tile emoji={l.product.emoji} hue={l.product.imageHue} size='sm' />
        <View className='line-words'>
          <Text className='line-name'>{l.product.name}</Text>
          <View className='line-tags'>
            {(q?.offers ?? []).slice(0, 2).map((o) => <Tag key={o.id} look='soft'>{o.name}</Tag>)}
            {short(l) ? <Text className='low-stock' onClick={() => setQty(l.product, cap(l.product))}>{`库存不足，仅剩${l.product.available}${l.product.unit || '件'}，点此改成${l.product.available}`}</Text>
              : l.product.available !== null && l.product.available <= 10 && !out ? <Text className='low-stock'>{`仅剩${l.product.available}${l.product.unit || '件'}`}</Text> : null}
          </View>
          <View className='line-foot'>
            {out ? <Text className='line-out-text'>已售罄</Text> : (
              <View className='line-price'>
                <Price fen={own} />
                {less ? <Price fen={q.listFen} size='xs' tone='grey' strike /> : l.qty > 1 ? <Text className='line-unit'>{`${rmb(l.product.listFen)}/${l.product.unit || '件'}`}</Text> : null}
              </View>
            )}
            {out ? null : <Stepper value={l.qty} max={cap(l.product)} name={l.product.name} onChange={(by) => {
              if (by === -1 && l.qty === 1) {
                void Taro.showModal({ title: `不要「${l.product.name}」了吗？`, confirmText: '删除', cancelText: '再想想', confirmColor: '#d5281c' }).then((r) => { if (r.confirm) removeSkus([l.sku]) })
              } else changeQty(l.product, by)
            }} />}
          </View>
        </View>
      </View>
    </SwipeRow>
  )
}

/** Adding these makes the whole order cheaper */
function PaysLess({ quote }: { quote: Quote }) {
  const best = quote.suggestions.find((s) => s.kind.toLowerCase() === 'pays_less')
  if (!best) return null
  return (
    <View className='paysless js-paysless'>
      <View className='paysless-words'>
        <Text className='paysless-title'>多买反而更省</Text>
        <Text className='paysless-note'>{best.sentence}</Text>
      </View>
      <View className='btn btn-main btn-sm' hoverClass='pressed' onClick={() => best.add.forEach((a) => changeQty(a.product, a.qty))}>一键加购</View>
    </View>
  )
}

/** A little more, and an offer without a group of its own (包邮, a coupon) applies; the words say what it costs */
function Unlocks({ quote }: { quote: Quote }) {
  const said = quote.suggestions.find((s) => s.kind.toLowerCase() === 'pays_less')?.sentence
  return (
    <>
      {unlocks(quote.suggestions.filter((s) => s.sentence !== said), quote.groups, quote.rejected).map(({ name, suggestion: s }) => (
        <View key={s.offerId ?? name} className='paysless js-unlock'>
          <View className='paysless-words'>
            <Text className='paysless-title'>{`再加一点，可用「${name}」`}</Text>
            <Text className='paysless-note'>{s.sentence}</Text>
          </View>
          <View className='btn btn-line btn-sm' hoverClass='pressed' onClick={() => s.add.forEach((a) => changeQty(a.product, a.qty))}>加购</View>
        </View>
      ))}
    </>
  )
}

/** What the shop suggests; else the goods of the promotion, those that close the gap first */
function More({ group, quote }: { group: Group; quote: Quote | null }) {
  const { current } = useStore(shopStore)
  const list = (quote?.suggestions ?? []).filter((s) => s.offerId === group.offerId)
  const promotion = group.promotionId
  const goods = useQuery(PromotionProductsDocument, { id: promotion ?? '', after: null, search: null, storeId: current?.id ?? null }, { skip: promotion === null })
  const gap = group.shortByFen ?? gapOf(group)
  const nodes = closing((goods.data?.promotion?.products.nodes ?? []).filter((p) => p.available !== 0), gap)
  return (
    <View>
      <View className='more-head'>
        <Text className='more-progress'>{progressWords(group)}</Text>
        {group.nextSentence ? <View className='group-bar'><View className='group-fill' style={{ width: `${group.progressBp / 100}%` }} /></View> : null}
        <Text className='more-sentence'>{`${group.title} · ${group.sentence}`}</Text>
      </View>
      {list.map((s, i) => (
        <View key={i} className='suggestion js-suggestion'>
          {s.add.map((a) => (
            <View key={a.sku} className='suggestion-line'>
              <Tile emoji={a.product.emoji} hue={a.product.imageHue} size='sm' />
              <View className='line-words'>
                <Text className='line-name'>{a.product.name}</Text>
                <Text className='line-qty'>{`${rmb(a.product.priceInHandFen)} × ${a.qty}`}</Text>
              </View>
            </View>
          ))}
          <View className='suggestion-foot'>
            <Text className='suggestion-note'>{s.sentence}</Text>
            <View className='btn btn-main btn-sm js-add-suggestion' hoverClass='pressed' onClick={() => s.add.forEach((a) => changeQty(a.product, a.qty))}>加购</View>
          </View>
        </View>
      ))}
      {nodes.map((p) => <ProductRow key={p.sku} product={p} />)}
      {goods.data === null && goods.loading ? <Skeleton kind='rows' count={3} /> : null}
      {goods.data === null && goods.fault ? <Failure fault={goods.fault} onRetry={() => void goods.reload()} /> : null}
      {promotion ? <View className='btn btn-line more-all' hoverClass='pressed' onClick={() => void Taro.navigateTo({ url: `/pages/promotion/index?id=${encodeURIComponent(promotion)}` })}>看活动全部商品</View> : null}
    </View>
  )
}

/** Fen that miss from the next tier of a group that has reached one: the sentence names them first */
function gapOf(g: Group): number {
  const found = /^再买¥([\d.]+)/.exec(g.nextSentence ?? '')
  return found ? Math.round(Number(found[1]) * 100) : 0
}

/** Those that close the gap alone, the cheapest first; then the others, the dearest first */
function closing<P extends { priceInHandFen: number }>(products: P[], gap: number): P[] {
  const enough = products.filter((p) => p.priceInHandFen >= gap).sort((a, b) => a.priceInHandFen - b.priceInHandFen)
  const less = products.filter((p) => p.priceInHandFen < gap).sort((a, b) => b.priceInHandFen - a.priceInHandFen)
  return [...enough, ...less].slice(0, 8)
}
