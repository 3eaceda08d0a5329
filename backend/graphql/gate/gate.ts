import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { costOf } from './cost.ts';
import { fragmentsOf, isIntrospection } from './document.ts';
import { DocumentCache, documentHashOf } from './document-cache.ts';
import type { Limits } from './limits.ts';
import { type Principal, RateLimit, type RateOptions } from './rate-limit.ts';
import { readDocument } from './read-document.ts';
import { type KnownRequest, readRequest } from './read-request.ts';
import { type Refusal, Refused, refusalOf } from './refusal.ts';
import { selectOperation } from './select-operation.ts';
import { checkShape } from './shape.ts';
import type { TrustedDocuments } from './trusted-documents.ts';
import { boundVariables, coerceVariables, type Variables } from './variables.ts';

export type GateOptions = {
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  readonly rate: RateOptions;
  /** Shows the schema and every reason; otherwise shapes and limits are refused by their code alone. */
  readonly open: boolean;
  /** When given, nothing else is run. */
  readonly trusted: TrustedDocuments | null;
};

/** Who asks, and when: ms of a clock that never goes back. */
export type Surroundings = {
  readonly principal: Principal;
  readonly now: number;
};

/** What may be executed. */
export type Admitted = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly text: string;
  /** As they came: who executes reads them again. */
  readonly variables: Variables;
  /** As resolvers will see them. */
  readonly coerced: Variables;
  readonly cost: number;
};

const CACHE_BYTES = 16 * 1024 * 1024;
/** So much is what looking at any request costs, whatever becomes of it. */
const LOOK_COST = 10;
/** A document that was not known has to be read and checked. */
const READ_COST = 50;

/**
 * The one way of a request to the resolvers, whatever it came by: who asks too much, shape, schema, variables and cost, in this order, the
 * cheapest first. Holds documents and rates, does nothing else, and never throws.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #rate: RateLimit;
  readonly #documents = new DocumentCache(CACHE_BYTES);

  constructor(options: GateOptions) {
    this.#options = options;
    this.#rate = new RateLimit(options.rate);
  }

  admit(body: unknown, surroundings: Surroundings): Admitted | Refusal {
    try {
      this.#charge(LOOK_COST, surroundings);
      return this.#examine(readRequest(body), surroundings);
    } catch (error) {
      if (error instanceof Refused) return refusalOf(error, this.#options.open);
      throw error;
    }
  }

  /** The same request once more: what it asks for is known to be good, how much is asked for is charged again. */
  admitAgain(admitted: Admitted, surroundings: Surroundings): Admitted | Refusal {
    try {
      this.#charge(LOOK_COST, surroundings);
      this.#charge(admitted.cost, surroundings);
      return admitted;
    } catch (error) {
      if (error instanceof Refused) return refusalOf(error, this.#options.open);
      throw error;
    }
  }

  /** A document that was let in, by the SHA-256 of its text; undefined when it is no longer held. */
  documentOf(hash: string): DocumentNode | undefined {
    return this.#documents.get(hash);
  }

  #examine(request: KnownRequest, surroundings: Surroundings): Admitted {
    const { schema, limits, open } = this.#options;
    const text = this.#textOf(request);
    const document = this.#documentOf(text, surroundings);
    const operation = selectOperation(document, request.operationName);
    boundVariables(request.variables, limits);
    const variables = coerceVariables(schema, operation, request.variables, open);
    const cost = costOf(operation, { schema, fragments: fragmentsOf(document), variables });
    const most = operation.operation === OperationTypeNode.SUBSCRIPTION ? limits.itemCost : limits.cost;
    if (cost > most) {
      const message = `The answer could have "${cost}" values, expected at most ${most}: ask for smaller pages or fewer fields`;
      throw new Refused('cost', 'COST_EXCEEDED', message);
    }
    this.#charge(cost, surroundings);
    return { document, operation, text, variables: request.variables, coerced: variables, cost };
  }

  /** The document that is meant. A hash of a stranger registers nothing, in any mode. */
  #textOf({ query, documentHash }: KnownRequest): string {
    const { trusted } = this.#options;
    if (trusted === null) {
      if (documentHash === null && query !== null) return query;
      throw new Refused('persisted', 'PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
    }
    const hash = query === null ? documentHash : documentHashOf(query);
    // Clients may send both, and then both have to say the same.
    if (documentHash !== null && documentHash !== hash)
      throw new Refused('persisted', 'PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
    const known = trusted.get(hash ?? '');
    if (known !== undefined) return known;
    throw new Refused(
      'persisted',
      'DOCUMENT_NOT_TRUSTED',
      'The document is not one of TRUSTED_DOCUMENTS_FILE, expected one that is, or its SHA-256',
    );
  }

  /** Read and checked once; known documents cost nothing. */
  #documentOf(text: string, surroundings: Surroundings): DocumentNode {
    const hash = documentHashOf(text);
    const known = this.#documents.get(hash);
    if (known !== undefined) return known;
    this.#charge(READ_COST, surroundings);
    const { schema, limits, open } = this.#options;
    const document = readDocument(text, limits);
    checkShape(document, limits);
    if (!open) refuseIntrospection(document);
    const [mistake] = validate(schema, document, specifiedRules, { maxErrors: 1, hideSuggestions: !open });
    if (mistake !== undefined)
      throw new Refused('validation', 'GRAPHQL_VALIDATION_FAILED', cut(mistake.message), { at: mistake });
    this.#documents.set(hash, document, text.length);
    return document;
  }

  #charge(cost: number, { principal, now }: Surroundings): void {
    const retryAfterMs = this.#rate.take(principal, cost, now);
    if (retryAfterMs > 0) {
      const message = `More was asked than is answered in so short a time; come back in ${retryAfterMs} ms`;
      throw new Refused('rate', 'RATE_LIMITED', message, { retryAfterMs });
    }
  }
}

function refuseIntrospection(document: DocumentNode): void {
  visit(document, {
    Field({ name }) {
      if (isIntrospection(name.value))
        throw new Refused('introspection', 'INTROSPECTION_DISABLED', 'The schema is not shown here.');
    },
  });
}

const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 299)}…` : text);
