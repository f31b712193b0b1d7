import { ScrollView, Text, View } from '@tarojs/components'
import { useState } from 'react'
import { AddOnGapDocument } from '../gql/graphql'
import { addOnQty, addOnsOf, byOffer, splitLines } from '../lib/cart'
import { rmb, yuanShort } from '../lib/money'
import { useStore } from '../lib/store'
import { cartStore, chooseGift, setAddOn } from '../services/cart'
import { cartInput, lineFen, type Quote } from '../services/liveQuote'
import { useQuery } from '../services/useQuery'
import { Check, Icon, Price, Stepper, Tag, Tile } from './basics'
import { Sheet } from './Sheet'

type Gift = Quote['gifts'][number]
type Choice = Quote['giftChoices'][number]
type AddOn = Quote['addOnChoices'][number]

/** One article that is given: nothing to pay, and what it would have cost */
export function GiftLine({ name, emoji, hue, qty, listFen, note, plain = false }: { name: string; emoji: string; hue: number; qty: number; listFen: number; note?: string; plain?: boolean }) {
  return (
    <View className={`line extra-line js-gift ${plain ? 'line-plain' : ''}`}>
      <Tile emoji={emoji} hue={hue} size='sm' />
      <View className='line-words'>
        <Text className='line-name'>{name}</Text>
        <View className='line-tags'><Tag look='solid'>赠品</Tag>{note ? <Tag look='soft'>{note}</Tag> : null}</View>
        <View className='line-foot'>
          <View className='line-price'><Price fen={0} /><Price fen={listFen} size='xs' tone='grey' strike /></View>
          <Text className='line-qty'>{`×${qty}`}</Text>
        </View>
      </View>
    </View>
  )
}

/** 赠品, under the offer that gives them */
export function Gifts({ quote }: { quote: Quote }) {
  const [choosing, setChoosing] = useState<string | null>(null)
  const choices = choosing === null ? [] : quote.giftChoices.filter((c) => c.offerId === choosing)
  return (
    <>
      {byOffer(quote.gifts).map((gifts) => <GiftCard key={gifts[0]!.offerId} gifts={gifts} choices={quote.giftChoices.filter((c) => c.offerId === gifts[0]!.offerId)} onChoose={setChoosing} />)}
      <Sheet open={choices.length > 0} title={`选赠品（${choices.length}选${choices[0]?.choose ?? 1}）`} onClose={() => setChoosing(null)} tab name='js-gift-sheet'>
        {choices.map((c) => <GiftOption key={c.sku} choice={c} given={quote.gifts.filter((g) => g.offerId === c.offerId).map((g) => g.sku)} />)}
      </Sheet>
    </>
  )
}

function GiftCard({ gifts, choices, onChoose }: { gifts: Gift[]; choices: Choice[]; onChoose(offerId: string): void }) {
  const { offerId, name } = gifts[0]!
  return (
    <View className='cart-group js-gifts'>
      <View className='group-head'>
        <View className='group-line'>
          <Tag look='solid'>{name}</Tag>
          {choices.length > 1 ? <View className='group-more js-choose-gift' onClick={() => onChoose(offerId)}>{`换赠品（${choices.length}选${choices[0]!.choose}）`}<Icon name='right' className='icon-xs' /></View> : <Text className='extra-note'>已达门槛，随单赠送</Text>}
        </View>
      </View>
      {gifts.map((g) => <GiftLine key={g.sku} name={g.product.name} emoji={g.product.emoji} hue={g.product.imageHue} qty={g.qty} listFen={g.listFen} />)}
    </View>
  )
}

function GiftOption({ choice: c, given }: { choice: Choice; given: string[] }) {
  const out = c.product.available === 0
  const choose = (): void => { if (!out) chooseGift(c, given) }
  return (
    <View className={`choice js-gift-option ${c.chosen ? 'choice-on' : ''} ${out ? 'extra-off' : ''}`} onClick={choose}>
      <Tile emoji={c.product.emoji} hue={c.product.imageHue} size='xs' />
      <View className='choice-words extra-words'>
        <Text className='choice-name'>{c.product.name}</Text>
        <Text className='choice-note'>{out ? '已送完' : `×${c.qty} · 价值${rmb(c.product.listFen * c.qty)}`}</Text>
      </View>
      <Check on={c.chosen} dim={out} onClick={choose} />
    </View>
  )
}

/** What misses from the threshold of add-ons that nobody chose: the price does not say so by itself, a cart with one of each does */
function useGaps(quote: Quote, fresh: boolean): (offerId: string) => number | null {
  const cart = useStore(cartStore)
  const unreached = byOffer(quote.addOnChoices.filter((c) => !c.reached)).map((of) => of[0]!)
  const asked = cartInput()
  const input = asked && unreached.length > 0 ? { ...asked, suggest: false, addOns: [...cart.addOns.filter((a) => unreached.every((c) => c.offerId !== a.offerId)), ...unreached.map(({ offerId, sku }) => ({ offerId, sku, qty: 1 }))] } : null
  const { data } = useQuery(AddOnGapDocument, { input: input ?? { lines: [] } }, { skip: input === null || !fresh })
  const rejected = data?.quoteCart.__typename === 'Quote' ? data.quoteCart.rejected : []
  return (offerId) => rejected.find((r) => r.id === offerId)?.shortByFen ?? null
}

/** 加价购: what may be added at a price of its own, and what misses until then */
export function AddOns({ quote, fresh }: { quote: Quote; fresh: boolean }) {
  const cart = useStore(cartStore)
  const gap = useGaps(quote, fresh)
  const { added } = splitLines(quote)
  return (
    <>
      {byOffer(quote.addOnChoices).map((choices) => {
        const { offerId, name, most, reached } = choices[0]!
        const short = reached ? null : gap(offerId)
        const taken = addOnsOf(cart, offerId)
        return (
          <View key={offerId} className={`cart-group js-addons ${reached ? 'js-addons-reached' : ''}`}>
            <View className='group-head'>
              <View className='group-line'>
                <Tag look={reached ? 'solid' : 'line'}>{name}</Tag>
                <Text className={`extra-note js-addon-note ${reached ? '' : 'extra-short'}`}>{reached ? `可换购${most}件${taken > 0 ? `，已选${taken}件` : ''}` : `${short === null ? '未达换购门槛' : `再买¥${yuanShort(short)}可换购`}${taken > 0 ? '，已选的暂未计入' : ''}`}</Text>
              </View>
            </View>
            <ScrollView scrollX className='addon-scroll'>
              <View className='addon-strip'>
                {choices.map((c) => <AddOnCard key={c.sku} choice={c} qty={addOnQty(cart, offerId, c.sku)} full={taken >= most} line={added.find((l) => l.sku === c.sku && l.offers.some((o) => o.id === offerId))} />)}
              </View>
            </ScrollView>
          </View>
        )
      })}
    </>
  )
}

/** `line` is what the quote asks for it once it is chosen: a lowest price of the article may lie above the offer's */
function AddOnCard({ choice: c, qty, full, line }: { choice: AddOn; qty: number; full: boolean; line: Quote['lines'][number] | undefined }) {
  const fen = line ? Math.ceil(lineFen(line) / line.qty) : c.priceFen
  const out = c.product.available === 0
  const more = c.reached && !full && !out
  return (
    <View className={`addon js-addon ${c.reached && !out ? '' : 'extra-off'} ${qty > 0 ? 'addon-on' : ''}`} data-sku={c.sku}>
      <Tile emoji={c.product.emoji} hue={c.product.imageHue} size='xs' />
      <View className='addon-words'>
        <Text className='addon-name'>{c.product.name}</Text>
        <View className='line-price'><Price fen={fen} size='sm' />{fen < c.product.listFen ? <Price fen={c.product.listFen} size='xs' tone='grey' strike /> : null}</View>
      </View>
      {qty > 0
        ? <Stepper value={qty} max={more ? qty + 1 : qty} name={c.product.name} onChange={(by) => { if (by < 0 || more) setAddOn(c, qty + by) }} />
        : <View className={`btn btn-sm addon-btn js-take-addon ${more ? 'btn-main' : 'btn-grey'}`} hoverClass='pressed' onClick={() => { if (more) setAddOn(c, 1) }}>{out ? '已换完' : `+¥${yuanShort(c.priceFen)} 换购`}</View>}
    </View>
  )
}

/** One chosen add-on on the checkout page */
export function AddedLine({ line: l }: { line: Quote['lines'][number] }) {
  return (
    <View className='line line-plain js-checkout-line js-checkout-addon'>
      <Tile emoji={l.product.emoji} hue={l.product.imageHue} size='sm' />
      <View className='line-words'>
        <Text className='line-name'>{l.product.name}</Text>
        <View className='line-tags'><Tag look='green'>换购</Tag></View>
        <View className='line-foot'>
          <View className='line-price'><Price fen={lineFen(l)} tone='ink' />{lineFen(l) < l.listFen ? <Price fen={l.listFen} size='xs' tone='grey' strike /> : null}</View>
          <Text className='line-qty'>{`×${l.qty}`}</Text>
        </View>
      </View>
    </View>
  )
}
