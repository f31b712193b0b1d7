// The OAuth redirect of the H5 page, as pure functions over addresses.

/** The value of a name in "?a=1&b=2"; null when absent */
export function queryValue(search: string, name: string): string | null {
  for (const pair of search.replace(/^\?/, '').split('&')) {
    const cut = pair.indexOf('=')
    const key = cut < 0 ? pair : pair.slice(0, cut)
    if (decode(key) === name) return cut < 0 ? '' : decode(pair.slice(cut + 1))
  }
  return null
}

function decode(text: string): string {
  try { return decodeURIComponent(text.replace(/\+/g, ' ')) } catch { return text }
}

/** The query without the names given */
export function withoutNames(search: string, names: string[]): string {
  const rest = search.replace(/^\?/, '').split('&').filter((pair) => pair !== '' && !names.includes(decode(pair.split('=')[0] ?? '')))
  return rest.length > 0 ? `?${rest.join('&')}` : ''
}

export function addQuery(url: string, values: Record<string, string>): string {
  const cut = url.indexOf('#')
  const head = cut < 0 ? url : url.slice(0, cut)
  const tail = cut < 0 ? '' : url.slice(cut)
  const query = Object.keys(values).map((k) => `${k}=${encodeURIComponent(values[k]!)}`).join('&')
  return `${head}${head.includes('?') ? '&' : '?'}${query}${tail}`
}

export interface Pending { state: string; returnHash: string }
export type Returned = { kind: 'none' } | { kind: 'code'; code: string; returnHash: string } | { kind: 'refused'; returnHash: string }

/** What the address says on arrival: nothing, a code with the state that we sent, or something not to be trusted */
export function readReturn(search: string, pending: Pending | null): Returned {
  const state = queryValue(search, 'state')
  if (state === null) return { kind: 'none' }
  const code = queryValue(search, 'code')
  if (!code || !pending || pending.state !== state) return { kind: 'refused', returnHash: pending?.returnHash ?? '' }
  return { kind: 'code', code, returnHash: pending.returnHash }
}
