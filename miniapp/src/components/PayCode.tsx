import { Text, View } from '@tarojs/components'
import { useEffect, useState } from 'react'
import { PayCodeDocument } from '../gql/graphql'
import { spaced } from '../lib/barcode'
import { request } from '../services/api'
import { onComeback } from '../services/live'
import { words } from '../services/transport'
import { Barcode } from './Barcode'

const ANEW = 30_000

/** What a till scans: a code that pays once and holds a minute, made anew every half of one and when the account has changed.
 *  Never an old one: without a network the member's number is shown, which pays nothing */
export function PayCode({ memberCode, version }: { memberCode: string; version: number }) {
  const [code, setCode] = useState<string | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const [turn, setTurn] = useState(0)
  const again = (): void => setTurn((n) => n + 1)

  useEffect(() => {
    let here = true
    const load = async (): Promise<void> => {
      try {
        const { payCode } = await request(PayCodeDocument, {})
        if (here) { setCode(payCode.code); setFault(null) }
      } catch (e) {
        if (here) { setCode(null); setFault(words(e)) }
      }
    }
    void load()
    const timer = setInterval(() => void load(), ANEW)
    const off = onComeback(() => void load())
    return () => { here = false; clearInterval(timer); off() }
  }, [version, turn])

  if (code === null && fault === null) return <View className='code-card'><View className='barcode' /><Text className='code-text'>正在生成付款码…</Text></View>
  return (
    <View className={`code-card ${code ? 'js-pay-code' : 'js-member-number'}`} onClick={again}>
      <Barcode text={code ?? memberCode} />
      <Text className='code-text'>{spaced(code ?? memberCode)}</Text>
      <Text className='code-hint'>{code ? '收银时出示：会员价、积分、红包、余额一码通用' : '会员号：可享会员价和积分，不能付款'}</Text>
      <Text className={`code-hint ${code ? '' : 'code-fault'}`}>{code ? '每半分钟自动更新，一码只能付一次 · 点一下立即更新' : `付款码没有生成：${fault}。点一下重试`}</Text>
    </View>
  )
}
