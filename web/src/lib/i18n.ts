import { useMemo, useSyncExternalStore } from 'react'
import { en } from './texts.en'
import { zh, type TextKey } from './texts.zh'

export type Language = 'zh' | 'en'
export type Params = Record<string, string | number>
export type T = (key: TextKey, params?: Params) => string
export type { TextKey }

const KEY = 'shuhui.console.language'
const listeners = new Set<() => void>()
let language: Language = (typeof localStorage !== 'undefined' && localStorage.getItem(KEY)) === 'en' ? 'en' : 'zh'
if (typeof document !== 'undefined') document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'

export function setLanguage(next: Language): void {
  language = next
  localStorage.setItem(KEY, next)
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  for (const listener of listeners) listener()
}

export const useLanguage = (): Language =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => language,
  )

export function translator(to: Language): T {
  const texts = to === 'zh' ? zh : en
  return (key, params) => {
    const text: string = texts[key]
    return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole)) : text
  }
}

export function useT(): T {
  const current = useLanguage()
  return useMemo(() => translator(current), [current])
}
