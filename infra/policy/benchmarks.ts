import { type Guard, type Guarded, nothing, rule, test } from './guards.ts';

const reviewed = test('infra/testing/stacks.test.ts', 'production is what was reviewed');
const refused = (says: string): Guard => test('infra/testing/kubernetes/refused.ts', says);
const googles = nothing('GKE does it on every node that it makes; nothing in this program can change it.');
const byHand = nothing('Who is let in is said in the project, outside of this program.');
const usual = nothing(
  'What PostgreSQL does unless told otherwise is what the item asks for, and no flag tells it otherwise.',
);

const item = (source: string, what: string, ...guards: readonly Guard[]): Guarded => ({ what, source, guards });

/** CIS Google Kubernetes Engine Benchmark 1.9.0. Items are named by number, and told in our own words. */
export const kubernetesEngine: readonly Guarded[] = [
  item('3.1.1', 'Access to the kubeconfig of a node', googles),
  item('3.1.2', 'Owner of the kubeconfig of a node', googles),
  item('3.1.3', 'Access to the configuration of the kubelet', googles),
  item('3.1.4', 'Owner of the configuration of the kubelet', googles),
  item('4.1.1', 'Nobody is administrator of the cluster', rule('role-is-narrow')),
  item('4.1.2', 'Few may read secrets', rule('role-is-narrow'), reviewed),
  item('4.1.3', 'No role names everything', rule('role-is-narrow')),
  item('4.1.4', 'No pod runs as the default account', rule('runs-as-its-own-account')),
  item('4.1.5', 'No pod has a token that it does not need', rule('speaks-to-kubernetes-only-if-it-must')),
  item('4.1.6', 'Nobody is in system:masters', rule('cluster-no-legacy-access')),
  item('4.1.7', 'Nobody may bind, impersonate or escalate', rule('role-is-narrow'), reviewed),
  item('4.1.8', 'Nothing is bound to system:anonymous', rule('cluster-no-insecure-bindings')),
  item('4.1.9', 'Nothing is bound to system:unauthenticated', rule('cluster-no-insecure-bindings')),
  item('4.1.10', 'Nothing is bound to system:authenticated', rule('cluster-no-insecure-bindings')),
  item(
    '4.2.1',
    'Namespaces admit only pods of a standard',
    rule('namespace-is-restricted'),
    refused('a privileged container'),
  ),
  item('4.3.1', 'Network policies are enforced', rule('cluster-enforces-network-policies')),
  item('4.3.2', 'Every namespace has network policies', rule('namespace-speaks-to-nobody')),
  item(
    '4.4.1',
    'Secrets are files rather than variables',
    rule('secret-in-no-variable'),
    nothing('The service reads variables; that each is filled from a Secret is what the rule asks for.'),
  ),
  item('4.4.2', 'Secrets are kept outside of the cluster', rule('secret-values-stay-out')),
  item(
    '4.5.1',
    'Only known images are admitted',
    rule('cluster-signed-images-where-locked'),
    refused('an image from elsewhere'),
  ),
  item('4.6.1', 'Namespaces keep things apart', rule('namespace-has-a-quota')),
  item('4.6.2', 'Pods have the seccomp profile of the runtime', refused('a pod without a seccomp profile')),
  item('4.6.3', 'Pods have a security context', refused('a container that may gain rights'), rule('writes-nowhere')),
  item('4.6.4', 'Nothing runs in the default namespace', reviewed),
  item('5.1.1', 'Images are looked through', rule('images-are-looked-through')),
  item('5.1.2', 'Few may write images', rule('federation-names-a-repository'), rule('grants-are-narrow')),
  item('5.1.3', 'The cluster only reads images', rule('grants-are-narrow'), reviewed),
  item('5.1.4', 'Only trusted images are used', rule('image-of-our-registry'), rule('image-by-digest')),
  item('5.2.1', 'Nodes do not run as the default account of Compute Engine', rule('pool-own-account')),
  item(
    '5.2.2',
    'Workloads have accounts of their own',
    rule('pool-hides-its-account'),
    rule('runs-as-its-own-account'),
  ),
  item('5.3.1', 'Secrets of Kubernetes are encrypted with a key of ours', rule('data-own-keys-altogether')),
  item('5.4.1', 'The metadata server of GKE is in between', rule('pool-hides-its-account')),
  item('5.5.1', 'Nodes run Container-Optimized OS', rule('pool-starts-securely')),
  item('5.5.2', 'Nodes repair themselves', rule('pool-starts-securely')),
  item('5.5.3', 'Nodes upgrade themselves', rule('pool-starts-securely')),
  item('5.5.4', 'Versions come from a release channel', reviewed),
  item('5.5.5', 'Nodes are shielded', reviewed),
  item('5.5.6', 'Nodes are watched for changes of what they start', rule('pool-starts-securely')),
  item('5.5.7', 'Nodes start only what is signed', rule('pool-starts-securely')),
  item('5.6.1', 'Flows are logged, also within a node', rule('subnet-nodes-are-logged'), reviewed),
  item('5.6.2', 'Pods have addresses of the network', rule('cluster-ranges-have-names')),
  item('5.6.3', 'Only some reach the control plane', rule('cluster-control-plane-by-name')),
  item('5.6.4', 'The control plane has no public address', rule('cluster-control-plane-by-name')),
  item('5.6.5', 'Nodes are private', rule('cluster-nodes-are-private')),
  item('5.6.6', 'Nodes are behind a firewall', rule('firewall-lets-nobody-in'), rule('firewall-ends-with-no')),
  item('5.6.7', 'Certificates are managed by Google', rule('way-in-is-the-gateway'), reviewed),
  item('5.7.1', 'Logs and metrics are collected', rule('cluster-collects-metrics'), reviewed),
  item(
    '5.7.2',
    'Nodes have auditd',
    nothing('It needs a privileged pod on every node; calls of the control plane are in the audit log without it.'),
  ),
  item('5.8.1', 'There are no client certificates', rule('cluster-no-legacy-access')),
  item('5.8.2', 'Users of the cluster are groups of Google', byHand),
  item('5.8.3', 'There is no access by attributes', rule('cluster-no-legacy-access')),
  item('5.9.1', 'Volumes are encrypted with keys of ours', rule('disk-of-a-class-of-ours'), reviewed),
  item('5.9.2', 'Disks of nodes are encrypted with keys of ours', rule('data-own-keys-altogether')),
  item('5.10.1', 'There is no dashboard of Kubernetes', nothing('No version of GKE that can still be had brings it.')),
  item('5.10.2', 'The cluster has no alpha features', reviewed),
  item(
    '5.10.3',
    'What nobody trusts runs in a sandbox',
    nothing('Nothing runs that is not ours or one of the few named images of others.'),
  ),
  item('5.10.4', 'Security posture is watched', reviewed),
];

/** CIS Google Cloud Platform Foundation Benchmark, section 6, as far as it is of PostgreSQL. */
export const cloudSql: readonly Guarded[] = [
  item('6.2.1', 'Errors are logged as fully as usual', usual),
  item('6.2.2', 'Connections are logged', rule('database-flag-log-connections')),
  item('6.2.3', 'Ends of connections are logged', rule('database-flag-log-disconnections')),
  item(
    '6.2.4',
    'Changes of the schema are logged',
    rule('database-flag-enable-pgaudit'),
    nothing('pgaudit.log is ddl,role: log_statement would say it twice.'),
  ),
  item('6.2.5', 'Warnings are logged', usual),
  item('6.2.6', 'Statements that failed are logged', usual),
  item('6.2.7', 'Slow statements are not logged', rule('database-flag-log-min-duration-statement')),
  item('6.2.8', 'There is an audit log', rule('database-flag-enable-pgaudit')),
  item('6.4', 'Connections are encrypted', rule('database-encrypts-connections')),
  item('6.5', 'Not everybody may connect', rule('database-no-public-address'), rule('database-through-connector')),
  item('6.6', 'There is no public address', rule('database-no-public-address')),
  item('6.7', 'There are backups', rule('database-point-in-time')),
];
