export type Disconnected = {
  readonly kind: 'DISCONNECTED';
  readonly reason: string;
  /** What the venue said: a code of the stream, or the status of a refused handshake. */
  readonly code: number | null;
  readonly retryInMs: number;
};

/** In session, and nothing of any symbol that trades since `since`. The socket is replaced; told once until it is over. */
export type Stalled = { readonly kind: 'STALLED'; readonly since: number };

/** The feed spoke, or is not expected to any more: the session is over, or everything is halted. */
export type Recovered = {
  readonly kind: 'RECOVERED';
  readonly since: number;
  readonly by: 'BAR' | 'CLOSE' | 'HALT';
};

/** What becomes of any venue's stream, whatever it carries. */
export type StreamEvent = Disconnected | Stalled | Recovered;

/** An event, and when it was heard, by the stream's clock (ms). */
export type Heard<Event> = Event & { readonly at: number };
