import type { GraphQLSchema } from 'graphql';
import { audienceOf, type Principal } from '../../access/principal.ts';
import { filterHash, type SignalFilter } from '../../signals/signal-filter.ts';
import type { GroupSpec } from '../gateway/group.ts';
import { sharingOf } from '../gateway/sharing.ts';
import type { StreamItem } from '../stream-item.ts';
import type { AdmittedOperation } from './ports.ts';

export type GroupParts = {
  readonly schema: GraphQLSchema;
  readonly admitted: AdmittedOperation;
  /** Normalised. */
  readonly filter: SignalFilter;
  readonly principal: Principal;
  /** Executes the document for an item, as somebody. */
  readonly render: (item: StreamItem, principal: Principal) => Promise<Buffer>;
};

let alone = 0;

/**
 * The group of a subscription: all with the same document, the same variables that the answer depends on, the same filter and the same
 * audience. It is executed as the audience, so that nothing of the one who came first can be in what the others get.
 */
export function groupOf({
  schema,
  admitted,
  filter,
  principal,
  render,
}: GroupParts): GroupSpec & { readonly isShared: boolean } {
  const { document, operation, variables } = admitted;
  const ofFilter = filterHash(filter);
  const sharing = sharingOf(schema, document, operation);
  if (sharing === null) {
    alone += 1;
    return {
      ...{ key: `alone ${alone}`, isShared: false, filter, filterHash: ofFilter },
      render: (item) => render(item, principal),
    };
  }
  const audience = audienceOf(principal);
  const used = sharing.variables.map((name) => (Object.hasOwn(variables, name) ? [name, variables[name]] : [name]));
  return {
    key: JSON.stringify([sharing.text, used, ofFilter, audience.tenant, audience.permissions]),
    ...{ isShared: true, filter, filterHash: ofFilter, render: (item) => render(item, audience) },
  };
}
