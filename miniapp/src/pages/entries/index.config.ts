export default definePageConfig({ navigationBarTitleText: '权益流水', enablePullDownRefresh: true, navigationStyle: 'default' })
