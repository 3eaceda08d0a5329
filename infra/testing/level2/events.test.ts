import { describe, expect, it } from 'vitest';
import { changed, eventsOf, outcomeOf } from './events.ts';

const metadata = (op: string, name: string) => ({
  op,
  urn: `urn:pulumi:dev::heliograph::a:b:C::${name}`,
  type: 'a:b:C',
});
const line = (event: object) => `${JSON.stringify(event)}\n`;
const ended = { exitCode: 0, output: '', seconds: 1, peakMiB: null };

describe('what the engine says of a run', () => {
  it('is read up to the last whole line', () => {
    const text = line({ summaryEvent: { resourceChanges: { same: 2 } } });
    expect(eventsOf(`${text}{"resource`)).toEqual([{ summaryEvent: { resourceChanges: { same: 2 } } }]);
    expect(eventsOf('{"resource')).toEqual([]);
  });

  it('gives what was done, without what stayed as it was', () => {
    const events = eventsOf(
      [
        { resourcePreEvent: { metadata: metadata('same', 'a') } },
        { resourcePreEvent: { metadata: metadata('update', 'b') } },
        { summaryEvent: { resourceChanges: { same: 1, update: 1 } } },
      ]
        .map(line)
        .join(''),
    );
    const outcome = outcomeOf(events, ended);
    expect(outcome.steps).toEqual([metadata('update', 'b')]);
    expect(changed(outcome)).toBe(1);
    expect(changed(outcomeOf([], ended))).toBe(0);
  });

  it('gives errors by whose they are, and no warnings', () => {
    const said = [
      { diagnosticEvent: { severity: 'warning', message: 'old' } },
      { diagnosticEvent: { severity: 'error', message: 'no such tier\n', urn: metadata('create', 'a').urn } },
    ];
    expect(outcomeOf(said, ended).complaints).toEqual(['a:b:C a no such tier']);
  });
});
