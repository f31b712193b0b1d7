import { Button, Drawer, Select, Table } from 'antd'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { ArticleShelvesDocument, type ShelfRowFragment, StockReceiptsDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { type T, useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { formatDateTime } from '../../lib/time'
import { CountStock } from './CountStock'

export type Article = { sku: string; name: string; unit: string }
const sum = (rows: readonly ShelfRowFragment[], figure: 'onHand' | 'reserved'): number => rows.reduce((all, row) => all + (row[figure] ?? 0), 0)
const units = (count: number | null, t: T) => (count === null ? <span className="muted">{t('stock.notKept')}</span> : <span className="num">{formatCount(count)}</span>)

/** 库存 of an article by store, and what came to its shelves or was found missing there (R05, O3) */
export function StockDrawer({ article, close, changed }: { article: Article; close: () => void; changed: () => void }) {
  const t = useT()
  const write = useCan('stock.write')
  const [counting, setCounting] = useState<ShelfRowFragment | null>(null)
  const [turn, setTurn] = useState(0)
  const [{ data, error, fetching }, again] = useQuery({ query: ArticleShelvesDocument, variables: { sku: article.sku }, requestPolicy: 'network-only' })
  const read = (): void => again({ requestPolicy: 'network-only' })
  const done = (): void => {
    read()
    setTurn((n) => n + 1)
    changed()
  }
  return (
    <Drawer open title={<>{article.name}<span className="muted small num" style={{ marginLeft: 10, fontWeight: 400 }}>{article.sku}</span></>} onClose={close} size={760}>
      <Asked data={data} error={error} fetching={fetching} onRetry={read}>
        {({ articleShelves }) => (
          <div data-testid="shelves">
            <div className="sub-head">
              <h3>{t('stock.byStore')}</h3>
              <span className="muted small num">{t('stock.sum', { free: formatCount(sum(articleShelves, 'onHand')), held: formatCount(sum(articleShelves, 'reserved')), unit: article.unit })}</span>
            </div>
            <Table
              className="fits" size="small" rowKey={(row) => row.store.id} dataSource={articleShelves} pagination={articleShelves.length > 10 ? { pageSize: 10, size: 'small', showSizeChanger: false } : false} locale={{ emptyText: <EmptyState title={t('stock.noStores')} hint="" /> }}
              columns={[
                { title: t('column.store'), render: (_, row) => <>{row.store.name}<div className="muted small">{row.store.city}</div></> },
                { title: t('stock.free'), width: 84, align: 'right', sorter: (a, b) => (a.onHand ?? -1) - (b.onHand ?? -1), render: (_, row) => (row.onHand === 0 ? <span style={{ color: '#bb460b' }}>{t('product.soldOut')}</span> : <b style={{ fontWeight: 600 }}>{units(row.onHand, t)}</b>) },
                { title: t('stock.held'), width: 84, align: 'right', responsive: ['sm'], render: (_, row) => units(row.reserved, t) },
                { title: t('stock.sold'), width: 76, align: 'right', responsive: ['sm'], render: (_, row) => units(row.sold, t) },
                { title: t('stock.came'), width: 84, align: 'right', responsive: ['sm'], render: (_, row) => units(row.received, t) },
                ...(write ? [{ title: t('column.actions'), width: 76, render: (_: unknown, row: ShelfRowFragment) => <Button type="link" size="small" style={{ padding: 0 }} aria-label={t('stock.changeOf', { store: row.store.name })} onClick={() => setCounting(row)}>{t('stock.change')}</Button> }] : []),
              ]}
            />
            <Receipts key={turn} article={article} stores={articleShelves.map((row) => row.store)} />
          </div>
        )}
      </Asked>
      {counting && <CountStock article={article} shelf={counting} close={() => setCounting(null)} done={done} />}
    </Drawer>
  )
}

function Receipts({ article, stores }: { article: Article; stores: { id: string; name: string }[] }) {
  const t = useT()
  const [storeId, setStoreId] = useState<string | null>(null)
  const cursors = useCursors(`${article.sku} ${storeId}`)
  const [{ data, error, fetching }, again] = useQuery({ query: StockReceiptsDocument, variables: { sku: article.sku, storeId, first: 10, after: cursors.after }, requestPolicy: 'network-only' })
  return (
    <div data-testid="receipts" style={{ marginTop: 18 }}>
      <div className="sub-head">
        <h3>{t('stock.records')}</h3>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} size="small" style={{ width: 170 }} aria-label={t('stock.atStore')} placeholder={t('stock.allStores')} value={storeId} options={stores.map(({ id, name }) => ({ value: id, label: name }))} onChange={(value: string | undefined) => setStoreId(value ?? null)} />
      </div>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ stockReceipts }) => (
          <>
            <Table
              className="fits" size="small" rowKey="id" dataSource={stockReceipts.nodes} loading={fetching} pagination={false} locale={{ emptyText: <EmptyState title={t('stock.noRecords')} hint="" /> }}
              columns={[
                { title: t('stock.what'), render: (_, row) => <>{row.reason}<div className="muted small">{row.store.name} · {row.by} · <span className="num">{formatDateTime(row.at)}</span></div></> },
                { title: t('stock.units'), width: 96, align: 'right', render: (_, row) => <span className="num" style={{ color: row.units > 0 ? '#15803d' : '#b5232a' }}>{row.units > 0 ? '+' : '−'}{formatCount(Math.abs(row.units))}</span> },
              ]}
            />
            <Pager cursors={cursors} pageInfo={stockReceipts.pageInfo} />
          </>
        )}
      </Asked>
    </div>
  )
}
