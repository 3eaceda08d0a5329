import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** How the text of a variable becomes a value, and how a person is told what was expected. */
export type Kind<Value> = {
  /** Ends the sentence `PORT is "abc", expected …`. */
  readonly expected: string;
  /** Undefined when the text is not such a value. */
  readonly parse: (text: string) => Value | undefined;
};

export function integer(from: number, to: number): Kind<number> {
  return {
    expected: `an integer from ${from} to ${to}`,
    parse: (text) => within(/^-?\d{1,15}$/.test(text), text, (value) => value >= from && value <= to),
  };
}

/** A decimal number, `above` excluded and `to` included. */
export function numberAbove(above: number, to: number): Kind<number> {
  return {
    expected: `a number above ${above}, at most ${to}`,
    parse: (text) => within(/^-?\d{1,15}(\.\d{1,15})?$/.test(text), text, (value) => value > above && value <= to),
  };
}

export const boolean: Kind<boolean> = {
  expected: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
};

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Kind<Choice> {
  return {
    expected: sentence(choices),
    parse: (text) => choices.find((choice) => choice === text),
  };
}

export function text(expected: string, pattern: RegExp): Kind<string> {
  return { expected, parse: (given) => (pattern.test(given) ? given : undefined) };
}

export const ipAddress: Kind<string> = {
  expected: 'an IP address',
  parse: (given) => (isIP(given) > 0 ? given : undefined),
};

/** IP addresses and networks (CIDR) with commas between them. */
export const networks: Kind<string> = {
  expected: 'up to 50 IP addresses or networks with commas between them, such as 10.0.0.0/8,2001:db8::1',
  parse: (given) => {
    const all = given.split(',');
    return all.length <= 50 && all.every(isNetwork) ? given : undefined;
  },
};

function isNetwork(given: string): boolean {
  const [address = '', bits, more] = given.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** The address of a PostgreSQL server with host and database name. */
export const postgresUrl: Kind<string> = {
  expected: 'a URL like postgres://user:password@host:5432/database',
  parse: (given) => {
    if (!URL.canParse(given)) return undefined;
    const { protocol, hostname, pathname } = new URL(given);
    const known = protocol === 'postgres:' || protocol === 'postgresql:';
    return known && hostname !== '' && pathname.length > 1 ? given : undefined;
  },
};

/** The address of a Redis or Valkey server; a number as path is the database. */
export const redisUrl: Kind<string> = {
  expected: 'a URL like redis://:password@host:6379 or rediss://host:6379/0',
  parse: (given) => {
    if (!URL.canParse(given)) return undefined;
    const { protocol, hostname, pathname } = new URL(given);
    const known = protocol === 'redis:' || protocol === 'rediss:';
    return known && hostname !== '' && /^(\/\d{0,4})?$/.test(pathname) ? given : undefined;
  },
};

/** One certificate or several. */
export const certificates: Kind<string> = {
  expected: 'certificates as PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----',
  parse: (given) => {
    const all = given.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return all.length > 0 && all.every(isCertificate) ? given : undefined;
  },
};

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** The address of a server: encrypted, or on this machine. */
export function url(scheme: 'http' | 'ws'): Kind<string> {
  return {
    expected: `a URL that begins with ${scheme}s://, or with ${scheme}:// on this machine`,
    parse: (given) => {
      if (!URL.canParse(given)) return undefined;
      const { protocol, hostname } = new URL(given);
      const local = protocol === `${scheme}:` && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
      return protocol === `${scheme}s:` || local ? given : undefined;
    },
  };
}

/** The address of a GraphQL endpoint: encrypted, or on this machine, or at a name without dots, which is one of the cluster that it runs in. */
export const endpoint: Kind<string> = {
  expected: 'a URL that begins with https://, or with http:// on this machine or at a name without dots',
  parse: (given) => {
    if (!URL.canParse(given)) return undefined;
    const { protocol, hostname } = new URL(given);
    const near = protocol === 'http:' && /^(?:[a-z0-9-]+|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
    return protocol === 'https:' || near ? given : undefined;
  },
};

/** The address of a collector of telemetry, which may be in the same network and speak no TLS: nothing secret is sent to it. */
export const collector: Kind<string> = {
  expected: 'a URL that begins with http:// or https://',
  parse: (given) => (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol) ? given : undefined),
};

/** Where a fault is let happen: at the nth time that the named point is reached, to whom. */
export type FaultPoint = {
  readonly name: string;
  readonly occurrence: number;
  readonly target: 'node' | 'postmaster' | 'both';
};

export const faultPoint: Kind<FaultPoint> = {
  expected: 'name:occurrence:target like bars.committed:3:node, the target being node, postmaster or both',
  parse: (given) => {
    const [, name, occurrence, target] = /^([a-z][a-z0-9.-]{0,63}):([1-9]\d{0,8}):(\w+)$/.exec(given) ?? [];
    if (!name || (target !== 'node' && target !== 'postmaster' && target !== 'both')) return undefined;
    return { name, occurrence: Number(occurrence), target };
  },
};

/** "a", "a or b", "a, b or c". */
export function sentence(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function within(wellFormed: boolean, given: string, inRange: (value: number) => boolean): number | undefined {
  const value = Number(given);
  return wellFormed && inRange(value) ? value : undefined;
}
