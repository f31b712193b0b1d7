import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// The API process serves web/dist under /console/ and answers /graphql on the same origin; `npm run dev` proxies to it.
const api = process.env.SHUHUI_API ?? 'http://127.0.0.1:8000'

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  server: { proxy: { '/graphql': { target: api, ws: true } } },
  build: {
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // Two long-lived pieces, so that a release of our own code does not make browsers fetch antd again.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/ },
            { name: 'charts', test: /node_modules[\\/](echarts|zrender)[\\/]/ },
          ],
        },
      },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['test/setup.ts'],
    include: ['test/**/*.test.{ts,tsx}'],
    css: false,
    testTimeout: 60_000,
  },
})
