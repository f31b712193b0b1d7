export default definePageConfig({ navigationBarTitleText: '专属好券', navigationStyle: 'default' })
