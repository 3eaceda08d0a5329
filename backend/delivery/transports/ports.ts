import type { DocumentNode, GraphQLError, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import type { AccessContext } from '../../access/access.ts';
import type { Principal } from '../../access/principal.ts';
import type { Farewell } from '../gateway/group.ts';

/** Who asks, and from where. */
export type Asker = Pick<AccessContext, 'principal' | 'noteForbidden'> & { readonly address: string | undefined };

/** What may be executed. */
export type AdmittedOperation = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As they came. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** As resolvers will see them. */
  readonly coerced: Readonly<Record<string, unknown>>;
};

/** Makes the text of a query's whole answer; null for what is no plain success, and for graphql-js to find out about. */
export type MakeText = (operation: AdmittedOperation, context: AccessContext) => Promise<string | null>;

/** What a request is told that may not be executed. */
export type RefusedOperation = {
  readonly errors: readonly GraphQLError[];
  readonly httpStatus: number;
  readonly retryAfterMs?: number;
};

/** The one gate of all transports. */
export interface OperationGate {
  admit(body: unknown, asker: Asker): AdmittedOperation | RefusedOperation;
  /** More subscriptions than one connection or one principal may have open. */
  tooMany(limit: number): RefusedOperation;
}

/** The one place where an error becomes an answer. */
export type FormatError = (error: unknown) => GraphQLFormattedError;

/** Told whose connection is cut off because it did not take what it was sent, once for each connection. */
export type OnTooSlow = (principal: Principal) => void;

/** A subscription or a query that is under way. */
export interface Running {
  /** The client wants no more of it. */
  leave(): void;
  /** Tells the client why its connection is about to end. Resolves when that was handed over. */
  farewell(...why: Farewell): Promise<void>;
}
