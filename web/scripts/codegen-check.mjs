// Fails when src/gql is not what `npm run codegen` would write now: compares, then puts everything back as it was.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}src/gql/`
const read = () => new Map(readdirSync(folder).map((name) => [name, readFileSync(folder + name, 'utf8')]))

const committed = read()
const run = spawnSync('npx', ['--no-install', 'graphql-codegen', '--config', 'codegen.ts'], { cwd: root, encoding: 'utf8' })
const fresh = read()
for (const [name, text] of committed) writeFileSync(folder + name, text)
if (run.status !== 0) {
  console.error(run.stdout + run.stderr)
  process.exit(1)
}
const stale = [...new Set([...committed.keys(), ...fresh.keys()])].filter((name) => committed.get(name) !== fresh.get(name))
if (stale.length > 0) {
  console.error(`Generated types are stale: ${stale.map((name) => `src/gql/${name}`).join(', ')}. Run: npm run codegen`)
  process.exit(1)
}
console.log('Generated types are fresh.')
