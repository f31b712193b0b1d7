import { useCallback, useEffect, useRef, useState } from 'react'
import type { TypedDocumentString } from '../gql/graphql'
import { request } from './api'
import { onComeback } from './live'
import { faultOf, type Fault } from './transport'

export interface Query<T> { data: T | null; fault: Fault | null; loading: boolean; reload(): Promise<void> }

// What was last seen is shown at once while the newest is fetched; it is gone with the app.
const seen = new Map<string, unknown>()
export const forget = (): void => seen.clear()

/** skip: not now (for instance while nobody is logged in) */
export function useQuery<T, V>(document: TypedDocumentString<T, V>, variables: V, options: { skip?: boolean; onData?(data: T, sentAt: number): void } = {}): Query<T> {
  const { skip = false } = options
  const key = document.toString() + JSON.stringify(variables)
  const [state, setState] = useState<{ key: string; data: T | null; fault: Fault | null; loading: boolean }>(() => ({
    key, data: (seen.get(key) as T | undefined) ?? null, fault: null, loading: !skip,
  }))
  const turn = useRef(0)
  const latest = useRef({ variables, options })
  latest.current = { variables, options }

  const reload = useCallback(async () => {
    const mine = ++turn.current
    setState((s) => ({ key, data: s.key === key ? s.data : ((seen.get(key) as T | undefined) ?? null), fault: null, loading: true }))
    const sentAt = Date.now()
    try {
      const data = await request(document, latest.current.variables)
      seen.set(key, data)
      if (mine !== turn.current) return
      latest.current.options.onData?.(data, sentAt)
      setState({ key, data, fault: null, loading: false })
    } catch (e) {
      if (mine !== turn.current) return
      setState((s) => ({ ...s, fault: faultOf(e), loading: false }))
    }
  }, [document, key])

  useEffect(() => {
    if (skip) {
      turn.current++
      setState({ key, data: null, fault: null, loading: false })
      return undefined
    }
    void reload()
    const off = onComeback(() => void reload())
    return () => { turn.current++; off() }
  }, [reload, skip, key])

  return { data: state.key === key ? state.data : null, fault: state.fault, loading: state.loading || (!skip && state.key !== key), reload }
}

export interface Connection<N> { nodes: N[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
export interface Pages<N> { nodes: N[]; fault: Fault | null; loading: boolean; first: boolean; more: boolean; reload(): Promise<void>; next(): void }

/** A cursor connection, page by page; answers to an older question are dropped */
export function usePages<T, V extends { after?: string | null }, N>(
  document: TypedDocumentString<T, V>,
  variables: V,
  pick: (data: T) => Connection<N> | null | undefined,
  skip = false,
): Pages<N> {
  const key = JSON.stringify(variables)
  const [state, setState] = useState<{ key: string; nodes: N[]; cursor: string | null; more: boolean; loading: boolean; first: boolean; fault: Fault | null }>({
    key, nodes: [], cursor: null, more: false, loading: !skip, first: true, fault: null,
  })
  const turn = useRef(0)
  const busy = useRef(false)
  const ref = useRef({ state, variables, pick })
  ref.current = { state, variables, pick }

  const load = useCallback(async (fresh: boolean) => {
    if (busy.current && !fresh) return
    busy.current = true
    const mine = ++turn.current
    setState((s) => (s.key === key ? { ...s, loading: true, fault: null } : { key, nodes: [], cursor: null, more: false, first: true, loading: true, fault: null }))
    try {
      const data = await request(document, { ...ref.current.variables, after: fresh ? null : ref.current.state.cursor })
      if (mine !== turn.current) return
      const page = ref.current.pick(data)
      setState((s) => ({
        key,
        nodes: fresh ? (page?.nodes ?? []) : [...s.nodes, ...(page?.nodes ?? [])],
        cursor: page?.pageInfo.endCursor ?? null,
        more: page?.pageInfo.hasNextPage ?? false,
        loading: false, first: false, fault: null,
      }))
    } catch (e) {
      if (mine === turn.current) setState((s) => ({ ...s, loading: false, fault: faultOf(e) }))
    } finally {
      if (mine === turn.current) busy.current = false
    }
  }, [document, key])

  useEffect(() => {
    if (skip) return undefined
    busy.current = false
    void load(true)
    const off = onComeback(() => void load(true))
    return () => { turn.current++; busy.current = false; off() }
  }, [load, skip])

  const current = state.key === key
  return {
    nodes: current ? state.nodes : [],
    fault: current ? state.fault : null,
    loading: state.loading || (!current && !skip),
    first: current ? state.first : true,
    more: current && state.more,
    reload: () => load(true),
    next: () => { if (ref.current.state.more && !ref.current.state.loading) void load(false) },
  }
}
