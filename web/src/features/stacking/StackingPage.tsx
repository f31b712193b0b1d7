import { App, InputNumber, Radio } from 'antd'
import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { Money } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Asked } from '../../components/States'
import { SetStackingPolicyDocument, StackingPolicyDocument, TradePoliciesDocument, type StackingPolicyQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { CompensationLimits } from './CompensationLimits'
import { ComplaintTime } from './ComplaintTime'
import { EXAMPLE, exampleOf } from './example'
import { Faults, Save } from './Save'
import { TenderCaps } from './TenderCaps'

type Policy = StackingPolicyQuery['stackingPolicy']
type Draft = { maxCoupons: number; limited: boolean; promotions: number | null }
const draftOf = (policy: Policy): Draft => ({ maxCoupons: policy.maxCoupons, limited: policy.maxPromotionsPerLine !== null, promotions: policy.maxPromotionsPerLine ?? 2 })

/** 交易设置: 叠加规则, 抵扣上限, 投诉答复时限, 补偿上限, each with what it does to a shopper */
export function StackingPage() {
  const t = useT()
  const [{ data, error, fetching }, again] = useQuery({ query: StackingPolicyDocument, requestPolicy: 'cache-and-network' })
  const [trade, tradeAgain] = useQuery({ query: TradePoliciesDocument, requestPolicy: 'cache-and-network' })
  return (
    <>
      <PageHead title={t('stacking.title')} />
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ stackingPolicy }) => <Editor key={JSON.stringify(stackingPolicy)} policy={stackingPolicy} />}
      </Asked>
      <Asked data={trade.data} error={trade.error} fetching={trade.fetching} onRetry={() => tradeAgain({ requestPolicy: 'network-only' })}>
        {({ tenderPolicy, complaintPolicy, compensationPolicy }) => (
          <>
            <TenderCaps key={JSON.stringify(tenderPolicy)} policy={tenderPolicy} />
            <ComplaintTime key={complaintPolicy.minutes} policy={complaintPolicy} />
            <CompensationLimits key={JSON.stringify(compensationPolicy)} policy={compensationPolicy} />
          </>
        )}
      </Asked>
    </>
  )
}

/** 叠加规则: how many coupons an order and how many promotions an article may use, and what a shopper sees of it */
function Editor({ policy }: { policy: Policy }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const write = useCan('stacking.write')
  const [draft, setDraft] = useState(() => draftOf(policy))
  const [faults, setFaults] = useState<{ path: string; message: string }[]>([])
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetStackingPolicyDocument)
  const change = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part })
    setFaults([])
  }
  const wish = { maxCoupons: draft.maxCoupons, maxPromotionsPerLine: draft.limited ? draft.promotions : null }
  const dirty = wish.maxCoupons !== policy.maxCoupons || draft.limited !== (policy.maxPromotionsPerLine !== null) || wish.maxPromotionsPerLine !== policy.maxPromotionsPerLine
  const save = async (): Promise<void> => {
    if (draft.limited && draft.promotions === null) return setFaults([{ path: 'maxPromotionsPerLine', message: t('stacking.howMany') }])
    setBusy(true)
    const { data, error } = await send({ input: { ...wish, idempotencyKey: key.for(wish) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setStackingPolicy
    if (result?.__typename === 'StackingPolicy') {
      key.done()
      message.success(t('stacking.saved'))
    } else if (result?.__typename === 'InvalidInput') setFaults(result.problems)
    else message.error(result?.message ?? t('trouble.fault'))
  }
  const promotions = draft.limited ? draft.promotions : null
  return (
    <div className="stacking">
      <Panel
        title={t('stacking.rules')}
        extra={write && <Save dirty={dirty} busy={busy} onReset={() => { setDraft(draftOf(policy)); setFaults([]) }} onSave={() => void save()} />}
      >
        <Faults faults={faults} />
        <h3>{t('stacking.coupons')}</h3>
        <Radio.Group aria-label={t('stacking.coupons')} disabled={!write} value={draft.maxCoupons} onChange={(e) => change({ maxCoupons: e.target.value as number })} options={Array.from({ length: policy.mostCoupons }, (_, n) => ({ value: n + 1, label: t('stacking.couponsOf', { count: n + 1 }) }))} />
        <p className="hint" data-testid="stacking-coupons">{draft.maxCoupons === 1 ? t('stacking.couponsOne') : t('stacking.couponsMore', { count: draft.maxCoupons })}</p>
        <h3>{t('stacking.promotions')}</h3>
        <div className="stacking-row">
          <Radio.Group aria-label={t('stacking.promotions')} disabled={!write} value={draft.limited} onChange={(e) => change({ limited: e.target.value as boolean })} options={[{ value: false, label: t('stacking.any') }, { value: true, label: t('stacking.most') }]} />
          {draft.limited && <InputNumber aria-label={t('stacking.mostCount')} disabled={!write} status={faults.some(({ path }) => path === 'maxPromotionsPerLine') ? 'error' : ''} precision={0} min={1} max={1000} value={draft.promotions} onChange={(value) => change({ promotions: value })} suffix={<span className="muted">{t('stacking.unit')}</span>} style={{ width: 100 }} />}
        </div>
        <p className="hint" data-testid="stacking-promotions">{promotions === null ? t('stacking.promotionsAny') : t('stacking.promotionsMost', { count: promotions })}</p>
        <p className="muted small stacking-when">{t('stacking.when')}</p>
      </Panel>
      <Example coupons={draft.maxCoupons} promotions={promotions} />
    </div>
  )
}

/** What a shopper pays under what the form says, before and after it is saved */
function Example({ coupons, promotions }: { coupons: number; promotions: number | null }) {
  const t = useT()
  const { rows, payFen } = exampleOf(coupons, promotions)
  return (
    <Panel title={t('stacking.example')}>
      <p className="hint">{t('stacking.exampleHint')}</p>
      <table className="examples" data-testid="stacking-example">
        <tbody>
          <tr><td>{t('stacking.eg.list')}</td><td><Money fen={EXAMPLE.listFen} /></td></tr>
          {rows.map(({ name, offFen, used }) => (
            <tr key={name} className={used ? '' : 'muted'}>
              <td>{t(`stacking.eg.${name}`)}</td>
              <td>{used ? <span className="off">-<Money fen={offFen} /></span> : t('stacking.eg.left')}</td>
            </tr>
          ))}
          <tr><td><b>{t('stacking.eg.pay')}</b></td><td><b><Money fen={payFen} /></b></td></tr>
        </tbody>
      </table>
    </Panel>
  )
}
