import { Alert, App, Button, Form, Input, Modal, Radio, Table, type TableColumnsType, Tag } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { Money } from '../../components/Money'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { type DepositReason, type PresaleRowFragment, type PresaleState, ReturnDepositDocument, StorePresalesDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { formatFen } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatShortDateTime } from '../../lib/time'
import { OrderStateTag, PayoutTag } from './parts'

const COLORS: Record<PresaleState, string> = { AWAITING_DEPOSIT: 'default', DEPOSIT_PAID: 'orange', SETTLED: 'green', CLOSED: 'default', FORFEITED: 'red', RETURNED: 'blue' }
const context = { additionalTypenames: ['Presale', 'Order', 'Payout'] }

/** 预售: deposits of customers, each with the order of its rest; staff may give a deposit back */
export function PresaleTable({ search }: { search: string }) {
  const t = useT()
  const cursors = useCursors(search)
  const [returning, setReturning] = useState<PresaleRowFragment['presale'] | null>(null)
  const may = useCan('orders.refund')
  const [{ data, error, fetching, stale }, again] = useQuery({ query: StorePresalesDocument, variables: { first: 20, after: cursors.after, search: search || null }, context, requestPolicy: 'cache-and-network' })
  const now = Date.now()
  const columns: TableColumnsType<PresaleRowFragment> = [
    { title: t('presale.number'), width: 200, render: (_, { presale }) => <><span className="num">{presale.number}</span><div className="muted small num">{formatShortDateTime(presale.placedAt, now)}</div></> },
    { title: t('order.member'), width: 150, render: (_, { member }) => (member ? <><div>{member.nickname}</div><div className="muted small num">{member.phone ?? member.memberCode}</div></> : '—') },
    { title: t('presale.goods'), render: (_, { presale }) => <div className="ellipsis" style={{ maxWidth: 260 }}><span className="emoji">{presale.lines.slice(0, 3).map((line) => line.emoji).join(' ')}</span> {presale.lines.map((line) => `${line.name} ×${line.qty}`).join(t('list.comma'))}</div> },
    { title: t('presale.deposit'), align: 'right', width: 110, render: (_, { presale }) => <Money fen={presale.depositFen} /> },
    {
      title: t('presale.rest'),
      width: 210,
      render: (_, { presale }) =>
        presale.order ? <><Link to={`/orders/${presale.order.id}`} className="num">{presale.order.number}</Link><div className="small"><Money fen={presale.order.dueFen} /> <OrderStateTag state={presale.order.state} /></div></> : <span className="muted small num">{formatShortDateTime(presale.opensAt, now)} – {formatShortDateTime(presale.closesAt, now)}</span>,
    },
    {
      title: t('column.state'),
      width: 250,
      render: (_, { presale }) => (
        <>
          <Tag color={COLORS[presale.state]} style={{ margin: 0 }} data-presale-state={presale.state}>{t(`presaleState.${presale.state}`)}</Tag>
          {presale.payouts.map((payout) => <span key={payout.id} style={{ marginLeft: 6 }}><PayoutTag state={payout.state} /></span>)}
          <div className="muted small">{presale.sentence}</div>
          {presale.note && <div className="muted small">{presale.note}</div>}
          {may && presale.state === 'DEPOSIT_PAID' && <Button size="small" danger style={{ marginTop: 6 }} onClick={() => setReturning(presale)}>{t('presale.return')}</Button>}
        </>
      ),
    },
  ]
  return (
    <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
      {({ storePresales }) => (
        <>
          <Table size="middle" rowKey={(row) => row.presale.id} columns={columns} dataSource={storePresales.nodes} loading={fetching && !stale} pagination={false} scroll={{ x: 1040 }} locale={{ emptyText: search ? <EmptyState title={t('state.noMatch')} hint={t('order.searchHint')} /> : <EmptyState title={t('presale.none')} hint={t('presale.noneHint')} /> }} />
          <Pager cursors={cursors} pageInfo={storePresales.pageInfo} total={storePresales.totalCount} />
          {returning && <ReturnModal presale={returning} onClose={() => setReturning(null)} onDone={() => { setReturning(null); again({ requestPolicy: 'network-only' }) }} />}
        </>
      )}
    </Asked>
  )
}

function ReturnModal({ presale, onClose, onDone }: { presale: PresaleRowFragment['presale']; onClose: () => void; onDone: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [reason, setReason] = useState<DepositReason>('MERCHANT')
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const [, giveBack] = useMutation(ReturnDepositDocument)
  const send = async (): Promise<void> => {
    setBusy(true)
    const input = { presaleId: presale.id, reason, note: note.trim() }
    const { data, error } = await giveBack({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.returnDeposit
    if (result?.__typename === 'Presale') {
      key.done()
      message.success(t('presale.returned'))
      onDone()
    } else if (result) message.error(result.message)
  }
  return (
    <Modal open title={t('presale.returnTitle')} onCancel={onClose} onOk={() => void send()} okText={t('presale.return')} okButtonProps={{ danger: true, loading: busy, disabled: note.trim() === '' }}>
      <Form layout="vertical" component={false}>
        <Form.Item label={t('presale.reason')}>
          <Radio.Group className="checks" value={reason} onChange={(event) => setReason(event.target.value as DepositReason)} options={(['MERCHANT', 'AGREED'] as const).map((value) => ({ value, label: t(`presale.reason.${value}`) }))} />
        </Form.Item>
        <Alert type="warning" showIcon style={{ marginBottom: 14 }} title={t(`presale.returnHint.${reason}`, { deposit: `¥${formatFen(presale.depositFen)}`, extra: `¥${formatFen(presale.keepsFen)}` })} />
        <Form.Item label={t('presale.note')} style={{ marginBottom: 0 }}><Input maxLength={100} value={note} onChange={(event) => setNote(event.target.value)} placeholder={t('presale.noteHint')} aria-label={t('presale.note')} /></Form.Item>
      </Form>
    </Modal>
  )
}
