import { Alert, App, Button, Checkbox, Drawer, Input, InputNumber, Skeleton } from 'antd'
import { useEffect, useState } from 'react'
import { useClient, useMutation } from 'urql'
import { Money } from '../../components/Money'
import { type OrderBodyFragment, RefundOrderDocument, type RefundFiguresFragment, StoreRefundPreviewDocument } from '../../gql/graphql'
import { troubleOf } from '../../lib/graphql'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { partWords } from './parts'

type Request = OrderBodyFragment['refundRequests'][number]

/** One row an article: what stands in several places of the order comes back together, bought units first. */
function rowsOf(order: OrderBodyFragment) {
  return order.refundable.map((left) => {
    const lines = order.lines.filter((line) => line.sku === left.sku)
    return { sku: left.sku, left: left.qty, name: lines[0]?.name ?? left.sku, emoji: lines[0]?.emoji ?? '', gift: lines.every((line) => line.kind === 'GIFT') }
  })
}

/** Chooses units, sees what they give back and why, refunds. With a request, its units are fixed. */
export function RefundPanel({ order, request, onClose, onDone }: { order: OrderBodyFragment; request: Request | null; onClose: () => void; onDone: () => void }) {
  const t = useT()
  const rows = rowsOf(order)
  const [chosen, setChosen] = useState<Record<string, number>>(() => Object.fromEntries((request?.units ?? []).map((unit) => [unit.sku, unit.qty])))
  const [reason, setReason] = useState(request?.reason ?? '')
  const [restock, setRestock] = useState(order.state === 'PAID')
  const [seen, setSeen] = useState<{ figures: RefundFiguresFragment | null; refusal: string; asking: boolean }>({ figures: null, refusal: '', asking: false })
  const [changed, setChanged] = useState('')
  const [busy, setBusy] = useState(false)
  const client = useClient()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [, refund] = useMutation(RefundOrderDocument)
  const units = request ? request.units.map(({ sku, qty }) => ({ sku, qty })) : rows.filter((row) => (chosen[row.sku] ?? 0) > 0).map((row) => ({ sku: row.sku, qty: chosen[row.sku]! }))
  const asked = JSON.stringify(units)
  const { figures } = seen

  useEffect(() => {
    if (units.length === 0) {
      setSeen({ figures: null, refusal: '', asking: false })
      return
    }
    let current = true
    setSeen((last) => ({ ...last, asking: true }))
    void client
      .query(StoreRefundPreviewDocument, { input: { orderId: order.id, units } }, { requestPolicy: 'network-only' })
      .toPromise()
      .then(({ data, error }) => {
        if (!current) return
        const found = data?.storeRefundPreview
        if (found?.__typename === 'RefundPreview') setSeen({ figures: found, refusal: '', asking: false })
        else setSeen({ figures: null, refusal: found?.message ?? (error ? t(`trouble.${troubleOf(error)}`) : ''), asking: false })
      })
    return () => {
      current = false
    }
  }, [asked, client, order.id, t]) // `asked` is the units' text

  const send = async (): Promise<void> => {
    if (!figures) return
    setBusy(true)
    const input = { orderId: order.id, units, reason: reason.trim(), restock, previewToken: figures.token, requestId: request?.id ?? null }
    const { data, error } = await refund({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.refundOrder
    if (result?.__typename === 'Order') {
      key.done()
      message.success(t('refund.done'))
      onDone()
    } else if (result?.__typename === 'RefundChanged') {
      setSeen({ figures: result.preview, refusal: '', asking: false })
      setChanged(result.message)
    } else if (result) message.error(result.message)
  }

  return (
    <Drawer
      open
      size={480}
      onClose={onClose}
      title={request ? t('refund.approveTitle') : t('refund.title')}
      footer={
        <div style={{ display: 'flex', justifyContent: 'flex-end', gap: 8 }}>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" danger loading={busy} disabled={!figures || seen.asking || reason.trim() === ''} onClick={() => void send()} data-testid="refund-send">
            {request ? t('refund.approve') : t('refund.send')} {figures && <>&nbsp;<Money fen={figures.paidOutFen} /></>}
          </Button>
        </div>
      }
    >
      <div className="stack">
        {!request && (
          <section>
            <div className="refund-title">
              <strong>{t('refund.choose')}</strong>
              <Button size="small" type="link" onClick={() => setChosen(Object.fromEntries(rows.map((row) => [row.sku, row.left])))}>{t('refund.all')}</Button>
            </div>
            {rows.map((row) => (
              <div key={row.sku} className="refund-row">
                <span className="emoji">{row.emoji}</span>
                <span className="ellipsis">{row.name} {row.gift && <span className="muted small">{t('orderLine.GIFT')}</span>}</span>
                <span className="muted small nowrap">{t('refund.left', { count: row.left })}</span>
                <InputNumber aria-label={t('refund.qtyOf', { name: row.name })} size="small" min={0} max={row.left} precision={0} value={chosen[row.sku] ?? 0} onChange={(value) => setChosen((last) => ({ ...last, [row.sku]: value ?? 0 }))} style={{ width: 72 }} />
              </div>
            ))}
          </section>
        )}
        {request && (
          <section>
            <strong>{t('refund.asked')}</strong>
            {request.units.map((unit) => {
              const line = order.lines.find((it) => it.sku === unit.sku)
              return <div key={unit.sku} className="refund-row"><span className="emoji">{line?.emoji}</span><span className="ellipsis">{line?.name ?? unit.sku}</span><span className="num">×{unit.qty}</span></div>
            })}
            <p className="muted small">{t('refund.customerSaw')} <Money fen={request.seenFen} />{t('list.semicolon')}{request.reason}</p>
          </section>
        )}
        <section aria-live="polite">
          <strong>{t('refund.preview')}</strong>
          {changed && <Alert type="warning" showIcon title={changed} style={{ marginTop: 8 }} data-testid="refund-changed" />}
          {seen.refusal && <Alert type="error" showIcon title={seen.refusal} style={{ marginTop: 8 }} />}
          {units.length === 0 && <p className="muted">{t('refund.chooseFirst')}</p>}
          {units.length > 0 && !figures && !seen.refusal && <Skeleton active paragraph={{ rows: 3 }} />}
          {figures && <Figures figures={figures} />}
        </section>
        <section>
          <strong>{t('refund.reason')}</strong>
          <Input.TextArea aria-label={t('refund.reason')} value={reason} maxLength={100} showCount rows={2} onChange={(event) => setReason(event.target.value)} placeholder={t('refund.reasonHint')} style={{ marginTop: 6 }} />
          <Checkbox checked={restock} onChange={(event) => setRestock(event.target.checked)} style={{ marginTop: 18 }}>{t('refund.restock')}</Checkbox>
          <div className="muted small">{t(order.state === 'PAID' ? 'refund.restockPaid' : 'refund.restockDone')}</div>
        </section>
      </div>
    </Drawer>
  )
}

function Figures({ figures }: { figures: RefundFiguresFragment }) {
  const t = useT()
  return (
    <div className="refund-figures" data-testid="refund-figures">
      <div className="refund-paid"><span>{t('refund.paidOut')}</span><b data-testid="refund-paid-out"><Money fen={figures.paidOutFen} /></b></div>
      <table className="review">
        <tbody>
          <tr><th>{t('refund.gross')}</th><td><Money fen={figures.refundFen} /></td></tr>
          {figures.withheldFen > 0 && <tr><th>{t('refund.withheld')}</th><td>−<Money fen={figures.withheldFen} /></td></tr>}
          {figures.parts.map((part) => <tr key={part.to}><th>{partWords(t, part)}</th><td><Money fen={part.fen} /></td></tr>)}
        </tbody>
      </table>
      <ul className="refund-why">{figures.sentences.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
      <div className="muted small">{t(figures.withinNoReason ? 'refund.within7' : 'refund.after7')}</div>
    </div>
  )
}
