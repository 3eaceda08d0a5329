import type { Alert } from '../alert.ts';
import { flat, given, stepping } from '../inputs.ts';
import { above, atLeast, below, divided, equal, max, outside, overTime, without } from '../promql/index.ts';
import { OWN_NAMESPACE as namespace } from '../targets.ts';

const MOST_DISK = 0.8;
const pod = { namespace, pod: 'api-1' };
const other = { namespace: 'other', pod: 'api-1' };
const looping = { ...pod, container: 'api', reason: 'CrashLoopBackOff' } as const;
/** The same values again and again, for longer than any test looks. */
const again = (values: string) => Array.from({ length: 40 }, () => values).join(' ');
const scaler = { namespace, horizontalpodautoscaler: 'api' };
const budget = { namespace, poddisruptionbudget: 'api' };
const node = { node: 'node-1' };
const disk = { node_name: 'node-1' };

/** What kube-state-metrics tells of our own namespace: that of others is not ours to mend. No alert of throttling: it hurts nobody by itself. */
export const kubernetesAlerts: readonly Alert[] = [
  {
    name: 'PodCrashLooping',
    summary: '{{ $labels.container }} of {{ $labels.pod }} ends again and again.',
    expr: equal(
      max(overTime('max', outside('podWaiting', { namespace, reason: 'CrashLoopBackOff' }), '10m'), 'pod', 'container'),
      1,
    ),
    for: '25m',
    severity: 'ticket',
    service: 'platform',
    reason:
      'One pod of several; when all of a role are gone their own alerts page. Between two ends it may run for minutes: who has run for ten starts anew from the shortest wait. A quarter of an hour more outlasts a dependency that blinked.',
    panel: 'kubernetes/restarts',
    tests: {
      over: [given(outside('podWaiting', looping), stepping(10, 0, 1))],
      firesAt: '36m',
      labels: { pod: 'api-1', container: 'api' },
      under: {
        'it runs': [given(outside('podWaiting', looping), flat(0))],
        'it waited for a quarter of an hour, and runs': [given(outside('podWaiting', looping), '0x10 1x14 0x400')],
        'it ends and waits once in a quarter of an hour': [given(outside('podWaiting', looping), again('0x7 1 0x5'))],
      },
      noise: [
        given(outside('podWaiting', { ...looping, reason: 'ContainerCreating' }), flat(1)),
        given(outside('podWaiting', { ...looping, namespace: 'other' }), flat(1)),
      ],
      also: {
        'it flaps: a minute up, five of waiting': {
          over: [given(outside('podWaiting', looping), again('0 1x4'))],
          firesAt: '26m',
          labels: { pod: 'api-1', container: 'api' },
        },
        'it flaps: nine minutes up, one of waiting': {
          over: [given(outside('podWaiting', looping), again('0x8 1'))],
          firesAt: '34m',
          labels: { pod: 'api-1', container: 'api' },
        },
      },
    },
  },
  {
    name: 'PodNotReady',
    summary: '{{ $labels.pod }} runs and is not ready.',
    expr: without(
      equal(max(outside('podReady', { namespace, condition: 'true' }), 'pod'), 0),
      equal(max(outside('podPhase', { namespace, phase: { oneOf: ['Succeeded', 'Failed'] } }), 'pod'), 1),
    ),
    for: '15m',
    severity: 'ticket',
    service: 'platform',
    reason:
      'The others carry its load. A pod that starts, or waits for the database, is ready long before; a task that is over is none, and neither is one that failed: whoever began it is told.',
    panel: 'kubernetes/pods',
    tests: {
      over: [given(outside('podReady', { ...pod, condition: 'true' }), stepping(10, 1, 0))],
      firesAt: '26m',
      labels: { pod: 'api-1' },
      under: {
        'it is ready': [given(outside('podReady', { ...pod, condition: 'true' }), flat(1))],
        'it failed, and is kept to be looked at': [
          given(outside('podReady', { ...pod, condition: 'true' }), flat(0)),
          given(outside('podPhase', { ...pod, phase: 'Failed' }), flat(1)),
        ],
        'it is over': [
          given(outside('podReady', { ...pod, condition: 'true' }), flat(0)),
          given(outside('podPhase', { ...pod, phase: 'Succeeded' }), flat(1)),
        ],
      },
      noise: [
        given(outside('podReady', { namespace: 'other', pod: 'api-2', condition: 'true' }), flat(0)),
        given(outside('podReady', { namespace, pod: 'api-3', condition: 'false' }), flat(0)),
        given(outside('podPhase', { ...other, phase: 'Succeeded' }), flat(1)),
        given(outside('podPhase', { ...pod, phase: 'Running' }), flat(1)),
      ],
    },
  },
  {
    name: 'HpaMaxedOut',
    summary: '{{ $labels.horizontalpodautoscaler }} runs as many pods as it may: the next load has no room.',
    expr: atLeast(
      max(outside('scalerReplicas', { namespace }), 'horizontalpodautoscaler'),
      max(outside('scalerMost', { namespace }), 'horizontalpodautoscaler'),
    ),
    for: '15m',
    severity: 'ticket',
    service: 'platform',
    reason: 'Nobody waits yet: latency and refusals page. The open of the market is shorter than a quarter of an hour.',
    panel: 'kubernetes/scaling',
    tests: {
      over: [
        given(outside('scalerReplicas', scaler), stepping(10, 9, 10)),
        given(outside('scalerMost', scaler), flat(10)),
      ],
      firesAt: '26m',
      labels: { horizontalpodautoscaler: 'api' },
      under: {
        'one is left': [
          given(outside('scalerReplicas', scaler), flat(9)),
          given(outside('scalerMost', scaler), flat(10)),
        ],
      },
      noise: [
        given(outside('scalerReplicas', { ...scaler, namespace: 'other' }), flat(11)),
        given(outside('scalerMost', { ...scaler, namespace: 'other' }), flat(11)),
      ],
      also: {
        'more than it may': {
          over: [
            given(outside('scalerReplicas', scaler), stepping(10, 9, 11)),
            given(outside('scalerMost', scaler), flat(10)),
          ],
          firesAt: '26m',
          labels: { horizontalpodautoscaler: 'api' },
        },
      },
    },
  },
  {
    name: 'PdbBlocking',
    summary: '{{ $labels.poddisruptionbudget }} has fewer healthy pods than it asks for: no node can be emptied.',
    expr: below(
      max(outside('budgetHealthy', { namespace }), 'poddisruptionbudget'),
      max(outside('budgetWanted', { namespace }), 'poddisruptionbudget'),
    ),
    for: '15m',
    severity: 'ticket',
    service: 'platform',
    reason: 'Upgrades of nodes wait for it, for an hour and then not any more.',
    panel: 'kubernetes/budgets',
    tests: {
      over: [
        given(outside('budgetHealthy', budget), stepping(10, 2, 1)),
        given(outside('budgetWanted', budget), flat(2)),
      ],
      firesAt: '26m',
      labels: { poddisruptionbudget: 'api' },
      under: {
        'as many as it asks for': [
          given(outside('budgetHealthy', budget), flat(2)),
          given(outside('budgetWanted', budget), flat(2)),
        ],
      },
      noise: [
        given(outside('budgetHealthy', { ...budget, namespace: 'other' }), flat(3)),
        given(outside('budgetWanted', { ...budget, namespace: 'other' }), flat(3)),
        given(outside('budgetHealthy', { namespace: 'other', poddisruptionbudget: 'theirs' }), flat(1)),
        given(outside('budgetWanted', { namespace: 'other', poddisruptionbudget: 'theirs' }), flat(2)),
        given(outside('budgetWanted', { namespace, poddisruptionbudget: 'none' }), flat(2)),
      ],
    },
  },
  {
    name: 'NodeNotReady',
    summary: 'Node {{ $labels.node }} is not ready; its pods have gone elsewhere.',
    expr: equal(max(outside('nodeCondition', { condition: 'Ready', status: 'true' }), 'node'), 0),
    for: '15m',
    severity: 'ticket',
    service: 'platform',
    reason: 'Two minutes bring its pods up elsewhere, and the cluster repairs it by itself within ten.',
    panel: 'kubernetes/nodes',
    tests: {
      over: [given(outside('nodeCondition', { ...node, condition: 'Ready', status: 'true' }), stepping(10, 1, 0))],
      firesAt: '26m',
      labels: node,
      under: {
        'it is ready': [given(outside('nodeCondition', { ...node, condition: 'Ready', status: 'true' }), flat(1))],
      },
      noise: [
        given(outside('nodeCondition', { node: 'node-2', condition: 'Ready', status: 'false' }), flat(0)),
        given(outside('nodeCondition', { node: 'node-2', condition: 'DiskPressure', status: 'true' }), flat(0)),
      ],
    },
  },
  {
    name: 'DiskUsageHigh',
    about: 'node',
    summary: 'The disk of the node {{ $labels.node_name }} is {{ $value | humanizePercentage }} full.',
    expr: above(divided(max(outside('nodeDisk'), 'node_name'), max(outside('nodeDiskSize'), 'node_name')), MOST_DISK),
    for: '15m',
    severity: 'ticket',
    service: 'platform',
    limit: { value: MOST_DISK, unit: 'ratio' },
    reason: 'The line of the sources. At nine tenths the kubelet evicts pods, which come up elsewhere.',
    panel: 'kubernetes/disk',
    tests: {
      over: [given(outside('nodeDisk', disk), stepping(10, 80, 81)), given(outside('nodeDiskSize', disk), flat(100))],
      firesAt: '26m',
      labels: disk,
      under: {
        'just under four fifths': [
          given(outside('nodeDisk', disk), flat(79)),
          given(outside('nodeDiskSize', disk), flat(100)),
        ],
        'four fifths': [given(outside('nodeDisk', disk), flat(80)), given(outside('nodeDiskSize', disk), flat(100))],
      },
    },
  },
];
