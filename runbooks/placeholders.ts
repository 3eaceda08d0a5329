/** What a command asks for that nobody can know before the night: a variable of the shell, set from the alert. Nothing else may be open. */
export const placeholders = {
  POD: { sample: 'api-6d5f7c9b8-x2x7k', from: 'the label pod of the alert' },
  NODE: { sample: 'gke-heliograph-production-service-1a2b', from: 'the label node of the alert' },
  PID: { sample: '4711', from: 'the session that the command before names' },
  ROLE: { sample: 'api', from: 'the role that the first query names: api, pipeline or worker' },
  KEY: {
    sample: 'hg_0123456789ab_secret',
    from: 'an API key with keys:manage or signals:cancel; keep it out of the history',
  },
  PREFIX: { sample: '0123456789ab', from: 'the public part of the key that is meant' },
  ADDRESS: { sample: '192.0.2.7', from: 'the address that asks too much' },
  SIGNAL: { sample: 'U2lnbmFsOjAx', from: 'the id of the signal' },
  SYMBOL: { sample: 'AAPL', from: 'the ticker of the instrument' },
  REGION: { sample: 'europe-west3', from: 'pulumi config get region' },
  RECOVERY_REGION: { sample: 'europe-west4', from: 'pulumi config get recoveryRegion' },
  PROJECT: { sample: 'acme-signals', from: 'pulumi config get project' },
  DOMAIN: { sample: 'signals.example.com', from: 'pulumi config get domain' },
  INSTANT: { sample: '2026-11-20T14:29:00Z', from: 'the last good moment, UTC' },
  VERSION: { sample: '1763736000000000', from: 'the number behind # that the first command lists' },
  COMMIT: {
    sample: '0123456789abcdef0123456789abcdef01234567',
    from: 'the commit that is meant: build_info names that which runs',
  },
} as const satisfies Record<string, { readonly sample: string; readonly from: string }>;

export type Placeholder = keyof typeof placeholders;
