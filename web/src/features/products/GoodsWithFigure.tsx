import { Button, Input } from 'antd'
import { Money, MoneyInput } from '../../components/Money'
import { useT } from '../../lib/i18n'
import { type Picked, ProductPicker } from './ProductPicker'

type Row = Picked & { qty?: string; price?: string }

/** Products, each with how many are given (`qty`) or for how much it is sold (`price`). */
export function GoodsWithFigure({ value = [], onChange, id, figure }: { value?: Row[]; onChange?: (value: Row[]) => void; id?: string; figure: 'qty' | 'price' }) {
  const t = useT()
  const set = (sku: string, text: string): void => onChange?.(value.map((row) => (row.sku === sku ? { ...row, [figure]: text } : row)))
  const pick = (picked: Picked[]): void => onChange?.(picked.map((product) => value.find((row) => row.sku === product.sku) ?? { ...product, [figure]: figure === 'qty' ? '1' : '' }))
  return (
    <div id={id} className="with-figure">
      {value.map((row) => (
        <div key={row.sku} className="with-figure-row">
          <span className="emoji">{row.emoji}</span>
          <span className="with-figure-name" title={row.name}>{row.name}</span>
          <span className="muted small"><Money fen={row.listFen} /></span>
          {figure === 'qty' ? (
            <Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t('unit.items')}</span>} aria-label={t('offer.giftQty', { name: row.name })} value={row.qty} onChange={(event) => set(row.sku, event.target.value)} />
          ) : (
            <MoneyInput aria-label={t('offer.addOnPrice', { name: row.name })} addonBeforeText="+" value={row.price} onChange={(event) => set(row.sku, event.target.value)} />
          )}
          <Button type="text" size="small" aria-label={t('picker.remove', { name: row.name })} onClick={() => onChange?.(value.filter((it) => it.sku !== row.sku))}>×</Button>
        </div>
      ))}
      <ProductPicker value={value} onChange={pick} chips={false} />
    </div>
  )
}
