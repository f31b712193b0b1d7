import { DownOutlined } from '@ant-design/icons'
import { Alert, AutoComplete, Button, Form, Input } from 'antd'
import { useEffect, useState } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { useMutation, useQuery } from 'urql'
import { Logo } from '../../components/Logo'
import { DemoMerchantsDocument, LogInStaffDocument } from '../../gql/graphql'
import { toSession } from '../../lib/auth'
import { troubleOf } from '../../lib/graphql'
import { setLanguage, useLanguage, useT } from '../../lib/i18n'
import { useCommandKey } from '../../lib/idempotency'
import { keepSession, useSession } from '../../lib/session'

const LAST_MERCHANT = 'shuhui.console.merchant'
type Values = { merchant: string; username: string; password: string }

export function LoginPage() {
  const t = useT()
  const language = useLanguage()
  const session = useSession()
  const [search] = useSearchParams()
  const [form] = Form.useForm<Values>()
  const key = useCommandKey()
  const [, logIn] = useMutation(LogInStaffDocument)
  const [trouble, setTrouble] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const wait = useCountdown()
  // Merchants that a trial installation was seeded with are offered by name; a real one has none of them, and the code is typed.
  const [demo] = useQuery({ query: DemoMerchantsDocument })
  const merchants = Object.values(demo.data ?? {}).flatMap((config) => (config && typeof config === 'object' && config.environment !== 'production' ? [config.merchant] : []))

  useEffect(() => {
    document.title = `${t('login.title')} · ${t('app.name')}`
  }, [t])

  if (session) {
    const from = search.get('from')
    return <Navigate to={from?.startsWith('/') && !from.startsWith('//') ? from : '/'} replace />
  }

  const submit = async (values: Values): Promise<void> => {
    setBusy(true)
    setTrouble(null)
    const fields = { merchant: values.merchant.trim(), username: values.username.trim(), password: values.password }
    const { data, error } = await logIn({ input: { ...fields, idempotencyKey: key.for(fields) } })
    setBusy(false)
    key.done() // an attempt that was answered is over: the next one is a new attempt, also with the same words
    if (error) return setTrouble(t(`trouble.${troubleOf(error)}`))
    const result = data?.logInStaff
    if (result?.__typename === 'Session') {
      const opened = toSession(result)
      localStorage.setItem(LAST_MERCHANT, fields.merchant)
      if (opened) keepSession(opened)
      else setTrouble(t('login.notStaff'))
    } else if (result) {
      setTrouble(result.message)
      if (result.retryAfterSeconds) wait.start(result.retryAfterSeconds)
    }
  }

  return (
    <main className="login">
      <div className="login-side">
        <div className="mark"><Logo size={34} inverse />{t('app.brand')}</div>
        <div>
          <h1>{t('login.headline')}</h1>
          <p>{t('login.pitch')}</p>
        </div>
        <div className="foot">{t('login.foot')}</div>
      </div>
      <div className="login-form">
        <Button className="lang" type="text" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>{language === 'zh' ? 'English' : '中文'}</Button>
        <h2>{t('login.title')}</h2>
        <Form form={form} layout="vertical" requiredMark={false} size="large" initialValues={{ merchant: localStorage.getItem(LAST_MERCHANT) ?? '' }} onFinish={(values) => void submit(values)}>
          {trouble && <Alert type="error" showIcon title={trouble} style={{ marginBottom: 16 }} role="alert" />}
          <Form.Item name="merchant" label={t('login.merchant')} rules={[{ required: true, whitespace: true, message: t('login.merchantNeeded') }]}>
            <AutoComplete
              suffixIcon={merchants.length > 0 ? <DownOutlined /> : null}
              placeholder={t('login.merchantHint')}
              options={merchants.map((merchant) => ({ value: merchant.code, label: `${merchant.name}（${merchant.code}）` }))}
            />
          </Form.Item>
          <Form.Item name="username" label={t('login.username')} rules={[{ required: true, whitespace: true, message: t('login.usernameNeeded') }]}>
            <Input autoComplete="username" />
          </Form.Item>
          <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('login.passwordNeeded') }]}>
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy} disabled={wait.left > 0}>
            {wait.left > 0 ? t('login.wait', { seconds: wait.left }) : t('login.submit')}
          </Button>
        </Form>
      </div>
    </main>
  )
}

function useCountdown() {
  const [until, setUntil] = useState(0)
  const [now, setNow] = useState(() => Date.now())
  const left = Math.max(0, Math.ceil((until - now) / 1000))
  useEffect(() => {
    if (left === 0) return
    const timer = setTimeout(() => setNow(Date.now()), 1000)
    return () => clearTimeout(timer)
  }, [left, now])
  return {
    left,
    start: (seconds: number) => {
      setNow(Date.now())
      setUntil(Date.now() + seconds * 1000)
    },
  }
}
