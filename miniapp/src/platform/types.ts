import type { Socket, SocketEvents } from '../lib/graphqlWs'

export interface PaymentArgs { timeStamp: string; nonceStr: string; package: string; signType: string; paySign: string; h5Url: string }
export type PayOutcome = 'paid' | 'cancelled' | 'left' | { failed: string }
export interface LogInCode { code: string; platform: 'WEAPP' | 'H5' }

/** What differs between WeChat and a browser, and nothing else */
export interface Platform {
  channel: 'MINIAPP' | 'H5'
  /** Origin of the API without a slash at the end; '' is this page's own origin */
  httpBase: string
  wsUrl: string
  merchant: string
  /** A log-in code that is at hand without asking the shopper: wx.login, or the code of an OAuth redirect we came back from */
  silentCode(): Promise<LogInCode | null>
  /** The log-in that the shopper asked for; a browser leaves the page (null) */
  askCode(h5AuthorizeUrl: () => Promise<string>): Promise<LogInCode | null>
  openSocket(url: string, events: SocketEvents): Socket
  /** 'left': the browser went to the cashier's page and will come back to orderPath */
  pay(args: PaymentArgs, orderPath: string): Promise<PayOutcome>
  /** Must be called from a tap; ids of the templates that the shopper accepted */
  askSubscribe(templateIds: string[]): Promise<string[]>
  /** Says when the network comes and goes */
  watchNetwork(changed: (online: boolean) => void): void
  share(title: string, path: string): Promise<void>
  /** Calls when half of the element with this id has come into view; what it returns ends the watch */
  watchSeen(id: string, seen: () => void): () => void
  storage: { get(key: string): unknown; set(key: string, value: unknown): void; remove(key: string): void }
  /** Space to leave under a bar that is fixed to the bottom of a tab page */
  tabBarOffset: string
}
