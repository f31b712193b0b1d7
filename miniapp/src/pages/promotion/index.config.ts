export default definePageConfig({ navigationBarTitleText: '活动详情', navigationStyle: 'default' })
