// Build configuration. API_BASE is used by the weapp build alone: an H5 page talks to its own origin.
const base = process.env.SHUHUI_API_BASE || 'http://127.0.0.1:8000'
const merchant = process.env.SHUHUI_MERCHANT || 'chuanwei'

module.exports = function () {
  const type = process.env.TARO_ENV
  return {
    projectName: 'shuhui-miniapp',
    date: '2026-11-22',
    designWidth: 375,
    deviceRatio: { 375: 2, 640: 2.34 / 2, 750: 1, 828: 1.81 / 2 },
    sourceRoot: 'src',
    outputRoot: `dist/${type}`,
    plugins: [],
    defineConstants: {
      API_BASE: JSON.stringify(base),
      DEFAULT_MERCHANT: JSON.stringify(merchant),
    },
    copy: { patterns: [], options: {} },
    framework: 'react',
    compiler: { type: 'webpack5', prebundle: { enable: false } },
    cache: { enable: false },
    logger: { quiet: true, stats: false },
    mini: {
      postcss: { pxtransform: { enable: true, config: {} }, cssModules: { enable: false } },
      debugReact: false,
    },
    h5: {
      publicPath: '/m/',
      staticDirectory: 'static',
      router: { mode: 'hash' },
      output: { filename: 'js/[name].[contenthash:8].js', chunkFilename: 'js/[name].[contenthash:8].js' },
      miniCssExtractPluginOption: {
        ignoreOrder: true,
        filename: 'css/[name].[contenthash:8].css',
        chunkFilename: 'css/[name].[contenthash:8].css',
      },
      webpackChain(chain) {
        // What several pages share is sent once
        chain.optimization.splitChunks({
          chunks: 'all',
          minSize: 0,
          cacheGroups: {
            default: false,
            defaultVendors: false,
            vendor: { name: 'vendor', test: /[\\/]node_modules[\\/]/, chunks: 'all', minChunks: 2, priority: 10 },
            common: { name: 'common', test: /[\\/]src[\\/]/, minChunks: 2, priority: 5 },
          },
        })
      },
      postcss: { autoprefixer: { enable: true, config: {} }, cssModules: { enable: false } },
    },
  }
}
