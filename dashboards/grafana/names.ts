import type { Dashboard } from '../../alerts/index.ts';

/** Variables that every dashboard has: the Prometheus that is asked, and the address below which `runbooks/` is served. */
export const SOURCE = 'source';
export const PAGES = 'pages';
export const TAG = 'heliograph';

/** What Grafana calls a dashboard in its addresses. */
export function uidOf(board: Dashboard): string {
  return `heliograph-${board}`;
}
