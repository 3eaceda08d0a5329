import { expect, it } from 'vitest';
import { alerts } from './all.ts';
import { labelsOf } from './generate/rule.ts';

it.each(alerts.map((alert) => [alert.about ? `${alert.name} (${alert.about})` : alert.name, alert] as const))(
  '%s names in its summary only what it carries when it fires',
  (_, alert) => {
    const { summary, tests } = alert;
    const own = Object.keys(labelsOf(alert));
    const named = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    for (const carried of [tests, ...Object.values(tests.also ?? {})].map(({ labels = {} }) => Object.keys(labels)))
      expect([...own, ...carried]).toEqual(expect.arrayContaining(named));
    // What is between braces and is neither a label nor the value stays as it is, or is refused when it is told.
    const left = summary.replaceAll(/\{\{ \$(labels\.\w+|value( \| humanize\w*)?) \}\}/g, '');
    expect(left).not.toMatch(/[{}$]/);
  },
);
