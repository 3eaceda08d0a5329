import { OWN_NAMESPACE } from '../../alerts/index.ts';
import { divided, increase, max, outside, rate, sum } from '../../alerts/promql/index.ts';
import { type Board, query, variable } from '../board.ts';

const at = { namespace: { pattern: '$namespace' } } as const;
const limit = (resource: 'cpu' | 'memory') => sum(outside('containerLimits', { ...at, resource }), 'pod');
const request = (resource: 'cpu' | 'memory') => sum(outside('containerRequests', { ...at, resource }), 'pod');

export const kubernetes: Board = {
  name: 'kubernetes',
  title: 'Kubernetes',
  purpose:
    'For whoever asks whether the cluster gives the service what it needs: pods, what they use and may use, nodes, disks.',
  span: '6h',
  variables: [variable('namespace', 'Namespace', outside('podPhase'), 'namespace', OWN_NAMESPACE)],
  rows: [
    {
      question: 'Does everything run?',
      panels: [
        {
          id: 'pods',
          title: 'Pods that are ready',
          description: 'Whether each pod says that it is ready. One that has done its work is not.',
          as: 'states',
          unit: 'state',
          width: 6,
          meaning: { 0: { text: 'not ready', colour: 'orange' }, 1: { text: 'ready', colour: 'green' } },
          queries: [query(max(outside('podReady', { ...at, condition: 'true' }), 'pod'), ({ pod }) => pod)],
        },
        {
          id: 'budgets',
          title: 'Disruption budgets',
          description: 'Healthy pods, and how many must stay: while there are no more, no node can be emptied.',
          as: 'lines',
          unit: 'count',
          width: 6,
          queries: [
            query(
              max(outside('budgetHealthy', at), 'poddisruptionbudget'),
              ({ poddisruptionbudget }) => `${poddisruptionbudget}, healthy`,
            ),
            query(
              max(outside('budgetWanted', at), 'poddisruptionbudget'),
              ({ poddisruptionbudget }) => `${poddisruptionbudget}, wanted`,
            ),
          ],
        },
        {
          id: 'deployments',
          title: 'Deployments that do not get on',
          description: '1 while a roll-out has not come further within its time.',
          as: 'states',
          unit: 'state',
          width: 6,
          queries: [
            query(
              max(outside('deploymentCondition', { ...at, condition: 'Progressing', status: 'false' }), 'deployment'),
              ({ deployment }) => deployment,
            ),
          ],
          meaning: { 0: { text: 'fine', colour: 'green' }, 1: { text: 'stuck', colour: 'red' } },
        },
        {
          id: 'restarts',
          title: 'Restarts',
          description: 'Of each container in an hour.',
          as: 'bars',
          unit: 'count',
          width: 6,
          queries: [
            query(
              sum(increase(outside('podRestarts', at), '1h'), 'pod', 'container'),
              ({ pod, container }) => `${pod} ${container}`,
            ),
          ],
        },
      ],
    },
    {
      question: 'Do pods have what they need?',
      panels: [
        {
          id: 'processor',
          title: 'Processor of each pod',
          description:
            'What it uses of what it may use, and of what it asks for. At its limit a pod is slowed down, not ended.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          helps: ['HpaMaxedOut', 'ApiLatencyBudgetBurnFast'],
          queries: [
            query(
              divided(sum(rate(outside('containerCpu', at), '5m'), 'pod'), limit('cpu')),
              ({ pod }) => `${pod}, of its limit`,
            ),
            query(
              divided(sum(rate(outside('containerCpu', at), '5m'), 'pod'), request('cpu')),
              ({ pod }) => `${pod}, of its request`,
            ),
          ],
        },
        {
          id: 'memory',
          title: 'Memory of each pod',
          description: 'What it uses of what it may use, and of what it asks for. At its limit it is ended.',
          as: 'lines',
          unit: 'ratio',
          width: 6,
          helps: ['PodCrashLooping', 'BackendInstanceDown'],
          queries: [
            query(
              divided(sum(outside('containerMemory', at), 'pod'), limit('memory')),
              ({ pod }) => `${pod}, of its limit`,
            ),
            query(
              divided(sum(outside('containerMemory', at), 'pod'), request('memory')),
              ({ pod }) => `${pod}, of its request`,
            ),
          ],
        },
        {
          id: 'network',
          title: 'Network of each pod',
          description: 'What it receives and sends.',
          as: 'lines',
          unit: 'bytes a second',
          width: 6,
          helps: ['SubscriptionDeliveryBudgetBurnFast'],
          queries: [
            query(sum(rate(outside('networkReceived', at), '5m'), 'pod'), ({ pod }) => `${pod}, received`),
            query(sum(rate(outside('networkSent', at), '5m'), 'pod'), ({ pod }) => `${pod}, sent`),
          ],
        },
        {
          id: 'scaling',
          title: 'Replicas',
          description: 'How many each autoscaler runs, and how many it may run.',
          as: 'lines',
          unit: 'count',
          width: 6,
          queries: [
            query(
              max(outside('scalerReplicas', at), 'horizontalpodautoscaler'),
              ({ horizontalpodautoscaler }) => `${horizontalpodautoscaler}, now`,
            ),
            query(
              max(outside('scalerMost', at), 'horizontalpodautoscaler'),
              ({ horizontalpodautoscaler }) => `${horizontalpodautoscaler}, at most`,
            ),
          ],
        },
      ],
    },
    {
      question: 'Are the nodes well, and does the edge answer?',
      panels: [
        {
          id: 'nodes',
          title: 'Nodes',
          description: 'Whether each says that it is ready.',
          as: 'states',
          unit: 'state',
          queries: [
            query(max(outside('nodeCondition', { condition: 'Ready', status: 'true' }), 'node'), ({ node }) => node),
          ],
          meaning: { 0: { text: 'not ready', colour: 'red' }, 1: { text: 'ready', colour: 'green' } },
        },
        {
          id: 'disk',
          title: 'Disks of the nodes',
          description: 'The share of the local storage that is in use.',
          as: 'lines',
          unit: 'ratio',
          queries: [
            query(
              divided(max(outside('nodeDisk'), 'node_name'), max(outside('nodeDiskSize'), 'node_name')),
              ({ node_name }) => node_name,
            ),
          ],
        },
        {
          id: 'edge',
          title: 'Answers of the load balancer',
          description: 'By class of the status. What the service never saw is here too.',
          as: 'bars',
          unit: 'requests a second',
          helps: ['ApiDown', 'DeploymentFailedOrStuck'],
          queries: [
            query(
              sum(rate(outside('edgeRequests'), '5m'), 'response_code_class'),
              ({ response_code_class }) => response_code_class,
            ),
          ],
        },
      ],
    },
  ],
};
