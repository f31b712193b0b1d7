import { App, Button, Input, Modal, Select, Table, Tag } from 'antd'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { CompensateMemberDocument, CouponDropsDocument, GrantCouponDocument, GrantRedPacketDocument, MemberLookupDocument, type MemberLookupQuery } from '../../gql/graphql'
import { MoneyInput } from '../../components/Money'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { parseCount, parseYuan } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'
import { AccountDrawer } from './AccountDrawer'
import { useGiveable } from './giveable'
import { Invitations } from './Invitations'
import { Coupons, Packets } from './MemberCoupons'
import { OwnData } from './OwnData'
import { Reviews } from './Reviews'
import { Shares } from './Shares'
import { type Filter, Segments } from './Segments'
import { Standing } from './Standing'
import { STATE_COLOURS, STATES, TIERS } from './states'
import { Ties } from './Ties'

type Member = MemberLookupQuery['memberLookup'][number]

export function MemberPage() {
  const t = useT()
  const [query, setQuery] = useSearchParams()
  const search = query.get('search') ?? ''
  const filter: Filter = { state: STATES.find((it) => it === query.get('state')) ?? null, tier: TIERS.find((it) => it === query.get('tier')) ?? null, level: query.get('level') }
  const setSearch = (text: string): void => setQuery(text ? { search: text } : {})
  const show = (next: Filter): void => setQuery(Object.fromEntries(Object.entries(next).filter((it): it is [string, string] => it[1] !== null)))
  const [{ data, error, fetching }, again] = useQuery({ query: MemberLookupDocument, variables: { search }, pause: search === '', requestPolicy: 'network-only' })
  const reload = (): void => again({ requestPolicy: 'network-only' })
  return (
    <>
      <PageHead title={t('member.title')} crumb={search !== '' && <Link to="/members">{t('member.back')}</Link>} />
      <div className="panel" style={{ marginBottom: 12 }}>
        <div className="toolbar">
          <Input.Search key={search} allowClear defaultValue={search} style={{ width: 340 }} enterButton={t('member.find')} placeholder={t('member.search')} aria-label={t('member.search')} onSearch={(text) => setSearch(text.trim())} />
        </div>
        {search !== '' && data?.memberLookup.length === 0 && !fetching && <EmptyState title={t('member.none')} hint={t('member.noneHint')} />}
      </div>
      {search === '' && <Segments filter={filter} show={show} open={setSearch} />}
      {search === '' && <Reviews open={setSearch} />}
      {search === '' && <Shares />}
      {search !== '' && (
        <Asked data={data} error={error} fetching={fetching} onRetry={reload}>
          {({ memberLookup }) => <div className="member">{memberLookup.map((member) => <Found key={member.id} member={member} reload={reload} open={setSearch} />)}</div>}
        </Asked>
      )}
    </>
  )
}

function Found({ member, reload, open: find }: { member: Member; reload: () => void; open: (search: string) => void }) {
  const t = useT()
  const compensate = useCan('coupons.compensate')
  const write = useCan('coupons.write')
  const [open, setOpen] = useState<null | 'compensate' | 'give' | 'packet' | 'account'>(null)
  return (
    <Panel
      title={<span style={{ display: 'flex', gap: 10, alignItems: 'baseline' }}>{member.nickname}<Tag style={{ margin: 0 }}>{member.levelName}</Tag><Tag color={STATE_COLOURS[member.standing.state]} style={{ margin: 0 }}>{member.standing.sentence}</Tag><span className="muted small num">{member.memberCode}{member.phoneMasked ? ` · ${member.phoneMasked}` : ''} · {t('member.orders', { count: member.ordersCount })}</span></span>}
      extra={
        <span style={{ display: 'flex', gap: 8 }}>
          <Button size="small" onClick={() => setOpen('account')}>{t('account.title')}</Button>
          {write && <Button size="small" onClick={() => setOpen('give')}>{t('member.give')}</Button>}
          {compensate && <Button size="small" onClick={() => setOpen('packet')}>{t('member.givePacket')}</Button>}
          {compensate && <Button size="small" type="primary" onClick={() => setOpen('compensate')}>{t('member.compensate')}</Button>}
        </span>
      }
      flush
    >
      <Standing member={member} reload={reload} />
      <OwnData member={member} reload={reload} />
      <Ties member={member} reload={reload} />
      <Invitations member={member} open={find} />
      <Coupons member={member} reload={reload} />
      <Packets member={member} />
      {member.family && (
        <Table
          size="small" rowKey="memberCode" dataSource={member.family.people} pagination={false}
          columns={[
            { title: t('member.family'), render: (_, one) => <><b style={{ fontWeight: 500 }}>{one.nickname}</b>{one.founder && <Tag style={{ marginLeft: 8 }}>{t('member.founder')}</Tag>}<div className="muted small num">{one.memberCode}</div></> },
            { title: t('member.shares'), width: 200, dataIndex: 'sharing' },
            { title: t('member.joinedFamily'), width: 190, render: (_, one) => <span className="num nowrap">{formatDateTime(one.joinedAt)}</span> },
          ]}
        />
      )}
      {open === 'packet' && <GivePacket member={member} close={() => setOpen(null)} reload={reload} />}
      {open === 'account' && <AccountDrawer member={member} close={() => { setOpen(null); reload() }} />}
      {(open === 'give' || open === 'compensate') && <Give member={member} kind={open} close={() => setOpen(null)} reload={reload} />}
    </Panel>
  )
}

function Give({ member, kind, close, reload }: { member: Member; kind: 'compensate' | 'give'; close: () => void; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [chosen, setChosen] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const templates = useGiveable(kind !== 'compensate')
  const [search, setSearch] = useState('')
  const [drops] = useQuery({ query: CouponDropsDocument, variables: { first: 50, search: search.trim() || null }, pause: kind !== 'give' })
  const [, compensate] = useMutation(CompensateMemberDocument)
  const [, grant] = useMutation(GrantCouponDocument)
  const options = kind === 'compensate'
    ? templates.options
    : (drops.data?.couponDrops.nodes ?? []).filter((one) => one.access === 'STAFF' && one.state === 'OPEN').map((one) => ({ value: one.id, label: `${one.name} · ${one.template.face.sentence}` }))
  const run = async (): Promise<void> => {
    if (!chosen) return
    setBusy(true)
    const common = { memberId: member.id, reason: reason.trim() }
    const wish = { ...common, chosen }
    const done = kind === 'compensate'
      ? await compensate({ input: { ...common, templateId: chosen, idempotencyKey: key.for(wish) } }).then(({ data, error }) => ({ error, result: data?.compensateMember }))
      : await grant({ input: { ...common, dropId: chosen, idempotencyKey: key.for(wish) } }).then(({ data, error }) => ({ error, result: data?.grantCoupon }))
    setBusy(false)
    if (done.error) return sayTrouble(done.error)
    if (done.result?.__typename === 'Coupon') {
      key.done()
      message.success(t('member.given'))
      close()
      reload()
    } else message.error(done.result && 'message' in done.result ? done.result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={kind === 'compensate' ? t('member.compensate') : t('member.give')} okText={kind === 'compensate' ? t('member.compensate') : t('member.give')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !chosen || reason.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={close} width={420}>
      <label className="stacked">{kind === 'compensate' ? t('member.template') : t('member.drop')}<Select showSearch={kind === 'give' ? { filterOption: false, onSearch: setSearch } : { optionFilterProp: 'label' }} popupMatchSelectWidth placeholder={t('member.choose')} notFoundContent={<span className="muted small">{t(templates.fetching || drops.fetching ? 'member.reading' : kind === 'compensate' ? 'member.noTemplates' : 'member.noDrops')}</span>} options={options} value={chosen} onChange={setChosen} style={{ width: '100%' }} loading={templates.fetching || drops.fetching} /></label>
      <label className="stacked">{t('member.reason')}<Input value={reason} maxLength={100} showCount placeholder={t('member.reasonHint')} onChange={(e) => setReason(e.target.value)} /></label>
    </Modal>
  )
}

function GivePacket({ member, close, reload }: { member: Member; close: () => void; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [yuan, setYuan] = useState('')
  const [least, setLeast] = useState('')
  const [days, setDays] = useState('30')
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [, grant] = useMutation(GrantRedPacketDocument)
  const fen = parseYuan(yuan)
  const minFen = least.trim() === '' ? 0 : parseYuan(least)
  const validDays = parseCount(days)
  const run = async (): Promise<void> => {
    if (fen === null || minFen === null || validDays === null) return
    const wish = { memberId: member.id, fen, minFen, validDays, reason: reason.trim() }
    setBusy(true)
    const { data, error } = await grant({ input: { ...wish, idempotencyKey: key.for(wish) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.grantRedPacket
    if (result?.__typename === 'RedPacket') {
      key.done()
      message.success(t('member.packetGiven'))
      close()
      reload()
    } else message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={t('member.givePacket')} okText={t('member.givePacket')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !fen || minFen === null || !validDays || reason.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={close} width={420}>
      <label className="stacked">{t('member.packetFen')}<MoneyInput value={yuan} onChange={(e) => setYuan(e.target.value)} /></label>
      <label className="stacked">{t('member.packetMin')}<MoneyInput value={least} onChange={(e) => setLeast(e.target.value)} /></label>
      <label className="stacked">{t('member.packetDays')}<Input inputMode="numeric" value={days} onChange={(e) => setDays(e.target.value)} /></label>
      <label className="stacked">{t('member.reason')}<Input value={reason} maxLength={100} showCount placeholder={t('member.reasonHint')} onChange={(e) => setReason(e.target.value)} /></label>
    </Modal>
  )
}
