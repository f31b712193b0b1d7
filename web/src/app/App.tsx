import { App as AntApp, ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { useMemo } from 'react'
import { RouterProvider } from 'react-router'
import { Provider } from 'urql'
import { createGraphQLClient } from '../lib/graphql'
import { useLanguage } from '../lib/i18n'
import { useSession } from '../lib/session'
import { router } from './routes'
import { theme } from './theme'

export function App() {
  const language = useLanguage()
  const session = useSession()
  const person = session ? `${session.merchant.id}/${session.staff.id}` : ''
  const client = useMemo(() => {
    void person // a new client, and so an empty cache, for each person
    return createGraphQLClient()
  }, [person])
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
  return (
    <ConfigProvider theme={theme} locale={language === 'zh' ? zhCN : enUS} button={{ autoInsertSpace: false }}>
      <AntApp message={{ maxCount: 3 }}>
        <Provider value={client}>
          <RouterProvider router={router} />
        </Provider>
      </AntApp>
    </ConfigProvider>
  )
}
