import { Drawer, Table, Tag } from 'antd'
import { useQuery } from 'urql'
import { Money } from '../../components/Money'
import { Pager, useCursors } from '../../components/Pager'
import { Asked, EmptyState } from '../../components/States'
import { type BenefitUnit, MemberAccountDocument, type MemberAccountQuery, type MemberLookupQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { formatCount } from '../../lib/money'
import { formatDateTime } from '../../lib/time'

type Member = MemberLookupQuery['memberLookup'][number]
type Account = NonNullable<MemberAccountQuery['memberAccount']>
const MONEY: readonly BenefitUnit[] = ['BALANCE', 'RED_PACKET']

function Amount({ unit, value }: { unit: BenefitUnit; value: number }) {
  return MONEY.includes(unit) ? <Money fen={value} /> : <span className="num">{formatCount(value)}</span>
}

/** 权益账户 of a customer: what is there, which points end next, and every entry in plain words. Opening it is recorded (B01, B08) */
export function AccountDrawer({ member, close }: { member: Member; close: () => void }) {
  const t = useT()
  const cursors = useCursors(member.id)
  const [{ data, error, fetching }, again] = useQuery({ query: MemberAccountDocument, variables: { memberId: member.id, first: 20, after: cursors.after }, requestPolicy: 'network-only' })
  return (
    <Drawer open title={t('account.of', { name: member.nickname })} onClose={close} size={720}>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ memberAccount }) => (memberAccount ? <Body account={memberAccount} cursors={cursors} /> : <EmptyState title={t('member.none')} hint="" />)}
      </Asked>
    </Drawer>
  )
}

function Body({ account, cursors }: { account: Account; cursors: ReturnType<typeof useCursors> }) {
  const t = useT()
  const figures = [
    [t('account.POINTS'), formatCount(account.points)],
    [t('account.BALANCE'), <Money key="b" fen={account.balanceFen} />],
    [t('account.RED_PACKET'), <Money key="r" fen={account.redPacketFen} />],
    [t('account.STAMPS'), formatCount(account.stamps)],
    [t('account.GROWTH'), formatCount(account.growth)],
    [t('account.coupons'), formatCount(account.usableCoupons)],
  ] as const
  return (
    <div data-testid="account">
      <div className="account-figures">{figures.map(([name, value]) => <div key={name}><span className="muted small">{name}</span><b className="num">{value}</b></div>)}</div>
      {account.pointsEnding.length > 0 && <div className="account-lots"><span className="muted small">{t('account.ending')}</span>{account.pointsEnding.map((lot) => <span key={lot.expiresAt ?? 'never'} className="small">{lot.sentence}</span>)}</div>}
      <Table
        size="small" rowKey="id" dataSource={account.entries.nodes} pagination={false} locale={{ emptyText: <EmptyState title={t('account.empty')} hint="" /> }}
        columns={[
          { title: t('account.what'), render: (_, entry) => <><Tag style={{ marginRight: 8 }}>{t(`account.${entry.unit}`)}</Tag>{entry.sentence}<div className="muted small num">{formatDateTime(entry.at)}</div></> },
          { title: t('account.amount'), width: 110, align: 'right', render: (_, entry) => <span style={{ color: entry.amount > 0 ? '#15803d' : undefined }}>{entry.amount > 0 ? '+' : '−'}<Amount unit={entry.unit} value={Math.abs(entry.amount)} /></span> },
          { title: t('account.after'), width: 110, align: 'right', render: (_, entry) => <Amount unit={entry.unit} value={entry.balanceAfter} /> },
        ]}
      />
      <Pager cursors={cursors} pageInfo={account.entries.pageInfo} />
    </div>
  )
}
