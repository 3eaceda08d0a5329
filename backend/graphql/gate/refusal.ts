import { GraphQLError } from 'graphql';
import type { Catalogue } from '../../metrics/catalogue.ts';

/** The rule that a request broke, as it is counted. */
export type Rule = Catalogue['graphqlRejected']['labels']['reason'][number];

/** What a request is told that the gate does not let in; the same on every transport. */
export type Refusal = {
  readonly rule: Rule;
  readonly code: RefusalCode;
  /** For transports that have one. 5xx only while there is too much to do here. */
  readonly httpStatus: number;
  readonly message: string;
  /** When to come back, where that would help. */
  readonly retryAfterMs?: number;
  /** The message first, then what else is wrong, where one request has several independent mistakes. */
  readonly errors: readonly GraphQLError[];
};

/** All codes of refusals, with their HTTP status and with what is said where the reason itself would tell a stranger too much. */
const CODES = {
  BAD_REQUEST: [400, 'This is no request that is answered here.'],
  GRAPHQL_PARSE_FAILED: [400, 'The document is not GraphQL.'],
  GRAPHQL_VALIDATION_FAILED: [400, 'The document does not fit the schema.'],
  OPERATION_RESOLUTION_FAILURE: [400, 'The operation to run cannot be told.'],
  DOCUMENT_TOO_COMPLEX: [400, 'The document is larger than this service takes.'],
  COST_EXCEEDED: [400, 'The answer could become larger than this service makes.'],
  INTROSPECTION_DISABLED: [400, 'The schema is not shown here.'],
  BAD_USER_INPUT: [400, 'A variable is not what the operation takes.'],
  INVALID_INPUT: [400, 'An argument is not what the operation takes.'],
  PERSISTED_QUERY_NOT_SUPPORTED: [400, 'PersistedQueryNotSupported'],
  DOCUMENT_NOT_TRUSTED: [400, 'This service runs the documents on its list and no other.'],
  FORBIDDEN: [403, 'The credential does not allow this.'],
  TOO_MANY_SUBSCRIPTIONS: [429, 'More subscriptions were opened than may be open at once.'],
  RATE_LIMITED: [429, 'More was asked than is answered in so short a time; come back later.'],
  UNAVAILABLE: [503, 'There is more to do here than can be done in time.'],
} as const satisfies Record<string, readonly [number, string]>;
export type RefusalCode = keyof typeof CODES;

/** Thrown by the steps of the gate, and caught by the gate alone. */
export class Refused extends Error {
  readonly rule: Rule;
  readonly code: RefusalCode;
  /** Whether the message speaks of values that the caller sent and of nothing else, so that production may say it too. */
  readonly isDomain: boolean;
  readonly others: readonly string[];
  readonly retryAfterMs: number | undefined;
  /** Where in the document; shown in development. */
  readonly at: GraphQLError | undefined;

  constructor(rule: Rule, code: RefusalCode, message: string, more: RefusedMore = {}) {
    super(message);
    this.name = 'Refused';
    this.rule = rule;
    this.code = code;
    this.isDomain = more.isDomain ?? false;
    this.others = more.others ?? [];
    this.retryAfterMs = more.retryAfterMs;
    this.at = more.at;
  }
}
type RefusedMore = Partial<Pick<Refused, 'isDomain' | 'others' | 'retryAfterMs' | 'at'>>;

/** What may be told of it. `open` tells every reason; otherwise shapes and limits are told by their code alone. */
export function refusalOf(refused: Refused, open: boolean): Refusal {
  const { rule, code, retryAfterMs, at } = refused;
  const [httpStatus, words] = CODES[code];
  const isShown = open || refused.isDomain;
  const message = isShown ? refused.message : words;
  const others = isShown ? refused.others : [];
  const extensions = retryAfterMs === undefined ? { code } : { code, retryAfterMs };
  const place = open && at !== undefined ? { source: at.source ?? null, positions: at.positions ?? null } : {};
  const errors = [message, ...others].map(
    (text) => new GraphQLError(text, { ...place, extensions, originalError: refused }),
  );
  return { rule, code, httpStatus, message, errors, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
