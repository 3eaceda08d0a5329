/** What could not be taken for a message, and why. */
export type RefusedMessage = {
  readonly kind: 'REFUSED';
  readonly cause: 'MALFORMED' | 'UNKNOWN_TYPE';
  readonly reason: string;
  /** At most 200 characters. */
  readonly raw: string;
};
