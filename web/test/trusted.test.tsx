import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { render, screen, waitFor } from '@testing-library/react'
import { parse, print, visit } from 'graphql'
import { afterEach, expect, it, vi } from 'vitest'
import { DashboardPage } from '../src/features/dashboard/DashboardPage'
import { PromotionListPage } from '../src/features/promotions/PromotionListPage'
import { refreshSession } from '../src/lib/auth'
import { currentSession } from '../src/lib/session'
import type { FakeServer } from './support/fake-server.mjs'
import { Stage, stage } from './support/stage'

vi.mock('../src/components/Chart', () => ({ Chart: () => null }))

let server: FakeServer | undefined
afterEach(async () => {
  await server?.close()
  vi.unstubAllGlobals()
})

const listed = JSON.parse(readFileSync(join(process.cwd(), 'src/gql/persisted-documents.json'), 'utf8')) as Record<string, string>
/** The same document, whatever the order of its fields and fragments. */
function shape(text: string): string {
  const sorted = visit(parse(text), { SelectionSet: { leave: (node) => ({ ...node, selections: [...node.selections].sort((a, b) => (print(a) < print(b) ? -1 : 1)) }) } })
  const ordered = visit(sorted, { OperationDefinition: { leave: (node) => ({ ...node, variableDefinitions: [...(node.variableDefinitions ?? [])].sort((a, b) => (print(a) < print(b) ? -1 : 1)) }) } })
  return ordered.definitions.map((it) => print(it)).sort().join('\n')
}

it('the list is what it says it is', () => {
  for (const [name, text] of Object.entries(listed)) expect(`sha256:${createHash('sha256').update(text).digest('hex')}`).toBe(name)
})

it('every request, stream and renewal names a listed document, and that document is the one it sends', async () => {
  const { log } = (server = await stage())
  render(<Stage><PromotionListPage /><DashboardPage /></Stage>)
  await screen.findByTestId('card-orders')
  await refreshSession(currentSession()!.accessToken)
  await waitFor(() => expect(new Set(log.map((it) => it.operationName))).toEqual(new Set(['Promotions', 'PromotionCounts', 'Stores', 'LiveDashboard', 'RefreshSession'])))
  for (const { operationName, hash, query } of log) {
    const text = listed[`sha256:${hash}`]
    expect(text, operationName ?? '').toBeDefined()
    expect(shape(query)).toBe(shape(text!))
  }
})
