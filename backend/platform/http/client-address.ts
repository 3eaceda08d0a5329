import { BlockList, isIP } from 'node:net';

/** Proxies write at the end of the header; what stands further to the front than this was made up by somebody. */
const MOST_HOPS = 8;

/**
 * The address of whoever asks: that of the connection, or, where that is one of our own proxies, the last one in `x-forwarded-for` that is
 * none. What stands before it in the header could be anything, and is not looked at.
 */
export class ClientAddress {
  readonly #trusted = new BlockList();

  /** `proxies`: networks such as 10.0.0.0/8, or single addresses. */
  constructor(proxies: readonly string[]) {
    for (const proxy of proxies) {
      const [address = '', bits] = proxy.split('/');
      const family = familyOf(address);
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  of(peer: string | undefined, forwardedFor: string | string[] | undefined): string {
    let client = plain(peer ?? '');
    const hops = String(forwardedFor ?? '')
      .split(',')
      .slice(-MOST_HOPS);
    for (let hop = hops.pop(); hop !== undefined && this.#isTrusted(client); hop = hops.pop()) {
      const before = plain(hop.trim());
      if (isIP(before) === 0) break;
      client = before;
    }
    return client;
  }

  #isTrusted(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, familyOf(address));
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** A socket for both families shows addresses of IPv4 in the clothes of IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');
