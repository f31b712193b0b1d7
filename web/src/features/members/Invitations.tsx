import { Button, Popover, Tag } from 'antd'
import type { MemberLookupQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { formatDateTime } from '../../lib/time'

type Member = MemberLookupQuery['memberLookup'][number]

/** 邀请关系: who invited this customer, and whom they invited; nothing where there is nothing to say. */
export function Invitations({ member, open }: { member: Member; open: (code: string) => void }) {
  const t = useT()
  const { invitations: found } = member
  if (!found.invitedBy && found.friendsCount === 0) return null
  const to = (code: string, name: string) => <Button type="link" size="small" style={{ padding: 0 }} onClick={() => open(code)}>{name}</Button>
  const friends = (
    <div style={{ display: 'grid', gap: 6, maxWidth: 420 }}>
      {found.friends.map((friend) => (
        <div key={friend.memberCode} style={{ display: 'flex', gap: 10, alignItems: 'baseline' }}>
          {to(friend.memberCode, friend.name)}<Tag style={{ margin: 0 }}>{t(`invited.${friend.state}`)}</Tag>
          <span className="muted small num">{formatDateTime(friend.boundAt)}</span>
          {friend.points > 0 && <span className="num">{t('invited.points', { points: friend.points })}</span>}
          {friend.short > 0 && <span className="num" style={{ color: '#cf1322' }}>{t('invited.short', { points: friend.short })}</span>}
        </div>
      ))}
    </div>
  )
  return (
    <div className="ties" data-testid="invitations">
      {found.invitedBy && <span className="tie"><span className="muted">{t('invited.by')}</span>{to(found.invitedByCode ?? '', found.invitedBy)}</span>}
      {found.friendsCount > 0 && <span className="tie"><Popover trigger="click" content={friends}><Button type="link" size="small" style={{ padding: 0 }}>{t('invited.count', { count: formatCount(found.friendsCount), points: formatCount(found.points) })}</Button></Popover></span>}
    </div>
  )
}
