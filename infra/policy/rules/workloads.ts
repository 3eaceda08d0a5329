import { all, at, is, isNotSet, isSet, listAt, never, type Rule, type Seen, type Tree, when } from '../rule.ts';

const DEPLOYMENT = 'kubernetes:apps/v1:Deployment';
const STATEFUL = 'kubernetes:apps/v1:StatefulSet';
const PROVIDER = 'pulumi:providers:kubernetes';
const makers = [
  DEPLOYMENT,
  STATEFUL,
  'kubernetes:apps/v1:DaemonSet',
  'kubernetes:batch/v1:Job',
  'kubernetes:batch/v1:CronJob',
];

/** The pod that an object makes. */
const podOf = ({ props, type }: Seen) =>
  at(props, type.endsWith(':CronJob') ? 'spec.jobTemplate.spec.template.spec' : 'spec.template.spec');
const containersOf = (seen: Seen) => [...listAt(podOf(seen), 'containers'), ...listAt(podOf(seen), 'initContainers')];
const mainOf = (seen: Seen) => listAt(podOf(seen), 'containers');
const everyContainer = (check: (container: Tree) => boolean) => (seen: Seen) => containersOf(seen).every(check);
const keyOf = ({ props }: Seen) => `${String(at(props, 'metadata.namespace'))}/${String(at(props, 'metadata.name'))}`;

/** What runs in the cluster, and how the program speaks to it. */
export const workloads: readonly Rule[] = [
  {
    name: 'image-by-digest',
    on: makers,
    what: 'An image is named by its digest.',
    why: 'A tag can mean something else tomorrow, on one node of three.',
    source: 'CIS GKE 5.1.4, CKV_K8S_43',
    fix: 'REGISTRY/NAME@sha256:...',
    holds: everyContainer(({ image }) => /@sha256:[0-9a-f]{64}$/.test(String(image))),
  },
  {
    name: 'image-of-our-registry',
    wide: true,
    on: makers,
    what: 'On Google Cloud an image comes out of a registry of our own, also one that others made.',
    why: 'What is pulled from outside can be gone, changed or refused when a node needs it.',
    source: 'CIS GKE 5.1.4',
    fix: 'a remote repository of Artifact Registry',
    holds: (seen, stack) =>
      !hasCluster(stack) ||
      containersOf(seen).every(({ image }) => /^[a-z0-9-]+-docker\.pkg\.dev\//.test(String(image))),
  },
  {
    name: 'scaler-alone-counts',
    wide: true,
    on: DEPLOYMENT,
    what: 'Where a scaler says how many pods there are, the Deployment does not.',
    why: 'Two owners of one field refuse each other: the next up fails.',
    source: 'pulumi/pulumi-kubernetes#2011, #2352',
    fix: 'leave spec.replicas out',
    holds: (seen, stack) =>
      at(seen.props, 'spec.replicas') === undefined || !stack.some((other) => scales(other, seen)),
  },
  {
    name: 'scaler-is-alone',
    wide: true,
    on: DEPLOYMENT,
    what: 'One scaler says how many pods there are.',
    why: 'Two pull at one number: pods come and go every few seconds.',
    source: 'keda.sh/docs/2.21/concepts/scaling-deployments',
    fix: 'one ScaledObject with several triggers',
    holds: (seen, stack) => stack.filter((other) => scales(other, seen)).length <= 1,
  },
  {
    name: 'scaler-leaves-some',
    on: 'kubernetes:keda.sh/v1alpha1:ScaledObject',
    what: 'A ScaledObject says the fewest pods, and how many there are when nobody answers what it asks.',
    why: 'Left out, the fewest is none: out of session the last pod goes, and who connects meets nobody.',
    source: 'keda.sh/docs/2.21/reference/scaledobject-spec',
    fix: 'minReplicaCount of at least 1, and a fallback',
    holds: ({ props }) =>
      Number(at(props, 'spec.minReplicaCount') ?? 0) >= 1 && Number(at(props, 'spec.fallback.replicas') ?? 0) >= 1,
  },
  {
    name: 'zones-are-wished-for',
    on: DEPLOYMENT,
    what: 'Pods are spread over zones and nodes, as a wish.',
    why: 'As a demand it keeps the pods of a lost zone waiting until the zone is back.',
    source: 'kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints',
    fix: 'topologySpreadConstraints of zone and hostname with ScheduleAnyway',
    holds: (seen) => {
      const wishes = listAt(podOf(seen), 'topologySpreadConstraints');
      const keys = wishes.map(({ topologyKey }) => topologyKey);
      return (
        ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].every((key) => keys.includes(key)) &&
        wishes.every(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
      );
    },
  },
  {
    name: 'budget-lets-one-go',
    on: 'kubernetes:policy/v1:PodDisruptionBudget',
    what: 'A budget lets a pod go, and one that is broken at any time.',
    why: 'One that lets none go stops every upgrade of a node, for ever when a pod is broken.',
    source: 'kubernetes.io/docs/tasks/run-application/configure-pdb, CKV_K8S_121',
    fix: 'maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow',
    holds: (seen, stack) =>
      Number(at(seen.props, 'spec.maxUnavailable')) >= 1 &&
      is('spec.unhealthyPodEvictionPolicy', 'AlwaysAllow')(seen, stack),
  },
  {
    name: 'budget-for-several',
    wide: true,
    on: [DEPLOYMENT, STATEFUL],
    what: 'Where there may be two pods there is a budget.',
    why: 'Without one a drain takes all of them at once.',
    source: 'kubernetes.io/docs/concepts/workloads/pods/disruptions',
    fix: 'a PodDisruptionBudget with the same labels',
    holds: (seen, stack) =>
      (Number(at(seen.props, 'spec.replicas') ?? 0) < 2 && !stack.some((other) => scales(other, seen))) ||
      stack.some((other) => other.type.endsWith(':PodDisruptionBudget') && sameLabels(other, seen)),
  },
  {
    name: 'rolls-out-without-loss',
    on: DEPLOYMENT,
    what: 'A roll-out adds a pod before it takes one, and counts one that stays up.',
    why: 'Else a bad image has taken pods before anybody sees that it is bad.',
    source: 'kubernetes.io/docs/concepts/workloads/controllers/deployment#rolling-update-deployment',
    fix: 'maxUnavailable: 0, maxSurge: 1, minReadySeconds',
    holds: (seen, stack) =>
      is('spec.strategy.type', 'Recreate')(seen, stack) ||
      (is('spec.strategy.rollingUpdate.maxUnavailable', 0)(seen, stack) &&
        Number(at(seen.props, 'spec.minReadySeconds')) >= 5),
  },
  {
    name: 'leaves-before-it-stops',
    on: [DEPLOYMENT, STATEFUL],
    what: 'A pod waits before it stops, and has longer to stop than it waits.',
    why: 'The load balancer sends to it until it has heard; what is cut off after that comes back all at once.',
    source: 'cloud.google.com/kubernetes-engine/docs/best-practices/networking',
    fix: 'lifecycle.preStop.sleep, terminationGracePeriodSeconds above it',
    holds: (seen) =>
      mainOf(seen).every((container) => {
        const wait = Number(at(container, 'lifecycle.preStop.sleep.seconds') ?? 0);
        const serves = at(container, 'readinessProbe') !== undefined;
        return !serves || (wait > 0 && Number(at(podOf(seen), 'terminationGracePeriodSeconds') ?? 30) > wait + 15);
      }),
  },
  {
    name: 'probes-ask-different-things',
    on: [DEPLOYMENT, STATEFUL],
    what: 'Start, life and readiness are asked apart.',
    why: 'Were life what readiness is, a database that blinks would restart every pod.',
    source: 'kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes',
    fix: 'startupProbe, livenessProbe and readinessProbe with different paths',
    holds: (seen) =>
      mainOf(seen).every((container) => {
        const [start, live, ready] = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) =>
          asks(container, probe),
        );
        return start !== undefined && live !== undefined && ready !== undefined && live !== ready;
      }),
  },
  {
    name: 'memory-is-what-was-asked-for',
    on: makers,
    what: 'The limit of memory is what was asked for.',
    why: 'More than that is somebody else’s, who may be ended for it.',
    source: 'cloud.google.com/blog/products/containers-kubernetes/best-practices-for-resource-requests-and-limits',
    fix: 'resources.limits.memory equal to resources.requests.memory',
    holds: everyContainer((container) => {
      const limit = at(container, 'resources.limits.memory');
      return limit !== undefined && limit === at(container, 'resources.requests.memory');
    }),
  },
  {
    name: 'writes-nowhere',
    on: makers,
    what: 'A container writes nothing into its image.',
    why: 'Pod Security does not ask for it; whoever breaks in could stay.',
    source: 'CKV_K8S_22',
    fix: 'securityContext.readOnlyRootFilesystem: true, and an emptyDir',
    holds: everyContainer((container) => at(container, 'securityContext.readOnlyRootFilesystem') === true),
  },
  {
    name: 'speaks-to-kubernetes-only-if-it-must',
    on: ['kubernetes:core/v1:ServiceAccount'],
    what: 'An account gives its pods no token of Kubernetes by itself.',
    why: 'Whoever takes over a pod has it.',
    source: 'CIS GKE 4.1.5',
    fix: 'automountServiceAccountToken: false',
    holds: is('automountServiceAccountToken', false),
  },
  {
    name: 'runs-as-its-own-account',
    on: makers,
    what: 'A pod has an account of its own.',
    why: 'Rights that the default one gets, every pod gets.',
    source: 'CIS GKE 4.1.4',
    fix: 'serviceAccountName',
    holds: (seen) => !['undefined', 'default'].includes(String(at(podOf(seen), 'serviceAccountName'))),
  },
  {
    name: 'secret-in-no-variable',
    on: makers,
    what: 'No variable holds a secret in plain sight.',
    why: 'It would be in the state, in the cluster and in every description of the pod.',
    source: 'CIS GKE 4.4.1, pulumi/pulumi-kubernetes#698',
    fix: 'valueFrom.secretKeyRef',
    holds: everyContainer((container) =>
      listAt(container, 'env').every(
        ({ name, value }) =>
          value === undefined ||
          // A switch is no secret, whatever it is called.
          /^(true|false)$/.test(String(value)) ||
          (!/SECRET|PASSWORD|TOKEN|API_KEY|PRIVATE/.test(String(name)) &&
            !/:\/\/[^/\s:@]+:[^@\s]+@/.test(String(value))),
      ),
    ),
  },
  {
    name: 'job-ends',
    on: 'kubernetes:batch/v1:Job',
    what: 'A Job is given up after a number of tries and a time.',
    why: 'One that hangs holds the roll-out that waits for it, and the room that it takes.',
    source: 'kubernetes.io/docs/concepts/workloads/controllers/job#job-termination-and-cleanup',
    fix: 'backoffLimit and activeDeadlineSeconds',
    holds: all(isSet('spec.backoffLimit'), isSet('spec.activeDeadlineSeconds')),
  },
  {
    name: 'schedule-does-not-pile-up',
    on: 'kubernetes:batch/v1:CronJob',
    what: 'A job on a schedule waits for the last one, says its time zone, and starts late only so far.',
    why: 'Else they pile up, or the hour of the clock change runs twice or never.',
    source: 'kubernetes.io/docs/concepts/workloads/controllers/cron-jobs',
    fix: 'concurrencyPolicy: Forbid, startingDeadlineSeconds, timeZone',
    holds: all(is('spec.concurrencyPolicy', 'Forbid'), isSet('spec.startingDeadlineSeconds'), isSet('spec.timeZone')),
  },
  {
    name: 'namespace-is-restricted',
    on: 'kubernetes:core/v1:Namespace',
    what: 'A namespace admits restricted pods only.',
    why: 'Without the label it admits anything.',
    source: 'CIS GKE 4.2.1, kubernetes.io/docs/concepts/security/pod-security-standards',
    fix: 'labels pod-security.kubernetes.io/enforce: restricted',
    holds: is('metadata.labels.pod-security\\.kubernetes\\.io/enforce', 'restricted'),
  },
  {
    name: 'namespace-speaks-to-nobody',
    wide: true,
    on: 'kubernetes:core/v1:Namespace',
    what: 'In a namespace nobody speaks to anybody, unless it is said.',
    why: 'Without a policy that names every pod, all may reach all.',
    source: 'CIS GKE 4.3.2',
    fix: 'a NetworkPolicy with an empty podSelector, for Ingress and Egress, and no rules',
    holds: ({ props }, stack) =>
      stack.some(
        (other) =>
          other.type.endsWith(':NetworkPolicy') &&
          at(other.props, 'metadata.namespace') === at(props, 'metadata.name') &&
          Object.keys((at(other.props, 'spec.podSelector') ?? { no: 1 }) as Tree).length === 0 &&
          ['Ingress', 'Egress'].every((way) => listAt(other.props, 'spec.policyTypes').map(String).includes(way)) &&
          listAt(other.props, 'spec.ingress').length + listAt(other.props, 'spec.egress').length === 0,
      ),
  },
  {
    name: 'namespace-has-a-quota',
    wide: true,
    on: 'kubernetes:core/v1:Namespace',
    what: 'What a namespace may ask for has an end, and it opens no way in of its own.',
    why: 'A loop that makes pods fills the cluster; a load balancer of its own goes round the edge.',
    source: 'kubernetes.io/docs/concepts/policy/resource-quotas',
    fix: 'a ResourceQuota with pods, memory, and services.loadbalancers 0',
    holds: ({ props }, stack) =>
      stack.some(
        (other) =>
          other.type.endsWith(':ResourceQuota') &&
          at(other.props, 'metadata.namespace') === at(props, 'metadata.name') &&
          at(other.props, 'spec.hard.pods') !== undefined &&
          at(other.props, 'spec.hard.services\\.loadbalancers') === '0',
      ),
  },
  {
    name: 'way-in-is-the-gateway',
    on: ['kubernetes:core/v1:Service'],
    what: 'No service has an address of its own.',
    why: 'It would go round Cloud Armor and the certificates.',
    source: 'CIS GKE 5.6.7',
    fix: 'type: ClusterIP, and a route',
    holds: is('spec.type', 'ClusterIP', undefined),
  },
  {
    name: 'subscriptions-stay-open',
    on: 'kubernetes:networking.gke.io/v1:GCPBackendPolicy',
    what: 'The load balancer lets a subscription open for an hour at least, drains it, and asks Cloud Armor.',
    why: 'The default cuts every WebSocket after thirty seconds.',
    source: 'cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources',
    fix: 'spec.default: timeoutSec, connectionDraining, securityPolicy',
    holds: ({ props }) =>
      Number(at(props, 'spec.default.timeoutSec')) >= 3600 &&
      Number(at(props, 'spec.default.connectionDraining.drainingTimeoutSec')) > 0 &&
      at(props, 'spec.default.securityPolicy') !== undefined,
  },
  {
    name: 'dashboards-ask-who-comes',
    on: 'kubernetes:networking.gke.io/v1:GCPBackendPolicy',
    what: 'What is not the service is reached past Identity-Aware Proxy only.',
    why: 'Grafana believes the header of who comes: without the proxy before it everybody on the internet is in.',
    source: 'cloud.google.com/iap/docs/enabling-kubernetes-howto',
    fix: 'spec.default.iap.enabled: true',
    holds: ({ props }) =>
      at(props, 'metadata.namespace') !== 'observability' || at(props, 'spec.default.iap.enabled') === true,
  },
  {
    name: 'rules-are-heard',
    wide: true,
    on: STATEFUL,
    what: 'Who evaluates rules tells the Alertmanager that is there.',
    why: 'Without it every rule fires, and nobody hears of it.',
    source: 'cloud.google.com/stackdriver/docs/managed-prometheus/rules-managed#am-config-managed',
    fix: 'OperatorConfig: rules.alerting.alertmanagers',
    holds: (seen, stack) =>
      at(seen.props, 'metadata.name') !== 'alertmanager' ||
      stack.some(({ props }) =>
        listAt(props, 'rules.alerting.alertmanagers').some(
          ({ name, namespace }) => `${String(namespace)}/${String(name)}` === keyOf(seen),
        ),
      ),
  },
  {
    name: 'disk-of-a-class-of-ours',
    wide: true,
    on: STATEFUL,
    what: 'A disk is of a class that this program makes.',
    why: 'The default one encrypts with Google’s key and is in one zone, whatever the stack says.',
    source: 'cloud.google.com/kubernetes-engine/docs/how-to/using-cmek#dynamically_provision',
    fix: 'volumeClaimTemplates: storageClassName',
    holds: ({ props }, stack) =>
      !hasCluster(stack) ||
      listAt(props, 'spec.volumeClaimTemplates').every((claim) =>
        stack.some(
          (other) =>
            other.type.endsWith(':StorageClass') &&
            at(other.props, 'metadata.name') === at(claim, 'spec.storageClassName'),
        ),
      ),
  },
  {
    name: 'processes-are-told-apart',
    on: 'kubernetes:monitoring.googleapis.com/v1:PodMonitoring',
    what: 'A series carries the role of its process, out of the label of its pod.',
    why: 'Alerts ask for up{role="api"}: without the label every one of them is blind, and one on absence fires for ever.',
    source: 'github.com/GoogleCloudPlatform/prometheus-engine/blob/main/doc/api.md#targetlabels',
    fix: 'targetLabels.fromPod: app.kubernetes.io/component to role',
    // What is Google's has no roles of ours.
    holds: ({ props }) =>
      at(props, 'metadata.namespace') === 'gmp-system' ||
      listAt(props, 'spec.targetLabels.fromPod').some(({ to }) => to === 'role'),
  },
  {
    name: 'role-is-narrow',
    on: ['kubernetes:rbac.authorization.k8s.io/v1:*'],
    what: 'No role names everything, and nobody is administrator of the cluster.',
    why: 'Whoever takes over its pod has the cluster.',
    source: 'CIS GKE 4.1.1, 4.1.3',
    fix: 'the verbs and resources that it needs',
    holds: ({ props }) =>
      at(props, 'roleRef.name') !== 'cluster-admin' &&
      listAt(props, 'rules').every((rule) =>
        ['verbs', 'resources'].every(
          (list) => !listAt(rule, list).map(String).includes('*') || namesFigures(rule, list),
        ),
      ),
  },
  {
    name: 'object-has-a-name',
    on: ['kubernetes:*'],
    what: 'An object has a name of its own.',
    why: 'A generated one is another after a replacement: whoever named it, the scaler or a policy, means the old one.',
    source: 'pulumi/pulumi-kubernetes#1568, #2262',
    fix: 'metadata.name',
    holds: isSet('metadata.name'),
  },
  {
    name: 'object-is-waited-for',
    on: ['kubernetes:*'],
    what: 'Nothing is taken by force, and nothing goes on before it is ready.',
    why: 'patchForce takes fields from their owner without a word; skipAwait calls a failed roll-out a success.',
    source: 'pulumi/pulumi-kubernetes#1421, #2011',
    fix: 'leave pulumi.com/patchForce and pulumi.com/skipAwait out',
    holds: isNotSet('metadata.annotations.pulumi\\.com/patchForce', 'metadata.annotations.pulumi\\.com/skipAwait'),
  },
  {
    name: 'object-goes-with-its-cluster',
    on: ['kubernetes:*'],
    program: true,
    what: 'An object is gone with its cluster.',
    why: 'Else a destroy asks a cluster that is no longer there, and stops.',
    source: 'pulumi/pulumi-kubernetes#1379, #2033, #2489',
    fix: 'deletedWith: cluster',
    holds: ({ deletedWith }, stack) => deletedWith !== undefined || !hasCluster(stack),
  },
  {
    name: 'service-after-its-pods',
    on: 'kubernetes:core/v1:Service',
    program: true,
    what: 'A service comes after what makes the pods that it sends to.',
    why: 'It is waited for until it has somebody to send to: made first, both wait until the time is over.',
    source: 'pulumi/pulumi-kubernetes#799, #1242',
    fix: 'dependsOn: deployment',
    holds: (seen, stack) => {
      const targets = stack.filter(
        (other) => (other.type === DEPLOYMENT || other.type === STATEFUL) && selects(seen, other),
      );
      return targets.every(({ urn }) => seen.dependsOn?.includes(urn) === true);
    },
  },
  {
    name: 'no-charts',
    on: ['kubernetes:helm.sh*', 'kubernetes:yaml*', 'kubernetes:kustomize*'],
    what: 'No chart, file or folder of manifests is rendered while the program runs.',
    why: 'With a cluster that does not exist yet a preview of them fails, or shows nothing.',
    source: 'pulumi/pulumi-kubernetes#2038, #3027',
    fix: 'typed objects',
    holds: never,
  },
  {
    name: 'cluster-keeps-its-identity',
    on: PROVIDER,
    what: 'The provider of the cluster knows it by its id.',
    why: 'Without it another kubeconfig is another cluster: every object would be made anew.',
    source: 'pulumi/pulumi#4996, pulumi.com/registry/packages/kubernetes/api-docs/provider',
    fix: 'clusterIdentifier: cluster.id',
    holds: when(isSet('kubeconfig'), isSet('clusterIdentifier')),
  },
  {
    name: 'data-changes-in-place',
    on: PROVIDER,
    what: 'A ConfigMap that changes is changed.',
    why: 'Made anew, it takes what depends on it along: an outage for a line of configuration.',
    source: 'pulumi/pulumi-kubernetes#1567, #1568, #3179',
    fix: 'enableConfigMapMutable and enableSecretMutable',
    holds: all(is('enableConfigMapMutable', true, 'true'), is('enableSecretMutable', true, 'true')),
  },
  {
    name: 'cluster-without-a-token',
    on: PROVIDER,
    what: 'The kubeconfig holds no credential.',
    why: 'It is in the state; and one that ends makes every object differ.',
    source: 'pulumi/pulumi-kubernetes#3369',
    fix: 'exec: gke-gcloud-auth-plugin',
    holds: when(
      isSet('kubeconfig'),
      ({ props }) => !/"(token|password|client-key-data)"/.test(String(at(props, 'kubeconfig'))),
    ),
  },
];

/** What figures of others are called nobody knows before; to read them is all that one can do with them. */
const namesFigures = (rule: Tree, list: string) =>
  list === 'resources' && listAt(rule, 'apiGroups').map(String).join() === 'external.metrics.k8s.io';

/** What a probe asks: a path, a port that takes connections, or a command. */
const asks = (container: Tree, probe: string) =>
  at(container, `${probe}.httpGet.path`) ??
  at(container, `${probe}.tcpSocket.port`) ??
  listAt(container, `${probe}.exec.command`).map(String)[0];

/** A stack on a cluster that was there before it makes none, and takes images from where they are. */
const hasCluster = (stack: readonly Seen[]) => stack.some(({ type }) => type === 'gcp:container/cluster:Cluster');

function scales(scaler: Seen, deployment: Seen): boolean {
  const isScaler = scaler.type.endsWith(':HorizontalPodAutoscaler') || scaler.type.endsWith(':ScaledObject');
  const target = `${String(at(scaler.props, 'metadata.namespace'))}/${String(at(scaler.props, 'spec.scaleTargetRef.name'))}`;
  return isScaler && target === keyOf(deployment);
}

/** Whether a budget means the pods of a Deployment. */
function sameLabels(budget: Seen, deployment: Seen): boolean {
  const [wanted, has] = [budget, deployment].map((seen) => JSON.stringify(at(seen.props, 'spec.selector.matchLabels')));
  return wanted === has;
}

function selects(service: Seen, deployment: Seen): boolean {
  const labels = at(deployment.props, 'spec.template.metadata.labels') as Tree | undefined;
  const selector = Object.entries((at(service.props, 'spec.selector') ?? {}) as Tree);
  return selector.length > 0 && selector.every(([label, value]) => labels?.[label] === value);
}
