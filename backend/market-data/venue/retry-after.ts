/** The longest that a server may make us wait, ms. */
const MOST = 120_000;

/**
 * What a Retry-After header asks for in ms, at most two minutes; null when there is none that can be read. A date is held against the
 * server's own clock (its Date header), because ours may differ. RFC 9110, 10.2.3.
 */
export function retryAfterMs(retryAfter: string | undefined, date: string | undefined): number | null {
  if (retryAfter === undefined) return null;
  const ms = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - Date.parse(date ?? 'unknown');
  return Number.isNaN(ms) ? null : Math.min(MOST, Math.max(0, ms));
}
