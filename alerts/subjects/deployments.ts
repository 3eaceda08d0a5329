import type { Alert } from '../alert.ts';
import { flat, given } from '../inputs.ts';
import { both, count, earlier, equal, max, metric, outside, without } from '../promql/index.ts';
import { OWN_NAMESPACE } from '../targets.ts';

const build = (commit: string) => metric('buildInfo', { version: '1.0.0', commit });
const stuck = { namespace: OWN_NAMESPACE, condition: 'Progressing', status: 'false' } as const;

export const deploymentAlerts: readonly Alert[] = [
  {
    name: 'DeploymentSucceeded',
    summary: 'Version {{ $labels.version }} ({{ $labels.commit }}) runs.',
    // Something else has to have run then: a version that is heard again after nobody was heard is no news.
    expr: both(
      without(
        count(metric('buildInfo'), 'version', 'commit'),
        count(earlier(metric('buildInfo'), '15m'), 'version', 'commit'),
      ),
      count(earlier(metric('buildInfo'), '15m')),
      { on: [] },
    ),
    for: '0s',
    severity: 'info',
    service: 'platform',
    reason: 'The sources want to hear of it; the first thing that whoever is woken asks is what has changed.',
    panel: 'start/changes',
    tests: {
      over: [given(build('new'), '_x30 1x400'), given(build('old'), flat(1))],
      firesAt: '30m',
      labels: { version: '1.0.0', commit: 'new' },
      under: {
        'it has run for a quarter of an hour': [given(build('old'), flat(1))],
        'nobody was heard until now': [given(build('old'), '1x9 _x20 1x400')],
        'nobody was heard until ten minutes ago': [given(build('old'), '1x9 _x10 1x400')],
      },
      stops: { over: [given(build('new'), '_x30 1x400'), given(build('old'), flat(1))], at: '45m' },
    },
  },
  {
    name: 'DeploymentFailedOrStuck',
    summary: '{{ $labels.deployment }} does not get its new version up: the old one still serves.',
    expr: equal(max(outside('deploymentCondition', stuck), 'deployment'), 1),
    for: '15m',
    severity: 'page',
    service: 'platform',
    reason:
      'Kubernetes has given up by then. The old pods serve, but half a release is the state in which the next mistake hurts.',
    panel: 'kubernetes/deployments',
    tests: {
      over: [given(outside('deploymentCondition', { ...stuck, deployment: 'api' }), '0x10 1x400')],
      firesAt: '26m',
      labels: { deployment: 'api' },
      under: { 'it goes on': [given(outside('deploymentCondition', { ...stuck, deployment: 'api' }), flat(0))] },
      noise: [
        given(outside('deploymentCondition', { ...stuck, deployment: 'api', namespace: 'other' }), flat(1)),
        given(outside('deploymentCondition', { ...stuck, deployment: 'api', status: 'true' }), flat(1)),
        given(outside('deploymentCondition', { ...stuck, deployment: 'api', condition: 'ReplicaFailure' }), flat(1)),
      ],
    },
  },
];
