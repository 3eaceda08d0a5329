import { InvalidInput } from '../../platform/errors.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address of an endpoint, without a path's last slash. Keys are sent to it: it must be encrypted unless it is on this machine, and
 * may itself hold no password. Throws an InvalidInput that names the variable.
 */
export function endpointUrl(variable: string, address: string, scheme: 'http' | 'ws'): string {
  const expected = `a URL that begins with ${scheme}s://, or with ${scheme}:// on this machine, without user, query or fragment`;
  if (!URL.canParse(address)) throw new InvalidInput(variable, address, expected);

  const { protocol, hostname, username, password, search, hash, origin, host, pathname } = new URL(address);
  const encrypted = protocol === `${scheme}s:`;
  const local = protocol === `${scheme}:` && LOOPBACK.test(hostname);
  if (username !== '' || password !== '') throw new InvalidInput(variable, `${protocol}//…@${host}`, expected);
  if (!(encrypted || local) || search !== '' || hash !== '') throw new InvalidInput(variable, address, expected);
  return `${origin === 'null' ? `${protocol}//${host}` : origin}${pathname.replace(/\/$/, '')}`;
}
