export default definePageConfig({ navigationBarTitleText: '蜀惠', enablePullDownRefresh: true })
