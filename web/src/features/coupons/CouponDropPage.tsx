import { App, Button, Descriptions, Input, Modal, Table, Tag, Upload } from 'antd'
import { useEffect, useState } from 'react'
import { Link, useParams } from 'react-router'
import { useClient, useMutation, useQuery } from 'urql'
import { useServerNow, windowWords, useCounted } from '../../components/Clock'
import { Money, MoneyInput } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { Bar } from '../../components/StockBar'
import {
  AddCouponDropStockDocument, CodePoolCsvDocument, CodePoolsDocument, CouponDropPageDocument, type CouponDropPageQuery, EndCouponDropDocument,
  GenerateCodesDocument, ImportCodesDocument, type ImportCodesMutation, type PoolRowFragment,
} from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { type T, useT } from '../../lib/i18n'
import { formatCount, formatShare, parseCount, parseYuan } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime, formatShortDateTime } from '../../lib/time'
import { BearingTold } from '../suppliers/BearingFields'
import { DROP_COLOURS, PublishButton } from './CouponListPage'
import { DropLinks } from './DropLinks'
import { LinkText } from './LinkText'
import { Placements } from './Placements'

type Found = NonNullable<CouponDropPageQuery['couponDrop']>
const MOST_BYTES = 200_000 // a request is 256 KiB at most

export function CouponDropPage() {
  const t = useT()
  const id = useParams().id ?? ''
  const [{ data, error, fetching }, again] = useQuery({ query: CouponDropPageDocument, variables: { id }, requestPolicy: 'cache-and-network' })
  const reload = (): void => again({ requestPolicy: 'network-only' })
  const moving = data?.couponDrop != null && data.couponDrop.drop.state !== 'ENDED' && data.couponDrop.drop.state !== 'DRAFT'
  useCounted(moving, reload)
  const crumb = <Link to="/coupons">{t('coupon.title')}</Link>
  if (data && !data.couponDrop) {
    return (
      <>
        <PageHead title={t('drop.missing')} crumb={crumb} />
        <Panel><EmptyState title={t('drop.missing')} hint="" action={<Link to="/coupons"><Button>{t('action.back')}</Button></Link>} /></Panel>
      </>
    )
  }
  return (
    <Asked data={data?.couponDrop} error={error} fetching={fetching} onRetry={reload}>
      {(found) => <Detail found={found} crumb={crumb} reload={reload} />}
    </Asked>
  )
}

function Detail({ found, crumb, reload }: { found: Found; crumb: React.ReactNode; reload: () => void }) {
  const t = useT()
  const { drop } = found
  const now = useServerNow(drop.serverTime)
  const write = useCan('coupons.write')
  const [adding, setAdding] = useState(false)
  const live = drop.state !== 'ENDED' && drop.state !== 'DRAFT'
  const pools = drop.access === 'CODES'
  // fewer than are left to give, and no batch to wait for: the budget is what holds them back
  const shared = drop.template.budget
  const held = (found.budgetFen !== null || shared?.leftFen != null) && drop.nextBatchAt === null && drop.availableNow < drop.total - drop.issued
  return (
    <>
      <PageHead
        title={drop.name}
        crumb={crumb}
        tags={<><Tag color={DROP_COLOURS[drop.state]} style={{ margin: 0 }}>{t(`dropState.${drop.state}`)}</Tag><Tag style={{ margin: 0 }}>{t(`access.${drop.access}`)}</Tag></>}
        extra={write && (
          <span style={{ display: 'flex', gap: 8 }}>
            {drop.state === 'DRAFT' && <PublishButton drop={drop} button />}
            {live && <Button onClick={() => setAdding(true)}>{t('drop.add')}</Button>}
            {live && <EndButton found={found} reload={reload} />}
          </span>
        )}
      />
      <div className="cards-4" data-testid="drop-figures">
        {found.leftOver ? <LeftOver left={found.leftOver} pools={pools} /> : <Figure title={t('drop.left')} value={formatCount(drop.availableNow)} note={drop.nextBatchAt ? t('drop.batchNext', { at: formatShortDateTime(drop.nextBatchAt, now) }) : (held && live ? t('drop.held') : '') + windowWords(t, drop.startsAt, drop.endsAt, now)} />}
        <Figure title={t('drop.issued')} value={`${formatCount(drop.issued)} / ${formatCount(drop.total)}`} bar={<Bar part={drop.issued} whole={drop.total} brand={live} />} />
        <Figure title={t('drop.redeemed')} value={formatCount(drop.redeemed)} bar={<Bar part={drop.redeemed} whole={drop.issued} />} />
        <Figure
          title={t('drop.budget')}
          value={found.budgetFen === null ? t('drop.noBudget') : <Money fen={found.budgetFen} />}
          note={<>{t('drop.promised')} <Money fen={found.promisedFen} /> · {t('drop.spent')} <Money fen={found.spentFen} />{shared?.leftFen != null && <><br />{t('drop.templateBudget')} <Money fen={shared.budgetFen ?? 0} short /> · {t('promotion.budgetLeft')} <Money fen={shared.leftFen} short /></>}</>}
          bar={found.budgetFen === null ? undefined : <Bar part={found.promisedFen + found.spentFen} whole={found.budgetFen} brand />}
        />
      </div>
      <Panel title={t('drop.rules')}>
        <Descriptions size="small" column={2} className="drop-rules" items={rules(found, t)} />
      </Panel>
      {drop.batches.length > 0 && (
        <Panel title={t('drop.batches')} extra={<span className="muted small">{drop.carry ? t('coupon.carry') : ''}</span>} flush>
          <Table
            size="small" rowKey="opensAt" pagination={false} dataSource={drop.batches}
            columns={[
              { title: t('drop.batchColumn'), render: (_, __, n) => t('drop.batch', { n: n + 1 }) },
              { title: t('coupon.batchAt'), render: (_, batch) => <span className="num">{formatDateTime(batch.opensAt)}</span> },
              { title: t('drop.progress'), width: 240, render: (_, batch) => <><span className="num">{formatCount(batch.issued)} / {formatCount(batch.share)}</span><Bar part={batch.issued} whole={batch.share} brand={Date.parse(batch.opensAt) <= now} /></> },
            ]}
          />
        </Panel>
      )}
      {found.tierFigures.length > 0 && (
        <Panel title={t('drop.tiers')} flush>
          <Table
            size="small" rowKey={(row) => row.tier.position} pagination={false} dataSource={found.tierFigures} data-testid="drop-tiers"
            columns={[
              { title: t('drop.tierWho'), width: 140, render: (_, row) => row.tier.label },
              { title: t('coupon.face'), render: (_, row) => <><span className="face">{row.tier.template.face.sentence}</span> <span className="muted small">{row.tier.template.face.scopeSentence}</span></> },
              { title: t('places.claimed'), align: 'right', width: 90, render: (_, row) => formatCount(row.claimed) },
              { title: t('drop.redeemed'), align: 'right', width: 130, render: (_, row) => <>{formatCount(row.redeemed)} <span className="muted small">{row.claimed > 0 ? formatShare(Math.round((row.redeemed / row.claimed) * 10_000)) : ''}</span></> },
              { title: t('places.discount'), align: 'right', width: 120, render: (_, row) => <Money fen={row.discountFen} /> },
            ]}
          />
        </Panel>
      )}
      {drop.state !== 'DRAFT' && <Placements dropId={drop.id} name={drop.name} figures={found.figures} />}
      {found.sources.length > 0 && (
        <Panel title={t('drop.sources')} flush>
          <Table
            size="small" rowKey={(row) => `${row.channel}${row.placement}${row.storeName}`} pagination={false} dataSource={found.sources}
            columns={[
              { title: t('drop.channels'), render: (_, row) => (row.channel ? t(`channel.${row.channel}`) : t('access.STAFF')) },
              { title: t('coupon.placements'), render: (_, row) => (row.placement ? t(`placement.${row.placement}`) : '—') },
              { title: t('drop.store'), render: (_, row) => row.storeName ?? '—' },
              { title: t('drop.issued'), align: 'right', width: 100, render: (_, row) => formatCount(row.claimed) },
              { title: t('drop.redeemed'), align: 'right', width: 140, render: (_, row) => <>{formatCount(row.redeemed)} <span className="muted small">{formatShare(Math.round((row.redeemed / row.claimed) * 10_000))}</span></> },
            ]}
          />
        </Panel>
      )}
      {found.uses.length > 0 && (
        <Panel title={t('drop.uses')} flush>
          <Table
            data-testid="drop-uses" size="small" rowKey={(row) => `${row.channel}${row.storeName}`} pagination={false} dataSource={found.uses}
            columns={[
              { title: t('drop.store'), render: (_, row) => row.storeName ?? '—' },
              { title: t('drop.channels'), render: (_, row) => (row.channel ? t(`channel.${row.channel}`) : '—') },
              { title: t('drop.redeemed'), align: 'right', width: 100, render: (_, row) => formatCount(row.redeemed) },
              { title: t('drop.usedOrders'), align: 'right', width: 100, render: (_, row) => formatCount(row.orders) },
              { title: t('places.discount'), align: 'right', width: 140, render: (_, row) => <Money fen={row.discountFen} /> },
            ]}
          />
        </Panel>
      )}
      {drop.access === 'LINK' && <DropLinks dropId={drop.id} figures={found.linkFigures} write={write && drop.state !== 'ENDED'} reload={reload} />}
      {pools && <Pools key={drop.state} dropId={drop.id} write={write && drop.state !== 'ENDED'} exports={write} />}
      {adding && <AddStock found={found} close={() => setAdding(false)} reload={reload} />}
    </>
  )
}

/** What went back when the drop ended (P12) */
function LeftOver({ left, pools }: { left: NonNullable<Found['leftOver']>; pools: boolean }) {
  const t = useT()
  return (
    <Figure
      title={t('drop.leftOver')} value={t('drop.leftCoupons', { count: formatCount(left.coupons) })}
      note={<>{pools && t('drop.leftCodes', { count: formatCount(left.codes) })}{pools && left.budgetFen !== null && ' · '}{left.budgetFen !== null && <>{t('drop.leftBudget')} <Money fen={left.budgetFen} /></>}</>}
    />
  )
}

function Figure({ title, value, note, bar }: { title: string; value: React.ReactNode; note?: React.ReactNode; bar?: React.ReactNode }) {
  return (
    <div className="panel figure">
      <span className="muted small">{title}</span>
      <b className="num">{value}</b>
      {bar}
      {note && <span className="muted small">{note}</span>}
    </div>
  )
}

function rules(found: Found, t: T): { key: string; label: string; children: React.ReactNode; span?: number }[] {
  const { drop } = found
  const list: { key: string; label: string; children: React.ReactNode; span?: number }[] = [
    { key: 'window', label: t('coupon.claimWindow'), children: <span className="num">{formatDateTime(drop.startsAt)} – {formatDateTime(drop.endsAt)}</span> },
    { key: 'limit', label: t('drop.limit'), children: t('drop.limitWords', { total: drop.perMember }) + (drop.perDay === null ? '' : t('drop.limitDay', { day: drop.perDay })) },
    { key: 'audience', label: t('drop.audience'), children: found.audience.sentence },
    ...(drop.extra ? [{ key: 'extra', label: t('coupon.extra'), children: drop.extra.sentence }] : []),
    { key: 'terms', label: t('drop.terms'), span: 2, children: drop.tiers.length === 0 ? <Terms lines={drop.template.terms} /> : <div style={{ display: 'flex', flexWrap: 'wrap', gap: '8px 40px' }}>{drop.tiers.map((tier) => <div key={tier.position}><b>{tier.label}</b><Terms lines={tier.template.terms} /></div>)}</div> },
    ...(drop.template.bearing ? [{ key: 'bearing', label: t('bearing.title'), span: 2, children: <span data-testid="drop-bearing"><BearingTold shares={drop.template.bearing} seasons={drop.template.bearingSeasons ?? []} /></span> }] : []),
  ]
  if (drop.access === 'PUBLIC') list.splice(3, 0, { key: 'places', label: t('coupon.placements'), children: drop.placements.map((p) => t(`placement.${p}`)).join('、') })
  if (drop.channels.length > 0) list.splice(3, 0, { key: 'channels', label: t('drop.channels'), children: drop.channels.map((c) => t(`channel.${c}`)).join('、') })
  if (found.sceneSentence) list.splice(3, 0, { key: 'scene', label: t('drop.scene'), children: found.sceneSentence })
  // what it says in full stands on a row of its own
  const terms = list.findIndex((item) => item.key === 'terms')
  if (terms % 2 === 1) list[terms - 1]!.span = 2
  if (found.sharedCode) list.push({ key: 'code', label: t('coupon.sharedCode'), children: <b>{found.sharedCode}</b> })
  if (found.linkToken) list.push({ key: 'link', label: t('drop.link'), span: 2, children: <LinkText token={found.linkToken} /> })
  return list
}

const Terms = ({ lines }: { lines: string[] }) => <ul className="terms">{lines.map((line) => <li key={line}>{line}</li>)}</ul>

function EndButton({ found, reload }: { found: Found; reload: () => void }) {
  const t = useT()
  const { modal, message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [, end] = useMutation(EndCouponDropDocument)
  const run = async (): Promise<void> => {
    const input = { dropId: found.drop.id }
    const { data, error } = await end({ input: { ...input, idempotencyKey: key.for(input) } })
    if (error) return sayTrouble(error)
    const result = data?.endCouponDrop
    if (result?.__typename === 'CouponDrop') {
      key.done()
      message.success(t('drop.ended'))
      reload()
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return <Button danger onClick={() => void modal.confirm({ title: t('drop.endAsk', { name: found.drop.name }), content: t('drop.endHint'), okText: t('drop.end'), okButtonProps: { danger: true }, cancelText: t('action.cancel'), onOk: run })}>{t('drop.end')}</Button>
}

function AddStock({ found, close, reload }: { found: Found; close: () => void; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [count, setCount] = useState('')
  const [budget, setBudget] = useState('')
  const [busy, setBusy] = useState(false)
  const [, add] = useMutation(AddCouponDropStockDocument)
  const more = count.trim() === '' ? 0 : parseCount(count)
  const moreFen = budget.trim() === '' ? 0 : parseYuan(budget)
  const ready = more !== null && moreFen !== null && more + moreFen > 0
  const run = async (): Promise<void> => {
    const input = { dropId: found.drop.id, count: more ?? 0, budgetFen: moreFen ?? 0 }
    setBusy(true)
    const { data, error } = await add({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.addCouponDropStock
    if (result?.__typename === 'CouponDrop') {
      key.done()
      message.success(t('drop.added'))
      close()
      reload()
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return (
    <Modal open title={t('drop.add')} okText={t('drop.add')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !ready, loading: busy }} onOk={() => void run()} onCancel={close} width={380}>
      <label className="stacked">{t('drop.addCount')}<Input inputMode="numeric" value={count} onChange={(e) => setCount(e.target.value)} suffix={<span className="muted">{t('unit.coupons')}</span>} /></label>
      {found.budgetFen !== null && <label className="stacked">{t('drop.addBudget')}<MoneyInput value={budget} onChange={(e) => setBudget(e.target.value)} /></label>}
    </Modal>
  )
}

function Pools({ dropId, write, exports }: { dropId: string; write: boolean; exports: boolean }) {
  const t = useT()
  const [{ data, error, fetching }, again] = useQuery({ query: CodePoolsDocument, variables: { dropId }, requestPolicy: 'cache-and-network' })
  const reload = (): void => again({ requestPolicy: 'network-only' })
  const making = data?.codePools.nodes.some((pool) => pool.finishedAt === null && pool.closed === null) ?? false
  const [open, setOpen] = useState<null | 'generate' | 'import'>(null)
  useEffect(() => {
    if (!making) return undefined
    const timer = setInterval(() => again({ requestPolicy: 'network-only' }), 1000)
    return () => clearInterval(timer)
  }, [making, again])
  const actions = write && (
    <span style={{ display: 'flex', gap: 8 }}>
      <Button size="small" onClick={() => setOpen('import')}>{t('pool.import')}</Button>
      <Button size="small" type="primary" onClick={() => setOpen('generate')}>{t('pool.generate')}</Button>
    </span>
  )
  return (
    <Panel title={t('pool.title')} extra={actions} flush>
      <Asked data={data} error={error} fetching={fetching} onRetry={reload}>
        {({ codePools }) => (
          <Table
            size="small" rowKey="id" pagination={false} dataSource={codePools.nodes} locale={{ emptyText: <EmptyState title={t('pool.none')} hint={t('pool.noneHint')} /> }}
            columns={[
              { title: t('pool.name'), render: (_, pool) => <>{pool.name} <span className="muted small">{t(`pool.kind.${pool.kind}`)}{pool.partner && ` · ${t('linkOwner.PARTNER')} ${pool.partner}`}</span></> },
              { title: t('pool.progress'), width: 260, render: (_, pool) => <Progress pool={pool} /> },
              { title: t('pool.at'), width: 170, render: (_, pool) => <span className="num">{formatDateTime(pool.createdAt)}</span> },
              ...(exports ? [{ title: t('column.actions'), width: 150, render: (_: unknown, pool: PoolRowFragment) => <ExportButton pool={pool} /> }] : []),
            ]}
          />
        )}
      </Asked>
      {open === 'generate' && <Generate dropId={dropId} close={() => setOpen(null)} reload={reload} />}
      {open === 'import' && <Import dropId={dropId} close={() => setOpen(null)} reload={reload} />}
    </Panel>
  )
}

function Progress({ pool }: { pool: PoolRowFragment }) {
  const t = useT()
  if (pool.finishedAt === null && pool.closed === null) {
    return <><span className="num" data-testid="pool-making">{t('pool.made', { made: formatCount(pool.made), wanted: formatCount(pool.wanted) })}</span><Bar part={pool.made} whole={pool.wanted} brand /></>
  }
  return <><span className="num">{t('pool.ready', { made: formatCount(pool.made) })} · {t('pool.used', { used: formatCount(pool.used) })}{pool.closed !== null && ` · ${t('pool.closed', { closed: formatCount(pool.closed) })}`}</span><Bar part={pool.used} whole={pool.made} /></>
}

function ExportButton({ pool }: { pool: PoolRowFragment }) {
  const t = useT()
  const client = useClient()
  const sayTrouble = useSayTrouble()
  const [done, setDone] = useState<number | null>(null)
  const run = async (): Promise<void> => {
    const parts: string[] = ['\ufeff'] // so that spreadsheets read it as UTF-8
    let after: string | null = null
    setDone(0)
    do {
      const answer: { data?: { codePoolCsv: { csv: string; next: string | null } | null }; error?: Parameters<typeof sayTrouble>[0] } = await client.query(CodePoolCsvDocument, { poolId: pool.id, after }, { requestPolicy: 'network-only' }).toPromise()
      if (answer.error || !answer.data?.codePoolCsv) {
        setDone(null)
        if (answer.error) sayTrouble(answer.error)
        return
      }
      parts.push(answer.data.codePoolCsv.csv)
      after = answer.data.codePoolCsv.next
      setDone((n) => (n ?? 0) + 10_000)
    } while (after)
    setDone(null)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob(parts, { type: 'text/csv;charset=utf-8' }))
    link.download = `${pool.name}.csv`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return <Button size="small" type="link" style={{ padding: 0 }} loading={done !== null} disabled={pool.made === 0} onClick={() => void run()}>{done ? t('pool.exporting', { done: formatCount(Math.min(done, pool.made)) }) : t('pool.export')}</Button>
}

function Generate({ dropId, close, reload }: { dropId: string; close: () => void; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [name, setName] = useState('')
  const [count, setCount] = useState('1000')
  const [partner, setPartner] = useState('')
  const [busy, setBusy] = useState(false)
  const [, generate] = useMutation(GenerateCodesDocument)
  const wanted = parseCount(count)
  const run = async (): Promise<void> => {
    const input = { dropId, name: name.trim(), count: wanted ?? 0, partner: partner.trim() || null }
    setBusy(true)
    const { data, error } = await generate({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.generateCodes
    if (result?.__typename === 'CodePool') {
      key.done()
      message.success(t('pool.started'))
      close()
      reload()
    } else message.error((result?.__typename === 'InvalidInput' ? result.problems[0]?.message : result?.message) ?? t('trouble.fault'))
  }
  return (
    <Modal open title={t('pool.generate')} okText={t('pool.generate')} cancelText={t('action.cancel')} okButtonProps={{ disabled: name.trim() === '' || wanted === null || wanted < 1 || wanted > 1_000_000, loading: busy }} onOk={() => void run()} onCancel={close} width={400}>
      <label className="stacked">{t('pool.name')}<Input value={name} maxLength={60} onChange={(e) => setName(e.target.value)} /></label>
      <label className="stacked">{t('pool.count')}<Input inputMode="numeric" value={count} onChange={(e) => setCount(e.target.value)} /></label>
      <label className="stacked">{t('pool.partner')}<Input value={partner} maxLength={24} placeholder={t('pool.partnerHint')} onChange={(e) => setPartner(e.target.value)} /></label>
      <p className="muted small">{t('pool.countHint')}</p>
    </Modal>
  )
}

type Rejected = Extract<ImportCodesMutation['importCodes'], { __typename: 'CodesRejected' }>

function Import({ dropId, close, reload }: { dropId: string; close: () => void; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [file, setFile] = useState<{ name: string; text: string } | null>(null)
  const [rejected, setRejected] = useState<Rejected | null>(null)
  const [partner, setPartner] = useState('')
  const [busy, setBusy] = useState(false)
  const [, take] = useMutation(ImportCodesDocument)
  const run = async (): Promise<void> => {
    if (!file) return
    const input = { dropId, name: file.name.replace(/\.[^.]+$/, '').slice(0, 60) || 'CSV', csv: file.text, partner: partner.trim() || null }
    setBusy(true)
    setRejected(null)
    const { data, error } = await take({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.importCodes
    if (result?.__typename === 'CodePool') {
      key.done()
      message.success(t('pool.imported', { made: formatCount(result.made) }))
      close()
      reload()
    } else if (result?.__typename === 'CodesRejected') setRejected(result)
    else message.error((result?.__typename === 'InvalidInput' ? result.problems[0]?.message : result?.message) ?? t('trouble.fault'))
  }
  return (
    <Modal open title={t('pool.import')} okText={t('pool.import')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !file, loading: busy }} onOk={() => void run()} onCancel={close} width={460}>
      <Upload
        accept=".csv,.txt" maxCount={1} showUploadList={file !== null} onRemove={() => { setFile(null); setRejected(null) }}
        beforeUpload={(chosen) => {
          setRejected(null)
          if (chosen.size > MOST_BYTES) message.error(t('pool.tooLarge'))
          else void chosen.text().then((text) => setFile({ name: chosen.name, text }))
          return chosen.size > MOST_BYTES ? Upload.LIST_IGNORE : false
        }}
      >
        <Button>{t('pool.file')}</Button>
      </Upload>
      <p className="muted small">{t('pool.fileHint')}</p>
      <label className="stacked">{t('pool.partner')}<Input value={partner} maxLength={24} placeholder={t('pool.partnerHint')} onChange={(e) => setPartner(e.target.value)} /></label>
      {rejected && (
        <div role="alert" className="faults">
          <b>{t('pool.faults', { count: formatCount(rejected.count) })}</b>
          <ul>{rejected.faults.map((fault) => <li key={`${fault.row}${fault.message}`}><span className="num">{t('pool.row', { row: fault.row })}</span> {fault.message}</li>)}</ul>
        </div>
      )}
    </Modal>
  )
}
