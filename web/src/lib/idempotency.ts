import { useState } from 'react'

/** crypto.randomUUID exists on https and localhost only; a store's console may well be opened over plain http in its own network. */
export function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * The key of one command. It is made when the form opens; trying the same input again sends the same key, so that a lost
 * answer cannot make two promotions; another input is another command and gets a new key; so does whatever follows a success.
 */
export class CommandKey {
  #key = uuid()
  #input: string | undefined

  for(input: unknown): string {
    const text = stable(input)
    if (this.#input !== undefined && this.#input !== text) this.#key = uuid()
    this.#input = text
    return this.#key
  }

  done(): void {
    this.#key = uuid()
    this.#input = undefined
  }
}

export const useCommandKey = (): CommandKey => useState(() => new CommandKey())[0]

/** JSON with sorted keys: the same input gives the same text. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
