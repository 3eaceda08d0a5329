/** How much one request may ask for. Counts are per document unless said otherwise. */
export type Limits = {
  /** UTF-16 units of the text of a document, comments and blanks too. */
  readonly characters: number;
  readonly tokens: number;
  readonly operations: number;
  /** Fields below one another, named fragments followed. */
  readonly depth: number;
  readonly aliases: number;
  /** Fields at the root of an operation, fragments followed. */
  readonly rootFields: number;
  /** Fields that ask again for what their selection set asks for already. */
  readonly repetitions: number;
  readonly directives: number;
  readonly fragments: number;
  /** Fields of an operation with every fragment written out wherever it is spread. */
  readonly expandedFields: number;
  /** Pairs of fields that answer under one name and have to be compared with each other. */
  readonly overlaps: number;
  /** Objects and arrays inside one another in the variables. */
  readonly variableDepth: number;
  /** Values in the variables, at any depth. */
  readonly variableValues: number;
  /** Values of one list in the variables; a list that is a literal is bounded by its tokens. */
  readonly listValues: number;
  /** Values that the answer to a query can have at most, lists multiplied. Making one took 2 to 4 us on a busy machine with two cores. */
  readonly cost: number;
  /** The same of one item of a subscription. A full batch of all that our own client asks for has 33,000. */
  readonly itemCost: number;
};

export const LIMITS: Limits = {
  characters: 15_000,
  tokens: 1_000,
  operations: 10,
  depth: 12,
  aliases: 15,
  rootFields: 20,
  repetitions: 15,
  directives: 50,
  fragments: 30,
  expandedFields: 1_000,
  overlaps: 2_000,
  variableDepth: 32,
  variableValues: 2_000,
  listValues: 1_000,
  cost: 20_000,
  itemCost: 40_000,
};

/** Introspection nests types in types: GraphiQL asks 15 levels deep. The rules of the specification bound what that can answer. */
export const INTROSPECTION_DEPTH = 20;
