import { PERMISSIONS } from './permissions.ts';
import type { Principal } from './principal.ts';

/** Whoever sits at the machine of a developer. Production refuses it. */
export const DEVELOPER: Principal = {
  ...{ kind: 'development', id: 'development', tenant: 'development' },
  permissions: PERMISSIONS,
  expiresAt: null,
  origin: { kind: 'development' },
};

/** Where a request says that it comes from. */
export type Place = { readonly host: string | undefined; readonly origin: string | undefined };

/**
 * Whether a request without a credential may be that of the developer. A page that is open in the same browser may not: it either says its
 * own origin, or was given this address under a name of its own.
 */
export function isFromHere({ host, origin }: Place): boolean {
  const named = host === undefined ? null : hereNamed(host);
  if (named === null) return false;
  return origin === undefined || URL.parse(origin)?.host === named;
}

/** The name as an address writes it; null when it is not one of this machine. */
function hereNamed(host: string): string | null {
  const address = URL.parse(`http://${host}`);
  const isHere = address !== null && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(address.hostname);
  return isHere ? address.host : null;
}
