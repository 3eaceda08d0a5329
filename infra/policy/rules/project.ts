import { all, at, is, isNotSet, isSet, listAt, never, type Rule, when } from '../rule.ts';

const NETWORK = 'gcp:compute/network:Network';
const FIREWALL = 'gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule';
const FIREWALL_POLICY = 'gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy';
const ZONE = 'gcp:dns/managedZone:ManagedZone';
const ARMOR = 'gcp:compute/securityPolicy:SecurityPolicy';

/** Resources that give somebody a right. */
const grants = [
  'gcp:projects/iAMMember:IAMMember',
  'gcp:serviceaccount/iAMMember:IAMMember',
  'gcp:storage/bucketIAMMember:BucketIAMMember',
  'gcp:secretmanager/secretIamMember:SecretIamMember',
  'gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember',
  'gcp:artifactregistry/repositoryIamMember:RepositoryIamMember',
];

/** Interfaces, network, rights, and the way in. */
export const project: readonly Rule[] = [
  {
    name: 'service-outlives-the-stack',
    on: 'gcp:projects/service:Service',
    what: 'An interface of Google is never switched off with a stack.',
    why: 'Another stack of the project uses it too, and what it made is deleted.',
    source: 'hashicorp/terraform-provider-google#4592, pulumi/pulumi-gcp#425',
    fix: 'disableOnDestroy: false, disableDependentServices: false',
    holds: all(is('disableOnDestroy', false), is('disableDependentServices', false, undefined)),
  },
  {
    name: 'network-chooses-its-ranges',
    on: NETWORK,
    what: 'A network has only subnets that we chose, and no way out that we did not.',
    why: 'Ranges that Google picks are the same in every network: two could never be joined.',
    source: 'CIS GCP 3.1, 3.2',
    fix: 'autoCreateSubnetworks: false, deleteDefaultRoutesOnCreate: true',
    holds: all(is('autoCreateSubnetworks', false), is('deleteDefaultRoutesOnCreate', true)),
  },
  {
    name: 'network-without-peering',
    on: 'gcp:servicenetworking/connection:Connection',
    what: 'Services of Google are reached by Private Service Connect, not by peering.',
    why: 'A peering refuses to go for days after the last database that used it, and is made anew when its key changes.',
    source: 'hashicorp/terraform-provider-google#16275, #19908, pulumi/pulumi-gcp#3354, cloud-foundation-fabric#2535',
    fix: 'gcp.networkconnectivity.ServiceConnectionPolicy',
    holds: never,
  },
  {
    name: 'subnet-nodes-are-logged',
    on: 'gcp:compute/subnetwork:Subnetwork',
    what: 'Subnets reach Google without the internet, and those of nodes are logged.',
    why: 'Without the first nodes cannot pull images; without the second nobody sees who spoke to whom.',
    source: 'CIS GCP 3.8, CIS GKE 5.6.1',
    fix: 'privateIpGoogleAccess: true; logConfig where there are secondaryIpRanges',
    holds: when(
      isNotSet('purpose'),
      all(is('privateIpGoogleAccess', true), when(isSet('secondaryIpRanges'), isSet('logConfig'))),
    ),
  },
  {
    name: 'egress-has-fixed-addresses',
    on: 'gcp:compute/routerNat:RouterNat',
    what: 'What goes out comes from addresses that stay.',
    why: 'Brokers let in only addresses that they know.',
    source: 'cloud.google.com/nat/docs/ports-and-addresses',
    fix: 'natIpAllocateOption: MANUAL_ONLY, natIps',
    holds: all(is('natIpAllocateOption', 'MANUAL_ONLY'), ({ props }) => listAt(props, 'natIps').length > 0),
  },
  {
    name: 'egress-does-not-run-out',
    on: 'gcp:compute/routerNat:RouterNat',
    what: 'A node gets more ports when it needs them, and errors are logged.',
    why: 'With a fixed number new connections are dropped without a word.',
    source: 'cloud.google.com/nat/docs/tune-nat-configuration',
    fix: 'enableDynamicPortAllocation: true, logConfig.enable: true',
    holds: all(is('enableDynamicPortAllocation', true), is('logConfig.enable', true)),
  },
  {
    name: 'firewall-lets-nobody-in',
    on: FIREWALL,
    what: 'Nobody is let in from everywhere.',
    why: 'The load balancer is the only way in.',
    source: 'CIS GCP 3.6, 3.7',
    fix: 'match.srcIpRanges of Google, or action deny',
    holds: when(all(is('direction', 'INGRESS'), is('action', 'allow')), ({ props }) => {
      const ranges = at(props, 'match.srcIpRanges');
      return Array.isArray(ranges) && ranges.length > 0 && !ranges.includes('0.0.0.0/0') && !ranges.includes('::/0');
    }),
  },
  {
    name: 'firewall-shell-through-google',
    on: FIREWALL,
    what: 'A shell is reached through the proxy of Google, which asks who it is.',
    why: 'Any other address can be borrowed.',
    source: 'CIS GCP 3.6, cloud.google.com/iap/docs/using-tcp-forwarding',
    fix: 'match.srcIpRanges: 35.235.240.0/20',
    holds: when(is('action', 'allow'), ({ props }) => {
      const opens = listAt(props, 'match.layer4Configs').some((layer) =>
        listAt(layer, 'ports').some((ports) => hasShell(String(ports))),
      );
      const ranges = listAt(props, 'match.srcIpRanges').map(String);
      return (
        !opens ||
        at(props, 'direction') !== 'INGRESS' ||
        ranges.every((range) => range === '35.235.240.0/20' || range === '0.0.0.0/0')
      );
    }),
  },
  {
    name: 'firewall-ends-with-no',
    wide: true,
    on: FIREWALL_POLICY,
    what: 'What no rule lets in is refused by a rule of ours, and logged.',
    why: 'The one that Google implies logs nothing.',
    source: 'cloud.google.com/firewall/docs/network-firewall-policies',
    fix: 'a rule INGRESS deny 0.0.0.0/0 with enableLogging',
    holds: (_, stack) =>
      stack.some(
        (seen) =>
          seen.type === FIREWALL &&
          all(is('direction', 'INGRESS'), is('action', 'deny'), is('enableLogging', true))(seen, stack) &&
          listAt(seen.props, 'match.srcIpRanges').map(String).includes('0.0.0.0/0'),
      ),
  },
  {
    name: 'grants-are-added',
    on: ['gcp:*'],
    what: 'A grant is added to what others granted, never put in its place.',
    why: 'A binding of a role takes it from everybody else, another stack among them.',
    source: 'pulumi/pulumi#13799, hashicorp/terraform-provider-google#28785',
    fix: 'IAMMember',
    holds: ({ type }) => !/(IAM|Iam)(Binding|Policy)$/.test(type),
  },
  {
    name: 'grants-name-somebody',
    on: grants,
    what: 'Nothing is granted to everybody.',
    why: 'allAuthenticatedUsers is everybody with a Google account.',
    source: 'CIS GCP 5.1',
    fix: 'a service account or a group',
    holds: ({ props }) => !/^all(Authenticated)?Users$/.test(String(at(props, 'member'))),
  },
  {
    name: 'grants-are-narrow',
    on: 'gcp:projects/iAMMember:IAMMember',
    what: 'No one is owner, editor or administrator of a project, nor may be every account of it.',
    why: 'Whoever takes over one workload has the project.',
    source: 'CIS GCP 1.5, 1.6',
    fix: 'a role of what it does, on the resource that it does it to',
    holds: ({ props }) =>
      !/^roles\/(owner|editor|viewer|.*[aA]dmin|iam\.serviceAccount(User|TokenCreator))$/.test(
        String(at(props, 'role')),
      ),
  },
  {
    name: 'no-keys-of-accounts',
    on: ['gcp:serviceaccount/key:Key', 'gcp:storage/hmacKey:HmacKey'],
    what: 'No account has a key.',
    why: 'A key never ends, and is wherever it was copied to.',
    source: 'CIS GCP 1.4, 1.7',
    fix: 'Workload Identity and federation',
    holds: never,
  },
  {
    name: 'federation-names-a-repository',
    on: 'gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider',
    what: 'Only one repository and one branch may act from outside.',
    why: 'Without a condition every repository of the world may.',
    source: 'CKV_GCP_118, cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines',
    fix: 'attributeCondition of repository and ref',
    holds: ({ props }) => {
      const condition = String(at(props, 'attributeCondition'));
      return /assertion\.repository == '[^']+\/[^']+'/.test(condition) && /assertion\.ref == '[^']+'/.test(condition);
    },
  },
  {
    name: 'tls-is-modern',
    on: 'gcp:compute/sSLPolicy:SSLPolicy',
    what: 'The way in speaks TLS 1.2 or later, with ciphers of today.',
    why: 'The default is COMPATIBLE with TLS 1.0.',
    source: 'CIS GCP 3.9, CKV_GCP_4',
    fix: 'profile: MODERN or RESTRICTED, minTlsVersion: TLS_1_2',
    holds: all(is('profile', 'MODERN', 'RESTRICTED'), is('minTlsVersion', 'TLS_1_2', 'TLS_1_3')),
  },
  {
    name: 'names-are-signed',
    on: ZONE,
    what: 'A public zone is signed, not with SHA-1.',
    why: 'Else somebody on the way can say where we are.',
    source: 'CIS GCP 3.3, 3.4, 3.5',
    fix: "dnssecConfig.state: 'on', algorithms without rsasha1",
    holds: (seen, stack) =>
      is('visibility', 'private')(seen, stack) ||
      (is('dnssecConfig.state', 'on')(seen, stack) &&
        listAt(seen.props, 'dnssecConfig.defaultKeySpecs').every(({ algorithm }) => algorithm !== 'rsasha1')),
  },
  {
    name: 'armor-has-the-known-attacks',
    on: ARMOR,
    what: 'The edge refuses known attacks, those of the canary list too, and whoever comes too often.',
    why: 'It is what stands before the service.',
    source: 'CKV_GCP_73, cloud.google.com/armor/docs/waf-rules',
    fix: 'rules: sqli, xss, rce, cve-canary and a rate_based_ban',
    holds: ({ props }) => {
      const rules = listAt(props, 'rules');
      const expressions = rules.map((rule) => String(at(rule, 'match.expr.expression'))).join(' ');
      return (
        ['sqli', 'xss', 'rce', 'cve-canary'].every((attack) => expressions.includes(attack)) &&
        rules.some(({ action }) => action === 'rate_based_ban')
      );
    },
  },
  {
    name: 'armor-does-not-only-watch',
    on: ARMOR,
    what: 'No rule of the edge is only tried out.',
    why: 'preview lets through what it finds.',
    source: 'cloud.google.com/armor/docs/security-policy-overview#preview_mode',
    fix: 'leave preview out',
    holds: ({ props }) => listAt(props, 'rules').every(({ preview }) => preview !== true),
  },
  {
    name: 'provider-is-said',
    on: ['gcp:*', 'kubernetes:*'],
    what: 'Every resource says through which provider it is made.',
    why: 'The default one takes project, region and cluster from the machine of whoever runs it.',
    source: 'pulumi/pulumi-kubernetes#2376, #3518',
    fix: 'providers of the component',
    holds: ({ provider }) => provider !== undefined && !/::default(_|$|::)/.test(provider),
  },
];

/** Whether a port, or a range such as 20-25, has that of a shell. */
function hasShell(ports: string): boolean {
  const [from, to = from] = ports.split('-').map(Number);
  return from !== undefined && to !== undefined && from <= 22 && 22 <= to;
}
