export type FakeServer = {
  url: string
  world: Record<string, unknown> & { forbidden: Set<string>; invalid: { path: string; message: string }[] | null; promotions: Record<string, unknown>[]; shelves: (number | null)[] }
  log: { operationName: string; query: string; hash: string | undefined; variables: Record<string, unknown> & { input?: Record<string, unknown> } }[]
  sell: (fen: number, units?: number) => void
  close: () => Promise<void>
}
export function startFakeServer(options?: { port?: number; tokenSeconds?: number; empty?: boolean }): Promise<FakeServer>
