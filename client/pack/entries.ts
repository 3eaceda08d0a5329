/** What programs import: the name behind that of the package, and the module without its ending. */
export const ENTRIES = {
  '.': 'index',
  './file-cursor-store': 'file-cursor-store',
  './graphql-ws': 'graphql-ws',
  './graphql-sse': 'graphql-sse',
  './apollo': 'apollo',
  './urql': 'urql',
  './schema': 'schema',
} as const;

/** Needed by everybody. */
export const DEPENDENCIES = ['graphql-ws'] as const;
/** Needed by whoever imports the entry that wraps it. */
export const PEERS = ['@apollo/client', '@urql/core', 'graphql-sse'] as const;
