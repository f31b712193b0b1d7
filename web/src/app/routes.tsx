import { createBrowserRouter, Navigate } from 'react-router'
import { PageLoading } from '../components/States'
import { useCan } from '../lib/can'
import { CrashPage, NotFoundPage } from './ErrorPages'
import { Shell } from './Shell'

/** The first page that the role may see. */
function Start() {
  const board = useCan('dashboard')
  const promotions = useCan('promotions')
  const suppliers = useCan('suppliers')
  return <Navigate to={board ? '/dashboard' : promotions ? '/promotions' : suppliers ? '/suppliers' : '/products'} replace />
}

export const router = createBrowserRouter(
  [
    { path: '/login', lazy: async () => ({ Component: (await import('../features/login/LoginPage')).LoginPage }), HydrateFallback: PageLoading, errorElement: <CrashPage /> },
    {
      path: '/',
      element: <Shell />,
      errorElement: <CrashPage />,
      HydrateFallback: PageLoading,
      children: [
        { index: true, element: <Start /> },
        { path: 'dashboard', lazy: async () => ({ Component: (await import('../features/dashboard/DashboardPage')).DashboardPage }) },
        { path: 'promotions', lazy: async () => ({ Component: (await import('../features/promotions/PromotionListPage')).PromotionListPage }) },
        { path: 'promotions/new', lazy: async () => ({ Component: (await import('../features/promotions/PromotionWizardPage')).PromotionWizardPage }) },
        { path: 'promotions/:id', lazy: async () => ({ Component: (await import('../features/promotions/PromotionDetailPage')).PromotionDetailPage }) },
        { path: 'coupons', lazy: async () => ({ Component: (await import('../features/coupons/CouponListPage')).CouponListPage }) },
        { path: 'coupons/new', lazy: async () => ({ Component: (await import('../features/coupons/CouponCreatePage')).CouponCreatePage }) },
        { path: 'coupons/templates/new', lazy: async () => ({ Component: (await import('../features/coupons/TemplateCreatePage')).TemplateCreatePage }) },
        { path: 'coupons/:id', lazy: async () => ({ Component: (await import('../features/coupons/CouponDropPage')).CouponDropPage }) },
        { path: 'stacking', lazy: async () => ({ Component: (await import('../features/stacking/StackingPage')).StackingPage }) },
        { path: 'mall', lazy: async () => ({ Component: (await import('../features/mall/MallPage')).MallPage }) },
        { path: 'lottery', lazy: async () => ({ Component: (await import('../features/lottery/LotteryPage')).LotteryPage }) },
        { path: 'members', lazy: async () => ({ Component: (await import('../features/members/MemberPage')).MemberPage }) },
        { path: 'levels', lazy: async () => ({ Component: (await import('../features/members/LevelsPage')).LevelsPage }) },
        { path: 'orders', lazy: async () => ({ Component: (await import('../features/orders/OrderListPage')).OrderListPage }) },
        { path: 'orders/:id', lazy: async () => ({ Component: (await import('../features/orders/OrderPage')).OrderPage }) },
        { path: 'complaints', lazy: async () => ({ Component: (await import('../features/complaints/ComplaintsPage')).ComplaintsPage }) },
        { path: 'suppliers', lazy: async () => ({ Component: (await import('../features/suppliers/SuppliersPage')).SuppliersPage }) },
        { path: 'liabilities', lazy: async () => ({ Component: (await import('../features/liabilities/LiabilitiesPage')).LiabilitiesPage }) },
        { path: 'systems', lazy: async () => ({ Component: (await import('../features/systems/SystemsPage')).SystemsPage }) },
        { path: 'products', lazy: async () => ({ Component: (await import('../features/products/ProductListPage')).ProductListPage }) },
        { path: '*', element: <NotFoundPage /> },
      ],
    },
  ],
  { basename: '/console' },
)
