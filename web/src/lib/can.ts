import type { Role } from '../gql/graphql'
import { useSession } from './session'

export type Right = 'dashboard' | 'promotions' | 'promotions.write' | 'coupons' | 'coupons.write' | 'coupons.compensate' | 'stacking' | 'stacking.write' | 'mall' | 'lottery' | 'members' | 'members.adjust' | 'members.edit' | 'levels' | 'levels.write' | 'orders' | 'orders.complete' | 'orders.refund' | 'complaints' | 'complaints.answer' | 'systems' | 'suppliers' | 'liabilities' | 'stock' | 'stock.write'

/** Who is shown what. Only for the look of the page: the server decides. */
const HOLDERS: Record<Right, Role[]> = {
  dashboard: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'FINANCE', 'AUDITOR'],
  promotions: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'FINANCE', 'AUDITOR', 'CUSTOMER_SERVICE', 'CASHIER', 'FIELD_PROMOTER'],
  'promotions.write': ['ADMIN', 'MARKETING'],
  coupons: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'FINANCE', 'AUDITOR', 'CUSTOMER_SERVICE'],
  stacking: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'FINANCE', 'AUDITOR', 'CUSTOMER_SERVICE'],
  'stacking.write': ['ADMIN', 'MARKETING'],
  mall: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'FINANCE', 'AUDITOR', 'CUSTOMER_SERVICE'],
  lottery: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'FINANCE', 'AUDITOR', 'CUSTOMER_SERVICE'],
  orders: ['ADMIN', 'STORE_MANAGER', 'FINANCE', 'AUDITOR', 'CUSTOMER_SERVICE', 'CASHIER'],
  'orders.complete': ['ADMIN', 'STORE_MANAGER', 'CASHIER'],
  'orders.refund': ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE'],
  complaints: ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE', 'AUDITOR'],
  'complaints.answer': ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE'],
  systems: ['ADMIN'],
  liabilities: ['ADMIN', 'FINANCE', 'AUDITOR'],
  suppliers: ['ADMIN', 'FINANCE', 'AUDITOR', 'SUPPLIER'],
  stock: ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE', 'CASHIER', 'AUDITOR'],
  'stock.write': ['ADMIN', 'STORE_MANAGER'],
  'coupons.compensate': ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE'],
  members: ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE'],
  'members.adjust': ['ADMIN', 'CUSTOMER_SERVICE'],
  'members.edit': ['ADMIN', 'STORE_MANAGER', 'CUSTOMER_SERVICE'],
  levels: ['ADMIN', 'MARKETING', 'COUPON_OPERATOR', 'APPROVER', 'STORE_MANAGER', 'ANALYST', 'CUSTOMER_SERVICE'],
  'levels.write': ['ADMIN', 'MARKETING'],
  'coupons.write': ['ADMIN', 'MARKETING', 'COUPON_OPERATOR'],
}
export const can = (roles: readonly Role[], right: Right): boolean => roles.some((role) => HOLDERS[right].includes(role))

export function useCan(right: Right): boolean {
  return can(useSession()?.staff.roles ?? [], right)
}
