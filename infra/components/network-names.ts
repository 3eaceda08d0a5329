import * as gcp from '@pulumi/gcp';
import type { Input } from '@pulumi/pulumi';
import { nameOf } from '../names.ts';
import type { Child } from './options.ts';

/** Google's private addresses for its interfaces: reachable without a way to the internet. */
const PRIVATE = ['199.36.153.8', '199.36.153.9', '199.36.153.10', '199.36.153.11'];

const domains = { googleapis: '*.googleapis.com.', registry: '*.pkg.dev.', 'container-registry': '*.gcr.io.' } as const;

/** Logs what is asked for, and answers for Google's own interfaces with private addresses. */
export function privateNames(name: string, args: { stack: string; network: Input<string> }, child: Child): void {
  const networks = [{ networkUrl: args.network }];
  new gcp.dns.Policy(`${name}-names`, { name: nameOf(args.stack), enableLogging: true, networks }, child);
  const answers = new gcp.dns.ResponsePolicy(
    `${name}-names`,
    { responsePolicyName: nameOf(args.stack), networks },
    child,
  );
  for (const [what, dnsName] of Object.entries(domains)) {
    const rule = {
      responsePolicy: answers.responsePolicyName,
      ruleName: what,
      dnsName,
      localData: { localDatas: [{ name: dnsName, type: 'A', ttl: 300, rrdatas: PRIVATE }] },
    };
    new gcp.dns.ResponsePolicyRule(`${name}-names-${what}`, rule, child);
  }
}
