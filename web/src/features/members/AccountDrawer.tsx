import { Drawer, Select, Table, Tag } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
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
const UNITS = ['POINTS', 'BALANCE', 'RED_PACKET', 'STAMPS', 'GROWTH'] as const satisfies readonly BenefitUnit[]
const MONEY: readonly BenefitUnit[] = ['BALANCE', 'RED_PACKET']

function Amount({ unit, value }: { unit: BenefitUnit; value: number }) {
  return MONEY.includes(unit) ? <Money fen={value} /> : <span className="num">{formatCount(value)}</span>
}

/** 权益账户 of a customer: what is there, which points end next, and every entry in plain words. Opening it is recorded (B01, B08) */
export function AccountDrawer({ member, close }: { member: Member; close: () => void }) {
  const t = useT()
  const [unit, setUnit] = useState<BenefitUnit | null>(null)
  const cursors = useCursors(`${member.id} ${unit}`)
  const [{ data, error, fetching }, again] = useQuery({ query: MemberAccountDocument, variables: { memberId: member.id, unit, first: 20, after: cursors.after }, requestPolicy: 'network-only' })
  return (
    <Drawer open title={t('account.of', { name: member.nickname })} onClose={close} size={720}>
      <Asked data={data} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {({ memberAccount }) => (memberAccount ? <Body account={memberAccount} cursors={cursors} unit={unit} narrow={setUnit} fetching={fetching} /> : <EmptyState title={t('member.none')} hint="" />)}
      </Asked>
    </Drawer>
  )
}

type Shown = { account: Account; cursors: ReturnType<typeof useCursors>; unit: BenefitUnit | null; narrow: (unit: BenefitUnit | null) => void; fetching: boolean }

function Body({ account, cursors, unit, narrow, fetching }: Shown) {
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
      <div className="sub-head">
        <h3>{t('account.what')}</h3>
        <Select allowClear size="small" style={{ width: 110 }} aria-label={t('account.unit')} placeholder={t('account.anyUnit')} value={unit} options={UNITS.map((value) => ({ value, label: t(`account.${value}`) }))} onChange={(value: BenefitUnit | undefined) => narrow(value ?? null)} />
      </div>
      <Table
        className="fits" size="small" rowKey="id" dataSource={account.entries.nodes} loading={fetching} pagination={false} locale={{ emptyText: <EmptyState title={t(unit ? 'state.noMatch' : 'account.empty')} hint="" /> }}
        columns={[
          { title: t('account.event'), render: (_, entry) => <><Tag style={{ marginRight: 8 }}>{t(`account.${entry.unit}`)}</Tag>{entry.sentence}<div className="muted small"><span className="num">{formatDateTime(entry.at)}</span>{entry.orderNumber && <Link to={`/orders?search=${entry.orderNumber}`} style={{ marginLeft: 10 }}>{t('member.moveOrder')}</Link>}</div></> },
          { title: t('account.amount'), width: 96, align: 'right', render: (_, entry) => <span style={{ color: entry.amount > 0 ? '#15803d' : undefined }}>{entry.amount > 0 ? '+' : '−'}<Amount unit={entry.unit} value={Math.abs(entry.amount)} /></span> },
          { title: t('account.after'), width: 96, align: 'right', render: (_, entry) => <Amount unit={entry.unit} value={entry.balanceAfter} /> },
        ]}
      />
      <Pager cursors={cursors} pageInfo={account.entries.pageInfo} />
    </div>
  )
}
