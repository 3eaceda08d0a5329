import { type Policies, PolicyPack, type PolicyResourceOptions } from '@pulumi/policy';
import { isAbout, type Rule, type Seen } from './rule.ts';
import { rules } from './rules.ts';

/** What the engine has shown so far: a rule that looks at more than one resource is judged when all have been seen. */
const shown = new Map<string, Seen>();

/** For `pulumi up --policy-pack infra/policy`: what breaks a rule is not made. */
new PolicyPack('heliograph', {
  enforcementLevel: 'mandatory',
  policies: rules.filter(({ program }) => program !== true).map(policyOf),
});

type Shown = {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Record<string, unknown>;
  readonly opts: PolicyResourceOptions;
  readonly provider?: { readonly urn: string };
};

function policyOf(rule: Rule): Policies[number] {
  const { name, what, why, source, fix, wide } = rule;
  const description = `${what} ${why} (${source}) Fix: ${fix}`;
  if (wide !== true) {
    return {
      name,
      description,
      validateResource: (args, report) => {
        const seen = remember(args);
        if (isAbout(rule, seen) && !rule.holds(seen, [...shown.values()])) report(what, args.urn);
      },
    };
  }
  // What the engine shows of the whole stack is what came of it, with all that others have set; a rule is about what was asked for.
  return {
    name,
    description,
    validateStack: ({ resources }, report) => {
      const stack = resources.flatMap(({ urn }) => shown.get(urn) ?? []);
      for (const seen of stack) if (isAbout(rule, seen) && !rule.holds(seen, stack)) report(what, seen.urn);
    },
  };
}

function remember({ type, name, urn, props, opts, provider }: Shown): Seen {
  const { protect, ignoreChanges } = opts;
  const seen = { urn, type, name, props, protect, ignoreChanges, provider: provider?.urn };
  shown.set(urn, seen);
  return seen;
}
