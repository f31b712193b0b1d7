import { Button, Input, Modal, Select, Table } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { CategoriesDocument, ProductsDocument, type ProductRowFragment } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { productColumns } from './columns'

export type Picked = { sku: string; name: string; emoji: string; imageHue: number; listFen: number }

/** Chooses products; what was chosen stays chosen while one searches and turns pages. */
export function ProductPicker({ value = [], onChange, id, chips = true }: { value?: Picked[]; onChange?: (value: Picked[]) => void; id?: string; chips?: boolean }) {
  const t = useT()
  const [open, setOpen] = useState(false)
  return (
    <div id={id}>
      <Button onClick={() => setOpen(true)}>{value.length === 0 ? t('picker.open') : t('picker.change', { count: value.length })}</Button>
      {chips && value.length > 0 && (
        <div className="picked">
          {value.map((product) => (
            <span key={product.sku} className="chip">
              <span className="emoji">{product.emoji}</span> {product.name}
              <Button type="text" size="small" aria-label={t('picker.remove', { name: product.name })} onClick={() => onChange?.(value.filter((it) => it.sku !== product.sku))}>×</Button>
            </span>
          ))}
        </div>
      )}
      {open && <PickerModal initial={value} onClose={() => setOpen(false)} onDone={(picked) => { onChange?.(picked); setOpen(false) }} />}
    </div>
  )
}

/** Chooses one product; the value is its code */
export function ArticlePicker({ value, onChange, onChosen, id }: { value?: string; onChange?: (sku: string) => void; onChosen?: (article: Picked | null) => void; id?: string }) {
  const t = useT()
  const [open, setOpen] = useState(false)
  const [chosen, setChosen] = useState<Picked | null>(null)
  const shown = value ? (chosen?.sku === value ? chosen : { sku: value, name: value, emoji: '', imageHue: 0, listFen: 0 }) : null
  const choose = ([one]: Picked[]): void => {
    setChosen(one ?? null)
    onChosen?.(one ?? null)
    onChange?.(one?.sku ?? '')
    setOpen(false)
  }
  return (
    <div id={id} style={{ display: 'flex', alignItems: 'center', gap: 8, flexWrap: 'wrap' }}>
      {shown && (
        <span className="chip">
          <span className="emoji">{shown.emoji}</span> {shown.name}
          <Button type="text" size="small" aria-label={t('picker.remove', { name: shown.name })} onClick={() => choose([])}>×</Button>
        </span>
      )}
      <Button onClick={() => setOpen(true)}>{shown ? t('picker.another') : t('picker.open')}</Button>
      {open && <PickerModal single initial={chosen && shown ? [chosen] : []} onClose={() => setOpen(false)} onDone={choose} />}
    </div>
  )
}

function PickerModal({ initial, single = false, onClose, onDone }: { initial: Picked[]; single?: boolean; onClose: () => void; onDone: (picked: Picked[]) => void }) {
  const t = useT()
  const [picked, setPicked] = useState(() => new Map(initial.map((product) => [product.sku, product])))
  const [search, setSearch] = useState('')
  const [category, setCategory] = useState<string | null>(null)
  const cursors = useCursors(JSON.stringify([search, category]))
  const [{ data: categories }] = useQuery({ query: CategoriesDocument })
  const [{ data, error, fetching }, again] = useQuery({ query: ProductsDocument, variables: { first: 10, after: cursors.after, search: search || null, category, storeId: null } })
  const choose = (rows: ProductRowFragment[], on: boolean): void => {
    const next = new Map(single ? [] : picked)
    for (const { sku, name, emoji, imageHue, listFen } of rows) {
      if (on) next.set(sku, { sku, name, emoji, imageHue, listFen })
      else next.delete(sku)
    }
    setPicked(next)
  }
  const columns = productColumns(t).filter((_, i) => i !== 2 && i !== 4 && i !== 6)
  return (
    <Modal open title={t(single ? 'picker.one' : 'picker.title')} width={820} centered onCancel={onClose} onOk={() => onDone([...picked.values()])} okButtonProps={{ disabled: single && picked.size === 0 }} okText={single ? t('picker.oneDone') : t('picker.done', { count: picked.size })} cancelText={t('action.cancel')}>
      <div style={{ display: 'flex', gap: 8, margin: '8px 0 12px' }}>
        <Input.Search allowClear autoFocus style={{ width: 260 }} placeholder={t('product.search')} aria-label={t('product.search')} onSearch={(text) => setSearch(text.trim())} />
        <Select allowClear showSearch style={{ width: 200 }} aria-label={t('column.category')} placeholder={t('product.allCategories')} value={category} onChange={(value: string | undefined) => setCategory(value ?? null)} options={(categories?.categories ?? []).map((path) => ({ value: path, label: path.replaceAll('/', ' / ') }))} />
      </div>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ products }) => (
          <>
            <Table
              size="small"
              rowKey="sku"
              columns={columns}
              dataSource={products.nodes}
              pagination={false}
              scroll={{ y: 'min(400px, calc(100vh - 360px))' }}
              loading={fetching}
              rowSelection={{ type: single ? 'radio' : 'checkbox', selectedRowKeys: [...picked.keys()], preserveSelectedRowKeys: true, onSelect: (row, on) => choose([row], on), onSelectAll: (on, _rows, changed) => choose(changed.filter(Boolean), on) }}
              locale={{ emptyText: <EmptyState title={t('state.noMatch')} hint={t('state.noMatchHint')} /> }}
            />
            <Pager cursors={cursors} pageInfo={products.pageInfo} />
          </>
        )}
      </Asked>
    </Modal>
  )
}
