import type { ApolloServerPlugin } from '@apollo/server';
import type { AccessContext } from '../access/access.ts';
import type { Catalogue } from '../metrics/catalogue.ts';
import type { Metrics } from '../metrics/registry.ts';
import { outcomeOf } from './errors.ts';

type Kind = Catalogue['graphqlRequests']['labels']['kind'][number];

/** `codes`: of the errors in the answer. */
export function countOperation(metrics: Metrics, kind: Kind, codes: readonly unknown[], seconds: number): void {
  for (const code of codes) metrics.graphqlResolverErrors.inc({ code: String(code) });
  const outcomes = codes.map(outcomeOf);
  const outcome = outcomes.includes('server_error') ? 'server_error' : (outcomes[0] ?? 'ok');
  metrics.graphqlRequests.inc({ operation: 'other', kind, outcome });
  metrics.graphqlRequestDuration.observe({ operation: 'other', kind }, seconds);
}

/** Counts and times operations. Names of operations come from strangers, so all of them are "other" until there is a list of known ones. */
export function measureOperations(metrics: Metrics): ApolloServerPlugin<AccessContext> {
  return {
    async requestDidStart() {
      const begin = performance.now();
      return {
        async willSendResponse({ operation, response }) {
          const kind = operation?.operation ?? 'query';
          const errors = response.body.kind === 'single' ? (response.body.singleResult.errors ?? []) : [];
          const codes = errors.map((error) => error.extensions?.['code']);
          countOperation(metrics, kind, codes, (performance.now() - begin) / 1_000);
        },
      };
    },
  };
}
