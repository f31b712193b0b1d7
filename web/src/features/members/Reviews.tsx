import { App, Button, Input, Modal, Rate, Table } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { Panel } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { HideReviewDocument, type ReviewRowFragment, ReviewsDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'

const CONTEXT = { additionalTypenames: ['Review'] }

/** 评价 of all customers; what a hidden one brought goes again. */
export function Reviews({ open }: { open: (search: string) => void }) {
  const t = useT()
  const write = useCan('members.adjust')
  const [hiding, setHiding] = useState<ReviewRowFragment | null>(null)
  const cursors = useCursors('reviews')
  const [{ data, error, fetching }, again] = useQuery({ query: ReviewsDocument, variables: { first: 10, after: cursors.after }, context: CONTEXT })
  return (
    <div style={{ marginTop: 12 }}>
      <Panel title={t('review.title')} flush>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ reviews }) => (
            <>
              <Table
                size="small" rowKey="id" pagination={false} dataSource={[...reviews.nodes]} scroll={{ x: 900 }} locale={{ emptyText: <EmptyState title={t('review.none')} /> }}
                columns={[
                  { title: t('mall.at'), width: 160, render: (_, row) => <span className="num">{formatDateTime(row.at)}</span> },
                  { title: t('review.article'), width: 180, render: (_, row) => <Link to={`/orders/${row.orderId}`}>{row.name}</Link> },
                  { title: t('review.text'), render: (_, row) => <><Rate disabled value={row.stars} style={{ fontSize: 13 }} /><div style={row.state === 'HIDDEN' ? { color: 'var(--muted)', textDecoration: 'line-through' } : undefined}>{row.text}</div>{row.hideReason && <div className="muted small">{t('review.hiddenBecause', { reason: row.hideReason })}</div>}</> },
                  { title: t('review.author'), width: 220, render: (_, row) => <Button type="link" size="small" style={{ padding: 0 }} onClick={() => open((row.authorName ?? '').split(' · ')[1] ?? '')}>{row.authorName}</Button> },
                  { title: t('review.growth'), width: 110, align: 'right', render: (_, row) => <><span className="num">+{row.growth}</span>{row.takenBack > 0 && <div className="muted small">{t('review.back', { count: row.takenBack })}</div>}</> },
                  ...(write ? [{ title: t('column.actions'), width: 80, render: (_: unknown, row: ReviewRowFragment) => (row.state === 'SHOWN' ? <Button type="link" danger size="small" style={{ padding: 0 }} onClick={() => setHiding(row)}>{t('review.hide')}</Button> : null) }] : []),
                ]}
              />
              <Pager cursors={cursors} pageInfo={reviews.pageInfo} />
            </>
          )}
        </Asked>
      </Panel>
      {hiding && <HideModal row={hiding} close={() => setHiding(null)} />}
    </div>
  )
}

function HideModal({ row, close }: { row: ReviewRowFragment; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(HideReviewDocument)
  const run = async (): Promise<void> => {
    const input = { reviewId: row.id, reason: reason.trim() }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.hideReview
    if (result?.__typename === 'Review') {
      key.done()
      message.success(t('review.hidden'))
      close()
    } else message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={t('review.hideAsk')} onCancel={close} onOk={() => void run()} okText={t('review.hide')} okButtonProps={{ danger: true, loading: busy, disabled: reason.trim().length < 2 }} cancelText={t('action.cancel')}>
      <p className="muted small" style={{ margin: '4px 0 10px' }}>{t('review.hideHint')}</p>
      <Input value={reason} maxLength={100} showCount placeholder={t('review.reason')} aria-label={t('review.reason')} onChange={(event) => setReason(event.target.value)} />
    </Modal>
  )
}
