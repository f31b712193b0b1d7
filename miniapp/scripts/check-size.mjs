// WeChat refuses a main package above 2 MB. Everything is in the main package as long as there are no subpackages.
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const LIMIT = 2 * 1024 * 1024
const root = fileURLToPath(new URL('../dist/weapp/', import.meta.url))
const size = (dir) => readdirSync(dir, { withFileTypes: true }).reduce((n, e) => n + (e.isDirectory() ? size(join(dir, e.name)) : e.name.endsWith('.map') ? 0 : statSync(join(dir, e.name)).size), 0)

const bytes = size(root)
console.log(`weapp main package: ${Math.round(bytes / 1024)} KB of ${LIMIT / 1024} KB`)
if (bytes === 0 || bytes >= LIMIT) {
  console.error('weapp main package is empty or above the limit of WeChat')
  process.exit(1)
}
