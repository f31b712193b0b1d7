import { type TableColumnsType, Tag } from 'antd'
import { Money } from '../../components/Money'
import type { ProductRowFragment } from '../../gql/graphql'
import type { T } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { ProductCell } from './ProductCell'

export function productColumns(t: T): TableColumnsType<ProductRowFragment> {
  return [
    { title: t('column.product'), width: 250, render: (_, row) => <ProductCell product={row} /> },
    { title: t('column.category'), width: 170, ellipsis: true, render: (_, row) => row.category.replaceAll('/', ' / ') },
    { title: t('column.brand'), width: 100, ellipsis: true, dataIndex: 'brand' },
    { title: t('column.listPrice'), align: 'right', width: 90, render: (_, row) => <Money fen={row.listFen} /> },
    {
      title: t('column.priceInHand'),
      align: 'right',
      width: 90,
      render: (_, row) => (row.priceInHandFen < row.listFen ? <strong style={{ color: '#b5232a' }}><Money fen={row.priceInHandFen} /></strong> : <Money fen={row.priceInHandFen} />),
    },
    {
      title: t('column.stock'),
      align: 'right',
      width: 76,
      render: (_, row) => (row.available === null ? <span className="muted">{t('product.untracked')}</span> : row.available === 0 ? <span style={{ color: '#bb460b' }}>{t('product.soldOut')}</span> : formatCount(row.available)),
    },
    {
      title: t('column.inPromotions'),
      width: 230,
      render: (_, row) => (row.promotionTags.length === 0 ? <span className="muted">—</span> : <span style={{ display: 'flex', gap: 4, flexWrap: 'wrap' }}>{row.promotionTags.slice(0, 3).map((tag) => <Tag key={tag} style={{ margin: 0 }}>{tag}</Tag>)}</span>),
    },
  ]
}
