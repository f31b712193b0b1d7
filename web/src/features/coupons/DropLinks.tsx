import { Button, Input, Select, Table } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Money } from '../../components/Money'
import { Panel } from '../../components/Page'
import { EmptyState } from '../../components/States'
import { type CouponDropPageQuery, type LinkOwner, MakeDropLinkDocument } from '../../gql/graphql'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { formatCount, formatShare } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'
import { LinkText } from './LinkText'

type Figures = NonNullable<CouponDropPageQuery['couponDrop']>['linkFigures']
const OWNERS: LinkOwner[] = ['POSTER', 'PROMOTER', 'PARTNER']

/** 推广链接: a link for each poster, promoter and partner, all that were made, to be copied again, and what came through each (K12) */
export function DropLinks({ dropId, figures, write, reload }: { dropId: string; figures: Figures; write: boolean; reload: () => void }) {
  const t = useT()
  const key = useCommandKey()
  const [, send] = useMutation(MakeDropLinkDocument)
  const sayTrouble = useSayTrouble()
  const [owner, setOwner] = useState<LinkOwner>('POSTER')
  const [code, setCode] = useState('')
  const [made, setMade] = useState<{ name: string; token: string } | null>(null)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const make = async (): Promise<void> => {
    const input = { dropId, owner, code: code.trim() }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.makeDropLink
    if (result?.__typename === 'DropLink') {
      key.done()
      setMade({ name: `${t(`linkOwner.${owner}`)} ${input.code}`, token: result.token })
      reload()
    } else setWrong((result?.__typename === 'InvalidInput' ? result.problems[0]?.message : result?.message) ?? t('trouble.fault'))
  }
  return (
    <Panel title={t('links.title')} flush>
      {write && (
        <form style={{ padding: '12px 16px', display: 'flex', gap: 8, flexWrap: 'wrap', alignItems: 'center' }} onSubmit={(e) => { e.preventDefault(); void make() }}>
          <Select aria-label={t('links.owner')} value={owner} options={OWNERS.map((value) => ({ value, label: t(`linkOwner.${value}`) }))} onChange={(value) => { setOwner(value); setMade(null) }} style={{ width: 110 }} />
          <Input aria-label={t('links.code')} value={code} maxLength={24} status={wrong ? 'error' : ''} placeholder={t('links.codeHint')} onChange={(e) => { setCode(e.target.value); setWrong(''); setMade(null) }} style={{ width: 240 }} />
          <Button htmlType="submit" disabled={code.trim() === ''} loading={busy}>{t('links.make')}</Button>
          {wrong && <span role="alert" className="small" style={{ color: 'var(--brand)' }}>{wrong}</span>}
          {made && <div style={{ flexBasis: '100%', minWidth: 0 }} data-testid="link-made"><span className="muted small">{made.name}</span><LinkText token={made.token} /></div>}
        </form>
      )}
      <Table
        size="small" rowKey={(row) => `${row.owner} ${row.code}`} pagination={false} dataSource={figures} data-testid="drop-links" scroll={{ x: 860 }} locale={{ emptyText: <EmptyState title={t('links.none')} hint={t('links.noneHint')} /> }}
        columns={[
          { title: t('links.owner'), width: 90, render: (_, row) => t(`linkOwner.${row.owner}`) },
          { title: t('links.code'), width: 150, render: (_, row) => <b style={{ fontWeight: 500 }}>{row.code}</b> },
          { title: t('links.link'), ellipsis: true, render: (_, row) => row.token && <LinkText token={row.token} /> },
          { title: t('links.madeAt'), width: 150, render: (_, row) => (row.madeAt ? <span className="num nowrap">{formatDateTime(row.madeAt)}</span> : <span className="muted">{t('links.before')}</span>) },
          { title: t('places.claimed'), align: 'right', width: 90, render: (_, row) => formatCount(row.claimed) },
          { title: t('drop.redeemed'), align: 'right', width: 130, render: (_, row) => <>{formatCount(row.redeemed)} <span className="muted small">{row.claimed > 0 ? formatShare(Math.round((row.redeemed / row.claimed) * 10_000)) : ''}</span></> },
          { title: t('places.discount'), align: 'right', width: 120, render: (_, row) => <Money fen={row.discountFen} /> },
        ]}
      />
    </Panel>
  )
}
