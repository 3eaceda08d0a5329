import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import { ports, probes } from '../../backend/roles.ts';
import type { Edge } from '../components/edge.ts';
import { dashboardsHost, product } from '../names.ts';
import { inService, labelsOf } from './pod.ts';

export type GatewayArgs = { readonly domain: string; readonly edge: Edge; readonly cluster: Resource };

/** The longest that a subscription stays open at the load balancer; clients come back with their cursor. */
const SUBSCRIPTION_SECONDS = 86_400;
const DRAIN_SECONDS = 60;
/** A browser that was here once does not ask without TLS for a year, whoever tells it to. */
const STRICT_TRANSPORT = { name: 'Strict-Transport-Security', value: 'max-age=31536000' };
const name = 'api';
export const gatewayName = name;

/** The way in: HTTPS only, to the public port of role api. What the SDK has no types for is said as the reference of GKE says it. */
export class Gateway extends ComponentResource {
  constructor(logicalName: string, { domain, edge, cluster }: GatewayArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Gateway', logicalName, {}, options);
    const inside = { parent: this, deletedWith: cluster };
    const object = (
      what: string,
      apiVersion: string,
      kind: string,
      rest: { spec: object; named?: string; annotations?: object },
    ) => {
      const { spec, named = name, annotations } = rest;
      const metadata = { name: named, ...inService, labels: labelsOf(name), ...(annotations ? { annotations } : {}) };
      return new k8s.apiextensions.CustomResource(
        `${logicalName}-${what}`,
        { apiVersion, kind, metadata, spec } as never,
        inside,
      );
    };
    const listener = (scheme: string, port: number) => ({
      name: scheme,
      protocol: scheme.toUpperCase(),
      port,
      // Routes of our own namespaces, and of nobody else's.
      allowedRoutes: {
        namespaces: { from: 'Selector', selector: { matchLabels: { 'app.kubernetes.io/part-of': product } } },
      },
    });
    object('gateway', GATEWAY, 'Gateway', {
      annotations: { 'networking.gke.io/certmap': edge.certificateMap },
      spec: {
        gatewayClassName: 'gke-l7-global-external-managed',
        addresses: [{ type: 'NamedAddress', value: edge.address }],
        listeners: [listener('http', 80), listener('https', 443)],
      },
    });
    const from = (sectionName: string) => [{ name, sectionName }];
    const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } };
    object('redirect', GATEWAY, 'HTTPRoute', {
      named: 'to-https',
      spec: { parentRefs: from('http'), hostnames: [domain, dashboardsHost(domain)], rules: [{ filters: [redirect] }] },
    });
    const httpsOnly = { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [STRICT_TRANSPORT] } };
    object('route', GATEWAY, 'HTTPRoute', {
      spec: {
        parentRefs: from('https'),
        hostnames: [domain],
        rules: [{ filters: [httpsOnly], backendRefs: [{ name, port: ports.public.number }] }],
      },
    });
    const service = { targetRef: { group: '', kind: 'Service', name } };
    object('policy', GKE, 'GCPGatewayPolicy', {
      spec: {
        default: { sslPolicy: edge.tlsPolicy },
        targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name },
      },
    });
    object('backend', GKE, 'GCPBackendPolicy', {
      spec: {
        ...service,
        default: {
          securityPolicy: edge.securityPolicy,
          timeoutSec: SUBSCRIPTION_SECONDS,
          connectionDraining: { drainingTimeoutSec: DRAIN_SECONDS },
          logging: { enabled: true, sampleRate: 100_000 },
        },
      },
    });
    const check = { type: 'HTTP', httpHealthCheck: { port: ports.public.number, requestPath: probes.ready } };
    object('health', GKE, 'HealthCheckPolicy', {
      spec: {
        ...service,
        default: { checkIntervalSec: 5, timeoutSec: 3, healthyThreshold: 1, unhealthyThreshold: 2, config: check },
      },
    });
    this.registerOutputs({});
  }
}

export const GATEWAY = 'gateway.networking.k8s.io/v1';
export const GKE = 'networking.gke.io/v1';
