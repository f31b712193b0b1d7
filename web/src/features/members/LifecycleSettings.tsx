import { App, InputNumber, Modal, Switch } from 'antd'
import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { useCurrency } from '../../components/Money'
import { Asked } from '../../components/States'
import { LifecycleRulesDocument, type LifecycleRulesQuery, SetLifecycleRulesDocument } from '../../gql/graphql'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { currencySymbol } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { ArticlePicker } from '../products/ProductPicker'

type Rules = Omit<LifecycleRulesQuery['lifecycleRules'], '__typename' | 'version' | 'changedAt'>
const NUMBERS = [['newDays', 365], ['silentMonths', 36], ['lostCycles', 20], ['shortestCycleDays', 90], ['usualCycleDays', 365], ['windowMonths', 36], ['offersADay', 100_000]] as const

/** Thresholds of the life cycle; the next night goes by them. */
export function LifecycleSettings({ close }: { close: () => void }) {
  const t = useT()
  const [{ data, error, fetching }, again] = useQuery({ query: LifecycleRulesDocument, requestPolicy: 'network-only' })
  if (!data) return <Modal open title={t('segment.rules')} footer={null} onCancel={close}><Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>{() => null}</Asked></Modal>
  const { newDays, silentMonths, lostCycles, shortestCycleDays, usualCycleDays, windowMonths, offersADay, silentOffer, lostOffer, silentSku, lostBackFen, newOffer, newOffFen, newMinFen } = data.lifecycleRules
  return <Editor rules={{ newDays, silentMonths, lostCycles, shortestCycleDays, usualCycleDays, windowMonths, offersADay, silentOffer, lostOffer, silentSku, lostBackFen, newOffer, newOffFen, newMinFen }} close={close} />
}

function Editor({ rules, close }: { rules: Rules; close: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const currency = useCurrency()
  const [draft, setDraft] = useState(rules)
  const [faults, setFaults] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetLifecycleRulesDocument)
  const change = (part: Partial<Rules>): void => {
    setDraft({ ...draft, ...part })
    setFaults([])
  }
  const save = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await send({ input: { ...draft, idempotencyKey: key.for(draft) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setLifecycleRules
    if (result?.__typename === 'LifecycleRules') {
      key.done()
      message.success(t('segment.saved'))
      close()
    } else if (result?.__typename === 'InvalidInput') setFaults(result.problems.map((problem) => problem.message))
    else message.error(result?.message ?? t('trouble.fault'))
  }
  return (
    <Modal open title={t('segment.rules')} okText={t('levels.save')} cancelText={t('action.cancel')} okButtonProps={{ loading: busy }} onOk={() => void save()} onCancel={close} width={480}>
      {faults.length > 0 && <div className="faults" role="alert" style={{ marginBottom: 12 }}><ul>{faults.map((text) => <li key={text}>{text}</li>)}</ul></div>}
      <div className="rule-rows">
        {NUMBERS.map(([name, most]) => <label key={name}><span>{t(`segment.${name}`)}</span><InputNumber value={draft[name]} precision={0} min={name === 'offersADay' ? 0 : 1} max={most} onChange={(value) => change({ [name]: value ?? 0 })} /></label>)}
        <label><span>{t('segment.newOffer')}</span><Switch checked={draft.newOffer} onChange={(newOffer) => change({ newOffer })} /></label>
        {draft.newOffer && <label><span>{t('segment.newMin')}</span><InputNumber value={draft.newMinFen / 100} precision={2} min={0} max={10_000} prefix={currencySymbol(currency).trim()} onChange={(value) => change({ newMinFen: Math.round((value ?? 0) * 100) })} /></label>}
        {draft.newOffer && <label><span>{t('segment.newOff')}</span><InputNumber value={draft.newOffFen / 100} precision={2} min={1} max={1000} prefix={currencySymbol(currency).trim()} onChange={(value) => change({ newOffFen: Math.round((value ?? 0) * 100) })} /></label>}
        <label><span>{t('segment.silentOffer')}</span><Switch checked={draft.silentOffer} onChange={(silentOffer) => change({ silentOffer })} /></label>
        {draft.silentOffer && <div className="rule-row"><span>{t('segment.silentSku')}</span><ArticlePicker value={draft.silentSku} onChange={(silentSku) => change({ silentSku })} /></div>}
        <label><span>{t('segment.lostOffer')}</span><Switch checked={draft.lostOffer} onChange={(lostOffer) => change({ lostOffer })} /></label>
        {draft.lostOffer && <label><span>{t('segment.lostBack')}</span><InputNumber value={draft.lostBackFen / 100} precision={2} min={1} max={1000} prefix={currencySymbol(currency).trim()} onChange={(value) => change({ lostBackFen: Math.round((value ?? 0) * 100) })} /></label>}
      </div>
      <p className="muted small" style={{ margin: '10px 0 0' }}>{t('segment.rulesHint')}</p>
    </Modal>
  )
}
