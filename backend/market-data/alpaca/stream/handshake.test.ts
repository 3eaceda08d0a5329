import { describe, expect, it } from 'vitest';
import { documentedErrors } from '../protocol/documented.fixture.ts';
import type { ControlMessage, Subscription } from '../protocol/messages.ts';
import { parseFrame } from '../protocol/parse.ts';
import { nextStep, type Phase } from './handshake.ts';

const nothing: Subscription = {
  trades: [],
  quotes: [],
  bars: [],
  updatedBars: [],
  dailyBars: [],
  statuses: [],
  lulds: [],
  corrections: [],
  cancelErrors: [],
  imbalances: [],
};
const asked: Subscription = { ...nothing, bars: ['SPY', 'AIG'], statuses: ['SPY', 'AIG'] };
const where = 'wss://stream.data.alpaca.markets/v2/iex';

const step = (phase: Phase, frame: string, own = asked) => {
  const [message] = parseFrame(new TextEncoder().encode(frame), false);
  return nextStep(phase, message as ControlMessage, own, where);
};
const errorFrame = (code: number) => documentedErrors.find((frame) => frame.includes(`"code":${code},`)) ?? '';
const granted = (subscription: Partial<Subscription>) => JSON.stringify([{ T: 'subscription', ...subscription }]);

describe('the steps of a connection', () => {
  it('follow the answers of the server', () => {
    expect(step('GREETING', '[{"T":"success","msg":"connected"}]')).toEqual({ kind: 'AUTHENTICATE' });
    expect(step('AUTHENTICATING', '[{"T":"success","msg":"authenticated"}]')).toEqual({ kind: 'SUBSCRIBE' });
    expect(step('SUBSCRIBING', granted(asked))).toEqual({ kind: 'STREAM', missing: {} });
  });

  it('wait for the right answer', () => {
    const stay = { kind: 'STAY' };
    expect(step('GREETING', '[{"T":"success","msg":"authenticated"}]')).toEqual(stay);
    expect(step('AUTHENTICATING', '[{"T":"success","msg":"connected"}]')).toEqual(stay);
    expect(step('AUTHENTICATING', granted(asked))).toEqual(stay);
    expect(step('STREAMING', granted(nothing))).toEqual(stay);
  });

  it('compare what is granted with what was asked', () => {
    const partly = granted({ bars: ['SPY'], statuses: [] });
    expect(step('SUBSCRIBING', partly)).toEqual({
      kind: 'STREAM',
      missing: { bars: ['AIG'], statuses: ['SPY', 'AIG'] },
    });
    expect(step('SUBSCRIBING', granted({ bars: ['*'], statuses: ['*'] }))).toEqual({ kind: 'STREAM', missing: {} });
    expect(step('SUBSCRIBING', granted({ trades: ['SPY'] }), { ...nothing, trades: ['SPY'] })).toMatchObject({
      kind: 'STREAM',
    });
  });

  it('end where no bar at all is granted', () => {
    expect(step('SUBSCRIBING', granted({ statuses: ['SPY', 'AIG'] }))).toMatchObject({
      kind: 'END',
      ending: {
        kind: 'FATAL',
        error: {
          code: 'VENUE_REFUSED',
          message: `ALPACA_SYMBOLS is refused: Alpaca said "subscription bars: []" to ${where}, expected to be subscribed to bars of SPY, AIG`,
        },
      },
    });
  });
});

describe('an error', () => {
  it.each([
    [400, 'ALPACA_SYMBOLS'],
    [402, 'ALPACA_API_KEY and ALPACA_SECRET_KEY'],
    [405, 'ALPACA_SYMBOLS'],
    [408, 'ALPACA_API_KEY and ALPACA_SECRET_KEY'],
    [409, 'ALPACA_FEED'],
    [410, 'ALPACA_FEED'],
    [411, 'ALPACA_API_KEY and ALPACA_SECRET_KEY'],
    [412, 'ALPACA_FEED'],
    [413, 'ALPACA_FEED'],
  ])('%i is for a person, and names %s', (code, variables) => {
    const frame = errorFrame(code);
    const said = JSON.parse(frame)[0].msg;
    expect(step('AUTHENTICATING', frame)).toMatchObject({
      kind: 'END',
      ending: {
        kind: 'FATAL',
        error: { name: 'VenueRefused', refusalCode: code, message: expect.stringContaining(`${variables} `) },
      },
    });
    expect(step('STREAMING', frame)).toMatchObject({
      ending: { error: { message: expect.stringContaining(`Alpaca said ${code} "${said}" to ${where}, expected`) } },
    });
  });

  it.each([401, 404, 406, 407, 500])('%i may pass: the connection is made again', (code) => {
    expect(step('STREAMING', errorFrame(code))).toMatchObject({
      kind: 'END',
      ending: { kind: 'RETRY', code, reason: expect.stringContaining(`Alpaca said ${code} `) },
    });
  });

  it('406 names the keys whose connection is in use', () => {
    expect(step('AUTHENTICATING', errorFrame(406))).toMatchObject({
      ending: {
        reason: `ALPACA_API_KEY and ALPACA_SECRET_KEY are refused: Alpaca said 406 "connection limit exceeded" to ${where}, another connection uses their account, and most plans allow one: end it, or give keys of another account`,
      },
    });
  });

  it('401 in answer to the keys is about the keys', () => {
    expect(step('AUTHENTICATING', errorFrame(401))).toMatchObject({
      ending: { kind: 'FATAL', error: { refusalCode: 401, variables: ['ALPACA_API_KEY', 'ALPACA_SECRET_KEY'] } },
    });
  });

  it('403 is none: the session is authenticated', () => {
    expect(step('AUTHENTICATING', errorFrame(403))).toEqual({ kind: 'SUBSCRIBE' });
    expect(step('STREAMING', errorFrame(403))).toEqual({ kind: 'STAY' });
  });

  it('of an unknown code may pass', () => {
    expect(step('STREAMING', '[{"T":"error","code":499,"msg":"who knows"}]')).toMatchObject({
      ending: { kind: 'RETRY', reason: `Alpaca said 499 "who knows" to ${where}, the code is not documented` },
    });
  });
});
