import { App, Button, Input, Modal, Segmented, Select, Table, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { useServerNow } from '../../components/Clock'
import { MemberLink } from '../../components/MemberLink'
import { PageHead } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { AnswerComplaintDocument, ComplaintFiguresDocument, type ComplaintOutcome, type ComplaintRowFragment, ComplaintsDocument, type ComplaintsQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { promiseWords, spanWords } from '../../lib/span'
import { formatDateTime } from '../../lib/time'
import { useGiveable } from '../members/giveable'

type Row = ComplaintsQuery['complaints']['nodes'][number]
const OUTCOMES: ComplaintOutcome[] = ['EXPLAINED', 'COMPENSATED', 'REFUNDED', 'REPLACED', 'UNFOUNDED']
const CONTEXT = { additionalTypenames: ['Complaint'] }
const EVERY_MS = 20_000

/** 投诉处理: what is open with its remaining time, the most urgent first, and how those before ended */
export function ComplaintsPage() {
  const t = useT()
  const mayAnswer = useCan('complaints.answer')
  const [open, setOpen] = useState(true)
  const [answering, setAnswering] = useState<Row | null>(null)
  const cursors = useCursors(open ? 'open' : 'done')
  const [{ data, error, fetching }, again] = useQuery({ query: ComplaintsDocument, variables: { open, first: 20, after: cursors.after }, requestPolicy: 'cache-and-network', context: CONTEXT })
  const [{ data: counted }, count] = useQuery({ query: ComplaintFiguresDocument, requestPolicy: 'cache-and-network', context: CONTEXT })
  useEffect(() => {
    const timer = setInterval(() => { again({ requestPolicy: 'network-only' }); count({ requestPolicy: 'network-only' }) }, EVERY_MS)
    return () => clearInterval(timer)
  }, [again, count])
  const now = useServerNow(data?.complaints.nodes[0]?.serverTime)
  const figures = counted?.complaintFigures
  return (
    <>
      <PageHead title={t('complaint.title')} extra={<Segmented value={open ? 'open' : 'done'} onChange={(value) => setOpen(value === 'open')} options={[{ value: 'open', label: t('complaint.open') }, { value: 'done', label: t('complaint.done') }]} />} />
      {figures && (
        <div style={{ marginBottom: 12 }} data-testid="complaint-figures">
          <div className="num">{t('complaint.waiting')} <b>{figures.waiting}</b> · <span style={figures.dueSoon > 0 ? { color: '#d46b08' } : undefined}>{t('complaint.dueSoon')} <b>{figures.dueSoon}</b></span> · <span style={figures.overdue > 0 ? { color: 'var(--brand)' } : undefined}>{t('complaint.overdue')} <b>{figures.overdue}</b></span> · {t('complaint.inTime')} <b>{figures.answered > 0 ? `${figures.inTime} / ${figures.answered}` : '—'}</b></div>
          <div className="muted small">{t('complaint.rule', { span: promiseWords(figures.minutes, t) })}</div>
        </div>
      )}
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ complaints }) => (
          <div className="panel">
            <Table
              size="middle" rowKey="id" dataSource={[...complaints.nodes]} pagination={false} scroll={{ x: 980 }}
              locale={{ emptyText: <EmptyState title={t(open ? 'complaint.none' : 'complaint.noneDone')} /> }}
              columns={[
                open
                  ? { title: t('complaint.left'), width: 150, render: (_, row) => <Left row={row} now={now} /> }
                  : { title: t('complaint.ended'), width: 150, render: (_, row) => <><div>{row.outcome && t(`complaint.outcome.${row.outcome}`)}</div><Tag color={row.inTime ? 'green' : 'red'} style={{ margin: 0 }}>{t(row.inTime ? 'complaint.onTime' : 'complaint.late')}</Tag>{row.answeredAt && <div className="muted small num nowrap">{formatDateTime(row.answeredAt)}</div>}</> },
                { title: t('complaint.about'), render: (_, row) => <About row={row} /> },
                { title: t('complaint.customer'), width: 130, render: (_, row) => <MemberLink name={row.memberName} /> },
                { title: t('complaint.order'), width: 210, render: (_, row) => (row.orderId ? <Link to={`/orders/${row.orderId}`} className="num">{row.orderNumber}</Link> : <span className="muted">—</span>) },
                { title: t('complaint.at'), width: 160, render: (_, row) => <span className="num nowrap">{formatDateTime(row.openedAt)}</span> },
                ...(open && mayAnswer ? [{ title: t('column.actions'), width: 80, fixed: 'right' as const, render: (_: unknown, row: Row) => <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setAnswering(row)}>{t('complaint.answer')}</Button> }] : []),
              ]}
            />
            <Pager cursors={cursors} pageInfo={complaints.pageInfo} />
          </div>
        )}
      </Asked>
      {answering && <Answer row={answering} close={() => setAnswering(null)} done={() => { setAnswering(null); again({ requestPolicy: 'network-only' }); count({ requestPolicy: 'network-only' }) }} />}
    </>
  )
}

function Left({ row, now }: { row: ComplaintRowFragment; now: number }) {
  const t = useT()
  const minutes = Math.ceil((Date.parse(row.dueAt) - now) / 60_000)
  const late = minutes <= 0
  return (
    <>
      <Tag color={late ? 'red' : minutes <= 30 ? 'orange' : undefined} style={{ margin: 0 }} data-testid="complaint-left">{late ? t('complaint.lateMinutes', { span: spanWords(Math.max(1, -minutes), t) }) : t('complaint.leftMinutes', { span: spanWords(minutes, t) })}</Tag>
      {row.escalatedAt && <div className="muted small">{t('complaint.escalated')}</div>}
    </>
  )
}

function About({ row }: { row: ComplaintRowFragment }) {
  const t = useT()
  return (
    <>
      <div><b style={{ fontWeight: 500 }}>{t(`complaint.kind.${row.kind}`)}</b>{row.byStaff && <span className="muted small" style={{ marginLeft: 8 }}>{t('complaint.byStaff')}</span>}</div>
      <div style={{ whiteSpace: 'pre-wrap' }}>{row.text}</div>
      {row.coupon && <div className="muted small">{row.coupon.template.name}</div>}
      {row.answer && <div className="muted" style={{ whiteSpace: 'pre-wrap' }}>{t('complaint.answer')}：{row.answer}</div>}
      {row.compensation && <div className="muted small">{t('complaint.coupon')}：{row.compensation.template.name} · <span className="num">{row.compensation.code}</span></div>}
    </>
  )
}

function Answer({ row, close, done }: { row: Row; close: () => void; done: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [outcome, setOutcome] = useState<ComplaintOutcome>('EXPLAINED')
  const [answer, setAnswer] = useState('')
  const [coupon, setCoupon] = useState<string | null>(null)
  const [refused, setRefused] = useState('')
  const compensated = outcome === 'COMPENSATED'
  const giveable = useGiveable(!compensated)
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(AnswerComplaintDocument)
  const run = async (): Promise<void> => {
    const [way, id] = compensated && coupon ? coupon.split('/') : []
    const wish = { complaintId: row.id, outcome, answer: answer.trim(), couponId: way === 'given' ? id! : null, templateId: way === 'give' ? id! : null }
    setBusy(true)
    setRefused('')
    const { data, error } = await send({ input: { ...wish, idempotencyKey: key.for(wish) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.answerComplaint
    if (result?.__typename === 'Complaint') {
      key.done()
      message.success(t(way === 'give' ? 'complaint.answeredGiven' : 'complaint.answered'))
      done()
    } else setRefused(result?.__typename === 'InvalidInput' ? result.problems.map((problem) => problem.message).join(t('list.semicolon')) : (result?.message ?? t('trouble.fault')))
  }
  return (
    <Modal open title={t('complaint.answerTitle')} okText={t('complaint.answer')} cancelText={t('action.cancel')} okButtonProps={{ loading: busy, disabled: answer.trim().length < 5 }} onOk={() => void run()} onCancel={close} width={520}>
      <p className="muted small" style={{ margin: '0 0 8px', display: 'flex', gap: 12, flexWrap: 'wrap', alignItems: 'center' }}>
        <MemberLink name={row.memberName} />
        {row.orderId && <Link to={`/orders/${row.orderId}`} className="num">{row.orderNumber}</Link>}
        <span className="num">{formatDateTime(row.openedAt)}</span>
      </p>
      <About row={row} />
      {refused && <div className="faults" role="alert" style={{ marginTop: 12 }}>{refused}</div>}
      <label className="stacked" style={{ marginTop: 12 }}>{t('complaint.outcomeLabel')}<Select aria-label={t('complaint.outcomeLabel')} value={outcome} onChange={(value) => { setOutcome(value); setRefused('') }} options={OUTCOMES.map((value) => ({ value, label: t(`complaint.outcome.${value}`) }))} style={{ width: '100%' }} /></label>
      {compensated && (
        <label className="stacked">
          {t('complaint.coupon')}
          <Select
            aria-label={t('complaint.coupon')} allowClear value={coupon} loading={giveable.fetching} showSearch={{ optionFilterProp: 'label' }} placeholder={t('complaint.couponNone')} notFoundContent={<span className="muted small">{t(giveable.fetching ? 'member.reading' : 'complaint.couponEmpty')}</span>} style={{ width: '100%' }}
            onChange={(value) => { setCoupon(value ?? null); setRefused('') }}
            options={[
              { label: t('complaint.giveNow'), options: giveable.options.map(({ value, label }) => ({ value: `give/${value}`, label })) },
              { label: t('complaint.givenBefore'), options: row.compensations.map(({ id, code, template }) => ({ value: `given/${id}`, label: `${template.name} · ${code}` })) },
            ].filter(({ options }) => options.length > 0)}
          />
          <span className="muted small">{t(coupon?.startsWith('give/') ? 'complaint.giveHint' : 'complaint.couponHint')}</span>
        </label>
      )}
      <label className="stacked">{t('complaint.reply')}<Input.TextArea value={answer} maxLength={500} showCount rows={3} aria-label={t('complaint.reply')} onChange={(event) => setAnswer(event.target.value)} /></label>
    </Modal>
  )
}
