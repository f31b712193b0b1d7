import { Input } from 'antd'
import type { ComponentProps } from 'react'
import { useT } from '../lib/i18n'

/** 折, as people say it: 8.5 is 八五折 */
export function ZheInput(props: ComponentProps<typeof Input>) {
  const t = useT()
  return <Input inputMode="decimal" autoComplete="off" placeholder="8.5" suffix={<span className="muted">{t('unit.zhe')}</span>} {...props} />
}
