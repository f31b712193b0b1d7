import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Form, Input, Select } from 'antd'
import { useQuery } from 'urql'
import { type BearingShareInput, SuppliersDocument } from '../../gql/graphql'
import { Money } from '../../components/Money'
import { type T, useT } from '../../lib/i18n'
import { type BearerRow, formatPercent, MOST_ROWS, readBearing, splitFen } from './bearing'

const EXAMPLE_FEN = 1_000

type Share = Pick<BearingShareInput, 'who' | 'supplier' | 'bp'>

export const bearerName = (share: Pick<Share, 'who' | 'supplier'>, t: T): string =>
  share.who === 'SUPPLIER' ? (share.supplier ?? '—') : t(share.who === 'MERCHANT' ? 'bearing.merchant' : 'bearing.skuSupplier')

/** Who bears, in words: 商品的供应商 50%、商家 50%. */
export const bearingWords = (shares: readonly Share[], t: T): string =>
  shares.length === 0 ? t('bearing.merchantAll') : shares.map((share) => `${bearerName(share, t)} ${formatPercent(share.bp)}%`).join(t('bearing.and'))

/** 旺季（06-01 至 09-30）：商品的供应商 40%、商家 60%. */
export const seasonWords = (season: { name: string; since: string; until: string; shares: readonly Share[] }, t: T): string =>
  t('bearing.season', { name: season.name, since: season.since, until: season.until, shares: bearingWords(season.shares, t) })

/** Rows of suppliers and their percent; the merchant bears the rest. `shipping` belongs to no article. */
export function BearingFields({ rows, shipping = false }: { rows: readonly BearerRow[]; shipping?: boolean }) {
  const t = useT()
  const [{ data }] = useQuery({ query: SuppliersDocument })
  const options = data?.suppliers.map(({ name, goods }) => ({ value: name, label: t('bearing.option', { name, goods }) })) ?? []
  const kinds = [...(shipping ? [] : [{ value: 'SKU_SUPPLIER', label: t('bearing.skuSupplier') }]), { value: 'SUPPLIER', label: t('bearing.named') }]
  return (
    <Form.List name="bearing">
      {(items, { add, remove }) => (
        <div style={{ marginBottom: 18 }} data-testid="bearing">
          {items.map(({ key, name }) => (
            <div key={key} className="bearing-row">
              <Form.Item name={[name, 'who']} noStyle><Select aria-label={t('bearing.who')} options={kinds} style={{ width: 132 }} /></Form.Item>
              {rows[name]?.who === 'SUPPLIER' && <Form.Item name={[name, 'supplier']} style={{ marginBottom: 0 }}><Select aria-label={t('bearing.supplier')} showSearch options={options} placeholder={t('bearing.supplier')} notFoundContent={t('bearing.noSuppliers')} style={{ width: 196 }} /></Form.Item>}
              <Form.Item name={[name, 'percent']} style={{ marginBottom: 0 }}><Input aria-label={t('bearing.percent')} inputMode="decimal" autoComplete="off" suffix="%" style={{ width: 96 }} /></Form.Item>
              <Button type="text" icon={<DeleteOutlined />} aria-label={t('bearing.remove', { n: name + 1 })} onClick={() => remove(name)} />
            </div>
          ))}
          <Button size="small" type="dashed" icon={<PlusOutlined />} disabled={items.length >= MOST_ROWS} onClick={() => add({ who: shipping || rows.some((row) => row?.who === 'SKU_SUPPLIER') ? 'SUPPLIER' : 'SKU_SUPPLIER', supplier: null, percent: '' } satisfies BearerRow)}>{t('bearing.add')}</Button>
          <Example rows={rows} />
        </div>
      )}
    </Form.List>
  )
}

function Example({ rows }: { rows: readonly BearerRow[] }) {
  const t = useT()
  let wrong = false
  const shares = readBearing(rows, () => (wrong = true))
  if (wrong) return <p className="muted small bearing-example">{t('bearing.notYet')}</p>
  if (shares.length === 0) return <p className="muted small bearing-example">{t('bearing.merchantAll')}</p>
  const parts = splitFen(EXAMPLE_FEN, shares.map((share) => share.bp))
  return (
    <p className="small bearing-example" data-testid="bearing-example">
      {t('bearing.example')} <Money fen={EXAMPLE_FEN} />：
      {shares.map((share, n) => <span key={`${share.who} ${share.supplier ?? ''}`}>{n > 0 && t('bearing.and')}{bearerName(share, t)} <Money fen={parts[n] ?? 0} /></span>)}
    </p>
  )
}
