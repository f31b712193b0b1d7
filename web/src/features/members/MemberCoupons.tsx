import { App, Button, Input, Modal, Popover, Select, Table, Tag, Timeline } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { Money } from '../../components/Money'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { type CouponState, type MemberCouponFragment, type MemberLookupQuery, MoreMemberCouponsDocument, MoreMemberPacketsDocument, VoidCouponDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime, formatEnd } from '../../lib/time'
import { BearingTold } from '../suppliers/BearingFields'

type Member = MemberLookupQuery['memberLookup'][number]
/** Where a coupon can be; the other states are steps on the way */
const STATES = ['ISSUED', 'LOCKED', 'REDEEMED', 'EXPIRED', 'VOIDED'] as const satisfies readonly CouponState[]
const COLOURS: Partial<Record<CouponState, string>> = { ISSUED: 'green', LOCKED: 'gold', REDEEMED: 'blue', VOIDED: 'red' }

/** Coupons of a customer, all of them: the first page came with the customer, further ones and those in one state are asked for by the member code (K05) */
export function Coupons({ member, reload }: { member: Member; reload: () => void }) {
  const t = useT()
  const write = useCan('coupons.write')
  const [state, setState] = useState<CouponState | null>(null)
  const cursors = useCursors(`${member.id} ${state}`)
  const first = cursors.after === null && state === null
  const [{ data, error, fetching }, again] = useQuery({ query: MoreMemberCouponsDocument, variables: { memberCode: member.memberCode, states: state && [state], after: cursors.after }, pause: first, requestPolicy: 'network-only' })
  const more = data?.memberLookup.find((it) => it.id === member.id)?.coupons
  const anew = (): void => (first ? reload() : again({ requestPolicy: 'network-only' }))
  return (
    <div data-testid="member-coupons">
      <div className="sub-head">
        <h3>{t('member.coupons')}</h3>
        <Select allowClear size="small" style={{ width: 110 }} aria-label={t('member.couponState')} placeholder={t('member.anyState')} value={state} options={STATES.map((value) => ({ value, label: t(`couponState.${value}`) }))} onChange={(value: CouponState | undefined) => setState(value ?? null)} />
      </div>
      <Asked data={first ? member.coupons : more} error={first ? undefined : error} fetching={fetching} onRetry={anew}>
        {(shown) => (
          <>
          <Table
            size="small" rowKey="id" dataSource={shown.nodes} loading={!first && fetching} pagination={false} locale={{ emptyText: <EmptyState title={t(state ? 'state.noMatch' : 'member.noCoupons')} hint="" /> }}
            columns={[
              { title: t('member.coupon'), render: (_, coupon) => <><b style={{ fontWeight: 500 }}>{coupon.template.name}</b><div className="face small wraps">{coupon.template.face.sentence} · {coupon.template.face.scopeSentence}</div></> },
              { title: t('column.state'), width: 90, render: (_, coupon) => <Tag color={COLOURS[coupon.state]} style={{ margin: 0 }}>{t(`couponState.${coupon.state}`)}</Tag> },
              { title: t('member.until'), width: 160, render: (_, coupon) => <><span className="num nowrap">{formatEnd(coupon.expiresAt)}</span><div className="muted small num">{coupon.code}</div></> },
              { title: t('member.history'), width: 116, render: (_, coupon) => <><History coupon={coupon} />{coupon.orderId && <div><Link to={`/orders/${coupon.orderId}`} className="small">{t('member.moveOrder')}</Link></div>}</> },
              ...(write ? [{ title: t('column.actions'), width: 76, render: (_: unknown, coupon: MemberCouponFragment) => (coupon.state === 'ISSUED' ? <VoidButton coupon={coupon} reload={anew} /> : null) }] : []),
            ]}
          />
          <Pager cursors={cursors} pageInfo={shown.pageInfo} />
          </>
        )}
      </Asked>
    </div>
  )
}

/** Red packets of a customer, page by page likewise */
export function Packets({ member }: { member: Member }) {
  const t = useT()
  const cursors = useCursors(member.id)
  const [{ data, error, fetching }, again] = useQuery({ query: MoreMemberPacketsDocument, variables: { memberCode: member.memberCode, after: cursors.after }, pause: cursors.after === null, requestPolicy: 'network-only' })
  const more = data?.memberLookup.find((it) => it.id === member.id)?.redPackets
  if (member.redPackets.nodes.length === 0) return null
  return (
    <Asked data={cursors.after === null ? member.redPackets : more} error={cursors.after === null ? undefined : error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
      {(shown) => (
        <div data-testid="member-packets">
          <div className="sub-head"><h3>{t('member.packets')}</h3></div>
          <Table
            size="small" rowKey="id" dataSource={shown.nodes} pagination={false}
            columns={[
              { title: t('member.packet'), render: (_, packet) => <><b style={{ fontWeight: 500 }}><Money fen={packet.leftFen + packet.heldFen} /></b><span className="muted small">{packet.leftFen + packet.heldFen < packet.faceFen ? <> / <Money fen={packet.faceFen} /></> : null}</span><div className="muted small">{packet.sentence}</div></> },
              { title: t('column.state'), width: 90, render: (_, packet) => <Tag color={packet.state === 'USABLE' ? 'green' : packet.state === 'HELD' ? 'gold' : undefined} style={{ margin: 0 }}>{t(`packetState.${packet.state}`)}</Tag> },
              { title: t('member.history'), width: 340, render: (_, packet) => <>{packet.source}{packet.note ? <span className="muted">：{packet.note}</span> : null}<div className="muted small num">{formatDateTime(packet.gotAt)}</div></> },
            ]}
          />
          <Pager cursors={cursors} pageInfo={shown.pageInfo} />
        </div>
      )}
    </Asked>
  )
}

/** Every step of its life: what, when, by whom, where, and for which order (K05); and who bears it (B09) */
function History({ coupon }: { coupon: MemberCouponFragment }) {
  const t = useT()
  const last = coupon.moves[coupon.moves.length - 1]
  const items = coupon.moves.map((move, n) => ({ key: n, content: <><span>{move.why}</span>{move.note ? <span className="muted">：{move.note}</span> : null}<div className="muted small"><span className="num">{formatDateTime(move.at)}</span> · {move.by}{move.channel ? ` · ${t(`channel.${move.channel}`)}` : ''}</div>{move.orderId && <Link to={`/orders/${move.orderId}`} className="small">{t('member.moveOrder')}</Link>}</> }))
  return (
    <Popover trigger="click" content={<div style={{ width: 280 }}><div className="history"><Timeline items={items} /></div>{coupon.template.bearing && <div className="small panel-foot" style={{ padding: '8px 0 0' }}><span className="muted">{t('bearing.title')}　</span><BearingTold shares={coupon.template.bearing} seasons={coupon.template.bearingSeasons ?? []} /></div>}</div>}>
      <Button type="link" size="small" style={{ padding: 0, height: 'auto' }}>{last ? last.why : coupon.source}</Button>
    </Popover>
  )
}

function VoidButton({ coupon, reload }: { coupon: MemberCouponFragment; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(VoidCouponDocument)
  const run = async (): Promise<void> => {
    const input = { couponId: coupon.id, reason: reason.trim() }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.voidCoupon
    if (result?.__typename === 'Coupon') {
      key.done()
      message.success(t('member.voided'))
      setOpen(false)
      reload()
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return (
    <>
      <Button type="link" size="small" danger style={{ padding: 0 }} onClick={() => setOpen(true)}>{t('member.void')}</Button>
      {open && (
        <Modal open title={t('member.voidAsk', { name: coupon.template.name })} okText={t('member.void')} cancelText={t('action.cancel')} okButtonProps={{ danger: true, disabled: reason.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={() => setOpen(false)} width={400}>
          <label className="stacked">{t('member.reason')}<Input value={reason} maxLength={100} showCount onChange={(e) => setReason(e.target.value)} /></label>
        </Modal>
      )}
    </>
  )
}
