// One GraphQL request over HTTP, and what can go wrong with it.
import Taro from '@tarojs/taro'
import type { TypedDocumentString } from '../gql/graphql'
import { platform } from '../platform/index'

export type FaultKind = 'offline' | 'server' | 'login' | 'limited' | 'request'
/** offline: no answer · server: it failed · login: who are you · limited: too fast · request: it will never work so */
export interface Fault { fault: FaultKind; message: string; code?: string }

export const isFault = (e: unknown): e is Fault => typeof e === 'object' && e !== null && 'fault' in e
export const faultOf = (e: unknown): Fault => (isFault(e) ? e : { fault: 'server', message: String((e as Error)?.message ?? e) })

/** It is not known whether the server acted */
export const isUnknown = (e: unknown): boolean => isFault(e) && (e.fault === 'offline' || e.fault === 'server')

const WORDS: Record<FaultKind, string> = {
  offline: '网络不太给力，请检查网络后重试',
  server: '服务开小差了，请稍后再试',
  login: '请先登录',
  limited: '操作太快了，歇几秒再试',
  request: '请求有误，请更新后再试',
}
export const words = (e: unknown): string => WORDS[faultOf(e).fault]

const REJECTED = new Set(['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT', 'BAD_REQUEST', 'FORBIDDEN', 'TOO_EXPENSIVE', 'TOO_LARGE', 'UNKNOWN_DOCUMENT'])

/** Names the document as in gql/persisted-documents.json: a server that trusts only those looks it up */
export const documentId = (document: { __meta__?: Record<string, unknown> | undefined }): { documentId: unknown } => ({ documentId: document.__meta__?.hash })

interface Answer<T> { data?: T | null; errors?: { message: string; extensions?: { code?: string } }[] }

export async function post<T, V>(document: TypedDocumentString<T, V>, variables: V, token: string | null): Promise<T> {
  const header: Record<string, string> = { 'Content-Type': 'application/json', 'X-Shuhui-Merchant': platform.merchant }
  if (token) header.Authorization = `Bearer ${token}`
  let response: { statusCode: number; data: unknown }
  try {
    response = await Taro.request({
      url: `${platform.httpBase}/graphql`,
      method: 'POST',
      header,
      data: { query: document.toString(), variables, extensions: documentId(document) },
      timeout: 15_000,
    })
  } catch (error) {
    // Taro's H5 rejects with the response on some statuses; a response without one never reached us
    const status = (error as { statusCode?: number; status?: number }).statusCode ?? (error as { status?: number }).status
    throw status ? byStatus(status) : ({ fault: 'offline', message: String((error as { errMsg?: string }).errMsg ?? error) } satisfies Fault)
  }
  const answer = response.data as Answer<T> | null
  const errors = answer && typeof answer === 'object' ? answer.errors : undefined
  if (errors && errors.length > 0) {
    const code = errors.map((e) => e.extensions?.code).find(Boolean)
    const message = errors[0]!.message
    if (code === 'UNAUTHENTICATED') throw { fault: 'login', message, code } satisfies Fault
    if (code === 'RATE_LIMITED' || response.statusCode === 429) throw { fault: 'limited', message, code } satisfies Fault
    if (response.statusCode === 401) throw { fault: 'login', message, code } satisfies Fault
    // Only what is surely the request's own fault counts as answered; anything else may have happened or not
    if (response.statusCode < 500 && code && REJECTED.has(code)) throw { fault: 'request', message, code } satisfies Fault
    throw { fault: 'server', message, code } satisfies Fault
  }
  if (response.statusCode >= 400 || !answer?.data) throw byStatus(response.statusCode)
  return answer.data
}

function byStatus(status: number): Fault {
  const message = `HTTP ${status}`
  if (status === 401) return { fault: 'login', message, code: 'UNAUTHENTICATED' }
  if (status === 429) return { fault: 'limited', message }
  if (status === 0) return { fault: 'offline', message }
  return { fault: status >= 400 && status < 500 ? 'request' : 'server', message }
}
