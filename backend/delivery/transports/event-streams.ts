import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { OperationTypeNode } from 'graphql';
import type { Access } from '../../access/access.ts';
import type { Principal } from '../../access/principal.ts';
import { drain } from './drain.ts';
import { EventStream, type EventStreamContext } from './event-stream.ts';
import type { Operations } from './operations.ts';
import type { AdmittedOperation, RefusedOperation } from './ports.ts';

export type EventStreamsOptions = EventStreamContext & {
  readonly access: Access;
  readonly operations: Operations;
};

/** An operation that was let in, and where its answers go. */
export type Asked = {
  readonly admitted: AdmittedOperation;
  readonly principal: Principal;
  readonly address: string | undefined;
  readonly requestId: string;
  /** Where the client stands, by the header of that name; null when it begins. */
  readonly lastEventId: string | null;
  readonly response: ServerResponse;
  readonly headers: OutgoingHttpHeaders;
};

const LOOK_EVERY_MS = 500;

/** All streams of server-sent events of this process. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  /** Subscriptions; what has one answer is not waited for by anybody. */
  readonly #open = new Set<EventStream>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#giveSigns(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Answers with events from now on; or says why it does not, and the response is untouched. */
  open({ admitted, principal, address, requestId, lastEventId, response, headers }: Asked): RefusedOperation | null {
    const { access, operations } = this.#options;
    const session = access.open(principal);
    const stream = new EventStream(this.#options, response, headers);
    const started = operations.run(admitted, { session, address, requestId, lastEventId }, () => stream);
    if ('errors' in started) {
      session.close();
      return started;
    }
    if (admitted.operation.operation === OperationTypeNode.SUBSCRIPTION) this.#open.add(stream);
    stream.serve(started, session, () => this.#open.delete(stream));
    return null;
  }

  /** Tells every subscriber to come back and ends its stream, spread over the time. */
  async drain(spreadMs: number): Promise<void> {
    await drain(this.#open, spreadMs, this.#options.random);
    clearInterval(this.#timer);
  }

  #giveSigns(): void {
    const now = performance.now();
    for (const stream of this.#open) stream.giveSign(now);
  }
}
