import { App, Input, InputNumber, Modal, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { CountStockDocument, type CountStockInput, type ShelfRowFragment } from '../../gql/graphql'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import type { Article } from './StockDrawer'

type Way = 'add' | 'take' | 'set'
type Change = Pick<CountStockInput, 'units' | 'onHand' | 'seenOnHand'>

/** What a form says, and how many units are free after it; null where it says nothing that could be written down */
export function changeOf(way: Way, count: number | null, there: number | null): { change: Change; after: number } | null {
  if (count === null || !Number.isSafeInteger(count)) return null
  const free = there ?? 0
  if (way === 'set') return there === null || count < 0 || count === there ? null : { change: { onHand: count, seenOnHand: there }, after: count }
  if (count < 1 || (way === 'take' && count > free)) return null
  const units = way === 'add' ? count : -count
  return { change: { units }, after: free + units }
}

/** One correction of a shelf: what came, what is missing, or what was counted; with its reason */
export function CountStock({ article, shelf, close, done }: { article: Article; shelf: ShelfRowFragment; close: () => void; done: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [way, setWay] = useState<Way>('add')
  const [count, setCount] = useState<number | null>(null)
  const [reason, setReason] = useState('')
  const [there, setThere] = useState(shelf.onHand)
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(CountStockDocument)
  const wish = changeOf(way, count, there)
  const run = async (): Promise<void> => {
    if (!wish) return
    const input = { storeId: shelf.store.id, sku: article.sku, reason: reason.trim(), ...wish.change }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.countStock
    if (result?.__typename === 'ArticleShelf') {
      key.done()
      message.success(t('stock.saved', { store: shelf.store.name, count: formatCount(result.onHand ?? 0) }))
      close()
      return done()
    }
    if (result && 'available' in result) setThere(result.available) // what stands there now: the next try is about that
    message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={t('stock.changeOf', { store: shelf.store.name })} okText={t('stock.save')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !wish || reason.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={close} width={440}>
      <p style={{ margin: '0 0 12px' }}>{article.name}<span className="muted">{there === null ? t('stock.noneYet') : t('stock.now', { count: formatCount(there), unit: article.unit })}</span></p>
      <Segmented style={{ marginBottom: 12 }} value={way} onChange={setWay} options={(['add', 'take', 'set'] as const).map((value) => ({ value, label: t(`stock.${value}`), disabled: value !== 'add' && there === null }))} />
      <label className="stacked">{t(`stock.${way}Label`)}<InputNumber aria-label={t(`stock.${way}Label`)} min={way === 'set' ? 0 : 1} max={way === 'take' ? Math.max(1, there ?? 0) : 1_000_000} precision={0} value={count} suffix={article.unit} onChange={setCount} style={{ width: 180 }} /></label>
      <div className="small" style={{ margin: '-4px 0 12px' }} data-testid="stock-after">{wish ? t('stock.after', { before: formatCount(there ?? 0), after: formatCount(wish.after) }) : <span className="muted">{t(`stock.${way}Hint`)}</span>}</div>
      <label className="stacked">{t('member.reason')}<Input value={reason} maxLength={100} showCount placeholder={t('stock.reasonHint')} onChange={(e) => setReason(e.target.value)} /></label>
      <div style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>{t(`stock.${way}Usual`).split('、').map((usual) => <Tag.CheckableTag key={usual} checked={reason === usual} onChange={() => setReason(usual)}>{usual}</Tag.CheckableTag>)}</div>
    </Modal>
  )
}
