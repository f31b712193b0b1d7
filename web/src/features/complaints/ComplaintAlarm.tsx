import { AlertOutlined } from '@ant-design/icons'
import { useEffect } from 'react'
import { Link } from 'react-router'
import { useQuery } from 'urql'
import { ComplaintFiguresDocument } from '../../gql/graphql'
import { useT } from '../../lib/i18n'

const EVERY_MS = 20_000
const CONTEXT = { additionalTypenames: ['Complaint'] }

/** On every page: complaints whose time is nearly over, or over; nothing while there are none */
export function ComplaintAlarm() {
  const t = useT()
  const [{ data }, again] = useQuery({ query: ComplaintFiguresDocument, requestPolicy: 'cache-and-network', context: CONTEXT })
  useEffect(() => {
    const timer = setInterval(() => again({ requestPolicy: 'network-only' }), EVERY_MS)
    return () => clearInterval(timer)
  }, [again])
  const pressing = (data?.complaintFigures.dueSoon ?? 0) + (data?.complaintFigures.overdue ?? 0)
  if (pressing === 0) return null
  return <Link to="/complaints" style={{ color: 'var(--brand)' }} role="alert" data-testid="complaint-alarm"><AlertOutlined /> {t('complaint.alarm', { count: pressing })}</Link>
}
