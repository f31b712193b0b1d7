import type { UnknownCustomersQuery } from '../../gql/graphql'

export type Unknown = UnknownCustomersQuery['unknownCustomers']
/** As many as the server looks for in one request */
export const AT_ONCE = 1000

/** Rows of a list of any length that name nobody, counted from 1; null when one of the requests did not succeed */
export async function unknownAmong(names: readonly string[], ask: (part: string[]) => Promise<Unknown | null>): Promise<Unknown | null> {
  const rows: Unknown = []
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const found = await ask(names.slice(from, from + AT_ONCE))
    if (found === null) return null
    rows.push(...found.map((one) => ({ ...one, row: from + one.row })))
  }
  return rows
}
