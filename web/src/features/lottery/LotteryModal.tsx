import { Alert, App, Button, DatePicker, Form, Input, Modal, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useEffect, useState } from 'react'
import { useClient, useMutation, useQuery } from 'urql'
import { Money, MoneyInput } from '../../components/Money'
import { CreateLotteryDocument, LevelSchemeDocument, LotteryTemplatesDocument, PlanLotteryDocument, type PlanLotteryQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { formatCount } from '../../lib/money'
import { useSayTrouble } from '../../lib/result'
import { nowInShanghai, toInstant } from '../../lib/time'
import { ArticlePicker } from '../products/ProductPicker'
import { EMPTY, type Field, fieldOfLotteryProblem, type LotteryForm, NEW_PRIZE, oddsSum, oddsText, readLottery, restForThanks, WHOLE } from './lotteryForm'

type Values = LotteryForm & { window: [Dayjs, Dayjs] | null }
type Plan = PlanLotteryQuery['planLottery']
const KINDS = ['POINTS', 'COUPON', 'ARTICLE', 'THANKS'] as const

/** Makes a lottery; odds, worth and cost are told while it is written. */
export function LotteryModal({ close, done }: { close: () => void; done: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const client = useClient()
  const [form] = Form.useForm<Values>()
  const [opened] = useState<Values>(() => ({ ...EMPTY, window: [nowInShanghai().second(0).millisecond(0), nowInShanghai().add(30, 'day').hour(23).minute(59).second(59)] }))
  const values = { ...opened, ...Form.useWatch((all: Values) => all, { form, preserve: true }) }
  const [busy, setBusy] = useState(false)
  const [plan, setPlan] = useState<Plan | null>(null)
  const [elsewhere, setElsewhere] = useState<string[]>([])
  const [search, setSearch] = useState('')
  const [{ data: templates }] = useQuery({ query: LotteryTemplatesDocument, variables: { search: search || null } })
  const [{ data: ladder }] = useQuery({ query: LevelSchemeDocument })
  const [, create] = useMutation(CreateLotteryDocument)

  const read = (now: Values) => {
    const { value, problems } = readLottery(now)
    return { input: value && now.window ? { ...value, startsAt: toInstant(now.window[0]), endsAt: toInstant(now.window[1]) } : null, problems: now.window ? problems : [...problems, { field: 'window' as Field, key: 'problem.required' as const }] }
  }
  const asked = JSON.stringify(read(values).input)
  useEffect(() => {
    if (asked === 'null') return
    const timer = setTimeout(() => {
      void client.query(PlanLotteryDocument, { input: JSON.parse(asked) }, { requestPolicy: 'network-only' }).toPromise().then(({ data }) => { if (data) setPlan(data.planLottery) })
    }, 350)
    return () => clearTimeout(timer)
  }, [asked, client])

  const show = (faults: { field: Field; text: string }[]): void => {
    const placed = faults.map(({ field, text }) => ({ name: field, errors: [text] }))
    form.setFields(placed as unknown as Parameters<typeof form.setFields>[0])
    if (placed[0]) form.scrollToField(placed[0].name, { block: 'center', focus: true })
  }
  const submit = async (): Promise<void> => {
    const { input, problems } = read({ ...opened, ...(form.getFieldsValue(true) as Values) })
    if (problems.length > 0 || !input) return show(problems.map(({ field, key: text }) => ({ field, text: t(text) })))
    setBusy(true)
    const { data, error } = await create({ input: { lottery: input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.createLottery
    if (result?.__typename === 'Lottery') {
      key.done()
      message.success(t('lottery.created'))
      done()
      return close()
    }
    const faults = result?.__typename === 'InvalidInput' ? result.problems.map(({ path, message: text }) => ({ field: fieldOfLotteryProblem(path), text })) : []
    show(faults.flatMap(({ field, text }) => (field ? [{ field, text }] : [])))
    setElsewhere(result?.__typename === 'InvalidInput' ? faults.flatMap(({ field, text }) => (field ? [] : [text])) : [result?.message ?? t('trouble.fault')])
  }
  const rest = restForThanks(values.prizes)
  const fillRest = (): void => {
    const at = values.prizes.findIndex(({ kind }) => kind === 'THANKS')
    if (rest === null) return
    form.setFields([{ name: ['prizes', at, 'odds'], value: rest, errors: [] }])
    setElsewhere([])
  }
  const count = (unit: 'unit.points' | 'unit.portions' | 'unit.days' | 'lottery.times') => <Input inputMode="numeric" autoComplete="off" suffix={<span className="muted">{t(unit)}</span>} />
  return (
    <Modal open width={1000} title={t('lottery.create')} onCancel={close} onOk={() => void submit()} okText={t('lottery.publish')} okButtonProps={{ loading: busy }} cancelText={t('action.cancel')} maskClosable={false}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={opened} onValuesChange={() => setElsewhere([])} style={{ marginTop: 8 }}>
        {elsewhere.length > 0 && <Alert type="error" showIcon role="alert" style={{ marginBottom: 12 }} title={elsewhere.join('；')} />}
        <div className="fields">
          <Form.Item name="name" label={t('lottery.name')}><Input maxLength={18} showCount autoComplete="off" /></Form.Item>
          <Form.Item name="contact" label={t('lottery.contact')}><Input maxLength={60} autoComplete="off" style={{ width: 260 }} /></Form.Item>
        </div>
        <div className="fields">
          <Form.Item name="points" label={t('lottery.pointsEach')}>{count('unit.points')}</Form.Item>
          <Form.Item name="freePerDay" label={t('lottery.free')}>{count('lottery.times')}</Form.Item>
          <Form.Item name="perDay" label={t('lottery.perDay')}>{count('lottery.times')}</Form.Item>
        </div>
        <div className="fields">
          <Form.Item name="perMember" label={t('lottery.perMember')}>{count('lottery.times')}</Form.Item>
          <Form.Item name="levels" label={t('lottery.levels')}><Select mode="multiple" placeholder={t('mall.allLevels')} style={{ width: 220 }} options={(ladder?.levelScheme.levels ?? []).map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
          <Form.Item name="budget" label={t('lottery.budget')}><MoneyInput placeholder={t('lottery.noBudget')} /></Form.Item>
        </div>
        <Form.Item name="window" label={t('lottery.window')}><DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" style={{ width: 360 }} /></Form.Item>
        <Form.List name="prizes">
          {(rows, { add, remove }) => (
            <Form.Item label={t('lottery.prizes')} extra={t('lottery.prizesHint')} style={{ marginBottom: 8 }}>
              <div className="muted small" style={{ display: 'flex', gap: 8, marginBottom: 4 }} aria-hidden>
                <span style={{ width: 112 }}>{t('lottery.kind')}</span><span style={{ width: 170 }}>{t('lottery.prizeName')}</span><span style={{ width: 268 }}>{t('lottery.what')}</span><span style={{ width: 112 }}>{t('lottery.odds')}</span><span>{t('lottery.stock')}</span>
              </div>
              {rows.map((row) => {
                const kind = values.prizes[row.name]?.kind ?? 'POINTS'
                return (
                  <div key={row.key} style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }} data-testid={`prize-${row.name}`}>
                    <Form.Item name={[row.name, 'kind']} style={{ width: 112, marginBottom: 8 }}><Select aria-label={t('lottery.kind')} options={KINDS.map((value) => ({ value, label: t(`lotteryKind.${value}`) }))} /></Form.Item>
                    <Form.Item name={[row.name, 'name']} style={{ width: 170, marginBottom: 8 }}><Input maxLength={18} placeholder={t('lottery.prizeName')} aria-label={t('lottery.prizeName')} autoComplete="off" /></Form.Item>
                    <div style={{ width: 268, display: 'flex', gap: 8 }}>
                      {kind === 'POINTS' && <Form.Item name={[row.name, 'points']} style={{ width: 130, marginBottom: 8 }}>{count('unit.points')}</Form.Item>}
                      {kind === 'COUPON' && <Form.Item name={[row.name, 'templateId']} style={{ width: 268, marginBottom: 8 }}><Select showSearch filterOption={false} onSearch={setSearch} placeholder={t('mall.template')} options={(templates?.couponTemplates.nodes ?? []).filter((it) => it.faceFen !== null).map((it) => ({ value: it.id, label: `${it.name} · ${it.face.sentence}` }))} /></Form.Item>}
                      {kind === 'ARTICLE' && <Form.Item name={[row.name, 'sku']} style={{ width: 170, marginBottom: 8 }}><ArticlePicker /></Form.Item>}
                      {kind === 'ARTICLE' && <Form.Item name={[row.name, 'days']} style={{ width: 90, marginBottom: 8 }}>{count('unit.days')}</Form.Item>}
                      {kind === 'THANKS' && <span className="muted small" style={{ lineHeight: '32px' }}>{t('lottery.nothing')}</span>}
                    </div>
                    <Form.Item name={[row.name, 'odds']} style={{ width: 112, marginBottom: 8 }}><Input inputMode="decimal" autoComplete="off" aria-label={t('lottery.odds')} placeholder={t('lottery.odds')} suffix={<span className="muted">%</span>} /></Form.Item>
                    {kind === 'THANKS' ? <span style={{ width: 120 }}>{rest !== null && rest !== (values.prizes[row.name]?.odds ?? '').trim() && <Button type="link" size="small" onClick={fillRest}>{t('lottery.fillRest', { odds: rest })}</Button>}</span> : <Form.Item name={[row.name, 'stock']} style={{ width: 120, marginBottom: 8 }}>{count('unit.portions')}</Form.Item>}
                    <Button type="text" danger size="small" style={{ marginTop: 4 }} aria-label={t('lottery.removePrize')} onClick={() => remove(row.name)}>{t('lottery.remove')}</Button>
                  </div>
                )
              })}
              {rows.length < 8 && <Button size="small" onClick={() => add(NEW_PRIZE, Math.max(0, rows.length - 1))}>{t('lottery.addPrize')}</Button>}
            </Form.Item>
          )}
        </Form.List>
        <Figures odds={oddsSum(values.prizes)} plan={asked === 'null' ? null : plan} points={values.points} />
      </Form>
    </Modal>
  )
}

/** Sum of the odds at once; what draws cost and how long prizes last as the server counts it. */
function Figures({ odds, plan, points }: { odds: number; plan: Plan | null; points: string }) {
  const t = useT()
  return (
    <div className="panel" style={{ padding: '10px 16px', display: 'flex', gap: 24, flexWrap: 'wrap', background: '#fafafa' }} data-testid="lottery-plan">
      <span>{t('lottery.oddsSum')} <b className="num" style={{ color: odds === WHOLE ? '#237804' : '#cf1322' }}>{oddsText(odds)}%</b></span>
      {plan && (
        <>
          <span>{t('lottery.planCost')} <b><Money fen={plan.costOf1000Fen} /></b></span>
          <span>{t('lottery.planPoints', { points: formatCount(plan.pointsOf1000) })} <Money fen={plan.pointsOf1000Fen} /></span>
          <span>{t('lottery.planMost')} <Money fen={plan.mostFen} /></span>
          <span>{t('lottery.planLasts', { draws: formatCount(plan.drawsUntilGone) })}</span>
          {plan.warning && <div role="alert" data-testid="lottery-warning" style={{ flexBasis: '100%', color: '#d46b08' }}>{plan.warning}</div>}
          {plan.problems.map(({ path, message }) => <div key={path + message} style={{ flexBasis: '100%', color: '#cf1322' }}>{message}</div>)}
        </>
      )}
      {!plan && <span className="muted">{t('lottery.planLater', { points: points || '0' })}</span>}
    </div>
  )
}
