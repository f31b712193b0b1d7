import { App, Button } from 'antd'
import { useState } from 'react'
import { useMutation } from 'urql'
import { type MemberLookupQuery, SetMemberTieDocument } from '../../gql/graphql'
import { useCan } from '../../lib/can'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'

type Member = MemberLookupQuery['memberLookup'][number]
type Tie = Member['ties'][number]

/** Follows the account, is in a group: as last heard, and by hand where staff saw it (K02) */
export function Ties({ member, reload }: { member: Member; reload: () => void }) {
  return <div className="ties" data-testid="ties">{member.ties.map((tie) => <One key={tie.tie} memberId={member.id} tie={tie} reload={reload} />)}</div>
}

function One({ memberId, tie, reload }: { memberId: string; tie: Tie; reload: () => void }) {
  const t = useT()
  const adjust = useCan('members.adjust')
  const { modal, message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(SetMemberTieDocument)
  const words = t(`tie.${tie.tie}.${tie.tied ? 'off' : 'on'}`)
  const run = async (): Promise<void> => {
    const input = { memberId, tie: tie.tie, tied: !tie.tied }
    setBusy(true)
    const { data, error } = await send({ input: { ...input, idempotencyKey: key.for({ ...input, since: tie.at }) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.setMemberTie
    if (result && 'recorded' in result) {
      key.done()
      message.success(t('tie.done'))
      reload()
    } else message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <span className="tie">
      <span className={tie.tied ? 'tie-on' : 'muted'}>{tie.sentence}</span>
      {tie.at && <span className="muted small num">{formatDateTime(tie.at)}</span>}
      {adjust && <Button size="small" type="link" style={{ padding: 0 }} loading={busy} onClick={() => void modal.confirm({ title: words, content: t('tie.hint'), okText: words, cancelText: t('action.cancel'), onOk: run })}>{words}</Button>}
    </span>
  )
}
