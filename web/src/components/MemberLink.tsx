import { Link } from 'react-router'

/** "name · member code" leads to the customer's page; a dash for who may not read members. */
export function MemberLink({ name }: { name: string | null | undefined }) {
  if (!name) return <span className="muted">—</span>
  return <Link to={`/members?search=${encodeURIComponent(name.split(' · ').at(-1) ?? '')}`}>{name.split(' · ')[0]}</Link>
}
