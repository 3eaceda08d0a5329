/** Attacks that are recognised by their form; sensitivity 1 is what hardly ever hits the innocent. */
const attacks = [
  'sqli-v33-stable',
  'xss-v33-stable',
  'lfi-v33-stable',
  'rce-v33-stable',
  'protocolattack-v33-stable',
  'nodejs-v33-stable',
  'cve-canary',
];

const CLIENT = 'SRC_IPS_V1';
const everybody = { versionedExpr: CLIENT, config: { srcIpRanges: ['*'] } };

/** Requests that one address may make in a minute before it is shut out for ten. A subscription is one request. */
const REQUESTS_A_MINUTE = 1_200;

/** In their order: known attacks, too many requests, and then everybody. The service has limits of its own behind these. */
export const edgeRules = [
  ...attacks.map((attack, index) => ({
    action: 'deny(403)',
    priority: 1_000 + index,
    description: attack,
    match: { expr: { expression: `evaluatePreconfiguredWaf('${attack}', {'sensitivity': 1})` } },
  })),
  {
    action: 'rate_based_ban',
    priority: 2_000,
    description: 'too many requests',
    match: everybody,
    rateLimitOptions: {
      conformAction: 'allow',
      exceedAction: 'deny(429)',
      enforceOnKey: 'IP',
      rateLimitThreshold: { count: REQUESTS_A_MINUTE, intervalSec: 60 },
      banDurationSec: 600,
    },
  },
  { action: 'allow', priority: 2_147_483_647, description: 'everybody else', match: everybody },
];
