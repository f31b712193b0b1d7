import { Button, Table, type TableColumnsType, Typography } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useQuery } from 'urql'
import { useCounted } from '../../components/Clock'
import { Money } from '../../components/Money'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { CouponTemplatesDocument, type CouponTemplatesQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { formatCount, formatShare } from '../../lib/money'
import { SetBudget } from './TemplateBudget'
import { TemplateTerms } from './TemplatePicker'

type Row = CouponTemplatesQuery['couponTemplates']['nodes'][number] & { use: CouponTemplatesQuery['couponTemplates']['uses'][number] | undefined }
const context = { additionalTypenames: ['CouponTemplate', 'CouponDrop'] }

/** 券模板: what each coupon is, and what was made of it; the terms in full unfold (K01) */
export function TemplateTable({ search, create }: { search: string; create: React.ReactNode }) {
  const t = useT()
  const cursors = useCursors(search)
  const [{ data, error, fetching, stale }, again] = useQuery({ query: CouponTemplatesDocument, variables: { first: 20, after: cursors.after, search: search || null }, context, requestPolicy: 'cache-and-network' })
  const write = useCan('coupons.write')
  const [asked, setAsked] = useState<Row | null>(null)
  useCounted((data?.couponTemplates.nodes ?? []).some((row) => row.budget !== null), () => again({ requestPolicy: 'network-only' }))
  const columns: TableColumnsType<Row> = [
    {
      title: t('template.one'),
      width: 230,
      render: (_, row) => (
        <>
          <div style={{ fontWeight: 500 }}>{row.name}</div>
          <div className="face small">{row.face.sentence}</div>
        </>
      ),
    },
    {
      title: t('column.scope'),
      width: 150,
      render: (_, row) => (
        <>
          <div>{row.face.scopeSentence}</div>
          <div className="muted small">{row.face.stackable ? t('coupon.stackable') : t('coupon.notStackable')}</div>
        </>
      ),
    },
    { title: t('coupon.validity'), width: 180, render: (_, row) => <><div title={row.validitySentence}>{row.validitySentence.replace(/（[^）]*）$/, '')}</div>{row.usableSentence && <div className="muted small">{row.usableSentence}</div>}</> },
    { title: t('template.drops'), align: 'right', width: 80, render: (_, row) => <span className={row.use?.drops ? 'num' : 'muted'}>{row.use?.drops ? formatCount(row.use.drops) : '—'}</span> },
    { title: t('template.coupons'), align: 'right', width: 90, render: (_, row) => <span className={row.use?.coupons ? 'num' : 'muted'}>{row.use?.coupons ? formatCount(row.use.coupons) : '—'}</span> },
    {
      title: t('coupon.redeemed'),
      align: 'right',
      width: 95,
      render: (_, { use }) => (use && use.coupons > 0 ? <><span className="num">{formatCount(use.redeemed)}</span> <span className="muted small num">{formatShare(Math.round((use.redeemed / use.coupons) * 10_000))}</span></> : <span className="muted">—</span>),
    },
    {
      title: t('template.budget'),
      width: 150,
      render: (_, { budget }) => {
        if (!budget) return <span className="muted">{t('limit.none')}</span>
        const used = <Money fen={budget.promisedFen + budget.spentFen} short />
        return (
          <div data-testid="template-budget">
            <div>{t('template.taken')} {used}{budget.budgetFen !== null && <span className="muted"> / <Money fen={budget.budgetFen} short /></span>}</div>
            <div className="muted small">{t('template.spent')} <Money fen={budget.spentFen} short /></div>
            {budget.refused > 0 && <Typography.Text type="warning" className="small" style={{ display: 'block' }} title={t('template.refusedHint')}>{t('template.refused', { count: formatCount(budget.refused) })}</Typography.Text>}
          </div>
        )
      },
    },
    ...(write ? [{
      title: t('column.actions'), width: 130,
      render: (_: unknown, row: Row) => (
        <>
          <Link to={`/coupons/new?template=${encodeURIComponent(row.id)}`}><Button type="link" size="small" style={{ padding: 0 }}>{t('template.use')}</Button></Link>
          {row.faceFen !== null && <Button type="link" size="small" style={{ padding: 0, display: 'block' }} onClick={(event) => { event.stopPropagation(); setAsked(row) }}>{t('template.setBudget')}</Button>}
        </>
      ),
    }] : []),
  ]
  return (
    <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
      {({ couponTemplates: { nodes, uses, pageInfo, totalCount } }) => (
        <>
          <Table
            size="middle" rowKey="id" columns={columns} dataSource={nodes.map((node, n) => ({ ...node, use: uses[n] }))} loading={fetching && !stale && !data} pagination={false} scroll={{ x: 1150 }}
            expandable={{ expandedRowRender: (row) => <TemplateTerms template={row} style={{ margin: '0 0 0 48px' }} />, expandRowByClick: true }}
            locale={{ emptyText: search ? <EmptyState title={t('state.noMatch')} hint={t('state.noMatchHint')} /> : <EmptyState title={t('template.none')} hint={t('template.noneHint')} action={create} /> }}
          />
          <Pager cursors={cursors} pageInfo={pageInfo} total={totalCount} />
          {asked && <SetBudget key={asked.id} template={asked} close={() => setAsked(null)} />}
        </>
      )}
    </Asked>
  )
}
