import { App, Button, Input, InputNumber, Modal, Popover, Select, Tag, Timeline } from 'antd'
import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { ChangeMemberTagsDocument, CorrectBirthdayDocument, type MemberLookupQuery, MemberTagsDocument, SetMemberHomeStoreDocument, StoresDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'

type Member = MemberLookupQuery['memberLookup'][number]
type Opened = null | 'birthday' | 'store' | 'tags'
type Props = { member: Member; close: () => void; reload: () => void }

/** Birthday, home store and labels of a customer, and who changed or saw them (K02, K06, B08) */
export function OwnData({ member, reload }: { member: Member; reload: () => void }) {
  const t = useT()
  const edit = useCan('members.edit')
  const [open, setOpen] = useState<Opened>(null)
  const { data } = member
  const change = (what: Opened, words: string) => edit && <Button size="small" type="link" style={{ padding: 0 }} onClick={() => setOpen(what)}>{words}</Button>
  const items = data.records.map((one, n) => ({ key: n, color: one.look ? 'gray' : 'blue', content: <><span className={one.look ? 'muted' : ''}>{one.sentence}</span>{one.reason ? <span className="muted">：{one.reason}</span> : null}<div className="muted small num">{formatDateTime(one.at)}</div></> }))
  const close = (): void => setOpen(null)
  return (
    <div className="ties" data-testid="own-data">
      <span className="tie"><span className="muted">{t('own.tags')}</span>{member.tags.map((tag) => <Tag key={tag} style={{ margin: 0 }}>{tag}</Tag>)}{member.tags.length === 0 && <span>{t('own.none')}</span>}{change('tags', t('own.editTags'))}</span>
      <span className="tie"><span className="muted">{t('own.birthday')}</span><span className="num">{data.birthday ?? t('own.unknown')}</span>{change('birthday', t('own.correct'))}</span>
      <span className="tie"><span className="muted">{t('own.store')}</span><span>{data.homeStore?.name ?? t('own.noStore')}</span>{change('store', t('own.changeStore'))}</span>
      <Popover trigger="click" placement="bottomRight" content={<div style={{ width: 320, maxHeight: 360, overflow: 'auto', paddingTop: 8 }}>{items.length ? <Timeline items={items} /> : <span className="muted">{t('own.noRecords')}</span>}</div>}>
        <Button size="small" type="link" style={{ padding: 0 }}>{t('own.records')}</Button>
      </Popover>
      {open === 'tags' && <EditTags member={member} close={close} reload={reload} />}
      {open === 'birthday' && <Correct member={member} close={close} reload={reload} />}
      {open === 'store' && <ChangeStore member={member} close={close} reload={reload} />}
    </div>
  )
}

type Answer = { __typename?: string; message?: string }
type Sent = { error?: Parameters<ReturnType<typeof useSayTrouble>>[0]; result: Answer | null | undefined }

/** Sends one change; a refusal is told, and the window stays */
function useSave(close: () => void, reload: () => void): [boolean, (send: () => Promise<Sent>, done: () => void) => Promise<void>] {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const [busy, setBusy] = useState(false)
  const save = async (send: () => Promise<Sent>, done: () => void): Promise<void> => {
    setBusy(true)
    const { error, result } = await send()
    setBusy(false)
    if (error) return sayTrouble(error)
    if (result?.__typename !== 'MemberFound') return void message.error(result?.message ?? t('trouble.fault'))
    done()
    message.success(t('own.saved'))
    close()
    reload()
  }
  return [busy, save]
}

function Reason({ value, onChange, needed = false }: { value: string; onChange: (value: string) => void; needed?: boolean }) {
  const t = useT()
  return <label className="stacked">{t(needed ? 'member.reason' : 'own.reason')}<Input value={value} maxLength={100} showCount placeholder={t('own.reasonHint')} onChange={(e) => onChange(e.target.value)} /></label>
}

function EditTags({ member, close, reload }: Props) {
  const t = useT()
  const key = useCommandKey()
  const [tags, setTags] = useState(member.tags)
  const [reason, setReason] = useState('')
  const [busy, save] = useSave(close, reload)
  const [{ data }] = useQuery({ query: MemberTagsDocument })
  const [, send] = useMutation(ChangeMemberTagsDocument)
  const give = tags.filter((tag) => !member.tags.includes(tag))
  const take = member.tags.filter((tag) => !tags.includes(tag))
  const options = [...new Set([...(data?.memberTags.map(({ tag }) => tag) ?? []), ...t('own.usual').split('、')])].map((value) => ({ value, label: value }))
  const run = (): Promise<void> => {
    const input = { memberId: member.id, give, take, reason: reason.trim() }
    return save(async () => { const { data, error } = await send({ input: { ...input, idempotencyKey: key.for({ ...input, held: member.tags }) } }); return { error, result: data?.changeMemberTags } }, () => key.done())
  }
  return (
    <Modal open title={t('own.editTags')} okText={t('own.save')} cancelText={t('action.cancel')} okButtonProps={{ disabled: give.length + take.length === 0, loading: busy }} onOk={() => void run()} onCancel={close} width={440}>
      <label className="stacked">{t('own.tags')}<Select aria-label={t('own.tags')} mode="tags" maxCount={20} tokenSeparators={[',', '，', '、', ' ']} value={tags} options={options} placeholder={t('own.tagsHint')} onChange={setTags} style={{ width: '100%' }} /></label>
      <Reason value={reason} onChange={setReason} />
      <p className="muted small" style={{ margin: 0 }}>{t('own.tagsWhy')}</p>
    </Modal>
  )
}

function Correct({ member, close, reload }: Props) {
  const t = useT()
  const key = useCommandKey()
  const [month, setMonth] = useState<number | null>(null)
  const [day, setDay] = useState<number | null>(null)
  const [year, setYear] = useState<number | null>(null)
  const [reason, setReason] = useState('')
  const [busy, save] = useSave(close, reload)
  const [, send] = useMutation(CorrectBirthdayDocument)
  const run = async (): Promise<void> => {
    if (month === null || day === null) return
    const input = { memberId: member.id, birthday: { month, day, year }, reason: reason.trim() }
    await save(async () => { const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } }); return { error, result: data?.correctBirthday } }, () => key.done())
  }
  return (
    <Modal open title={t('own.correctTitle')} okText={t('own.save')} cancelText={t('action.cancel')} okButtonProps={{ disabled: month === null || day === null || reason.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={close} width={440}>
      <div className="stacked"><span>{t('own.birthday')}{member.data.birthday && <span className="muted">{t('own.was', { birthday: member.data.birthday })}</span>}</span>
        <span style={{ display: 'flex', gap: 8, alignItems: 'center', flexWrap: 'wrap' }}>
          <InputNumber aria-label={t('own.month')} min={1} max={12} precision={0} value={month} onChange={setMonth} suffix={t('own.month')} style={{ width: 96 }} />
          <InputNumber aria-label={t('own.day')} min={1} max={31} precision={0} value={day} onChange={setDay} suffix={t('own.day')} style={{ width: 96 }} />
          <InputNumber aria-label={t('own.year')} min={1900} max={2100} precision={0} value={year} onChange={setYear} placeholder={t('own.year')} style={{ width: 160 }} />
        </span>
      </div>
      <Reason needed value={reason} onChange={setReason} />
      <p className="muted small" style={{ margin: 0 }}>{t('own.correctWhy')}</p>
    </Modal>
  )
}

function ChangeStore({ member, close, reload }: Props) {
  const t = useT()
  const key = useCommandKey()
  const [storeId, setStoreId] = useState<string | null>(member.data.homeStore?.id ?? null)
  const [reason, setReason] = useState('')
  const [busy, save] = useSave(close, reload)
  const [{ data, fetching }] = useQuery({ query: StoresDocument })
  const [, send] = useMutation(SetMemberHomeStoreDocument)
  const run = (): Promise<void> => {
    const input = { memberId: member.id, storeId, reason: reason.trim() }
    return save(async () => { const { data, error } = await send({ input: { ...input, idempotencyKey: key.for({ ...input, was: member.data.homeStore?.id ?? null }) } }); return { error, result: data?.setMemberHomeStore } }, () => key.done())
  }
  return (
    <Modal open title={t('own.changeStore')} okText={t('own.save')} cancelText={t('action.cancel')} okButtonProps={{ disabled: storeId === (member.data.homeStore?.id ?? null), loading: busy }} onOk={() => void run()} onCancel={close} width={440}>
      <label className="stacked">{t('own.store')}<Select aria-label={t('own.store')} allowClear showSearch={{ optionFilterProp: 'label' }} loading={fetching} value={storeId} placeholder={t('own.noStore')} options={data?.stores.map((store) => ({ value: store.id, label: `${store.city} · ${store.name}` }))} onChange={(value: string | undefined) => setStoreId(value ?? null)} style={{ width: '100%' }} /></label>
      <Reason value={reason} onChange={setReason} />
    </Modal>
  )
}
