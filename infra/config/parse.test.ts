import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from './parse.ts';
import { profiles } from './profiles.ts';

const google = { project: 'acme-signals', region: 'europe-west3', domain: 'signals.example.com' };
const production = {
  ...google,
  projectNumber: '123456789012',
  recoveryRegion: 'europe-west4',
  authIssuer: 'https://login.example.com/',
  authAudience: 'heliograph',
  authJwksUrl: 'https://login.example.com/keys',
  alertEmail: 'operations@example.com',
};

function mistakes(stack: string, given: Record<string, string>): readonly string[] {
  try {
    parseConfig(stack, given);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

it('needs three values for a stack to try things on', () => {
  expect(mistakes('dev', google)).toEqual([]);
  expect(mistakes('dev', {})).toEqual(
    ['project', 'region', 'domain'].map((key) => `${key} is missing, everything on Google Cloud needs it`),
  );
});

it('looks for the pages of runbooks/ where it is told to, else in its repository', () => {
  const pagesOf = (given: Record<string, string>) => parseConfig('dev', { ...google, ...given }).pages;
  expect(pagesOf({})).toBe('');
  expect(pagesOf({ repository: 'acme/signals' })).toBe('https://github.com/acme/signals/blob/main');
  expect(pagesOf({ repository: 'acme/signals', pages: 'https://wiki.example.com' })).toBe('https://wiki.example.com');
  expect(mistakes('dev', { ...google, pages: 'wiki.example.com' })).toEqual([
    'pages is "wiki.example.com", expected an address that begins with https://',
  ]);
});

it('takes a stack of any name whose profile is told', () => {
  const config = parseConfig('acme', { ...google, profile: 'dev' });
  expect([config.stack, config.profile, config.zones]).toEqual([
    'acme',
    'dev',
    ['europe-west3-a', 'europe-west3-b', 'europe-west3-c'],
  ]);
  expect(mistakes('acme', google)).toEqual([
    expect.stringContaining('profile is missing, expected one of local, dev, test, staging'),
  ]);
});

it('a budget is of a project by its number', () => {
  const budget = { billingAccount: '012345-6789AB-CDEF01', monthlyBudget: '500' };
  expect(mistakes('dev', { ...google, ...budget })).toEqual(['projectNumber is missing, monthlyBudget needs it']);
  const { budget: parsed } = parseConfig('dev', { ...google, ...budget, projectNumber: '123456789012' });
  expect(parsed).toEqual({ account: '012345-6789AB-CDEF01', amount: 500, projectNumber: '123456789012' });
});

it('tells all mistakes together: those of values, of missing keys, of names and of combinations', () => {
  expect(
    mistakes('production', {
      project: 'X',
      regoin: 'europe-west3',
      database: '{"logDays": 99, "edition": "ENTERPRISE"}',
    }).toSorted(),
  ).toEqual([
    'alertEmail is missing, production needs it',
    'authAudience is missing, production needs it',
    'authIssuer is missing, production needs it',
    'authJwksUrl is missing, production needs it',
    'database.logDays is wrong, expected at most 35',
    'domain is missing, everything on Google Cloud needs it',
    'project is "X", expected the id of a project of Google Cloud',
    'projectNumber is missing, profile production needs it',
    'recoveryRegion is missing, profile production needs it',
    'region is missing, everything on Google Cloud needs it',
    'regoin is no key of the configuration',
  ]);
});

describe('what cannot be is refused', () => {
  const digest = `@sha256:${'0'.repeat(64)}`;
  it.each([
    [
      'an edition with the tier of the other',
      { database: '{"edition":"ENTERPRISE","logDays":7}' },
      'database.tier is "db-perf-optimized-N-4", expected one of edition ENTERPRISE, such as db-custom-2-8192',
    ],
    [
      'more days of log than the edition keeps',
      { database: '{"edition":"ENTERPRISE","tier":"db-custom-4-16384"}' },
      'database.logDays is 14, edition ENTERPRISE keeps at most 7',
    ],
    [
      'fewer backups than days of log',
      { database: '{"backups":14}' },
      'database.backups is 14, expected more than logDays, which is 14',
    ],
    [
      'an odd number of cores',
      { database: '{"edition":"ENTERPRISE","tier":"db-custom-3-16384","logDays":7}' },
      'database.tier is "db-custom-3-16384", expected 1 or an even number of cores',
    ],
    [
      'a machine whose disk is of another kind',
      { database: '{"tier":"db-c4a-highmem-4"}' },
      'database.tier is "db-c4a-highmem-4", expected one of edition ENTERPRISE_PLUS, such as db-perf-optimized-N-4',
    ],
    [
      'more memory than cores',
      { database: '{"edition":"ENTERPRISE","tier":"db-custom-2-16384","logDays":7}' },
      'database.tier is "db-custom-2-16384", expected 3840 MB at least, and between 0.9 and 6.5 GB a core',
    ],
    [
      'too little memory',
      { database: '{"edition":"ENTERPRISE","tier":"db-custom-1-2048","logDays":7}' },
      'database.tier is "db-custom-1-2048", expected 3840 MB at least',
    ],
    [
      'a disk larger than it may grow',
      { database: '{"disk":3000}' },
      'database.disk is 3000, expected at most maxDisk, which is 2000',
    ],
    [
      'more connections than the server takes',
      { database: '{"connections":150}' },
      'workloads hold up to 150 connections, expected at most 120',
    ],
    [
      'one region twice',
      { recoveryRegion: 'europe-west3' },
      'recoveryRegion is "europe-west3", expected another region than region',
    ],
    [
      'an image by its tag',
      { image: 'europe-west3-docker.pkg.dev/acme-signals/heliograph:latest' },
      'expected an image by its digest',
    ],
    [
      'an image of somebody else',
      { image: `docker.io/library/heliograph${digest}` },
      'expected one of the registry of this stack',
    ],
    ['invented data', { feed: 'simulated' }, 'feed is "simulated", expected alpaca or coinbase in production'],
    [
      'fewer at most than at least',
      { workloads: '{"api":{"minReplicas":20}}' },
      'workloads.api.minReplicas is 20, expected at most maxReplicas, which is 12',
    ],
    ['a budget of nobody', { monthlyBudget: '5000' }, 'billingAccount and monthlyBudget are needed together'],
    [
      'more nodes at least than at most',
      { nodes: '{"service":{"minNodes":30}}' },
      'nodes.service.minNodes is 30, expected at most maxNodes, which is 15',
    ],
    [
      'alerts that wake nobody',
      { images: `{"alertmanager":"sha256:${'1'.repeat(64)}"}`, alertChannels: '["ticket"]' },
      'alertChannels wakes nobody',
    ],
    [
      'tickets that nobody gets',
      { images: `{"alertmanager":"sha256:${'1'.repeat(64)}"}`, alertChannels: '["slack"]' },
      'mail is missing, expected it or the channel ticket',
    ],
    [
      'dashboards without figures',
      { images: `{"grafana":"sha256:${'1'.repeat(64)}"}` },
      'images.frontend is missing, Grafana asks for figures through it',
    ],
    [
      'half of KEDA',
      { images: `{"keda":"sha256:${'1'.repeat(64)}","frontend":"sha256:${'2'.repeat(64)}"}` },
      'images.keda and images.kedaMetrics are needed together',
    ],
    ['an image that nobody knows', { images: '{"nginx":"sha256:0"}' }, 'images.nginx is no key of the configuration'],
    ['what is no JSON', { database: 'large' }, 'database is "large", expected JSON'],
  ])('%s', (_what, given: Record<string, string>, expected) => {
    expect(mistakes('production', { ...production, ...given }).join('\n')).toContain(expected);
  });

  it('a staging that is larger than production', () => {
    expect(
      mistakes('staging', {
        ...production,
        feed: 'alpaca',
        workloads: '{"api":{"maxReplicas":13}}',
        database: '{"disk":300}',
      }),
    ).toEqual([
      'workloads.api.maxReplicas is 13, more than production has',
      'database.disk is 300, more than production has',
    ]);
  });
});

it('unlocks only what its operator unlocks', () => {
  expect(parseConfig('production', production).locked).toBe(true);
  expect(parseConfig('production', { ...production, unlock: 'true' }).locked).toBe(false);
});

it('takes a key that images are signed with, and accelerators, only in their form', () => {
  const attestationKey = `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(64)}\n${'B'.repeat(60)}\n-----END PUBLIC KEY-----\n`;
  const gpu = { type: 'nvidia-l4', count: 1, machine: 'g2-standard-8', maxNodes: 2 };
  expect(parseConfig('production', { ...production, attestationKey, gpu: JSON.stringify(gpu) })).toMatchObject({
    attestationKey,
    gpu,
  });
  expect(mistakes('production', { ...production, attestationKey: 'ssh-ed25519 AAAA', gpu: '{"type":"l4"}' })).toEqual([
    'attestationKey is "ssh-ed25519 AAAA", expected the text of a public key for ECDSA P-256, as PEM',
    'gpu.type is wrong, expected an accelerator of Google Cloud, such as nvidia-l4',
    expect.stringContaining('gpu.count is wrong'),
    expect.stringContaining('gpu.machine is wrong'),
    expect.stringContaining('gpu.maxNodes is wrong'),
  ]);
});

it('takes what is followed in the words of the feed', () => {
  expect(parseConfig('production', { ...production, symbols: 'AAPL,BRK.B' }).symbols).toBe('AAPL,BRK.B');
  expect(parseConfig('production', { ...production, feed: 'coinbase', symbols: 'BTC-USD' }).symbols).toBe('BTC-USD');
  expect(mistakes('production', { ...production, symbols: 'BTC-USD' })).toEqual([
    expect.stringContaining('symbols is "BTC-USD", expected up to 500 tickers'),
  ]);
  expect(mistakes('dev', { ...google, symbols: 'AAPL' })).toEqual([
    'symbols is "AAPL", but a simulated market has its own',
  ]);
});

it('takes a restored instance by a name that its logs and alerts are found by', () => {
  const databaseInstance = 'heliograph-production-restored-1';
  expect(parseConfig('production', { ...production, databaseInstance }).databaseInstance).toBe(databaseInstance);
  expect(mistakes('production', { ...production, databaseInstance: 'restored-1' })).toEqual([
    expect.stringContaining('expected a name that begins with heliograph-production-'),
  ]);
});

it('takes an account of logging only where there are keys of our own', () => {
  const loggingAccount = 'cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com';
  expect(mistakes('production', { ...production, loggingAccount })).toEqual([]);
  expect(mistakes('dev', { ...google, loggingAccount })).toEqual([expect.stringContaining('has no keys of its own')]);
});

it('gives every profile addresses of its own', () => {
  const all = Object.values(profiles).map(({ addresses }) => addresses);
  expect(new Set(all).size).toBe(all.length);
});
