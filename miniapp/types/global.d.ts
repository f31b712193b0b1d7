/** Set at build time, see config/index.js */
declare const API_BASE: string
declare const DEFAULT_MERCHANT: string
declare module '*.png'
declare module '*.scss'
declare namespace NodeJS {
  interface ProcessEnv { TARO_ENV: 'weapp' | 'h5' }
}
