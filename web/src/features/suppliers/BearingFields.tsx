import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Form, Input, Select } from 'antd'
import { useQuery } from 'urql'
import { type BearingShareInput, SuppliersDocument } from '../../gql/graphql'
import { Money } from '../../components/Money'
import { type T, useT } from '../../lib/i18n'
import { type BearerRow, formatPercent, MOST_ROWS, MOST_SEASONS, readBearing, type SeasonRow, splitFen } from './bearing'

const EXAMPLE_FEN = 1_000

type Share = Pick<BearingShareInput, 'who' | 'supplier' | 'bp'>

export const bearerName = (share: Pick<Share, 'who' | 'supplier'>, t: T): string =>
  share.who === 'SUPPLIER' ? (share.supplier ?? '—') : t(share.who === 'MERCHANT' ? 'bearing.merchant' : 'bearing.skuSupplier')

/** Who bears, in words: 商品的供应商 50%、商家 50%. */
const bearingWords = (shares: readonly Share[], t: T): string =>
  shares.length === 0 ? t('bearing.merchantAll') : shares.map((share) => `${bearerName(share, t)} ${formatPercent(share.bp)}%`).join(t('bearing.and'))

type Season = { name: string; since: string; until: string; shares: readonly Share[] }

/** Who bears, and in which seasons others do: 旺季（每年 06-01 至 09-30）：商品的供应商 40%、商家 60%. */
export function BearingTold({ shares, seasons }: { shares: readonly Share[]; seasons: readonly Season[] }) {
  const t = useT()
  if (seasons.length === 0) return <>{bearingWords(shares, t)}</>
  return (
    <>
      {t('bearing.otherwise', { shares: bearingWords(shares, t) })}
      {seasons.map(({ name, since, until, shares: its }) => <div key={since}>{t('bearing.season', { name, since, until, shares: bearingWords(its, t) })}</div>)}
    </>
  )
}

/** Rows of suppliers and their percent, the merchant bears the rest; and the seasons in which others do. `shipping` belongs to no article. */
export function BearingFields({ rows, seasons, shipping = false }: { rows: readonly BearerRow[]; seasons: readonly SeasonRow[]; shipping?: boolean }) {
  const t = useT()
  return (
    <div style={{ marginBottom: 18 }} data-testid="bearing">
      <Bearers name="bearing" rows={rows} shipping={shipping} />
      <Form.List name="bearingSeasons">
        {(items, { add, remove }) => (
          <div style={{ marginTop: 12 }} data-testid="bearing-seasons">
            {items.map(({ key, name }) => (
              <div key={key} className="part" style={{ margin: '0 0 10px', paddingTop: 12, paddingBottom: 12 }}>
                <div className="bearing-row">
                  <Form.Item name={[name, 'name']} style={{ marginBottom: 0 }}><Input aria-label={t('bearing.seasonName')} autoComplete="off" maxLength={10} placeholder={t('bearing.seasonName')} style={{ width: 132 }} /></Form.Item>
                  <Form.Item name={[name, 'since']} style={{ marginBottom: 0 }}><Input aria-label={t('bearing.since')} autoComplete="off" placeholder="06-01" style={{ width: 84 }} /></Form.Item>
                  <span className="muted" style={{ lineHeight: '32px' }}>{t('bearing.until')}</span>
                  <Form.Item name={[name, 'until']} style={{ marginBottom: 0 }}><Input aria-label={t('bearing.untilDay')} autoComplete="off" placeholder="09-30" style={{ width: 84 }} /></Form.Item>
                  <Button type="text" icon={<DeleteOutlined />} aria-label={t('bearing.removeSeason', { n: name + 1 })} onClick={() => remove(name)} />
                </div>
                <Bearers name={[name, 'bearing']} rows={seasons[name]?.bearing ?? []} shipping={shipping} />
              </div>
            ))}
            <Button size="small" type="dashed" icon={<PlusOutlined />} disabled={items.length >= MOST_SEASONS} onClick={() => add({ name: '', since: '', until: '', bearing: [...rows] } satisfies SeasonRow)}>{t('bearing.addSeason')}</Button>
            <span className="muted small" style={{ marginLeft: 10 }}>{t('bearing.seasonHint')}</span>
          </div>
        )}
      </Form.List>
    </div>
  )
}

function Bearers({ name: at, rows, shipping }: { name: string | (string | number)[]; rows: readonly BearerRow[]; shipping: boolean }) {
  const t = useT()
  const [{ data }] = useQuery({ query: SuppliersDocument })
  const options = data?.suppliers.map(({ name, goods }) => ({ value: name, label: t('bearing.option', { name, goods }) })) ?? []
  const kinds = [...(shipping ? [] : [{ value: 'SKU_SUPPLIER', label: t('bearing.skuSupplier') }]), { value: 'SUPPLIER', label: t('bearing.named') }]
  return (
    <Form.List name={at}>
      {(items, { add, remove }) => (
        <div>
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
