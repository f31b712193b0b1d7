import { Input, type InputProps } from 'antd'
import { currencySymbol, formatFen } from '../lib/money'
import { useSession } from '../lib/session'

export const useCurrency = (): string => useSession()?.merchant.currency ?? 'CNY'

export function Money({ fen, short = false }: { fen: number; short?: boolean }) {
  const currency = useCurrency()
  return <span className="num nowrap">{currencySymbol(currency)}{formatFen(fen, { short })}</span>
}

/** The text stays as it was typed; it becomes fen when the form is read. `addonBeforeText` is a word before the sign: 满 ¥200 */
export function MoneyInput({ addonBeforeText, ...props }: InputProps & { addonBeforeText?: string }) {
  const currency = useCurrency()
  return <Input inputMode="decimal" autoComplete="off" prefix={<span className="muted">{addonBeforeText} {currencySymbol(currency).trim()}</span>} placeholder="0.00" {...props} />
}
