import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import { podsPerNode } from '../arithmetic/network.ts';
import { nameOf } from '../names.ts';
import { marketMaintenance } from './maintenance.ts';
import { ranges } from './network.ts';
import { guarded } from './options.ts';

export type ClusterArgs = {
  readonly stack: string;
  readonly project: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly network: Input<string>;
  readonly subnet: Input<string>;
  /** Standard has node pools of our own; with autopilot Google runs the nodes. */
  readonly kind: 'standard' | 'autopilot';
  /** Address of the account that nodes run as. */
  readonly nodeAccount: Input<string>;
  /** Encrypts what the control plane keeps; without it Google's own key does. */
  readonly key: Input<string> | undefined;
  /** Encrypts the disks of nodes that Google makes. */
  readonly nodeKey: Input<string> | undefined;
  /** Where upgrades and security bulletins are told. */
  readonly events: Input<string>;
  readonly signedImages: boolean;
  readonly locked: boolean;
};

type Settings = gcp.container.ClusterArgs;

/** A regional cluster whose nodes and control plane have no public address; it is reached by its name, with an identity of Google. */
export class Cluster extends ComponentResource {
  readonly cluster: gcp.container.Cluster;
  /** Reaches the control plane by its DNS endpoint with the plugin gke-gcloud-auth-plugin; holds no credential. */
  readonly kubeconfig: Output<string>;

  constructor(name: string, args: ClusterArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Cluster', name, {}, options);
    const child = { parent: this };
    const { locked } = args;
    const settings = {
      ...common(args),
      ...access(args),
      ...(args.kind === 'autopilot' ? autopilot(args) : standard(args)),
    };
    this.cluster = new gcp.container.Cluster(
      name,
      { ...settings, deletionProtection: locked, deletionPolicy: locked ? 'PREVENT' : 'DELETE' },
      // The default pool that is removed leaves its settings behind, which would otherwise replace the cluster in each run.
      {
        ...guarded(child, locked),
        // And without addresses no public one is told of, which the provider takes for a private one that nobody asked for.
        ignoreChanges: ['initialNodeCount', 'nodeConfig', 'privateClusterConfig.enablePrivateEndpoint'],
        customTimeouts: { create: '60m', update: '90m' },
      },
    );
    this.kubeconfig = kubeconfig(this.cluster);
    this.registerOutputs({ name: this.cluster.name });
  }
}

function common({ stack, project, region, network, subnet, events, signedImages }: ClusterArgs): Settings {
  return {
    name: nameOf(stack),
    project,
    location: region,
    network,
    subnetwork: subnet,
    networkingMode: 'VPC_NATIVE',
    ipAllocationPolicy: {
      clusterSecondaryRangeName: ranges.pods,
      servicesSecondaryRangeName: ranges.services,
      stackType: 'IPV4',
    },
    releaseChannel: { channel: 'REGULAR' },
    maintenancePolicy: marketMaintenance,
    notificationConfig: { pubsub: { enabled: true, topic: events } },
    gatewayApiConfig: { channel: 'CHANNEL_STANDARD' },
    binaryAuthorization: { evaluationMode: signedImages ? 'PROJECT_SINGLETON_POLICY_ENFORCE' : 'DISABLED' },
    securityPostureConfig: { mode: 'BASIC', vulnerabilityMode: 'VULNERABILITY_DISABLED' },
    secretManagerConfig: { enabled: true, rotationConfig: { enabled: true, rotationInterval: '120s' } },
    secretSyncConfig: { enabled: true, rotationConfig: { enabled: true, rotationInterval: '120s' } },
    costManagementConfig: { enabled: true },
    loggingConfig: {
      enableComponents: ['SYSTEM_COMPONENTS', 'WORKLOADS', 'APISERVER', 'SCHEDULER', 'CONTROLLER_MANAGER'],
    },
    monitoringConfig: {
      enableComponents: [
        'SYSTEM_COMPONENTS',
        'APISERVER',
        'SCHEDULER',
        'CONTROLLER_MANAGER',
        'POD',
        'DEPLOYMENT',
        'STATEFULSET',
        'HPA',
        'CADVISOR',
        'KUBELET',
      ],
      managedPrometheus: { enabled: true },
      advancedDatapathObservabilityConfig: { enableMetrics: true, enableRelay: false },
    },
  };
}

/** Who reaches the control plane, and how. */
function access({ project, key }: ClusterArgs): Settings {
  return {
    privateClusterConfig: { enablePrivateNodes: true },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: true, enableK8sTokensViaDns: false, enableK8sCertsViaDns: false },
      ipEndpointsConfig: { enabled: false },
    },
    anonymousAuthenticationConfig: { mode: 'LIMITED' },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },
    enableLegacyAbac: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
    serviceExternalIpsConfig: { enabled: false },
    ...(key === undefined ? {} : { databaseEncryption: { state: 'ENCRYPTED', keyName: key } }),
  };
}

function standard({ zones }: ClusterArgs): Settings {
  return {
    nodeLocations: [...zones],
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    defaultMaxPodsPerNode: podsPerNode,
    datapathProvider: 'ADVANCED_DATAPATH',
    enableFqdnNetworkPolicy: true,
    enableCiliumClusterwideNetworkPolicy: true,
    inTransitEncryptionConfig: 'IN_TRANSIT_ENCRYPTION_INTER_NODE_TRANSPARENT',
    enableShieldedNodes: true,
    enableIntranodeVisibility: true,
    enableL4IlbSubsetting: true,
    dnsConfig: { clusterDns: 'CLOUD_DNS', clusterDnsScope: 'CLUSTER_SCOPE' },
    verticalPodAutoscaling: { enabled: true },
    clusterAutoscaling: { enabled: false, autoscalingProfile: 'OPTIMIZE_UTILIZATION' },
    nodePoolAutoConfig: { nodeKubeletConfig: { insecureKubeletReadonlyPortEnabled: 'FALSE' } },
    addonsConfig: {
      httpLoadBalancing: { disabled: false },
      horizontalPodAutoscaling: { disabled: false },
      gkeBackupAgentConfig: { enabled: true },
      gcePersistentDiskCsiDriverConfig: { enabled: true },
    },
  };
}

// What autopilot decides by itself must not be said: the provider refuses it.
function autopilot({ nodeAccount, nodeKey }: ClusterArgs): Settings {
  return {
    enableAutopilot: true,
    clusterAutoscaling: {
      autoProvisioningDefaults: {
        serviceAccount: nodeAccount,
        oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
        ...(nodeKey === undefined ? {} : { bootDiskKmsKey: nodeKey }),
      },
    },
    nodePoolAutoConfig: { nodeKubeletConfig: { insecureKubeletReadonlyPortEnabled: 'FALSE' } },
    enableFqdnNetworkPolicy: true,
    enableCiliumClusterwideNetworkPolicy: true,
    addonsConfig: { gkeBackupAgentConfig: { enabled: true } },
  };
}

function kubeconfig(cluster: gcp.container.Cluster): Output<string> {
  const endpoint = cluster.controlPlaneEndpointsConfig.dnsEndpointConfig.apply((config) => config?.endpoint ?? '');
  return interpolate`${endpoint}`.apply((host) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'cluster',
      contexts: [{ name: 'cluster', context: { cluster: 'cluster', user: 'google' } }],
      clusters: [{ name: 'cluster', cluster: { server: `https://${host}` } }],
      users: [
        {
          name: 'google',
          user: {
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1beta1',
              command: 'gke-gcloud-auth-plugin',
              provideClusterInfo: true,
              interactiveMode: 'Never',
              installHint: 'gcloud components install gke-gcloud-auth-plugin',
            },
          },
        },
      ],
    }),
  );
}
