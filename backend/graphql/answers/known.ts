import type { IncomingMessage } from 'node:http';
import type { Principal } from '../../access/principal.ts';
import type { RequestContext } from '../../platform/graphql/context.ts';
import type { Admitted } from '../gate/gate.ts';
import type { Refusal } from '../gate/refusal.ts';

/** What was found out about a request before the framework got it, so that nothing is counted, charged or written down twice. */
export type Known =
  | { readonly refused: unknown }
  | {
      readonly principal: Principal;
      readonly body: Buffer;
      readonly admitted?: Admitted | Refusal;
      /** Of an attempt that was no success. */
      readonly begun?: RequestContext['begun'];
    };

const known = new WeakMap<IncomingMessage, Known>();

export function know(request: IncomingMessage, what: Known): void {
  known.set(request, what);
}

export function knownOf(request: IncomingMessage): Known | undefined {
  return known.get(request);
}
