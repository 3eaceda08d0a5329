/** What shows that a run came to what it was to come to. */
export type Seen = {
  /** The most bytes that ever waited on a connection. */
  mostWaiting: number;
  /** Subscriptions that were given up because their clients read so slowly. */
  slow: number;
};
