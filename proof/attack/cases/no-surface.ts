import type { Attack } from '../attack.ts';

/** Cases of the list that attack what is not there: what they are, for the day on which a probe of surfaces.ts finds it. */
const CASES = {
  27: ['a batch over the limit where batching is on', 'counted as so many requests'],
  90: ['certificates of clients', 'a handshake without the right one is refused'],
  92: ['a webhook over http://', 'refused in production'],
  93: ['a webhook to an address of the inside', 'refused in every spelling'],
  94: ['a webhook to a name of a private address', 'refused'],
  95: ['a webhook whose name changes between check and connection', 'the address that was checked is connected to'],
  96: ['a webhook that redirects to the inside', 'redirects are not followed'],
  97: ['a webhook with file:, gopher:, user names or line breaks', 'refused'],
  98: ['a webhook to another port', 'only 443'],
  99: ['a webhook that answers without end', '64 kB and 10 s at most'],
  100: ['a changed, old or repeated webhook', 'refused by the helper of the receiver'],
  101: ['two secrets of a webhook in rotation', 'both signatures are sent'],
  102: ['a webhook that fails', 'retries, then off; others are not delayed'],
  103: ['the secret of a webhook', 'shown once'],
  115: ['formulas in an export', 'escaped'],
  121: ['markup in a message to a chat', 'escaped'],
} as const;

export const noSurface: readonly Attack[] = Object.entries(CASES).map(([number, [title, safe]]) => ({
  ...{ number, title, safe, sent: 'nothing: there is nothing to send it to' },
  trials: {},
}));
