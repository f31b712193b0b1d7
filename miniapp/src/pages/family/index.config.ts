export default definePageConfig({ navigationBarTitleText: '家庭账户', enablePullDownRefresh: true, navigationStyle: 'default', enableShareAppMessage: true })
