import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import type { Edge } from '../../components/edge.ts';
import { namespaces } from '../../names.ts';
import { GATEWAY, GKE, gatewayName } from '../gateway.ts';
import { labelsOf } from '../pod.ts';
import { port } from './grafana.ts';
import { inObservability } from './place.ts';

export type WayInArgs = {
  /** The name that people reach the dashboards by. */
  readonly host: string;
  readonly edge: Edge;
  readonly cluster: Resource;
};

/** A query of months may take a while; a page that stays open is no longer than a day. */
const TIMEOUT_SECONDS = 3_600;
const name = 'grafana';

/** The way to the dashboards: by the same gateway, past Identity-Aware Proxy, which asks Google who somebody is and IAM whether they may. */
export class WayIn extends ComponentResource {
  constructor(logicalName: string, { host, edge, cluster }: WayInArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:WayIn', logicalName, {}, options);
    const object = (what: string, apiVersion: string, kind: string, spec: object) =>
      new k8s.apiextensions.CustomResource(
        `${logicalName}-${what}`,
        { apiVersion, kind, metadata: { name, ...inObservability, labels: labelsOf(name) }, spec } as never,
        { parent: this, deletedWith: cluster },
      );
    object('route', GATEWAY, 'HTTPRoute', {
      parentRefs: [{ name: gatewayName, namespace: namespaces.service, sectionName: 'https' }],
      hostnames: [host],
      rules: [{ backendRefs: [{ name, port }] }],
    });
    const service = { targetRef: { group: '', kind: 'Service', name } };
    object('backend', GKE, 'GCPBackendPolicy', {
      ...service,
      default: {
        iap: { enabled: true },
        securityPolicy: edge.securityPolicy,
        timeoutSec: TIMEOUT_SECONDS,
        connectionDraining: { drainingTimeoutSec: 30 },
        logging: { enabled: true, sampleRate: 1_000_000 },
      },
    });
    const config = { type: 'HTTP', httpHealthCheck: { port, requestPath: '/api/health' } };
    object('health', GKE, 'HealthCheckPolicy', {
      ...service,
      default: { checkIntervalSec: 10, timeoutSec: 5, healthyThreshold: 1, unhealthyThreshold: 2, config },
    });
    this.registerOutputs({});
  }
}
