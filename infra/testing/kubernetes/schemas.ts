import type { KubernetesObject } from './client.ts';
import {
  endpoint,
  flag,
  httpCheck,
  list,
  map,
  name,
  named,
  object,
  oneOf,
  open,
  portOfCheck,
  ruleGroup,
  type Schema,
  selector,
  target,
  text,
  whole,
} from './structural.ts';

/**
 * Kinds whose definitions are in no module that can be had. Their schemas are written from the reference that is named beside each, as
 * far as a careful program uses them: a field that is not here is refused, even if the cloud would take it.
 */
export const written: readonly Written[] = [
  {
    // https://googlecloudplatform.github.io/gke-gateway-api
    group: 'networking.gke.io',
    version: 'v1',
    kind: 'GCPGatewayPolicy',
    plural: 'gcpgatewaypolicies',
    spec: object({ default: object({ allowGlobalAccess: flag, sslPolicy: text }), targetRef: target() }, ['targetRef']),
  },
  {
    group: 'networking.gke.io',
    version: 'v1',
    kind: 'GCPBackendPolicy',
    plural: 'gcpbackendpolicies',
    spec: object(
      {
        default: object({
          securityPolicy: text,
          timeoutSec: whole(1, 2_147_483_647),
          connectionDraining: object({ drainingTimeoutSec: whole(0, 3600) }),
          logging: object({ enabled: flag, sampleRate: whole(0, 1_000_000) }),
          iap: object({ enabled: flag, clientID: text, oauth2ClientSecret: object({ name: text }) }),
          sessionAffinity: object({
            type: oneOf('CLIENT_IP', 'CLIENT_IP_PORT_PROTO', 'CLIENT_IP_PROTO', 'GENERATED_COOKIE', 'NONE'),
            cookieTtlSec: whole(0, 1_209_600),
          }),
        }),
        targetRef: target(),
      },
      ['targetRef'],
    ),
  },
  {
    group: 'networking.gke.io',
    version: 'v1',
    kind: 'HealthCheckPolicy',
    plural: 'healthcheckpolicies',
    spec: object(
      {
        default: object({
          checkIntervalSec: whole(1, 300),
          timeoutSec: whole(1, 300),
          healthyThreshold: whole(1, 10),
          unhealthyThreshold: whole(1, 10),
          logConfig: object({ enabled: flag }),
          config: object({
            type: oneOf('TCP', 'HTTP', 'HTTPS', 'HTTP2', 'GRPC'),
            httpHealthCheck: httpCheck(),
            httpsHealthCheck: httpCheck(),
            http2HealthCheck: httpCheck(),
            grpcHealthCheck: object({ ...portOfCheck(), grpcServiceName: text }),
            tcpHealthCheck: object({ ...portOfCheck(), request: text, response: text }),
          }),
        }),
        targetRef: target(),
      },
      ['targetRef'],
    ),
  },
  {
    // https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass
    group: 'secrets-store.csi.x-k8s.io',
    version: 'v1',
    kind: 'SecretProviderClass',
    plural: 'secretproviderclasses',
    spec: object({ provider: text, parameters: map(text) }, ['provider']),
  },
  {
    // https://cloud.google.com/secret-manager/docs/sync-k8-secrets
    group: 'secret-sync.gke.io',
    version: 'v1',
    kind: 'SecretSync',
    plural: 'secretsyncs',
    spec: object(
      {
        serviceAccountName: name(),
        secretProviderClassName: name(),
        secretObject: object(
          {
            type: named(),
            data: {
              type: 'array',
              minItems: 1,
              items: object({ sourcePath: named(), targetKey: named() }, ['sourcePath', 'targetKey']),
            },
            labels: map(text),
            annotations: map(text),
          },
          ['type', 'data'],
        ),
      },
      ['serviceAccountName', 'secretProviderClassName', 'secretObject'],
    ),
  },
  {
    // https://github.com/GoogleCloudPlatform/prometheus-engine/blob/main/doc/api.md, as the kinds below
    group: 'monitoring.googleapis.com',
    version: 'v1',
    kind: 'PodMonitoring',
    plural: 'podmonitorings',
    spec: object(
      {
        selector: selector(),
        endpoints: list(endpoint()),
        targetLabels: object({ metadata: list(text), fromPod: list(object({ from: text, to: text }, ['from'])) }),
        limits: object({ samples: whole(0), labels: whole(0), labelNameLength: whole(0), labelValueLength: whole(0) }),
        filterRunning: flag,
      },
      ['selector', 'endpoints'],
    ),
  },
  {
    group: 'monitoring.googleapis.com',
    version: 'v1',
    kind: 'ClusterPodMonitoring',
    plural: 'clusterpodmonitorings',
    clusterWide: true,
    spec: object({ selector: selector(), endpoints: list(endpoint()) }, ['selector', 'endpoints']),
  },
  ...(['Rules', 'ClusterRules', 'GlobalRules'] as const).map((kind) => ({
    group: 'monitoring.googleapis.com',
    version: 'v1',
    kind,
    plural: kind.toLowerCase(),
    clusterWide: kind !== 'Rules',
    spec: object({ groups: list(ruleGroup()) }, ['groups']),
  })),
  {
    group: 'monitoring.googleapis.com',
    version: 'v1',
    kind: 'OperatorConfig',
    plural: 'operatorconfigs',
    // Its parts stand beside metadata, not in a spec.
    root: {
      rules: open(),
      collection: open(),
      exports: list(open()),
      managedAlertmanager: open(),
      features: open(),
      scaling: open(),
    },
  },
];

type Written = {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly clusterWide?: boolean;
  readonly spec?: Schema;
  readonly root?: Readonly<Record<string, Schema>>;
};

/** As the API server wants it told. */
export function definitionOf(kind: Written): KubernetesObject {
  const { group, plural, version, clusterWide = false, spec, root } = kind;
  const properties = root ?? { spec, status: open() };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind: kind.kind, listKind: `${kind.kind}List`, plural, singular: kind.kind.toLowerCase() },
      scope: clusterWide ? 'Cluster' : 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: object(properties as Record<string, Schema>, root ? [] : ['spec']) },
        },
      ],
    },
  };
}
