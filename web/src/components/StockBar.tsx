import { formatCount } from '../lib/money'

export function Bar({ part, whole, brand = false, label }: { part: number; whole: number; brand?: boolean; label?: string }) {
  const share = whole > 0 ? Math.min(100, (part / whole) * 100) : 0
  return (
    <div className={brand ? 'bar brand-bar' : 'bar'} role="img" aria-label={label ?? `${formatCount(part)} / ${formatCount(whole)}`}>
      <i style={{ width: `${share}%` }} />
    </div>
  )
}
