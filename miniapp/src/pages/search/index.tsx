import { Input, Text, View } from '@tarojs/components'
import Taro, { useReachBottom } from '@tarojs/taro'
import { useEffect, useState } from 'react'
import { Icon } from '../../components/basics'
import { CartDock } from '../../components/CartDock'
import { ProductRow } from '../../components/products'
import { Empty, Failure, ListEnd, NetBar, Skeleton } from '../../components/states'
import { HomeDocument, ProductsDocument } from '../../gql/graphql'
import { useStore } from '../../lib/store'
import { shopStore } from '../../services/shop'
import { usePages, useQuery } from '../../services/useQuery'

export default function Search() {
  const [text, setText] = useState('')
  const [wanted, setWanted] = useState('')
  const { current } = useStore(shopStore)
  const home = useQuery(HomeDocument, {})
  const ideas = (home.data?.categories ?? []).slice(0, 12)
  useEffect(() => {
    const t = setTimeout(() => setWanted(text.trim()), 300)
    return () => clearTimeout(t)
  }, [text])
  const found = usePages(ProductsDocument, { search: wanted, storeId: current?.id ?? null }, (d) => d.products, wanted === '')
  useReachBottom(found.next)

  return (
    <View className='page search js-search-page'>
      <View className='search-top'>
        <View className='search-field'>
          <Icon name='search' />
          <Input className='search-input js-search-input' value={text} focus placeholder='想吃点啥子？' confirmType='search' onInput={(e) => setText(e.detail.value)} onConfirm={() => setWanted(text.trim())} />
          {text ? <View className='search-clear' onClick={() => setText('')}><Icon name='close' /></View> : null}
        </View>
        <Text className='search-cancel' onClick={() => void Taro.navigateBack()}>取消</Text>
      </View>
      <NetBar />
      {wanted === '' ? (ideas.length === 0 ? null : (
        <View className='ideas'>
          <View className='ideas-title'>看看这些</View>
          <View className='ideas-list'>{ideas.map((c) => c.split('/').pop() ?? c).map((i) => <View key={i} className='idea' onClick={() => setText(i)}>{i}</View>)}</View>
        </View>
      )) : (
        <>
          {found.first && found.loading ? <Skeleton kind='rows' count={6} /> : null}
          {found.fault && found.nodes.length === 0 ? <Failure fault={found.fault} onRetry={() => void found.reload()} /> : null}
          {!found.first && !found.loading && !found.fault && found.nodes.length === 0 ? <Empty emoji='🔍' title={`没有找到「${wanted}」`} note='换个说法试试，或少打几个字' /> : null}
          <View className='list'>{found.nodes.map((p) => <ProductRow key={p.sku} product={p} />)}</View>
          <ListEnd any={found.nodes.length > 0} loading={found.loading} more={found.more} fault={found.fault} onRetry={found.next} />
        </>
      )}
      <View className='dock-space' />
      <CartDock />
    </View>
  )
}
