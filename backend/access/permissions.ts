/**
 * All that can be allowed to somebody, and no more: a resolver declares one of these, a token lists them in `scope`, an API key is made with
 * some. A word that is not here means nothing.
 */
export const permissions = {
  'signals:read': 'Read and follow signals and what happens to them.',
  'signals:cancel': 'Take back a signal that has not been filled.',
  'signals:acknowledge': 'Say up to where signals have been dealt with.',
  'market-data:read': 'Read and follow bars, instruments and sessions.',
  'models:read': 'Read models and what they have shown.',
  'performance:read': 'Read what became of signals.',
  'service:read': 'Ask whether the service is well, and what answers.',
  'keys:manage': 'Make, rotate, revoke and list the API keys of one’s tenant.',
} as const;

export type Permission = keyof typeof permissions;

export const PERMISSIONS = Object.keys(permissions) as readonly Permission[];

/** Those of the words that are permissions, each once. */
export function permissionsIn(words: readonly string[]): Permission[] {
  return PERMISSIONS.filter((known) => words.includes(known));
}
