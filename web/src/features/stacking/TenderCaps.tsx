import { App, InputNumber, Radio } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { Money, MoneyInput } from '../../components/Money'
import { Panel } from '../../components/Page'
import { SetTenderPolicyDocument, type TenderLimitsFragment } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { type CapDraft, draftOf, EXAMPLE_FEN, limitOf, mostOf, TENDERS, type Tender } from './caps'
import { Faults, Save } from './Save'

type Drafts = Record<Tender, CapDraft>
const draftsOf = (policy: TenderLimitsFragment): Drafts => ({ redPacket: draftOf(policy.redPacket), points: draftOf(policy.points), balance: draftOf(policy.balance) })
const same = (a: CapDraft, b: CapDraft): boolean => JSON.stringify(limitOf(a)) === JSON.stringify(limitOf(b))

/** 抵扣上限: how much of an order red packets, points and balance may pay; what was changed is saved, the rest stays */
export function TenderCaps({ policy }: { policy: TenderLimitsFragment }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const write = useCan('stacking.write')
  const inForce = draftsOf(policy)
  const [draft, setDraft] = useState(inForce)
  const [faults, setFaults] = useState<{ path: string; message: string }[]>([])
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetTenderPolicyDocument)
  const changed = TENDERS.filter((kind) => !same(draft[kind], inForce[kind]))
  const change = (kind: Tender, part: Partial<CapDraft>): void => {
    setDraft({ ...draft, [kind]: { ...draft[kind], ...part } })
    setFaults([])
  }
  const save = async (): Promise<void> => {
    const unread = changed.filter((kind) => limitOf(draft[kind]) === undefined)
    if (unread.length > 0) return setFaults(unread.map((kind) => ({ path: kind, message: t('caps.howMuch', { name: t(`caps.${kind}`) }) })))
    const wish = Object.fromEntries(changed.map((kind) => [kind, limitOf(draft[kind])]))
    setBusy(true)
    const { data, error } = await send({ input: { ...wish, idempotencyKey: key.for(wish) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setTenderPolicy
    if (result?.__typename === 'TenderPolicy') {
      key.done()
      message.success(t('stacking.saved'))
    } else if (result?.__typename === 'InvalidInput') setFaults(result.problems)
    else message.error(result?.message ?? t('trouble.fault'))
  }
  const at = (path: string): '' | 'error' => (faults.some((fault) => fault.path === path || path.startsWith(`${fault.path}.`)) ? 'error' : '')
  return (
    <div className="stacking">
      <Panel title={t('caps.title')} extra={write && <Save dirty={changed.length > 0} busy={busy} onReset={() => { setDraft(inForce); setFaults([]) }} onSave={() => void save()} />}>
        <Faults faults={faults} />
        <p className="hint stacking-lead">{t('caps.hint')}</p>
        {TENDERS.map((kind) => {
          const { mode, share, yuan } = draft[kind]
          const name = t(`caps.${kind}`)
          return (
            <div key={kind} className="cap-row">
              <h3>{name}</h3>
              <Radio.Group aria-label={t('caps.of', { name })} disabled={!write} value={mode} onChange={(e) => change(kind, { mode: e.target.value as CapDraft['mode'] })} options={[{ value: 'any', label: t('caps.any') }, { value: 'most', label: t('caps.most') }, { value: 'none', label: t('caps.none') }]} />
              {mode === 'most' && (
                <span className="cap-figures">
                  <span>{t('caps.share')}</span>
                  <InputNumber aria-label={t('caps.shareOf', { name })} disabled={!write} status={at(`${kind}.maxShareBp`)} precision={2} min={0.01} max={100} value={share} onChange={(value) => change(kind, { share: value })} formatter={(value) => String(value ?? '').replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros))} suffix={<span className="muted">%</span>} style={{ width: 100 }} />
                  <span>{t('caps.sum')}</span>
                  <MoneyInput aria-label={t('caps.sumOf', { name })} disabled={!write} status={at(`${kind}.maxFen`)} placeholder={t('caps.any')} value={yuan} onChange={(e) => change(kind, { yuan: e.target.value })} style={{ width: 120 }} />
                </span>
              )}
            </div>
          )
        })}
        <p className="muted small stacking-when">{t('caps.when')}</p>
      </Panel>
      <Panel title={t('caps.example')}>
        <p className="hint">{t('caps.exampleHint')}</p>
        <table className="examples" data-testid="caps-example">
          <tbody>
            <tr><td>{t('caps.eg.order')}</td><td><Money fen={EXAMPLE_FEN} /></td></tr>
            {TENDERS.map((kind) => {
              const limit = limitOf(draft[kind])
              const most = limit ? mostOf(limit, EXAMPLE_FEN) : null
              return (
                <tr key={kind} className={most === 0 ? 'muted' : ''}>
                  <td>{t('caps.eg.most', { name: t(`caps.${kind}`) })}</td>
                  <td>{limit === undefined ? '—' : most === null ? t('caps.eg.all') : most === 0 ? t('caps.none') : <Money fen={most} />}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </Panel>
    </div>
  )
}
