import { closed, open } from '../../backend/metrics/family.ts';
import type { ForeignFamily } from './family.ts';

const pages = 'https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics';
const from = (page: string) => ({ source: `${pages}/${page}`, seen: 'UNVERIFIED' }) as const;
const cadvisor = {
  source: 'https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md',
  seen: 'UNVERIFIED',
} as const;

const namespace = open('name of the namespace');
const pod = { namespace, pod: open('name of the pod') };
const container = { ...pod, container: open('name of the container') };
const status = closed('true', 'false', 'unknown');

/** What kube-state-metrics and the kubelet's cAdvisor tell of the cluster. */
export const kubernetes = {
  podRestarts: {
    name: 'kube_pod_container_status_restarts_total',
    type: 'counter',
    unit: 'restarts',
    help: 'Restarts of a container.',
    labels: container,
    ...from('workload/pod-metrics.md'),
  },
  podWaiting: {
    name: 'kube_pod_container_status_waiting_reason',
    type: 'gauge',
    unit: '0 or 1',
    help: '1 for the reason for which a container waits.',
    labels: {
      ...container,
      reason: closed(
        'ContainerCreating',
        'CrashLoopBackOff',
        'CreateContainerConfigError',
        'CreateContainerError',
        'ErrImagePull',
        'ImagePullBackOff',
        'InvalidImageName',
      ),
    },
    ...from('workload/pod-metrics.md'),
  },
  podReady: {
    name: 'kube_pod_status_ready',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether a pod is ready.',
    labels: { ...pod, condition: status },
    ...from('workload/pod-metrics.md'),
  },
  podPhase: {
    name: 'kube_pod_status_phase',
    type: 'gauge',
    unit: '0 or 1',
    help: '1 for the phase that a pod is in.',
    labels: { ...pod, phase: closed('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown') },
    ...from('workload/pod-metrics.md'),
  },
  deploymentCondition: {
    name: 'kube_deployment_status_condition',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Conditions of a deployment.',
    labels: {
      namespace,
      deployment: open('name of the deployment'),
      condition: closed('Available', 'Progressing', 'ReplicaFailure'),
      status,
    },
    ...from('workload/deployment-metrics.md'),
  },
  scalerReplicas: {
    name: 'kube_horizontalpodautoscaler_status_current_replicas',
    type: 'gauge',
    unit: 'replicas',
    help: 'Replicas that an autoscaler runs.',
    labels: { namespace, horizontalpodautoscaler: open('name of the autoscaler') },
    ...from('workload/horizontalpodautoscaler-metrics.md'),
  },
  scalerMost: {
    name: 'kube_horizontalpodautoscaler_spec_max_replicas',
    type: 'gauge',
    unit: 'replicas',
    help: 'Replicas that an autoscaler may run.',
    labels: { namespace, horizontalpodautoscaler: open('name of the autoscaler') },
    ...from('workload/horizontalpodautoscaler-metrics.md'),
  },
  budgetHealthy: {
    name: 'kube_poddisruptionbudget_status_current_healthy',
    type: 'gauge',
    unit: 'pods',
    help: 'Healthy pods that a disruption budget counts.',
    labels: { namespace, poddisruptionbudget: open('name of the budget') },
    ...from('policy/poddisruptionbudget-metrics.md'),
  },
  budgetWanted: {
    name: 'kube_poddisruptionbudget_status_desired_healthy',
    type: 'gauge',
    unit: 'pods',
    help: 'Healthy pods that a disruption budget asks for.',
    labels: { namespace, poddisruptionbudget: open('name of the budget') },
    ...from('policy/poddisruptionbudget-metrics.md'),
  },
  nodeCondition: {
    name: 'kube_node_status_condition',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Conditions of a node.',
    labels: {
      node: open('name of the node'),
      condition: closed('Ready', 'DiskPressure', 'MemoryPressure', 'PIDPressure', 'NetworkUnavailable'),
      status,
    },
    ...from('cluster/node-metrics.md'),
  },
  containerCpu: {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'CPU time that a container used.',
    labels: container,
    ...cadvisor,
  },
  containerMemory: {
    name: 'container_memory_working_set_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of a container that cannot be taken back.',
    labels: container,
    ...cadvisor,
  },
  containerLimits: {
    name: 'kube_pod_container_resource_limits',
    type: 'gauge',
    unit: 'cores or bytes',
    help: 'What a container may use.',
    labels: { ...container, resource: closed('cpu', 'memory') },
    ...from('workload/pod-metrics.md'),
  },
  containerRequests: {
    name: 'kube_pod_container_resource_requests',
    type: 'gauge',
    unit: 'cores or bytes',
    help: 'What a container asks for.',
    labels: { ...container, resource: closed('cpu', 'memory') },
    ...from('workload/pod-metrics.md'),
  },
  networkReceived: {
    name: 'container_network_receive_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes that a pod received.',
    labels: pod,
    ...cadvisor,
  },
  networkSent: {
    name: 'container_network_transmit_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes that a pod sent.',
    labels: pod,
    ...cadvisor,
  },
} as const satisfies Record<string, ForeignFamily>;
