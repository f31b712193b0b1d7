import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Input, Modal, Table, type TableColumnsType, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { useServerNow, windowWords } from '../../components/Clock'
import { Money } from '../../components/Money'
import { MemberLink } from '../../components/MemberLink'
import { PageHead, Panel } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { AddPrizeStockDocument, AllLotteriesDocument, LotteryDrawsDocument, LotteryReportDocument, type LotteryReportQuery, type LotteryRowFragment, type LotteryState, StopLotteryDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { troubleOf } from '../../lib/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { formatCount, parseCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'
import { LotteryModal } from './LotteryModal'
import { oddsText } from './lotteryForm'

const CONTEXT = { additionalTypenames: ['Lottery', 'LotteryDraw'] }
const COLOURS: Record<LotteryState, string> = { UPCOMING: 'blue', OPEN: 'green', SOLD_OUT: 'orange', ENDED: 'default', STOPPED: 'default' }
type Report = NonNullable<LotteryReportQuery['lotteryReport']>

/** 积分抽奖: which there are, what they took and gave. */
export function LotteryPage() {
  const t = useT()
  const write = useCan('coupons.write')
  const [making, setMaking] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)
  const cursors = useCursors('')
  const [{ data, error, fetching }, again] = useQuery({ query: AllLotteriesDocument, variables: { first: 20, after: cursors.after }, context: CONTEXT })
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) again({ requestPolicy: 'network-only' }) }, 5000)
    return () => clearInterval(timer)
  }, [again])
  const create = write ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>{t('lottery.create')}</Button> : null
  const rows = data?.allLotteries.nodes ?? []
  const shown = rows.find((row) => row.id === chosen) ?? rows[0]
  return (
    <>
      <PageHead title={t('lottery.title')} extra={error && troubleOf(error) === 'forbidden' ? null : create} />
      <div className="panel" style={{ marginBottom: 12 }}>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ allLotteries }) => (
            <>
              <Lotteries rows={allLotteries.nodes} chosen={shown?.id} write={write} onLook={setChosen} empty={<EmptyState title={t('lottery.none')} hint={t('lottery.noneHint')} action={create} />} />
              <Pager cursors={cursors} pageInfo={allLotteries.pageInfo} />
            </>
          )}
        </Asked>
      </div>
      {!error && shown && <Outcomes key={shown.id} row={shown} write={write} />}
      {!error && shown && <DrawPlaces key={`${shown.id}-places`} row={shown} />}
      {!error && shown && <Draws key={`${shown.id}-draws`} row={shown} />}
      {making && <LotteryModal close={() => setMaking(false)} done={() => again({ requestPolicy: 'network-only' })} />}
    </>
  )
}

function Lotteries({ rows, chosen, write, onLook, empty }: { rows: readonly LotteryRowFragment[]; chosen: string | undefined; write: boolean; onLook: (id: string) => void; empty: React.ReactNode }) {
  const t = useT()
  const now = useServerNow(rows[0]?.serverTime)
  const columns: TableColumnsType<LotteryRowFragment> = [
    { title: t('lottery.name'), width: 220, render: (_, row) => <><div style={{ fontWeight: row.id === chosen ? 600 : 500 }}>{row.name}</div><div className="muted small">{t('lottery.prizeCount', { count: row.prizes.filter((p) => p.kind !== 'THANKS').length })}</div></> },
    { title: t('column.state'), width: 100, render: (_, row) => <Tag color={COLOURS[row.state]} style={{ margin: 0 }} data-state={row.state}>{t(`lotteryState.${row.state}`)}</Tag> },
    { title: t('lottery.cost'), width: 170, render: (_, row) => <><div className="num">{t('lottery.each', { points: row.points })}</div>{row.freePerDay > 0 && <div className="muted small">{t('lottery.freeShort', { count: row.freePerDay })}</div>}</> },
    { title: t('lottery.limits'), width: 150, render: (_, row) => <>{t('lottery.perDayShort', { count: row.perDay })}{row.perMember !== null && <div className="muted small">{t('lottery.perMemberShort', { count: row.perMember })}</div>}</> },
    { title: t('lottery.window'), width: 220, render: (_, row) => <span className="num">{row.state === 'STOPPED' ? t('lottery.stoppedBecause', { reason: row.stopReason ?? '' }) : windowWords(t, row.startsAt, row.endsAt, now)}</span> },
    { title: t('lottery.draws'), width: 90, align: 'right', render: (_, row) => <span className="num">{formatCount(row.draws)}</span> },
    {
      title: t('column.actions'),
      width: 150,
      render: (_, row) => (
        <span style={{ display: 'flex', gap: 12 }}>
          <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onLook(row.id)}>{t('lottery.look')}</Button>
          {write && row.state !== 'STOPPED' && row.state !== 'ENDED' && <StopButton row={row} />}
        </span>
      ),
    },
  ]
  return <Table size="middle" rowKey="id" columns={columns} dataSource={[...rows]} pagination={false} scroll={{ x: 1080 }} locale={{ emptyText: empty }} />
}

function StopButton({ row }: { row: LotteryRowFragment }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [, stop] = useMutation(StopLotteryDocument)
  const run = async (): Promise<void> => {
    const input = { lotteryId: row.id, reason: reason.trim() }
    setBusy(true)
    const { data, error } = await stop({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.stopLottery
    if (result?.__typename === 'Lottery') {
      key.done()
      message.success(t('lottery.stopped'))
      setOpen(false)
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return (
    <>
      <Button type="link" danger size="small" style={{ padding: 0 }} onClick={() => setOpen(true)}>{t('lottery.stop')}</Button>
      {open && (
        <Modal open title={t('lottery.stopAsk', { name: row.name })} onCancel={() => setOpen(false)} onOk={() => void run()} okText={t('lottery.stop')} okButtonProps={{ danger: true, loading: busy, disabled: reason.trim().length < 2 }} cancelText={t('action.cancel')}>
          <p className="muted small" style={{ margin: '4px 0 10px' }}>{t('lottery.stopHint')}</p>
          <Input value={reason} maxLength={100} showCount placeholder={t('lottery.reason')} aria-label={t('lottery.reason')} onChange={(event) => setReason(event.target.value)} />
        </Modal>
      )}
    </>
  )
}

/** What a lottery took and gave, prize by prize; odds beside outcomes. */
function Outcomes({ row, write }: { row: LotteryRowFragment; write: boolean }) {
  const t = useT()
  const [{ data, error, fetching }, again] = useQuery({ query: LotteryReportDocument, variables: { lotteryId: row.id }, context: CONTEXT })
  useEffect(() => { again({ requestPolicy: 'network-only' }) }, [again, row.draws])
  const [filled, setFilled] = useState<string | null>(null)
  const over = row.state === 'STOPPED' || row.state === 'ENDED'
  const percent = (odds: number): string => `${oddsText(odds)}%`
  return (
    <Panel title={t('lottery.outcomes', { name: row.name })} flush>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ lotteryReport }) => lotteryReport && (
          <>
            <Sums report={lotteryReport} />
            <Table
              size="small" rowKey="prizeId" pagination={false} dataSource={[...lotteryReport.outcomes]} scroll={{ x: 900 }}
              columns={[
                { title: t('lottery.prize'), dataIndex: 'name' },
                { title: t('lottery.odds'), width: 110, align: 'right', render: (_, it) => <span className="num">{percent(it.odds)}</span> },
                { title: t('lottery.seen'), width: 110, align: 'right', render: (_, it) => <span className="num">{lotteryReport.draws === 0 ? '-' : percent(Math.round(it.wonOdds / 100) * 100)}</span> },
                { title: t('lottery.expected'), width: 110, align: 'right', render: (_, it) => <span className="num">{(it.expectedMilli / 1000).toFixed(1)}</span> },
                { title: t('lottery.won'), width: 100, align: 'right', render: (_, it) => <span className="num">{formatCount(it.won)}</span> },
                { title: t('lottery.left'), width: 130, align: 'right', render: (_, it) => (it.stock === null ? '-' : <span className="num" style={it.won >= it.stock ? { color: '#cf1322' } : undefined}>{formatCount(it.stock - it.won)} / {formatCount(it.stock)}</span>) },
                { title: t('lottery.given'), width: 120, align: 'right', render: (_, it) => <Money fen={it.givenFen} /> },
                ...(write && !over ? [{ title: t('column.actions'), width: 90, render: (_: unknown, it: Report['outcomes'][number]) => (it.stock === null ? null : <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setFilled(it.prizeId)}>{t('lottery.more')}</Button>) }] : []),
              ]}
            />
          </>
        )}
      </Asked>
      {filled && <StockModal prizeId={filled} name={row.prizes.find((p) => p.id === filled)?.name ?? ''} close={() => setFilled(null)} />}
    </Panel>
  )
}

function Sums({ report }: { report: Report }) {
  const t = useT()
  const fit = report.fitPBp === null ? t('lottery.fitFew') : t(report.fitPBp < 10 ? 'lottery.fitOdd' : 'lottery.fitGood', { p: (report.fitPBp / 100).toFixed(1) })
  return (
    <div className="muted" style={{ padding: '10px 16px', display: 'flex', gap: 24, flexWrap: 'wrap' }} data-testid="lottery-sums">
      <span>{t('lottery.sumDraws', { draws: formatCount(report.draws), free: formatCount(report.freeDraws), members: formatCount(report.members) })}</span>
      {report.channels.length > 0 && <span>{report.channels.map((one) => t('lottery.sumChannel', { channel: t(`channel.${one.channel}`), draws: formatCount(one.draws), members: formatCount(one.members) })).join(t('list.comma'))}</span>}
      <span>{t('lottery.sumPoints', { points: formatCount(report.points) })}</span>
      <span>{t('lottery.sumGiven')} <Money fen={report.givenFen} /></span>
      <span>{fit}</span>
    </div>
  )
}

function StockModal({ prizeId, name, close }: { prizeId: string; name: string; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(AddPrizeStockDocument)
  const more = parseCount(text)
  const run = async (): Promise<void> => {
    if (!more) return
    const input = { prizeId, more }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.addPrizeStock
    if (result?.__typename === 'Lottery') {
      key.done()
      message.success(t('lottery.moreDone'))
      close()
    } else message.error(result?.message ?? t('trouble.fault'))
  }
  return (
    <Modal open title={t('lottery.moreOf', { name })} onCancel={close} onOk={() => void run()} okText={t('lottery.more')} okButtonProps={{ loading: busy, disabled: !more }} cancelText={t('action.cancel')}>
      <p className="muted small" style={{ margin: '4px 0 10px' }}>{t('lottery.moreHint')}</p>
      <Input inputMode="numeric" value={text} aria-label={t('lottery.moreCount')} placeholder={t('lottery.moreCount')} suffix={t('unit.portions')} onChange={(event) => setText(event.target.value)} />
    </Modal>
  )
}

/** Where and when it was drawn (K12) */
function DrawPlaces({ row }: { row: LotteryRowFragment }) {
  const t = useT()
  const [{ data }] = useQuery({ query: LotteryReportDocument, variables: { lotteryId: row.id }, context: CONTEXT })
  const report = data?.lotteryReport
  if (!report || report.sources.length === 0) return null
  return (
    <div className="halves">
      <Panel title={t('lottery.sources')} flush>
        <Table
          data-testid="lottery-sources" size="small" rowKey={(it) => `${it.channel}${it.storeName}`} pagination={false} dataSource={report.sources}
          columns={[
            { title: t('column.store'), render: (_, it) => it.storeName ?? '—' },
            { title: t('drop.channels'), render: (_, it) => t(`channel.${it.channel}`) },
            { title: t('lottery.drawCount'), align: 'right', width: 110, render: (_, it) => <span className="num">{formatCount(it.draws)}</span> },
            { title: t('lottery.people'), align: 'right', width: 110, render: (_, it) => <span className="num">{formatCount(it.members)}</span> },
          ]}
        />
      </Panel>
      <Panel title={t('lottery.days')} flush>
        <Table
          data-testid="lottery-days" size="small" rowKey="day" pagination={{ pageSize: 10, hideOnSinglePage: true, size: 'small' }} dataSource={report.days}
          columns={[
            { title: t('lottery.day'), render: (_, it) => <span className="num">{it.day}</span> },
            { title: t('lottery.drawCount'), align: 'right', width: 110, render: (_, it) => <span className="num">{formatCount(it.draws)}</span> },
            { title: t('lottery.people'), align: 'right', width: 110, render: (_, it) => <span className="num">{formatCount(it.members)}</span> },
          ]}
        />
      </Panel>
    </div>
  )
}

/** Every draw with its number: what an auditor computes again. */
function Draws({ row }: { row: LotteryRowFragment }) {
  const t = useT()
  const members = useCan('members')
  const cursors = useCursors(row.id)
  const [{ data, error, fetching }, again] = useQuery({ query: LotteryDrawsDocument, variables: { lotteryId: row.id, first: 10, after: cursors.after }, context: CONTEXT })
  useEffect(() => { again({ requestPolicy: 'network-only' }) }, [again, row.draws])
  type Draw = NonNullable<typeof data>['lotteryDraws']['nodes'][number]
  return (
    <div style={{ marginTop: 12 }}>
      <Panel title={t('lottery.drawsOf')} flush>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ lotteryDraws }) => (
            <>
              <Table
                size="small" rowKey="id" pagination={false} dataSource={[...lotteryDraws.nodes]} scroll={{ x: 800 }} locale={{ emptyText: <EmptyState title={t('lottery.noDraws')} /> }}
                columns={[
                  { title: t('lottery.n'), width: 80, render: (_, it) => <span className="num">{it.n}</span> },
                  { title: t('mall.at'), width: 170, render: (_, it) => <span className="num">{formatDateTime(it.at)}</span> },
                  ...(members ? [{ title: t('mall.who'), width: 180, render: (_: unknown, it: Draw) => <MemberLink name={it.memberName} /> }] : []),
                  { title: t('mall.paid'), width: 110, render: (_, it) => (it.points === 0 ? t('lottery.wasFree') : <span className="num">{formatCount(it.points)} {t('unit.points')}</span>) },
                  { title: t('lottery.drawn'), width: 110, render: (_, it) => <span className="num">{String(it.drawn).padStart(6, '0')}</span> },
                  { title: t('lottery.prize'), render: (_, it) => <span className={it.kind === 'THANKS' ? 'muted' : undefined}>{it.prizeName}{it.coupon && <span className="muted small num"> · {t('mall.coupon', { code: it.coupon.code })}</span>}</span> },
                ]}
              />
              <Pager cursors={cursors} pageInfo={lotteryDraws.pageInfo} />
            </>
          )}
        </Asked>
      </Panel>
    </div>
  )
}
