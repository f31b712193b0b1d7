import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

configure({ asyncUtilTimeout: 20_000 }) // a busy machine is slow, not wrong

// jsdom lays nothing out; these are what antd asks for when it draws.
window.matchMedia = (query: string) => ({ matches: false, media: query, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {}, dispatchEvent: () => false, onchange: null })
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
}
const computed = window.getComputedStyle.bind(window)
window.getComputedStyle = (element) => computed(element) // without the pseudo-element, which jsdom does not know

afterEach(() => {
  cleanup()
  localStorage.clear()
})
