import { describe, expect, it } from 'vitest';
import { ClientAddress } from './client-address.ts';

describe('the address of a client', () => {
  const behind = new ClientAddress(['35.191.0.0/16', '203.0.113.7', 'fd00::/8']);

  it.each([
    ['nobody is between', '198.51.100.1', undefined, '198.51.100.1'],
    ['a stranger writes the header', '198.51.100.1', '192.0.2.1', '198.51.100.1'],
    ['a balancer was between', '35.191.4.4', '198.51.100.1', '198.51.100.1'],
    ['a balancer wrote its own address, too', '35.191.4.4', '198.51.100.1, 203.0.113.7', '198.51.100.1'],
    ['a stranger wrote before the balancer did', '35.191.4.4', '10.0.0.1,198.51.100.1,203.0.113.7', '198.51.100.1'],
    ['the balancer says nothing', '35.191.4.4', undefined, '35.191.4.4'],
    ['what the balancer passes on is no address', '35.191.4.4', 'localhost, 203.0.113.7', '203.0.113.7'],
    ['the balancer speaks IPv6', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['IPv4 comes over a socket for both', '::ffff:35.191.4.4', '::ffff:198.51.100.1', '198.51.100.1'],
    ['the connection is gone', undefined, '198.51.100.1', ''],
  ])('where %s', (_what, peer, forwarded, expected) => {
    expect(behind.of(peer, forwarded)).toBe(expected);
  });

  it('is that of the connection where no proxy is trusted', () => {
    expect(new ClientAddress([]).of('127.0.0.1', '192.0.2.1')).toBe('127.0.0.1');
  });

  it('does not take a header of a thousand proxies apart', () => {
    const all = Array(1_000).fill('35.191.0.1').join(',');
    expect(behind.of('35.191.4.4', `198.51.100.1,${all}`)).toBe('35.191.0.1');
  });
});
