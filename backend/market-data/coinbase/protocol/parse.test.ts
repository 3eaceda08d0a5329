import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documented, otherFrames, passingErrors, refusedSubscriptions } from './documented.fixture.ts';
import { endingAfter } from './errors.ts';
import { parseFrame } from './parse.ts';

const parse = (text: string) => parseFrame(new TextEncoder().encode(text));
const where = 'wss://ws-feed.exchange.coinbase.com';

describe('a documented frame', () => {
  it.each(documented)('is read: $name', ({ frame, means }) => {
    expect(parse(frame)).toEqual(means);
  });

  it.each(otherFrames)('of another channel is told to be unknown: %s', (frame) => {
    expect(parse(frame)).toMatchObject({
      kind: 'REFUSED',
      cause: 'UNKNOWN_TYPE',
      reason: `type is "${JSON.parse(frame).type}"`,
    });
  });
});

describe('a frame', () => {
  const match = documented[0]?.frame ?? '';
  const changed = (change: object) => JSON.stringify({ ...JSON.parse(match), ...change });

  it.each([
    ['{"type":"match","trade_id":', /^frame of 27 bytes is no JSON: /],
    ['[]', /^message has no type$/],
    ['{"type":7}', /^message has no type$/],
    [changed({ price: '-1' }), /price is "-1", expected a positive decimal number in quotation marks$/],
    [changed({ price: 400.23 }), /price is "400.23", expected a positive decimal number in quotation marks$/],
    [changed({ size: '0.00000000' }), /size is "0.00000000", expected a positive decimal/],
    [changed({ trade_id: -1 }), /trade_id is "-1", expected a whole number/],
    [changed({ trade_id: 1e17 }), /trade_id is "100000000000000000", expected a whole number/],
    [changed({ product_id: 'btc' }), /product_id is "btc", expected a product such as BTC-USD$/],
    [changed({ time: 'noon' }), /time is "noon", expected an instant/],
    ['{"type":"heartbeat","product_id":"BTC-USD","time":"2014-11-07T08:19:28Z"}', /last_trade_id is missing, expected/],
    ['{"type":"subscriptions"}', /^message of type subscriptions: channels is missing, expected a list of channels$/],
  ])('that is not as documented is refused with the reason: %s', (frame, reason) => {
    expect(parse(frame)).toMatchObject({ kind: 'REFUSED', cause: 'MALFORMED', reason: expect.stringMatching(reason) });
  });

  it('says nothing of the last trade where it says 0', () => {
    const blind =
      '{"type":"heartbeat","sequence":90,"last_trade_id":0,"product_id":"BTC-USD","time":"2014-11-07T08:19:28Z"}';
    expect(parse(blind)).toMatchObject({ kind: 'HEARTBEAT', lastTradeId: null });
  });

  it('never throws, whatever it holds', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => parseFrame(bytes).kind.length > 0));
    fc.assert(
      fc.property(fc.constantFrom('match', 'heartbeat', 'subscriptions', 'error', 'x'), fc.json(), (type, json) => {
        const raw = parse(`{"type":"${type}","channels":${json},"price":${json},"time":${json},"message":${json}}`);
        return raw.kind.length > 0;
      }),
    );
  });
});

describe('an error', () => {
  const ending = (frame: string) => {
    const message = parse(frame);
    if (message.kind !== 'ERROR') throw new Error('no error');
    return endingAfter(message, where);
  };

  it.each(refusedSubscriptions)('about a product is for a person, and names the variable: %s', (frame) => {
    const { message, reason } = JSON.parse(frame);
    expect(ending(frame)).toMatchObject({
      kind: 'FATAL',
      error: {
        name: 'VenueRefused',
        message: `COINBASE_PRODUCTS is refused: Coinbase said "${message}: ${reason}" to ${where}, expected products that Coinbase Exchange lists`,
      },
    });
  });

  it.each(passingErrors)('may pass: the connection is made again: %s', (frame) => {
    expect(ending(frame)).toMatchObject({ kind: 'RETRY', reason: expect.stringContaining(JSON.parse(frame).message) });
  });
});
