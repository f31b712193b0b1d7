export default defineAppConfig({
  pages: [
    'pages/home/index',
    'pages/coupons/index',
    'pages/cart/index',
    'pages/mine/index',
    'pages/promotion/index',
    'pages/search/index',
    'pages/checkout/index',
    'pages/orders/index',
    'pages/order/index',
    'pages/my-coupons/index',
    'pages/entries/index',
  ],
  window: {
    navigationBarBackgroundColor: '#d5281c',
    navigationBarTextStyle: 'white',
    navigationBarTitleText: '蜀惠',
    backgroundColor: '#f6f1ec',
    backgroundTextStyle: 'dark',
  },
  tabBar: {
    color: '#8f7d74',
    selectedColor: '#d5281c',
    backgroundColor: '#ffffff',
    borderStyle: 'white',
    list: [
      { pagePath: 'pages/home/index', text: '首页', iconPath: 'assets/tab-home.png', selectedIconPath: 'assets/tab-home-on.png' },
      { pagePath: 'pages/coupons/index', text: '领券', iconPath: 'assets/tab-coupon.png', selectedIconPath: 'assets/tab-coupon-on.png' },
      { pagePath: 'pages/cart/index', text: '购物车', iconPath: 'assets/tab-cart.png', selectedIconPath: 'assets/tab-cart-on.png' },
      { pagePath: 'pages/mine/index', text: '我的', iconPath: 'assets/tab-mine.png', selectedIconPath: 'assets/tab-mine-on.png' },
    ],
  },
})
