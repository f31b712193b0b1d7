import { Alert, App, Button, Descriptions, Input, Modal, Table, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { Link, useParams } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { Money } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { CompleteOrderDocument, type OrderBodyFragment, RejectRefundDocument, RetryPayoutDocument, StoreOrderDocument, type StoreOrderQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'
import { RecordComplaint } from '../complaints/RecordComplaint'
import { OrderStateTag, partWords, PayoutTag, RefundStateTag } from './parts'
import { RefundPanel } from './RefundPanel'

type Found = NonNullable<StoreOrderQuery['storeOrder']>
type Payout = OrderBodyFragment['returnedPayments'][number]

export function OrderPage() {
  const t = useT()
  const id = useParams().id ?? ''
  const [{ data, error, fetching }, again] = useQuery({ query: StoreOrderDocument, variables: { id }, requestPolicy: 'cache-and-network' })
  const reload = (): void => again({ requestPolicy: 'network-only' })
  const state = data?.storeOrder?.order.refundState
  useEffect(() => {
    if (state !== 'PROCESSING') return undefined
    const timer = setInterval(() => again({ requestPolicy: 'network-only' }), 3000) // money on its way: WeChat tells within seconds
    return () => clearInterval(timer)
  }, [state, again])
  const crumb = <Link to="/orders">{t('order.title')}</Link>
  if (data && !data.storeOrder) {
    return (
      <>
        <PageHead title={t('order.missing')} crumb={crumb} />
        <Panel><EmptyState title={t('order.missing')} hint={t('order.missingHint')} action={<Link to="/orders"><Button>{t('action.back')}</Button></Link>} /></Panel>
      </>
    )
  }
  return (
    <Asked data={data?.storeOrder} error={error} fetching={fetching} onRetry={reload}>
      {(found) => <Detail found={found} crumb={crumb} reload={reload} />}
    </Asked>
  )
}

function Detail({ found, crumb, reload }: { found: Found; crumb: React.ReactNode; reload: () => void }) {
  const t = useT()
  const { order, member } = found
  const mayRefund = useCan('orders.refund')
  const [open, setOpen] = useState<null | 'own' | 'asked'>(null)
  const waiting = order.refundRequests.find((request) => request.state === 'WAITING') ?? null
  const when = (instant: string | null): React.ReactNode => (instant ? <span className="num">{formatDateTime(instant)}</span> : '—')
  return (
    <>
      <PageHead
        title={`${t('order.one')} ${order.number}`}
        crumb={crumb}
        tags={<><OrderStateTag state={order.state} />{order.refundState !== order.state && <RefundStateTag state={order.refundState} />}</>}
        extra={
          <>
            <RecordComplaint orderId={order.id} />
            <CompleteButton order={order} reload={reload} />
            {mayRefund && order.refundable.length > 0 && <Button danger onClick={() => setOpen('own')}>{t('refund.title')}</Button>}
          </>
        }
      />
      {waiting && (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 12 }}
          data-testid="refund-request"
          title={<>{t('refund.waiting')} <Money fen={waiting.seenFen} /> · {waiting.reason}</>}
          description={<span className="muted small num">{formatDateTime(waiting.askedAt)}</span>}
          action={mayRefund && <span style={{ display: 'flex', gap: 8 }}><RejectButton id={waiting.id} reload={reload} /><Button type="primary" onClick={() => setOpen('asked')}>{t('refund.handle')}</Button></span>}
        />
      )}
      <dl className="panel facts">
        <div><dt>{t('order.payable')}</dt><dd><Money fen={order.payableFen} /></dd></div>
        <div><dt>{t('order.cash')}</dt><dd><Money fen={order.dueFen} /></dd></div>
        {order.soldBy && <div><dt>{t('order.soldBy')}</dt><dd>{order.soldBy}</dd></div>}
        <div><dt>{t('order.saved')}</dt><dd><Money fen={order.savedFen} /></dd></div>
        <div><dt>{t('order.refunded')}</dt><dd data-testid="order-refunded"><Money fen={order.refundedFen} /></dd></div>
      </dl>
      <div className="detail">
        <div className="stack">
          <Panel title={t('order.lines')} flush><Lines order={order} /></Panel>
          <Refunds order={order} reload={reload} />
        </div>
        <div className="stack">
          <Panel title={t('order.breakdown')}><Breakdown order={order} /></Panel>
          {order.borne && order.borne.length > 0 && <Panel title={t('bearing.title')}><Borne order={order} borne={order.borne} /></Panel>}
          <Panel title={t('order.about')}>
            <Descriptions
              column={1}
              size="small"
              colon={false}
              styles={{ label: { width: 76, color: '#646a73' } }}
              items={[
                { key: 'member', label: t('order.member'), children: member ? <span>{member.nickname} <span className="muted small" style={{ marginLeft: 6 }}>{member.levelName}</span></span> : '—' },
                ...(member?.phone ? [{ key: 'phone', label: t('order.phone'), children: <span className="num">{member.phone}</span> }] : []),
                ...(member ? [{ key: 'code', label: t('order.memberCode'), children: <Link to={`/orders?search=${member.memberCode}`} className="num">{member.memberCode}</Link> }] : []),
                { key: 'store', label: t('column.store'), children: order.store.name },
                { key: 'placed', label: t('order.placedAt'), children: when(order.placedAt) },
                { key: 'paid', label: t('order.paidAt'), children: when(order.paidAt) },
                { key: 'completed', label: t('order.completedAt'), children: when(order.completedAt) },
              ]}
            />
          </Panel>
        </div>
      </div>
      {open && <RefundPanel order={order} request={open === 'asked' ? waiting : null} onClose={() => setOpen(null)} onDone={() => { setOpen(null); reload() }} />}
    </>
  )
}

function Lines({ order }: { order: OrderBodyFragment }) {
  const t = useT()
  return (
    <Table
      size="small"
      pagination={false}
      rowKey={(line) => `${line.kind} ${line.sku}`}
      dataSource={order.lines}
      columns={[
        { title: t('column.product'), render: (_, line) => <><span className="emoji">{line.emoji}</span> {line.name} {line.kind !== 'SALE' && <Tag style={{ margin: 0 }}>{t(`orderLine.${line.kind}`)}</Tag>}</> },
        { title: t('order.qty'), width: 70, align: 'right', dataIndex: 'qty' },
        { title: t('order.list'), width: 110, align: 'right', render: (_, line) => <Money fen={line.listFen} /> },
        { title: t('order.payable'), width: 110, align: 'right', render: (_, line) => <Money fen={line.payableFen} /> },
      ]}
    />
  )
}

function Borne({ order, borne }: { order: OrderBodyFragment; borne: NonNullable<OrderBodyFragment['borne']> }) {
  const t = useT()
  const named = new Map(order.offers.map((offer) => [offer.id, offer.name]))
  return (
    <table className="breakdown" data-testid="order-borne">
      <tbody>
        {borne.map((part) => (
          <tr key={`${part.offerId} ${part.supplier ?? ''}`}>
            <th>{part.supplier ?? t('bearing.merchant')} <span className="muted small">{named.get(part.offerId) ?? part.modeName}</span></th>
            <td><Money fen={part.borneFen - part.backFen} />{part.backFen > 0 && <div className="muted small">{t('bearing.returned')} <Money fen={part.backFen} /></div>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Breakdown({ order }: { order: OrderBodyFragment }) {
  const t = useT()
  return (
    <table className="breakdown">
      <tbody>
        <tr><th>{t('order.listTotal')}</th><td><Money fen={order.listFen} /></td></tr>
        {order.offers.map((offer) => (
          <tr key={offer.id}><th><div>{offer.name}</div><div className="muted small">{offer.sentence}</div></th><td>{offer.offFen > 0 ? <>−<Money fen={offer.offFen} /></> : '—'}</td></tr>
        ))}
        <tr><th>{t('order.shipping')}</th><td><Money fen={order.shippingFen} /></td></tr>
        <tr className="total"><th>{t('order.payable')}</th><td><Money fen={order.payableFen} /></td></tr>
        {order.priceProof && (
          <tr data-testid="order-proof" title={t('order.proofHint')}>
            <th className="muted">{t('order.proof')}</th>
            <td className="muted">{order.priceProof.savableFen === 0 ? t('order.proven') : <>{t('order.savable')} <Money fen={order.priceProof.savableFen} /></>}</td>
          </tr>
        )}
        {order.tenders.map((tender) => (
          <tr key={tender.kind + (tender.id ?? '')}><th>{tender.kind === 'points' ? t('refundTo.points', { points: tender.points ?? 0 }) : t(tender.kind === 'red_packet' ? 'refundTo.RED_PACKET' : 'refundTo.BALANCE')}</th><td>−<Money fen={tender.fen} /></td></tr>
        ))}
        {order.depositFen > 0 && <tr><th>{t('order.deposit')}</th><td>−<Money fen={order.depositFen} /></td></tr>}
        <tr className="total"><th>{t('order.cash')}</th><td><Money fen={order.dueFen} /></td></tr>
        {order.earn.map((earn) => <tr key={earn.offerId}><th className="muted">{t('order.earn')}</th><td>{earn.sentence}</td></tr>)}
      </tbody>
    </table>
  )
}

function Refunds({ order, reload }: { order: OrderBodyFragment; reload: () => void }) {
  const t = useT()
  const asked = order.refundRequests.filter((request) => request.state !== 'WAITING' && request.state !== 'DONE')
  return (
    <Panel title={t('refund.history')}>
      {order.refunds.length + order.returnedPayments.length + asked.length === 0 && <p className="muted" style={{ margin: 0 }}>{t('refund.none')}</p>}
      {order.refunds.map((refund) => (
        <article key={refund.id} className="refund-item" data-testid="refund-item">
          <header>
            <strong>{t('refund.nth', { number: refund.number })}</strong>
            <Money fen={refund.paidOutFen} />
            {refund.payout ?? refund.depositPayout ? <PayoutTag state={(refund.payout ?? refund.depositPayout)!.state} /> : <PayoutTag state="SUCCEEDED" />}
            <span className="muted small num" style={{ marginLeft: 'auto' }}>{formatDateTime(refund.at)}</span>
          </header>
          <div>{refund.lines.map((line) => `${line.name} ×${line.qty}${line.gift ? `（${t('orderLine.GIFT')}）` : ''}`).join(t('list.comma'))}</div>
          <div className="muted small">
            {refund.parts.map((part) => <span key={part.to} className="refund-part">{partWords(t, part)} <Money fen={part.fen} /></span>)}
            {refund.withheldFen > 0 && <span className="refund-part">{t('refund.withheld')} <Money fen={refund.withheldFen} /></span>}
            {refund.coupons.map((coupon) => <span key={coupon.name} className="refund-part">{coupon.name}: {coupon.reason}</span>)}
            <span className="refund-part">{t(refund.restocked ? 'refund.restocked' : 'refund.notRestocked')}</span>
          </div>
          <div className="muted small">{t(refund.byCustomer ? 'refund.byCustomer' : 'refund.byStaff')} · {refund.reason}</div>
          {refund.payout && <PayoutLine payout={refund.payout} reload={reload} />}
          {refund.depositPayout && <PayoutLine payout={refund.depositPayout} reload={reload} />}
        </article>
      ))}
      {order.returnedPayments.map((payout) => (
        <article key={payout.id} className="refund-item">
          <header><strong>{t('refund.returned')}</strong><Money fen={payout.amountFen} /><PayoutTag state={payout.state} /></header>
          <PayoutLine payout={payout} reload={reload} />
        </article>
      ))}
      {asked.map((request) => (
        <article key={request.id} className="refund-item">
          <header><strong>{t('refund.request')}</strong><Money fen={request.seenFen} /><Tag style={{ margin: 0 }}>{t(`requestState.${request.state}`)}</Tag><span className="muted small num" style={{ marginLeft: 'auto' }}>{formatDateTime(request.askedAt)}</span></header>
          <div className="muted small">{request.reason}{request.note && <> → {request.note}</>}</div>
        </article>
      ))}
    </Panel>
  )
}

function PayoutLine({ payout, reload }: { payout: Payout; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [{ fetching }, retry] = useMutation(RetryPayoutDocument)
  const allowed = useCan('orders.refund')
  const run = async (): Promise<void> => {
    const input = { payoutId: payout.id }
    const { data, error } = await retry({ input: { ...input, idempotencyKey: key.for(input) } })
    if (error) return sayTrouble(error)
    key.done()
    if (data && data.retryPayout.__typename !== 'Order' && data.retryPayout.__typename !== 'Presale') message.error(data.retryPayout.message)
    reload()
  }
  return (
    <div className="muted small">
      <span className="num">{payout.number}</span>
      {payout.trouble && <span className="refund-trouble"> · {payout.trouble}</span>}
      {payout.state === 'FAILED' && allowed && <Button size="small" loading={fetching} onClick={() => void run()} style={{ marginLeft: 8 }}>{t('refund.retry')}</Button>}
    </div>
  )
}

function CompleteButton({ order, reload }: { order: OrderBodyFragment; reload: () => void }) {
  const t = useT()
  const { modal, message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [, complete] = useMutation(CompleteOrderDocument)
  const allowed = useCan('orders.complete')
  if (!allowed || order.state !== 'PAID') return null
  const run = async (): Promise<void> => {
    const input = { orderId: order.id }
    const { data, error } = await complete({ input: { ...input, idempotencyKey: key.for(input) } })
    if (error) return sayTrouble(error)
    key.done()
    if (data && data.completeOrder.__typename !== 'Order') message.error(data.completeOrder.message)
    reload()
  }
  return <Button type="primary" onClick={() => void modal.confirm({ title: t('order.completeAsk'), content: t('order.completeHint'), okText: t('order.complete'), cancelText: t('action.cancel'), onOk: run })}>{t('order.complete')}</Button>
}

function RejectButton({ id, reload }: { id: string; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [open, setOpen] = useState(false)
  const [note, setNote] = useState('')
  const [{ fetching }, reject] = useMutation(RejectRefundDocument)
  const run = async (): Promise<void> => {
    const input = { requestId: id, note: note.trim() }
    const { data, error } = await reject({ input: { ...input, idempotencyKey: key.for(input) } })
    if (error) return sayTrouble(error)
    const result = data?.rejectRefund
    if (result?.__typename === 'Order') {
      key.done()
      setOpen(false)
    } else if (result) message.error(result.message)
    reload()
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('refund.reject')}</Button>
      <Modal
        open={open}
        title={t('refund.rejectAsk')}
        okText={t('refund.reject')}
        okButtonProps={{ danger: true, disabled: note.trim() === '' }}
        confirmLoading={fetching}
        cancelText={t('action.cancel')}
        onCancel={() => setOpen(false)}
        onOk={() => void run()}
      >
        <Input.TextArea autoFocus aria-label={t('refund.rejectNote')} placeholder={t('refund.rejectNote')} maxLength={100} rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
      </Modal>
    </>
  )
}
