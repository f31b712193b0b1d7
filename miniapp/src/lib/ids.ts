let counter = 0

/** A key that no other act on any phone has: time, a counter and 80 random bits */
export function newKey(): string {
  counter = (counter + 1) % 46656
  const noise = (): string => Math.floor(Math.random() * 0x100000).toString(36).padStart(4, '0')
  return `${Date.now().toString(36)}-${counter.toString(36)}-${noise()}${noise()}${noise()}${noise()}`
}
