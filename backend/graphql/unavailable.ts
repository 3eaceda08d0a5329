import type { ApolloServerPlugin } from '@apollo/server';
import type { AccessContext } from '../access/access.ts';

/** When to ask again of a service that has lost its database, in seconds. */
export const COME_BACK_S = '2';

/** Says in the status as well that nothing of what was asked could be had: balancers and clients need not read the answer to know it. */
export function tellUnavailable(): ApolloServerPlugin<AccessContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body, http } }) {
          if (body.kind !== 'single') return;
          const { data, errors = [] } = body.singleResult;
          const isNothing = data == null || Object.values(data).every((value) => value === null);
          if (!isNothing || errors.length === 0) return;
          if (errors.some(({ extensions }) => extensions?.['code'] !== 'UNAVAILABLE')) return;
          http.status = 503;
          http.headers.set('retry-after', COME_BACK_S);
        },
      };
    },
  };
}
