import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { endpointUrl } from '../venue/endpoint.ts';
import { Credentials } from './credentials.ts';

describe('credentials', () => {
  const credentials = new Credentials({ key: 'the-key', secret: 'the-hidden-half' });

  it('are shown by nothing', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ level: 'debug', clock: { now: () => 0 }, destination });
    log.info(`with ${credentials}`, { credentials });
    const shown = [JSON.stringify({ credentials }), inspect(credentials, { showHidden: true }), ...lines].join();
    expect(shown).not.toContain('the-key');
    expect(shown).not.toContain('the-hidden-half');
  });

  it('are taken out of what others say', () => {
    expect(credentials.hide('no account the-key with the-hidden-half')).toBe('no account *** with ***');
  });

  it.each([
    [{ key: '', secret: 'b' }, 'ALPACA_API_KEY'],
    [{ key: 'a b', secret: 'b' }, 'ALPACA_API_KEY'],
    [{ key: 'a', secret: 'hidden\r\nhost: evil' }, 'ALPACA_SECRET_KEY'],
    [{ key: 'a', secret: 'ü' }, 'ALPACA_SECRET_KEY'],
  ])('that no header can hold are refused by the name of the variable: %j', (pair, variable) => {
    expect(() => new Credentials(pair)).toThrow(
      `${variable} is no key, expected 1 to 256 printable characters without spaces`,
    );
  });
});

describe('the address of an endpoint', () => {
  it.each([
    ['wss://stream.data.alpaca.markets/v2/iex', 'ws', 'wss://stream.data.alpaca.markets/v2/iex'],
    ['https://data.alpaca.markets/', 'http', 'https://data.alpaca.markets'],
    ['http://127.0.0.1:8081', 'http', 'http://127.0.0.1:8081'],
    ['ws://localhost:8081/v2/test', 'ws', 'ws://localhost:8081/v2/test'],
    ['ws://[::1]:8081/v2/iex', 'ws', 'ws://[::1]:8081/v2/iex'],
  ] as const)('%s is one', (address, scheme, url) => {
    expect(endpointUrl('ALPACA_URL', address, scheme)).toBe(url);
  });

  it.each([
    ['http://data.alpaca.markets', 'http'],
    ['ws://10.0.0.1/v2/iex', 'ws'],
    ['ws://127.0.0.1.evil.example/v2/iex', 'ws'],
    ['https://data.alpaca.markets', 'ws'],
    ['https://data.alpaca.markets?x=1', 'http'],
    ['ftp://data.alpaca.markets', 'http'],
    ['data.alpaca.markets', 'http'],
  ] as const)('%s is none to which keys may be sent', (address, scheme) => {
    expect(() => endpointUrl('ALPACA_URL', address, scheme)).toThrow(
      `ALPACA_URL is "${address}", expected a URL that begins with ${scheme}s://`,
    );
  });

  it('does not show a password', () => {
    const refused = () => endpointUrl('ALPACA_URL', 'https://user:hidden@data.alpaca.markets', 'http');
    expect(refused).toThrow('ALPACA_URL is "https://…@data.alpaca.markets"');
  });
});
