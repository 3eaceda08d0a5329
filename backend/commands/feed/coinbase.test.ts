import { describe, expect, it } from 'vitest';
import { readSettings } from '../../settings.ts';
import { chooseSource } from './choose-source.ts';

const settings = (env: Record<string, string>) =>
  readSettings('pipeline', { DATABASE_URL: 'postgres://reader@127.0.0.1/heliograph', FEED: 'coinbase', ...env });
const production = { ENVIRONMENT: 'production', CURSOR_SECRET: 'a secret that is long enough for all' };

describe('the feed of Coinbase', () => {
  it('needs no keys, is LIVE from its own hosts, and allowed in production', async () => {
    const { description, ends, speed } = await chooseSource({}, settings(production));
    expect(description).toBe('Coinbase Exchange, 1m bars of 5 products, LIVE');
    expect([ends, speed]).toEqual([false, 1]);
  });

  it('is REPLAY from another host, each product once', async () => {
    const { description } = await chooseSource(
      {},
      settings({ COINBASE_STREAM_URL: 'ws://127.0.0.1:1', COINBASE_PRODUCTS: 'BTC-USD,DOGE-EUR,BTC-USD' }),
    );
    expect(description).toBe('Coinbase Exchange, 1m bars of 2 products, REPLAY: not Coinbase’s own host');
  });

  it.each([
    ['COINBASE_STREAM_URL', 'wss://ws-feed-public.sandbox.exchange.coinbase.com'],
    ['COINBASE_STREAM_URL', 'wss://ws-feed.exchange.coinbase.com.evil.example'],
    ['COINBASE_DATA_URL', 'http://127.0.0.1:8766'],
  ])('is refused in production from another host, by the name of the variable: %s=%s', async (variable, address) => {
    await expect(chooseSource({}, settings({ ...production, [variable]: address }))).rejects.toThrow(
      `${variable} is "${address}", expected one of Coinbase's own hosts when ENVIRONMENT is production`,
    );
  });

  it.each([
    ['--speed', { speed: '60' }],
    ['--seed', { seed: '1' }],
    ['--timeframe', { timeframe: '1m' }],
  ])('has no %s', async (flag, flags) => {
    await expect(chooseSource(flags, settings({}))).rejects.toThrow(`${flag} is `);
  });

  it('has products that are written as Coinbase does', () => {
    expect(() => settings({ COINBASE_PRODUCTS: 'btcusd' })).toThrow(
      'COINBASE_PRODUCTS is "btcusd", expected up to 100 products with commas between them, such as BTC-USD,ETH-USD',
    );
  });
});
