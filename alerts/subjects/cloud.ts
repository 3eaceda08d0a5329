import type { Alert } from '../alert.ts';
import { flat, given, stepping } from '../inputs.ts';
import { absent, below, count, divided, min, outside, sum } from '../promql/index.ts';
import { OWN_NAMESPACE } from '../targets.ts';

const FEWEST_REACH = 0.5;
const DAYS = { ticket: 21, page: 3 } as const;
const [near, far] = ['europe', 'asia'] as const;
const asked = (where: string, values: string) => given(outside('uptimePassed', { checker_location: where }), values);
const certificate = (where: string, values: string) =>
  given(outside('uptimeCertificate', { checker_location: where }), values);
const container = (namespace: string, values: string) =>
  given(outside('containerUptime', { namespace_name: namespace, pod_name: 'a' }), values);

/** What nobody inside can tell: Cloud Monitoring raises these, and no rule of the cluster. */
export const cloudAlerts: readonly Alert[] = [
  {
    name: 'ServiceUnreachable',
    summary: 'Fewer than half of the places in the world that ask get an answer: clients cannot connect.',
    expr: below(divided(sum(outside('uptimePassed')), count(outside('uptimePassed'))), FEWEST_REACH),
    for: '2m',
    severity: 'page',
    service: 'api',
    reason:
      'Asked once a minute as a client would: name, certificate, load balancer and a pod that is ready. One place that fails is its own way to us; half of them for two minutes are ours.',
    panel: 'kubernetes/edge',
    tests: {
      over: [asked(near, stepping(10, 1, 0.98)), asked(far, stepping(10, 1, 0))],
      firesAt: '13m',
      under: {
        'just over half': [asked(near, flat(1)), asked(far, flat(0.02))],
        half: [asked(near, flat(1)), asked(far, flat(0))],
      },
    },
  },
  expiring('ticket', {
    reason: 'It is renewed a month before its end; by then that has failed for more than a week, and there is time.',
  }),
  expiring('page', { reason: 'The ticket was three weeks ago. To prove the domain anew takes up to a day.' }),
  {
    name: 'ClusterDown',
    summary: 'No container of ours has told anything: the cluster, or all of its nodes, is away.',
    expr: absent(outside('containerUptime', { namespace_name: OWN_NAMESPACE })),
    for: '5m',
    severity: 'page',
    service: 'platform',
    reason:
      'Who watches from inside goes with it, so it is told from outside, by what Google itself collects. Each value is a minute or two late.',
    panel: 'kubernetes/nodes',
    tests: {
      over: [container(OWN_NAMESPACE, '1x10 stale')],
      firesAt: '16m',
      under: { 'one container runs': [container(OWN_NAMESPACE, '0+60x400')] },
      noise: [container('kube-system', '0+60x400')],
      absent: 'fires',
    },
  },
];

function expiring(severity: keyof typeof DAYS, { reason }: Pick<Alert, 'reason'>): Alert {
  const days = DAYS[severity];
  return {
    ...{ name: 'CertificateExpiring', about: `${days} days`, severity, reason },
    summary: `The certificate is good for fewer than ${days} days more: after its end no client connects.`,
    expr: below(min(outside('uptimeCertificate')), days),
    for: '10m',
    service: 'api',
    panel: 'kubernetes/edge',
    tests: {
      over: [certificate(near, flat(90)), certificate(far, stepping(10, days, days - 0.1))],
      firesAt: '21m',
      under: {
        'just over it': [certificate(near, flat(days + 0.1))],
        'on it': [certificate(near, flat(days))],
      },
    },
  };
}
