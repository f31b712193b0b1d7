// Draws the tab icons as PNGs from simple distance fields: no image tool, no binary source to keep.
import { deflateSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'

const N = 81
const hypot = Math.hypot
const clamp = (v, a, b) => Math.min(b, Math.max(a, v))
const seg = (x1, y1, x2, y2) => (x, y) => {
  const dx = x2 - x1, dy = y2 - y1
  const t = clamp(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0, 1)
  return hypot(x - x1 - t * dx, y - y1 - t * dy)
}
const line = (...p) => (x, y) => Math.min(...p.slice(1).map((q, i) => seg(...p[i], ...q)(x, y)))
const box = (cx, cy, w, h, r) => (x, y) => {
  const qx = Math.abs(x - cx) - w / 2 + r, qy = Math.abs(y - cy) - h / 2 + r
  return hypot(Math.max(qx, 0), Math.max(qy, 0)) + Math.min(Math.max(qx, qy), 0) - r
}
const circle = (cx, cy, r) => (x, y) => hypot(x - cx, y - cy) - r
const polygon = (pts) => (x, y) => {
  let d = Infinity, inside = false
  for (let i = 0, j = pts.length - 1; i < pts.length; j = i++) {
    const [xi, yi] = pts[i], [xj, yj] = pts[j]
    d = Math.min(d, seg(xi, yi, xj, yj)(x, y))
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside ? -d : d
}
const W = 2.7 // half the width of a stroke
const stroke = (f) => (x, y) => Math.abs(f(x, y)) - W
const wire = (f) => (x, y) => f(x, y) - W
const any = (...f) => (x, y) => Math.min(...f.map((g) => g(x, y)))
const less = (a, b) => (x, y) => Math.max(a(x, y), -b(x, y))
const grow = (f, by) => (x, y) => f(x, y) - by

const house = polygon([[40.5, 15], [66, 37], [66, 65], [15, 65], [15, 37]])
const ticket = less(box(40.5, 40.5, 58, 40, 6), any(circle(53, 20.5, 5), circle(53, 60.5, 5)))
const basket = polygon([[21, 29], [66, 29], [60, 53], [27, 53]])
const shoulders = (x, y) => Math.max(circle(40.5, 70, 25)(x, y), y - 66)

const icons = {
  home: [any(stroke(grow(house, 1)), wire(line([40.5, 52], [40.5, 65]))), less(grow(house, 3.5), wire(line([40.5, 51], [40.5, 66])))],
  coupon: [any(stroke(ticket), wire(line([23, 34], [37, 34])), wire(line([23, 47], [33, 47]))), less(grow(ticket, W), any(wire(line([23, 34], [37, 34])), wire(line([23, 47], [33, 47]))))],
  cart: [
    any(stroke(basket), wire(line([8, 18], [17, 18], [21, 29])), circle(33, 64, 4.6), circle(55, 64, 4.6)),
    any(grow(basket, W), wire(line([8, 18], [17, 18], [21, 29])), circle(33, 64, 4.6), circle(55, 64, 4.6)),
  ],
  mine: [any(stroke(circle(40.5, 27, 12)), stroke(shoulders)), any(circle(40.5, 27, 14), grow(shoulders, W))],
}

function png(field, [r, g, b]) {
  const raw = Buffer.alloc((N * 4 + 1) * N)
  for (let y = 0; y < N; y++) {
    for (let x = 0; x < N; x++) {
      const a = clamp(0.5 - field(x + 0.5, y + 0.5), 0, 1)
      raw.set([r, g, b, Math.round(a * 255)], y * (N * 4 + 1) + 1 + x * 4)
    }
  }
  const table = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0 })
  const crc = (buf) => { let c = 0xffffffff; for (const v of buf) c = table[(c ^ v) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0 }
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc(body), body.length + 4)
    return out
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(N, 0)
  head.writeUInt32BE(N, 4)
  head.set([8, 6, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(raw, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

for (const [name, [plain, full]] of Object.entries(icons)) {
  writeFileSync(new URL(`../src/assets/tab-${name}.png`, import.meta.url), png(plain, [0x8f, 0x7d, 0x74]))
  writeFileSync(new URL(`../src/assets/tab-${name}-on.png`, import.meta.url), png(full, [0xd5, 0x28, 0x1c]))
}
