import { Button, Input } from 'antd'
import { Money, MoneyInput } from '../../components/Money'
import { useT } from '../../lib/i18n'
import { type Picked, ProductPicker } from './ProductPicker'

export type Figure = { name: string; money: boolean; label: string; unit: string; usual: string }
type Row = Picked & Record<string, string | number>

/** Products, each with a figure of its own: how many are given, or for how much it is sold. */
export function GoodsWithFigure({ value = [], onChange, id, figure }: { value?: Row[]; onChange?: (value: Row[]) => void; id?: string; figure?: Figure }) {
  const t = useT()
  const set = (sku: string, text: string): void => onChange?.(value.map((row) => (row.sku === sku && figure ? { ...row, [figure.name]: text } : row)))
  const pick = (picked: Picked[]): void => onChange?.(picked.map((product) => value.find((row) => row.sku === product.sku) ?? { ...product, ...(figure ? { [figure.name]: figure.usual } : {}) }))
  return (
    <div id={id} className="with-figure">
      {value.map((row) => (
        <div key={row.sku} className="with-figure-row">
          <span className="emoji">{row.emoji}</span>
          <span className="with-figure-name" title={row.name}>{row.name}</span>
          <span className="muted small"><Money fen={row.listFen} /></span>
          {figure && (figure.money ? (
            <MoneyInput aria-label={`${row.name} ${figure.label}`} value={row[figure.name]} onChange={(event) => set(row.sku, event.target.value)} />
          ) : (
            <Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{figure.unit}</span>} aria-label={`${row.name} ${figure.label}`} value={row[figure.name]} onChange={(event) => set(row.sku, event.target.value)} />
          ))}
          <Button type="text" size="small" aria-label={t('picker.remove', { name: row.name })} onClick={() => onChange?.(value.filter((it) => it.sku !== row.sku))}>×</Button>
        </div>
      ))}
      <ProductPicker value={value} onChange={pick} chips={false} />
    </div>
  )
}
