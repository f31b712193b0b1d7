export function Logo({ size = 26, inverse = false }: { size?: number; inverse?: boolean }) {
  const [ground, figure] = inverse ? ['#fff', '#b5232a'] : ['#b5232a', '#fff']
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill={ground} />
      <path d="M5 11.5h22v3.2a2.3 2.3 0 0 0 0 4.6v3.2H5v-3.2a2.3 2.3 0 0 0 0-4.6z" fill={figure} />
      <path d="M13 13.4l3 3.2 3-3.2M16 16.6v4.2M13.4 17.4h5.2M13.4 19.3h5.2" stroke={ground} strokeWidth="1.5" fill="none" strokeLinecap="round" />
    </svg>
  )
}
