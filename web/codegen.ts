import type { CodegenConfig } from '@graphql-codegen/cli'
import { Kind, visit } from 'graphql'

// Types come from the committed contract, so no server has to run. `src/gql/persisted-documents.json` names every
// operation of the console by the sha256 of its text: the list that a production server accepts.
// Every object says its type, which the unions need; never at the root, where a subscription may ask for one field only.
const withTypename = {
  transform: ({ documents }: { documents: { document?: import('graphql').DocumentNode }[] }) =>
    documents.map((file) => ({
      ...file,
      document: file.document && visit(file.document, {
        SelectionSet(node, _key, parent) {
          const root = parent && !Array.isArray(parent) && (parent as { kind?: string }).kind === Kind.OPERATION_DEFINITION
          const known = node.selections.some((s) => s.kind === Kind.FIELD && s.name.value === '__typename')
          if (root || known) return undefined
          return { ...node, selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }, ...node.selections] }
        },
      }),
    })),
}

const config: CodegenConfig = {
  schema: '../schema/schema.graphql',
  documents: 'src/**/*.graphql',
  ignoreNoDocuments: true,
  generates: {
    'src/gql/': {
      preset: 'client',
      documentTransforms: [withTypename],
      presetConfig: { fragmentMasking: false, persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' } },
      config: {
        enumsAsTypes: true,
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: {
          Fen: 'number',
          BasisPoints: 'number',
          DateTime: 'string',
          Date: 'string',
          OfferDefinition: 'Record<string, unknown>',
        },
      },
    },
  },
}

export default config
