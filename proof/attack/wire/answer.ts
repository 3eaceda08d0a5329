export const TRANSPORTS = ['http', 'websocket', 'sse'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A GraphQL request as a client would write it; every member may be anything. */
export type GraphqlBody = Readonly<Record<string, unknown>> | readonly unknown[];

/** What came back, whatever it came by. */
export type Answer = {
  readonly transport: Transport;
  /** Of HTTP; null over a WebSocket, and where the connection was closed without an answer. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The body; over a WebSocket what belongs to the operation, in the form of a body. */
  readonly text: string;
  /** Over a WebSocket only. */
  readonly socket: SocketState | null;
};

export type SocketState = {
  /** Type of the first message for the operation; null when there was none. */
  readonly type: string | null;
  /** Code with which the server closed the socket; null when it is open. */
  readonly closed: number | null;
};

export type ShownError = { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> };

/** The errors of an answer of GraphQL; null where it is none. */
export function errorsOf({ text }: Answer): readonly ShownError[] | null {
  const body = parsed(text);
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : null;
  return Array.isArray(errors) ? (errors as ShownError[]) : null;
}

/** The codes that an answer tells, also those of answers from before GraphQL. */
export function codesOf(answer: Answer): string[] {
  const errors = errorsOf(answer);
  if (errors !== null) return errors.map(({ extensions }) => String(extensions?.['code']));
  const body = parsed(answer.text);
  const problem = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  return typeof problem === 'object' && problem !== null && 'code' in problem ? [String(problem.code)] : [];
}

/** Null for what is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The data of an answer; null where there is none. */
export function dataOf({ text }: Answer): Readonly<Record<string, unknown>> | null {
  const body = parsed(text);
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : null;
  return typeof data === 'object' ? (data as Record<string, unknown> | null) : null;
}
