/** What every resolver is given besides its arguments: one per request, on every transport the same. */
export type RequestContext = {
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** What the fields at the root of a query have answered to it so far, by the keys of the answer: none of them is asked twice. */
  readonly begun?: Map<string | number, unknown>;
  /** The one resolver of a class, for the places where the schema calls without one. */
  readonly resolve: <T extends object>(type: new (...args: never[]) => T) => T;
};
