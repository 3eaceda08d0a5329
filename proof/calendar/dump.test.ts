import { describe, expect, it } from 'vitest';
import { parseDump } from './dump.ts';

const head = '{"version": "4.13.2"}';
const line =
  '{"calendar": "XNYS", "sessionDate": "2026-11-27", "open": "2026-11-27T14:30:00+00:00", "close": "2026-11-27T18:00:00+00:00"}';

describe('the lines of dump.py', () => {
  it('become the sessions of each calendar', () => {
    const { version, sessions } = parseDump(`${head}\n${line}\n`);
    expect(version).toBe('4.13.2');
    expect(sessions.get('XNYS')).toMatchObject([
      { sessionDate: '2026-11-27', open: Date.parse('2026-11-27T14:30Z'), close: Date.parse('2026-11-27T18:00Z') },
    ]);
  });

  it('are refused when a field is missing', () => {
    expect(() => parseDump(`${head}\n{"calendar": "XNYS"}`)).toThrow(
      'line of dump.py is "{\\"calendar\\": \\"XNYS\\"}", expected an object with text "sessionDate"',
    );
  });
});
