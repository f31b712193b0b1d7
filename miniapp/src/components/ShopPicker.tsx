import { Input, Text, View } from '@tarojs/components'
import { useState } from 'react'
import { useStore } from '../lib/store'
import { chooseShop, type Shop, shopStore } from '../services/shop'
import { Check } from './basics'
import { Sheet } from './Sheet'
import { Empty } from './states'

/** Stores by city. Without `onChoose` it is the store that one buys from */
export function ShopPicker({ open, onClose, tab, title = '选择门店', chosen, onChoose = chooseShop }: {
  open: boolean; onClose(): void; tab?: boolean; title?: string; chosen?: string | null; onChoose?(shop: Shop): void
}) {
  const { stores, current } = useStore(shopStore)
  const marked = chosen === undefined ? current?.id : chosen
  const choose = (shop: Shop): void => {
    onChoose(shop)
    onClose()
  }
  const [wanted, setWanted] = useState('')
  const found = stores.filter((s) => `${s.name}${s.city}${s.address}${s.regionPath}`.includes(wanted.trim()))
  const cities = [...new Set(found.map((s) => s.city))]
  return (
    <Sheet open={open} title={title} onClose={onClose} tab={tab} name='js-shops'>
      <View className='search-field shop-search'>
        <Input className='search-input' value={wanted} placeholder='城市、店名、地址' onInput={(e) => setWanted(e.detail.value)} />
      </View>
      {found.length === 0 ? <Empty emoji='🏪' title='没有找到门店' note='换个城市或店名试试' /> : null}
      {cities.map((city) => (
        <View key={city}>
          <View className='shop-city'>{city}</View>
          {found.filter((s) => s.city === city).map((s) => (
            <View key={s.id} className={`shop js-shop ${s.id === marked ? 'shop-on' : ''}`} onClick={() => choose(s)}>
              <View className='shop-words'>
                <Text className='shop-name'>{s.name}</Text>
                <Text className='shop-address'>{s.address}</Text>
              </View>
              <Check on={s.id === marked} onClick={() => choose(s)} />
            </View>
          ))}
        </View>
      ))}
    </Sheet>
  )
}
