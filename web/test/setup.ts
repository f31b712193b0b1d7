import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

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
