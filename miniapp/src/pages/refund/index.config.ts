export default definePageConfig({ navigationBarTitleText: '申请退款', navigationStyle: 'default' })
