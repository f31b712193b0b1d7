import { DownloadOutlined } from '@ant-design/icons'
import { Button, DatePicker, Select, Table } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useClient, useQuery } from 'urql'
import { Money } from '../../components/Money'
import { PageHead, Panel } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { SupplierStatementCsvDocument, SupplierStatementDocument, type SupplierStatementQuery } from '../../gql/graphql'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { nowInShanghai } from '../../lib/time'

type Statement = Extract<SupplierStatementQuery['supplierStatement'], { __typename: 'SupplierStatement' }>
type Sums = { supplier: string; borneFen: number; backFen: number; netFen: number }

/** 供应商承担: what suppliers owe of the discounts, as booked; a supplier sees its own. */
export function SuppliersPage() {
  const t = useT()
  const [span, setSpan] = useState<[Dayjs, Dayjs]>(() => [nowInShanghai().subtract(29, 'day'), nowInShanghai()])
  const [supplier, setSupplier] = useState<string | null>(null)
  const variables = { since: span[0].format('YYYY-MM-DD'), until: span[1].format('YYYY-MM-DD') }
  const [{ data, error, fetching }, again] = useQuery({ query: SupplierStatementDocument, variables, requestPolicy: 'cache-and-network' })
  const found = data?.supplierStatement
  return (
    <>
      <PageHead title={t('suppliers.title')} extra={<Export variables={{ ...variables, supplier }} off={found?.__typename !== 'SupplierStatement' || found.days.length === 0} />} />
      <p className="muted" style={{ margin: '0 0 12px' }}>{t('suppliers.hint')}</p>
      <div style={{ display: 'flex', gap: 12, flexWrap: 'wrap', marginBottom: 12 }}>
        <DatePicker.RangePicker aria-label={t('suppliers.span')} value={span} allowClear={false} maxDate={nowInShanghai()} onChange={(value) => { if (value?.[0] && value[1]) setSpan([value[0], value[1]]) }} />
        {found?.__typename === 'SupplierStatement' && <Select aria-label={t('bearing.supplier')} value={supplier} onChange={setSupplier} style={{ width: 220 }} options={[{ value: null, label: t('suppliers.all') }, ...names(found).map((name) => ({ value: name, label: name }))]} />}
      </div>
      <Asked data={found} error={error} fetching={fetching} onRetry={() => again({ requestPolicy: 'network-only' })}>
        {(answer) => (answer.__typename === 'SupplierStatement' ? <Shown found={answer} supplier={supplier} /> : <Panel><EmptyState title={answer.message} /></Panel>)}
      </Asked>
    </>
  )
}

const names = (found: Statement): string[] => [...new Set(found.days.map((row) => row.supplier))]

function Shown({ found, supplier }: { found: Statement; supplier: string | null }) {
  const t = useT()
  const mine = (row: { supplier: string }): boolean => supplier === null || row.supplier === supplier
  const days = found.days.filter(mine)
  const modes = found.modes.filter(mine)
  const sums = (rows: Sums[]): Sums => rows.reduce((sum, row) => ({ supplier: '', borneFen: sum.borneFen + row.borneFen, backFen: sum.backFen + row.backFen, netFen: sum.netFen + row.netFen }), { supplier: '', borneFen: 0, backFen: 0, netFen: 0 })
  const total = sums(days)
  const bySupplier = names(found).filter((name) => supplier === null || name === supplier).map((name) => ({ ...sums(days.filter((row) => row.supplier === name)), supplier: name })).sort((a, b) => b.netFen - a.netFen)
  if (days.length === 0) return <Panel><EmptyState title={t('suppliers.none')} hint={t('suppliers.noneHint')} /></Panel>
  const money = (key: 'borneFen' | 'backFen' | 'netFen', text: string) => ({ title: text, key, width: 130, align: 'right' as const, render: (_: unknown, row: Sums) => (key === 'netFen' ? <strong><Money fen={row[key]} /></strong> : key === 'backFen' && row[key] > 0 ? <>-<Money fen={row[key]} /></> : <Money fen={row[key]} />) })
  const figures = [money('borneFen', t('suppliers.borne')), money('backFen', t('suppliers.back')), money('netFen', t('suppliers.net'))]
  return (
    <>
      <dl className="panel facts" style={{ marginBottom: 12 }}>
        <div><dt>{t('suppliers.net')}</dt><dd data-testid="suppliers-net"><Money fen={total.netFen} /></dd></div>
        <div><dt>{t('suppliers.borne')}</dt><dd><Money fen={total.borneFen} /></dd></div>
        <div><dt>{t('suppliers.back')}</dt><dd><Money fen={total.backFen} /></dd></div>
      </dl>
      <div className="stack">
        <Panel title={t('suppliers.bySupplier')} flush>
          <Table size="small" pagination={false} rowKey="supplier" scroll={{ x: 560 }} dataSource={bySupplier} columns={[{ title: t('bearing.supplier'), dataIndex: 'supplier' }, ...figures]} />
        </Panel>
        <Panel title={t('suppliers.byMode')} flush>
          <Table size="small" pagination={false} rowKey={(row) => `${row.supplier} ${row.level} ${row.mode}`} scroll={{ x: 760 }} dataSource={modes} columns={[{ title: t('bearing.supplier'), dataIndex: 'supplier' }, { title: t('suppliers.level'), width: 100, render: (_, row) => t(`level.${row.level}`) }, { title: t('suppliers.mode'), width: 140, dataIndex: 'modeName' }, ...figures]} />
        </Panel>
        <Panel title={t('suppliers.byDay')} flush>
          <Table size="small" pagination={{ pageSize: 31, hideOnSinglePage: true, showSizeChanger: false }} rowKey={(row) => `${row.day} ${row.supplier}`} scroll={{ x: 660 }} dataSource={[...days].reverse()} columns={[{ title: t('suppliers.day'), width: 120, render: (_, row) => <span className="num">{row.day}</span> }, { title: t('bearing.supplier'), dataIndex: 'supplier' }, ...figures]} />
        </Panel>
      </div>
    </>
  )
}

function Export({ variables, off }: { variables: { since: string; until: string; supplier: string | null }; off: boolean }) {
  const t = useT()
  const client = useClient()
  const sayTrouble = useSayTrouble()
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    const { data, error } = await client.query(SupplierStatementCsvDocument, variables, { requestPolicy: 'network-only' }).toPromise()
    setBusy(false)
    if (error) return void sayTrouble(error)
    const found = data?.supplierStatement
    if (found?.__typename !== 'SupplierStatement') return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob(['\ufeff', found.csv], { type: 'text/csv;charset=utf-8' })) // so that spreadsheets read it as UTF-8
    link.download = `${t('suppliers.title')} ${found.since} ${found.until}.csv`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return <Button icon={<DownloadOutlined />} loading={busy} disabled={off} onClick={() => void run()}>{t('suppliers.export')}</Button>
}
