import type { GraphQLSchema } from 'graphql';
import type { AccessContext } from '../access/access.ts';
import { Forbidden } from '../access/principal.ts';
import type { OperationGate } from '../delivery/transports/ports.ts';
import type { Catalogue } from '../metrics/catalogue.ts';
import type { Metrics } from '../metrics/registry.ts';
import type { Load } from '../platform/load/load.ts';
import { forbiddenIn } from './authorise.ts';
import type { Admitted, Gate, Surroundings } from './gate/gate.ts';
import { principalOfAddress } from './gate/rate-limit.ts';
import { type Refusal, Refused, refusalOf } from './gate/refusal.ts';
import { KnownRequests, nameOf } from './known-requests.ts';
import { shedOperation } from './shed.ts';

type Transport = Catalogue['graphqlRejected']['labels']['transport'][number];

/** Who asks, and from where. */
export type Asker = Pick<AccessContext, 'principal' | 'noteForbidden'> & { readonly address: string | undefined };

/** The gate as the transports call it: what it lets in and what it does not is counted, and so is what the asker may not have. */
export type Admission = (body: unknown, asker: Asker) => Admitted | Refusal;

export type Readmission = (admitted: Admitted, asker: Asker) => Admitted | Refusal;

type Admitting = {
  readonly schema: GraphQLSchema;
  readonly gate: Gate;
  readonly load: Load;
  readonly metrics: Metrics;
};

export function countedAdmission(parts: Admitting, transport: Transport): Admission {
  return (body, asker) => counted(parts, transport, asker, (gate, from) => gate.admit(body, from));
}

/** The same for a request that was let in before, whoever asked it then. */
export function countedReadmission(parts: Admitting, transport: Transport): Readmission {
  return (admitted, asker) => counted(parts, transport, asker, (gate, from) => gate.admitAgain(admitted, from));
}

function counted(
  { schema, gate, load, metrics }: Admitting,
  transport: Transport,
  asker: Asker,
  pass: (gate: Gate, from: Surroundings) => Admitted | Refusal,
): Admitted | Refusal {
  const admitted = pass(gate, { principal: rateKeyOf(asker), now: performance.now() });
  const answer = isRefusal(admitted)
    ? admitted
    : (shedOperation(load, admitted.operation) ?? authorised(schema, admitted, asker));
  if (isRefusal(answer)) countRefusal(metrics, transport, answer);
  else metrics.graphqlQueryCost.observe({ transport }, answer.cost);
  return answer;
}

/** Somebody who is known counts as one wherever the requests come from; without access control it is the address. */
function rateKeyOf({ principal, address }: Asker): { readonly key: string } {
  return principal.kind === 'development' ? principalOfAddress(address) : { key: principal.id };
}

/**
 * Refuses an operation as a whole before anything of it is executed. The guard of each resolver would refuse it as well, but in the midst
 * of an answer.
 */
function authorised(
  schema: GraphQLSchema,
  admitted: Admitted,
  { principal, noteForbidden }: Asker,
): Admitted | Refusal {
  const name = forbiddenIn({ schema, ...admitted }, principal);
  if (name === null) return admitted;
  noteForbidden(name);
  return refusalOf(new Refused('authorisation', 'FORBIDDEN', new Forbidden().message), false);
}

const KNOWN_CHARACTERS = 1024 * 1024;

/** The gate of operations over a transport that stays open. The same request is the same operation each time. */
export function operationGate(options: Admitting, transport: Transport): OperationGate {
  const admit = countedAdmission(options, transport);
  const readmit = countedReadmission(options, transport);
  const requests = new KnownRequests(KNOWN_CHARACTERS);
  return {
    admit: (body, asker) => {
      const name = nameOf(body);
      const known = name === null ? undefined : requests.get(name);
      if (known !== undefined) return readmit(known, asker);
      const admitted = admit(body, asker);
      if (name !== null && !isRefusal(admitted)) requests.set(name, admitted);
      return admitted;
    },
    tooMany: (limit) => {
      const message = `More than "${limit}" subscriptions were to be open at once, expected at most ${limit}`;
      const refusal = refusalOf(new Refused('subscriptions', 'TOO_MANY_SUBSCRIPTIONS', message), false);
      countRefusal(options.metrics, transport, refusal);
      return refusal;
    },
  };
}

export function countRefusal(metrics: Metrics, transport: Transport, { rule, code, httpStatus }: Refusal): void {
  metrics.graphqlRejected.inc({ reason: rule, transport });
  metrics.graphqlResolverErrors.inc({ code });
  const outcome = httpStatus >= 500 ? 'server_error' : 'client_error';
  // What kind of operation it was to be is not always known.
  metrics.graphqlRequests.inc({ operation: 'other', kind: 'query', outcome });
}

export function isRefusal(answer: Admitted | Refusal): answer is Refusal {
  return 'httpStatus' in answer;
}
