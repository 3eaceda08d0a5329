/** Told to `onStatus` at each change. `reason` is a sentence for people, without a full stop. */
export type Status =
  | { readonly state: 'connecting' }
  | { readonly state: 'catching-up' }
  | { readonly state: 'live' }
  /** The reader lags by a full buffer: the socket is closed, and opened again when the reader has taken everything. */
  | { readonly state: 'paused'; readonly buffered: number }
  | { readonly state: 'stalled'; readonly silentForMs: number }
  | { readonly state: 'disconnected'; readonly reason: string; readonly retryInMs: number };
