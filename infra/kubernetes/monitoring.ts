import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import { product } from '../names.ts';
import { type Links, linked, ofDatabase, ofRoles, ruleFiles } from '../observability/rules.ts';
import { componentLabel, inService } from './pod.ts';

const API = 'monitoring.googleapis.com/v1';
/** As often as the rules look back on; a shorter one costs more samples and tells no more. */
const INTERVAL = '15s';

export type MonitoringArgs = {
  readonly cluster: Resource;
  readonly links: Links;
  /** Name of the instance that is written to. */
  readonly database: string;
  /** Roles of which processes are to run. */
  readonly running: readonly string[];
};

/** Figures of every process, collected by Google's managed Prometheus, and the rules that are made of them. */
export class Monitoring extends ComponentResource {
  constructor(name: string, { cluster, links, database, running }: MonitoringArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Monitoring', name, {}, options);
    const inside = { parent: this, deletedWith: cluster };
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: API,
        kind: 'PodMonitoring',
        metadata: { name: product, ...inService },
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/name': product } },
          // By the name of the port: a pod that has none, such as a Job's, is left alone.
          endpoints: [{ port: 'internal', path: '/metrics', interval: INTERVAL, timeout: '10s' }],
          // Alerts tell the processes apart by their role.
          targetLabels: { metadata: ['pod', 'container', 'node'], fromPod: [{ from: componentLabel, to: 'role' }] },
          limits: { samples: 50_000 },
        },
      },
      inside,
    );
    // Whoever evaluates the rules is Google's, and is watched like anybody else: a rule that fails is seen nowhere else.
    new k8s.apiextensions.CustomResource(
      `${name}-evaluator`,
      {
        apiVersion: API,
        kind: 'PodMonitoring',
        metadata: { name: `${product}-evaluator`, namespace: 'gmp-system' },
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/name': 'rule-evaluator' } },
          endpoints: [{ port: 'r-eval-metrics', interval: '30s' }],
        },
      },
      inside,
    );
    for (const { file, content } of ofRoles(ruleFiles(), running).map((one) =>
      ofDatabase(linked(one, links), database),
    )) {
      new k8s.apiextensions.CustomResource(`${name}-rules-${file}`, content, inside);
    }
    this.registerOutputs({});
  }
}
