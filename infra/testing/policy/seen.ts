import type { Seen } from '../../policy/rule.ts';
import type { Captured } from '../engine/captured.ts';

/** What a program registered, as a rule sees it; components are nothing that a rule is about. */
export function seenOf(resources: readonly Captured[]): Seen[] {
  return resources
    .filter(({ custom }) => custom)
    .map(({ urn, type, name, inputs, options }) => ({
      urn,
      type,
      name,
      props: inputs,
      protect: options.protect === true,
      ignoreChanges: options.ignoreChanges ?? [],
      deletedWith: options.deletedWith,
      dependsOn: options.dependsOn,
      provider: options.provider,
    }));
}
