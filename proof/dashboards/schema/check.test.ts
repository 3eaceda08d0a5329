import { describe, expect, it } from 'vitest';
import { boardTexts } from '../boards.ts';
import { schemaProblems } from './check.ts';

/** The compiler loads itself first, and the machine may be busy. */
const PATIENCE_MS = 120_000;
const texts = await boardTexts();
const [text = ''] = Object.values(texts);

/** Changes to a dashboard that make it none, and what is told of each. */
const mistakes = {
  'an unknown property': [/"graphTooltip"/, '"graphTooltips"', 'graphTooltips'],
  'a value that there is not': [/"drawStyle": "line"/, '"drawStyle": "lines"', 'lines'],
  'a kind of panel that there is not': [/"type": "timeseries"/, '"type": "graph"', 'graph'],
  'a missing part': [/"schemaVersion": 42,/, '', 'schemaVersion'],
  'a place that there is not': [/"placement": "bottom"/, '"placement": "below"', 'below'],
  'text for a number': [/"value": null,\n/, '"value": "none",\n', 'string'],
} as const;

describe('the types of Grafana 12 and 13', { timeout: PATIENCE_MS }, () => {
  it('take every dashboard as it is generated', () => {
    expect(schemaProblems(texts)).toEqual([]);
  });

  it('refuse each mistake, in both versions, and name the file', () => {
    // In one go, because the types of Grafana are long to read.
    const wrong = Object.entries(mistakes).map(([name, [from, to]]) => {
      const changed = text.replace(from, to);
      expect(changed, name).not.toBe(text);
      return [name, changed] as const;
    });
    const problems = schemaProblems(Object.fromEntries(wrong));
    for (const [name, [, , told]] of Object.entries(mistakes))
      for (const version of [12, 13])
        expect(
          problems.filter((line) => line.startsWith(`${name}, Grafana ${version}: `) && line.includes(told)),
          `${name}, Grafana ${version}`,
        ).not.toEqual([]);
  });
});
