import { Button, Table, Tooltip } from 'antd'
import { useState } from 'react'
import { useClient } from 'urql'
import { Money } from '../../components/Money'
import { Panel } from '../../components/Page'
import { CouponDropCsvDocument, type CouponDropPageQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatCount, formatShare } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'

type Figures = NonNullable<CouponDropPageQuery['couponDrop']>['figures'][number]
const COUNTED = ['views', 'viewers', 'claimed', 'redeemed', 'orders', 'discountFen'] as const

/** What the drop did where it is shown: seen, claimed, used, and what that cost (K02, K12) */
export function Placements({ dropId, name, figures }: { dropId: string; name: string; figures: Figures[] }) {
  const t = useT()
  const sum = Object.fromEntries(COUNTED.map((key) => [key, figures.reduce((total, f) => total + f[key], 0)])) as Record<(typeof COUNTED)[number], number>
  const share = (bp: number | null): React.ReactNode => (bp === null ? <span className="muted">—</span> : formatShare(bp))
  const head = (key: 'views' | 'viewers' | 'claimed' | 'claimRate' | 'redeemed' | 'redemptionRate' | 'discount' | 'perOrder'): React.ReactNode => <Tooltip title={t(`places.${key}Hint`)}><span className="hinted" tabIndex={0}>{t(`places.${key}`)}</span></Tooltip>
  return (
    <Panel title={t('places.title')} extra={<ExportFigures dropId={dropId} name={name} />} flush>
      <Table
        size="small" rowKey={(f) => f.placement ?? 'other'} pagination={false} dataSource={figures} data-testid="placements"
        columns={[
          { title: t('coupon.placements'), render: (_, f) => (f.placement ? t(`placement.${f.placement}`) : <span className="muted">{t('places.other')}</span>) },
          { title: head('views'), align: 'right', render: (_, f) => formatCount(f.views) },
          { title: head('viewers'), align: 'right', render: (_, f) => formatCount(f.viewers) },
          { title: head('claimed'), align: 'right', render: (_, f) => formatCount(f.claimed) },
          { title: head('claimRate'), align: 'right', render: (_, f) => share(f.claimRateBp) },
          { title: head('redeemed'), align: 'right', render: (_, f) => formatCount(f.redeemed) },
          { title: head('redemptionRate'), align: 'right', render: (_, f) => share(f.redemptionRateBp) },
          { title: head('discount'), align: 'right', render: (_, f) => <Money fen={f.discountFen} /> },
          { title: head('perOrder'), align: 'right', render: (_, f) => (f.perOrderFen === null ? <span className="muted">—</span> : <Money fen={f.perOrderFen} />) },
        ]}
        summary={() => figures.length < 2 ? null : (
          <Table.Summary.Row>
            <Table.Summary.Cell index={0}><b>{t('places.sum')}</b></Table.Summary.Cell>
            <Table.Summary.Cell index={1} align="right"><b>{formatCount(sum.views)}</b></Table.Summary.Cell>
            <Table.Summary.Cell index={2} align="right"><b>{formatCount(sum.viewers)}</b></Table.Summary.Cell>
            <Table.Summary.Cell index={3} align="right"><b>{formatCount(sum.claimed)}</b></Table.Summary.Cell>
            <Table.Summary.Cell index={4} />
            <Table.Summary.Cell index={5} align="right"><b>{formatCount(sum.redeemed)}</b></Table.Summary.Cell>
            <Table.Summary.Cell index={6} align="right">{share(sum.claimed > 0 ? Math.round((sum.redeemed * 10_000) / sum.claimed) : null)}</Table.Summary.Cell>
            <Table.Summary.Cell index={7} align="right"><b><Money fen={sum.discountFen} /></b></Table.Summary.Cell>
            <Table.Summary.Cell index={8} align="right">{sum.orders > 0 ? <Money fen={Math.round(sum.discountFen / sum.orders)} /> : <span className="muted">—</span>}</Table.Summary.Cell>
          </Table.Summary.Row>
        )}
      />
      <p className="muted small panel-foot">{t('places.hint')}</p>
    </Panel>
  )
}

function ExportFigures({ dropId, name }: { dropId: string; name: string }) {
  const t = useT()
  const client = useClient()
  const sayTrouble = useSayTrouble()
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    const parts: string[] = ['\ufeff'] // so that spreadsheets read it as UTF-8
    let after: string | null = null
    setBusy(true)
    do {
      const answer: { data?: { couponDropCsv: { csv: string; next: string | null } | null }; error?: Parameters<typeof sayTrouble>[0] } = await client.query(CouponDropCsvDocument, { dropId, after }, { requestPolicy: 'network-only' }).toPromise()
      if (answer.error || !answer.data?.couponDropCsv) {
        setBusy(false)
        if (answer.error) sayTrouble(answer.error)
        return
      }
      parts.push(answer.data.couponDropCsv.csv)
      after = answer.data.couponDropCsv.next
    } while (after)
    setBusy(false)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob(parts, { type: 'text/csv;charset=utf-8' }))
    link.download = `${name}-${t('places.title')}.csv`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return <Button size="small" loading={busy} onClick={() => void run()}>{t('places.export')}</Button>
}
