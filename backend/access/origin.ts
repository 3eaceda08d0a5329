import type { Place } from './development.ts';

/**
 * Whether a page may speak from where it says that it is: from the service's own address, or from one that was listed (`https://app.example`).
 * Programs say nothing of an origin, and are known by their credential alone. A browser always says it, and no page can lie about it.
 */
export function isOriginAllowed({ host, origin }: Place, listed: readonly string[]): boolean {
  if (origin === undefined) return true;
  const page = URL.parse(origin);
  // What has no address of its own, such as a file or a sandboxed frame, says "null".
  if (page === null || page.host === '') return false;
  const isOwn = host !== undefined && page.host === URL.parse(`http://${host}`)?.host;
  return isOwn || listed.includes(page.origin);
}
