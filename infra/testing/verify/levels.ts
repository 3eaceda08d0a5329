import { LAST_CHECK } from '../kubernetes/tally.ts';
import type { Row } from './table.ts';

/** What Vitest writes about its files. */
export type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
    }[];
  }[];
};

/** A row for each file of tests, `folder` taken from its name. */
export function levelZero({ testResults }: Report, folder: string): Row[] {
  return testResults.map(({ name, assertionResults }) => ({
    level: 0,
    part: name.replace(`${folder}/`, ''),
    checks: assertionResults.length,
    failed: assertionResults.filter((result) => result.status !== 'passed').length,
  }));
}

/** How many mistakes there were for the policies to catch, how many they caught, and in how many stacks without one they found one. */
export type Policies = { readonly mutants: number; readonly killed: number; readonly falseAlarms: number };

/** Told by the titles of the tests that make the mistakes, and of those that look for alarms where nothing is wrong. */
export function policiesOf({ testResults }: Report): Policies {
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = ({ status }: { readonly status: string }) => status === 'passed';
  const mutants = all.filter(({ title }) => title.startsWith('alone catches '));
  const quiet = all.filter(({ title }) => title === 'breaks no rule of the policy pack');
  return {
    mutants: mutants.length,
    killed: mutants.filter(passed).length,
    falseAlarms: quiet.length - quiet.filter(passed).length,
  };
}

/** A row for each stack out of what `npm run infra:level1` said. One that was not tried to its end has failed. */
export function levelOne(said: string, stacks: readonly string[]): Row[] {
  const missing = /^not run: (.*)$/m.exec(said)?.[1];
  if (missing !== undefined) return [{ level: 1, notRun: missing }];
  const lines = [...said.matchAll(/^(ok|FAILED) +(\S+) +(.*)$/gm)].map(([, verdict, stack, what = '']) => ({
    verdict,
    stack,
    what,
  }));
  return stacks.map((part) => {
    const checks = lines.filter(({ stack }) => stack === part);
    const wasEnded = checks.some(({ what }) => what.startsWith(LAST_CHECK));
    const objects = checks.map(({ what }) => /^all (\d+) objects/.exec(what)?.[1]).find((found) => found !== undefined);
    const failed = checks.filter(({ verdict }) => verdict === 'FAILED').length;
    return {
      level: 1,
      part,
      objects: Number(objects ?? 0),
      checks: checks.length,
      failed: wasEnded ? failed : Math.max(1, failed),
    };
  });
}

/** A row out of what `npm run infra:scan` said: what Checkov saw, and what of it is no exception. */
export function scanned(said: string): Row {
  const missing = /^not run: (.*)$/m.exec(said)?.[1];
  if (missing !== undefined) return { level: 1, notRun: missing };
  const [, passed = '0', failed = '0'] = /^(\d+) passed, (\d+) failed$/m.exec(said) ?? [];
  const [, excepted = '0'] = /^(\d+) findings are exceptions/m.exec(said) ?? [];
  const rendered = [...said.matchAll(/^\S+: (\d+) objects, (\d+) resources$/gm)];
  const objects = rendered.reduce((sum, [, of, and]) => sum + Number(of) + Number(and), 0);
  const part = `Checkov, ${excepted} findings excepted`;
  return { level: 1, part, objects, checks: Number(passed) + Number(failed), failed: Number(failed) };
}
