import type { CodegenConfig } from '@graphql-codegen/cli'

// Documents are plain strings at run time: no GraphQL library is shipped to the phone.
const config: CodegenConfig = {
  schema: '../schema/schema.graphql',
  documents: ['src/**/*.graphql'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256', mode: 'embedHashInDocument' } },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        dedupeFragments: true,
        disableDescriptions: true,
        scalars: { Fen: 'number', BasisPoints: 'number', DateTime: 'string', Date: 'string', OfferDefinition: 'unknown', ID: 'string' },
      },
    },
  },
}
export default config
