import type { Timer } from '../../pacing.ts';
import { VenueRefused } from '../../venue/errors.ts';
import type { RefusedMessage } from '../../venue/messages.ts';
import type { Ending } from '../../venue/stream/ending.ts';
import { Link, type LinkLimits } from '../../venue/stream/link.ts';
import type { Credentials } from '../credentials.ts';
import type { DataMessage, Message, Subscription } from '../protocol/messages.ts';
import { parseFrame } from '../protocol/parse.ts';
import { type Encoding, encodeFrame } from '../protocol/wire.ts';
import { type Missing, nextStep, type Phase } from './handshake.ts';

export type ConnectionOptions = {
  readonly url: string;
  readonly encoding: Encoding;
  readonly credentials: Credentials;
  readonly subscription: Subscription;
  readonly limits: LinkLimits;
  readonly timer: Timer;
  readonly onStreaming: (missing: Missing) => void;
  readonly onMessage: (message: DataMessage | RefusedMessage) => void;
};

/** One connection to Alpaca's stream: it is greeted, authenticates, subscribes, and hands on what comes then. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #link: Link;
  #phase: Phase = 'GREETING';

  constructor(options: ConnectionOptions) {
    const { url, encoding, limits, timer, credentials } = options;
    this.#options = options;
    this.#link = new Link({
      ...{ url, limits, timer },
      headers: { 'Content-Type': `application/${encoding}` },
      hide: (text) => credentials.hide(text),
      onOpen: () => this.#expectAnswer('its greeting'),
      onFrame: (bytes, isBinary) => this.#onFrame(bytes, isBinary),
      onRefused: (status, said) => this.#onRefused(status, said),
    });
  }

  get ended(): Promise<Ending> {
    return this.#link.ended;
  }

  get phase(): Phase {
    return this.#phase;
  }

  end(ending: Ending): void {
    this.#link.end(ending);
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  #onFrame(bytes: Buffer, isBinary: boolean): void {
    for (const message of parseFrame(bytes, isBinary)) {
      if (this.#link.isEnding) return;
      this.#onMessage(this.#withoutKeys(message));
    }
  }

  #onMessage(message: Message): void {
    if (message.kind === 'SUCCESS' || message.kind === 'ERROR' || message.kind === 'SUBSCRIPTION') {
      this.#onControl(nextStep(this.#phase, message, this.#options.subscription, this.#options.url));
    } else if (this.#phase === 'STREAMING' || message.kind === 'REFUSED') {
      // Before the answer to our subscription nothing is ours yet.
      this.#options.onMessage(message);
    }
  }

  /** What is shown to people may repeat what we sent. */
  #withoutKeys(message: Message): Message {
    const { credentials } = this.#options;
    if (message.kind === 'ERROR') return { ...message, text: credentials.hide(message.text) };
    if (message.kind !== 'REFUSED') return message;
    return { ...message, reason: credentials.hide(message.reason), raw: credentials.hide(message.raw) };
  }

  #onControl(step: ReturnType<typeof nextStep>): void {
    const { credentials, subscription } = this.#options;
    if (step.kind === 'END') this.end(step.ending);
    if (step.kind === 'AUTHENTICATE') this.#ask('AUTHENTICATING', credentials.authMessage());
    if (step.kind === 'SUBSCRIBE') this.#ask('SUBSCRIBING', subscribeMessage(subscription));
    if (step.kind === 'STREAM') {
      this.#phase = 'STREAMING';
      this.#options.onStreaming(step.missing);
    }
  }

  #ask(phase: Phase, message: object): void {
    this.#phase = phase;
    this.#link.send(encodeFrame(message, this.#options.encoding));
    this.#expectAnswer(phase === 'AUTHENTICATING' ? 'its answer to our keys' : 'its answer to our subscription');
  }

  /** They wait 10 s for our keys. */
  #expectAnswer(what: string): void {
    const { stepMs } = this.#options.limits;
    const phase = this.#phase;
    void this.#link.passed(stepMs).then((passed) => {
      if (passed && this.#phase === phase) this.end({ kind: 'RETRY', reason: `${what} did not come in ${stepMs} ms` });
    });
  }

  #onRefused(code: number, said: string): Ending | null {
    if (code !== 404) return null;
    const advice = 'expected one of the feeds iex, sip, delayed_sip and test';
    const where = this.#options.url;
    const refusal = { venue: 'Alpaca', variables: ['ALPACA_FEED'], code, said, where, advice };
    return { kind: 'FATAL', error: new VenueRefused(refusal) };
  }
}

/** https://docs.alpaca.markets/docs/streaming-market-data#subscription */
function subscribeMessage(subscription: Subscription): object {
  const asked = Object.entries(subscription).filter(([, symbols]) => symbols.length > 0);
  return { action: 'subscribe', ...Object.fromEntries(asked) };
}
