import { Button, Input, Select, Table } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { PageHead } from '../../components/Page'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { CategoriesDocument, type ProductRowFragment, ProductsDocument, StoresDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useT } from '../../lib/i18n'
import { productColumns } from './columns'
import { StockDrawer } from './StockDrawer'

export function ProductListPage() {
  const t = useT()
  const [search, setSearch] = useState('')
  const [category, setCategory] = useState<string | null>(null)
  const [storeId, setStoreId] = useState<string | null>(null)
  const cursors = useCursors(JSON.stringify([search, category, storeId]))
  const [{ data: categories }] = useQuery({ query: CategoriesDocument })
  const [{ data: stores }] = useQuery({ query: StoresDocument })
  const [{ data, error, fetching }, again] = useQuery({ query: ProductsDocument, variables: { first: 20, after: cursors.after, search: search || null, category, storeId } })
  const stock = useCan('stock')
  const [open, setOpen] = useState<ProductRowFragment | null>(null)
  const columns = [...productColumns(t), ...(stock ? [{ title: t('column.actions'), width: 76, render: (_: unknown, row: ProductRowFragment) => <Button type="link" size="small" style={{ padding: 0 }} aria-label={t('stock.of', { name: row.name })} onClick={() => setOpen(row)}>{t('stock.open')}</Button> }] : [])]
  const filtered = search !== '' || category !== null || storeId !== null
  return (
    <>
      <PageHead title={t('product.title')} />
      <div className="panel">
        <div className="toolbar">
          <div style={{ display: 'flex', gap: 8 }}>
            <Input.Search allowClear style={{ width: 240 }} placeholder={t('product.search')} aria-label={t('product.search')} onSearch={(text) => setSearch(text.trim())} />
            <Select allowClear showSearch style={{ width: 180 }} aria-label={t('column.category')} placeholder={t('product.allCategories')} value={category} onChange={(value: string | undefined) => setCategory(value ?? null)} options={(categories?.categories ?? []).map((path) => ({ value: path, label: path.replaceAll('/', ' / ') }))} />
            <Select allowClear showSearch={{ optionFilterProp: 'label' }} style={{ width: 190 }} aria-label={t('column.store')} placeholder={t('product.stockAt')} value={storeId} onChange={(value: string | undefined) => setStoreId(value ?? null)} options={(stores?.stores ?? []).map((store) => ({ value: store.id, label: store.name }))} />
          </div>
        </div>
        <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
          {({ products }) => (
            <>
              <Table size="middle" rowKey="id" columns={columns} dataSource={products.nodes} pagination={false} loading={fetching} scroll={{ x: stock ? 1016 : 940 }} locale={{ emptyText: <EmptyState title={filtered ? t('state.noMatch') : t('product.none')} {...(filtered ? { hint: t('state.noMatchHint') } : {})} /> }} />
              <Pager cursors={cursors} pageInfo={products.pageInfo} />
            </>
          )}
        </Asked>
      </div>
      {open && <StockDrawer article={open} close={() => setOpen(null)} changed={() => again({ requestPolicy: 'network-only' })} />}
    </>
  )
}
