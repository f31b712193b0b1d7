import { AccountBookOutlined, ApiOutlined, AppstoreOutlined, BlockOutlined, CrownOutlined, DownOutlined, FundOutlined, GiftOutlined, GlobalOutlined, LogoutOutlined, MessageOutlined, ProfileOutlined, ShopOutlined, TagsOutlined, TeamOutlined, TrophyOutlined, WalletOutlined } from '@ant-design/icons'
import { Button, Dropdown, Layout, Menu } from 'antd'
import { Link, Navigate, Outlet, useLocation, useNavigation } from 'react-router'
import { setLanguage, useLanguage, useT } from '../lib/i18n'
import { logOut } from '../lib/auth'
import { can } from '../lib/can'
import { useSession } from '../lib/session'
import { Logo } from '../components/Logo'
import { ComplaintAlarm } from '../features/complaints/ComplaintAlarm'

export function Shell() {
  const t = useT()
  const language = useLanguage()
  const session = useSession()
  const location = useLocation()
  const navigation = useNavigation()
  if (!session) return <Navigate to={`/login?from=${encodeURIComponent(location.pathname + location.search)}`} replace />

  const section = location.pathname.split('/')[1] ?? ''
  const entries = [
    { key: 'dashboard', icon: <FundOutlined />, text: t('nav.dashboard') },
    { key: 'promotions', icon: <TagsOutlined />, text: t('nav.promotions') },
    { key: 'coupons', icon: <WalletOutlined />, text: t('nav.coupons') },
    { key: 'stacking', icon: <BlockOutlined />, text: t('nav.stacking') },
    { key: 'mall', icon: <GiftOutlined />, text: t('nav.mall') },
    { key: 'lottery', icon: <TrophyOutlined />, text: t('nav.lottery') },
    { key: 'members', icon: <TeamOutlined />, text: t('nav.members') },
    { key: 'levels', icon: <CrownOutlined />, text: t('nav.levels') },
    { key: 'orders', icon: <ProfileOutlined />, text: t('nav.orders') },
    { key: 'complaints', icon: <MessageOutlined />, text: t('nav.complaints') },
    { key: 'suppliers', icon: <ShopOutlined />, text: t('nav.suppliers') },
    { key: 'liabilities', icon: <AccountBookOutlined />, text: t('nav.liabilities') },
    { key: 'products', icon: <AppstoreOutlined />, text: t('nav.products') },
    { key: 'systems', icon: <ApiOutlined />, text: t('nav.systems') },
  ].filter(({ key }) => key === 'products' || can(session.staff.roles, key as 'dashboard'))
  return (
    <Layout className="shell">
      <a className="skip" href="#content">{t('nav.skip')}</a>
      <Layout.Sider width={184} className="sider" breakpoint="md" collapsedWidth={0}>
        <Link to="/" className="brand" aria-label={t('app.name')}>
          <Logo />
          <span>{t('app.brand')}</span>
        </Link>
        <nav aria-label={t('nav.main')}>
          <Menu
            mode="inline"
            selectedKeys={[section]}
            items={entries.map(({ key, icon, text }) => ({ key, icon, label: <Link to={`/${key}`}>{text}</Link> }))}
          />
        </nav>
      </Layout.Sider>
      <Layout>
        <Layout.Header className="header">
          <div className="header-merchant">
            <strong>{session.merchant.name}</strong>
            <span className="muted">{t('nav.zone')}</span>
          </div>
          <div className="header-actions">
            {can(session.staff.roles, 'complaints') && <ComplaintAlarm />}
            <Button type="text" icon={<GlobalOutlined />} onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>{language === 'zh' ? 'English' : '中文'}</Button>
            <Dropdown
              trigger={['click']}
              menu={{
                items: [
                  { key: 'roles', disabled: true, label: session.staff.roles.map((role) => t(`role.${role}`)).join(' / ') || t('role.none') },
                  { type: 'divider' },
                  { key: 'logout', icon: <LogoutOutlined />, label: t('nav.logout') },
                ],
                onClick: ({ key }) => {
                  if (key === 'logout') logOut()
                },
              }}
            >
              <Button type="text">{session.staff.name} <DownOutlined style={{ fontSize: 10 }} /></Button>
            </Dropdown>
          </div>
          {navigation.state === 'loading' && <div className="nav-progress" aria-hidden />}
        </Layout.Header>
        <Layout.Content id="content" className="content" tabIndex={-1}>
          <Outlet />
        </Layout.Content>
      </Layout>
    </Layout>
  )
}
