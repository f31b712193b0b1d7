import { App, Button, Input, InputNumber, Modal, Popover, Progress, Timeline } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { AdjustGrowthDocument, type MemberLookupQuery } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatDate, formatDateTime } from '../../lib/time'

type Member = MemberLookupQuery['memberLookup'][number]

/** Growth, the way to the next level, and how the level came to be. */
export function Standing({ member, reload }: { member: Member; reload: () => void }) {
  const t = useT()
  const adjust = useCan('members.adjust')
  const [open, setOpen] = useState(false)
  const { level, levelMoves } = member
  const items = levelMoves.map((move) => ({ key: move.id, content: <><span>{move.sentence}</span><div className="muted small num">{formatDateTime(move.at)} · {t('member.growth', { growth: move.growth })}</div></> }))
  return (
    <div className="standing">
      <div className="standing-growth">
        <b className="num">{t('member.growth', { growth: level.growth.toLocaleString('zh-CN') })}</b>
        <span className="muted small">{t('member.period', { growth: level.inPeriod.toLocaleString('zh-CN'), day: formatDate(Date.parse(level.periodEndsAt) - 1000) })}</span>
        {level.owed > 0 && <span className="small" data-testid="growth-owed" style={{ color: '#d46b08' }}>{t('member.growthOwed', { owed: level.owed.toLocaleString('zh-CN') })}</span>}
      </div>
      <div className="standing-way">
        {level.next ? <><Progress percent={Math.floor(level.next.progressBp / 100)} size="small" showInfo={false} /><span className="small">{level.next.sentence}</span></> : <span className="small">{t('member.top')}</span>}
      </div>
      <span style={{ display: 'flex', gap: 8 }}>
        <Popover trigger="click" placement="bottomRight" content={items.length ? <div style={{ width: 260, paddingTop: 8 }}><Timeline items={items} /></div> : <span className="muted">{t('member.noMoves')}</span>}>
          <Button size="small">{t('member.moves')}</Button>
        </Popover>
        {adjust && <Button size="small" onClick={() => setOpen(true)}>{t('member.adjust')}</Button>}
      </span>
      {open && <Adjust member={member} close={() => setOpen(false)} reload={reload} />}
    </div>
  )
}

function Adjust({ member, close, reload }: { member: Member; close: () => void; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [growth, setGrowth] = useState<number | null>(null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(AdjustGrowthDocument)
  const run = async (): Promise<void> => {
    if (!growth) return
    const input = { memberId: member.id, growth, reason: reason.trim() }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for(input) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.adjustGrowth
    if (result && 'growth' in result) {
      key.done()
      message.success(t('member.adjusted', { growth: result.growth }))
      close()
      reload()
    } else message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={t('member.adjust')} okText={t('member.adjust')} cancelText={t('action.cancel')} okButtonProps={{ disabled: !growth || reason.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={close} width={400}>
      <label className="stacked">{t('member.adjustBy')}<InputNumber value={growth} precision={0} min={-10_000_000} max={10_000_000} onChange={setGrowth} style={{ width: 180 }} /></label>
      <label className="stacked">{t('member.reason')}<Input value={reason} maxLength={100} showCount placeholder={t('member.reasonHint')} onChange={(e) => setReason(e.target.value)} /></label>
    </Modal>
  )
}
