import { Form, Select } from 'antd'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { CategoriesDocument, ProductsDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { ProductPicker } from './ProductPicker'

/** Categories, brands, tags and single products, as fields of the form's `some` or `except`. */
export function SomeFields({ at }: { at: 'some' | 'except' }) {
  const t = useT()
  const [{ data: categories }] = useQuery({ query: CategoriesDocument })
  const [{ data: products }] = useQuery({ query: ProductsDocument, variables: { first: 100, after: null, search: null, category: null, storeId: null } })
  // The contract lists categories but neither brands nor tags: those of the first hundred products are suggested, others can be typed.
  const { brands, tags } = useMemo(() => {
    const nodes = products?.products.nodes ?? []
    const options = (names: string[]) => [...new Set(names)].filter(Boolean).sort((a, b) => a.localeCompare(b, 'zh-CN')).map((value) => ({ value, label: value }))
    return { brands: options(nodes.map((it) => it.brand)), tags: options(nodes.flatMap((it) => it.tags)) }
  }, [products])
  const label = (text: string): string => (at === 'except' ? t('goods.exceptOf', { what: text }) : text)
  return (
    <>
      <div className="fields">
        <Form.Item name={[at, 'categories']} label={label(t('column.category'))}><Select mode="multiple" allowClear placeholder={t('goods.anyCategory')} options={(categories?.categories ?? []).map((path) => ({ value: path, label: path.replaceAll('/', ' / ') }))} /></Form.Item>
        <Form.Item name={[at, 'brands']} label={label(t('column.brand'))}><Select mode="tags" allowClear placeholder={t('goods.anyBrand')} options={brands} /></Form.Item>
        <Form.Item name={[at, 'tags']} label={label(t('goods.tag'))}><Select mode="tags" allowClear placeholder={t('goods.anyTag')} options={tags} /></Form.Item>
      </div>
      <Form.Item name={[at, 'skus']} label={label(t('goods.skus'))}><ProductPicker /></Form.Item>
    </>
  )
}
