// One browser for every test and screenshot, from npm packages alone: no download when it runs, no system fonts, no system libraries beyond glibc.
//
//   import { launch } from '../e2e/browser/launch.mjs'
//   const browser = await launch()
//
// @sparticuz/chromium packs Chromium's headless shell, its NSS libraries and a software GL as brotli archives. Its own
// executablePath() unpacks into /tmp/chromium without a lock (two test processes would race) and looks for Lambda; so we
// unpack it ourselves, once, atomically, beside the package.
import { spawnSync } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync, chmodSync, createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { chromium } from 'playwright-core'
import { extract } from 'tar-fs'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, '..', 'node_modules')

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
]

const FONT_DIRS = [
  join(modules, '@embedpdf', 'fonts-sc', 'fonts'),
  join(modules, '@expo-google-fonts', 'noto-color-emoji', '400Regular'),
]

/** @returns {Promise<import('playwright-core').Browser>} */
export async function launch(options = {}) {
  const { executablePath, env } = await chromiumInstall()
  return chromium.launch({
    ...options,
    executablePath,
    args: [...FLAGS, ...(options.args ?? [])],
    env: { ...process.env, ...env, ...(options.env ?? {}) },
  })
}

/** Where the browser is, and the environment that it needs. The system's Chromium is the second choice (arm64, musl). */
export async function chromiumInstall() {
  const home = await unpack()
  const fonts = fontConfig(home ?? cacheDir())
  if (home) {
    const env = { LD_LIBRARY_PATH: [join(home, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'), FONTCONFIG_FILE: fonts }
    const packed = join(home, 'chromium')
    if (starts(packed, env)) return { executablePath: packed, env }
  }
  const env = { FONTCONFIG_FILE: fonts }
  for (const candidate of [process.env.CHROMIUM_PATH, ...['chromium', 'chromium-browser', 'google-chrome', 'chrome'].flatMap(onPath)]) {
    if (candidate && starts(candidate, env)) return { executablePath: candidate, env }
  }
  throw new Error('No Chromium: neither the one packed in @sparticuz/chromium starts here (it needs x86-64 Linux with glibc) nor is one on PATH. Set CHROMIUM_PATH.')
}

const onPath = (name) => (process.env.PATH ?? '').split(':').filter(Boolean).map((dir) => join(dir, name)).filter(existsSync)

function starts(executable, env) {
  return spawnSync(executable, ['--version'], { env: { ...process.env, ...env }, timeout: 30_000 }).status === 0
}

function cacheDir() {
  const dir = join(modules, '.cache', 'browser')
  mkdirSync(dir, { recursive: true })
  return dir
}

async function unpack() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const pack = join(modules, '@sparticuz', 'chromium')
  if (!existsSync(pack)) return null
  const { version } = JSON.parse(readFileSync(join(pack, 'package.json'), 'utf8'))
  const home = join(cacheDir(), version)
  if (existsSync(home)) return home
  const work = mkdtempSync(join(cacheDir(), 'unpack-'))
  const from = (name) => createReadStream(join(pack, 'bin', name)).pipe(createBrotliDecompress())
  try {
    await pipeline(from('chromium.br'), createWriteStream(join(work, 'chromium')))
    chmodSync(join(work, 'chromium'), 0o755)
    await pipeline(from('al2023.tar.br'), extract(work)) // NSS and expat, in lib/
    await pipeline(from('swiftshader.tar.br'), extract(work)) // found beside the executable
    await pipeline(from('fonts.tar.br'), extract(work)) // Open Sans, in fonts/
    renameSync(work, home)
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    if (!existsSync(home)) throw error // else another process was first
  }
  return home
}

/** Noto Sans SC for Chinese and Noto Color Emoji for the pictures, instead of whatever the machine has: screenshots are alike everywhere. */
function fontConfig(home) {
  const prefer = (family) => `<alias binding="same"><family>${family}</family><prefer><family>Noto Sans S Chinese</family><family>Noto Color Emoji</family></prefer></alias>`
  const file = join(home, 'fonts.conf')
  const text = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  ${[...FONT_DIRS, join(home, 'fonts')].map((dir) => `<dir>${dir}</dir>`).join('\n  ')}
  <cachedir>${join(home, 'fontcache')}</cachedir>
  ${['sans-serif', 'serif', 'system-ui', 'PingFang SC', 'Microsoft YaHei'].map(prefer).join('\n  ')}
</fontconfig>
`
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    const temporary = `${file}.${process.pid}`
    writeFileSync(temporary, text)
    renameSync(temporary, file)
  }
  return file
}

// `node browser/launch.mjs [url] [png]` shows that it works.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, png = 'browser.png'] = process.argv.slice(2)
  const browser = await launch()
  const page = await browser.newPage({ viewport: { width: 720, height: 360 } })
  if (url) await page.goto(url)
  else await page.setContent('<body style="font:20px sans-serif"><h1>川味冻品 · 火锅丸滑 ¥39.90</h1><p style="font-weight:700">毛肚 黄喉 抄手 钵钵鸡 红糖糍粑</p><p style="font-size:48px">🥩🍲🌶️🥟🦐🧧🎫</p><p><b>Bold</b> 1234567890 <code>mono</code></p>')
  await page.screenshot({ path: png })
  console.log(`Chromium ${browser.version()} → ${png}`)
  await browser.close()
}
