import { Text, Textarea, View } from '@tarojs/components'
import { useState } from 'react'
import { ReviewableArticlesDocument, type ReviewableArticlesQuery, ReviewArticleDocument } from '../gql/graphql'
import { act } from '../services/api'
import { words } from '../services/transport'
import { useBusy } from '../services/useBusy'
import { useQuery } from '../services/useQuery'
import { toast } from '../services/useWhileShown'
import { Tile } from './basics'
import { Sheet } from './Sheet'
import './reviews.scss'

type Article = ReviewableArticlesQuery['reviewableArticles'][number]
const STARS = ['很差', '不好', '一般', '不错', '很好']

/** 评价 of a completed order, article by article */
export function Reviews({ orderId }: { orderId: string }) {
  const query = useQuery(ReviewableArticlesDocument, { orderId })
  const [chosen, setChosen] = useState<Article | null>(null)
  const found = (query.data?.reviewableArticles ?? []).filter((a) => a.review !== null || a.obstacle === null)
  if (found.length === 0) return null
  return (
    <>
      <View className='card js-reviews'>
        <View className='card-title'>评价商品</View>
        {found.map((a) => (
          <View key={a.sku} className='review-row js-review-row'>
            <Tile emoji={a.emoji} hue={a.imageHue} size='xs' />
            <View className='review-words'>
              <Text className='review-name'>{a.name}</Text>
              {a.review ? <Text className='review-text js-review-text'>{a.review.state === 'HIDDEN' ? `评价已隐藏：${a.review.hideReason ?? ''}` : `${'★'.repeat(a.review.stars)} ${a.review.text}`}</Text> : null}
            </View>
            {a.review ? null : <View className='btn btn-line btn-sm js-review' hoverClass='pressed' onClick={() => setChosen(a)}>评价</View>}
          </View>
        ))}
      </View>
      {chosen ? <Form key={chosen.sku} article={chosen} orderId={orderId} onClose={() => setChosen(null)} onDone={() => { setChosen(null); void query.reload() }} /> : null}
    </>
  )
}

function Form({ article, orderId, onClose, onDone }: { article: Article; orderId: string; onClose(): void; onDone(): void }) {
  const [stars, setStars] = useState(5)
  const [text, setText] = useState('')
  const [note, setNote] = useState('')
  const busy = useBusy<'send'>()
  async function send(): Promise<void> {
    if (busy.now()) return
    if (text.trim().length < 5) return setNote('请写 5 个字以上')
    busy.set('send')
    try {
      const result = await act(`review:${orderId}:${article.sku}`, ReviewArticleDocument, 'reviewArticle', { orderId, sku: article.sku, stars, text: text.trim() })
      if (result.__typename === 'Review') {
        toast(result.growth > 0 ? `谢谢评价，得 ${result.growth} 成长值` : '谢谢评价')
        onDone()
      } else setNote(result.message)
    } catch (e) { setNote(words(e)) } finally { busy.set('') }
  }
  return (
    <Sheet open title={`评价${article.name}`} onClose={onClose} name='js-review-sheet' footer={<View className={`btn btn-main btn-block js-review-send ${busy.shown ? 'btn-busy' : ''}`} hoverClass='pressed' onClick={() => void send()}>{busy.shown ? '提交中…' : '提交评价'}</View>}>
      <View className='review-stars'>
        {STARS.map((name, n) => <View key={name} role='button' aria-label={`${n + 1} 星`} className={`review-star ${n < stars ? 'review-star-on' : ''} js-star`} onClick={() => setStars(n + 1)}>★</View>)}
        <Text className='review-mood'>{STARS[stars - 1]}</Text>
      </View>
      <Textarea className='review-input js-review-input' value={text} maxlength={300} placeholder='味道、新鲜度、分量怎么样？' onInput={(e) => { setText(e.detail.value); setNote('') }} />
      {note ? <View className='mall-refusal js-review-note'>{note}</View> : null}
      <Text className='mall-rule'>评价只给商家看；全部退货或内容与商品无关时，成长值会收回。</Text>
    </Sheet>
  )
}
