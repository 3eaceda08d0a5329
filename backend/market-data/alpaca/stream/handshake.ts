import { refusalSentence, VenueRefused } from '../../venue/errors.ts';
import type { Ending } from '../../venue/stream/ending.ts';
import { streamError } from '../protocol/errors.ts';
import { CHANNELS, type Channel, type ControlMessage, type Subscription } from '../protocol/messages.ts';

/**
 * How far a connection has come. The server speaks first; then authentication, subscription, and its answer to each.
 * https://docs.alpaca.markets/docs/streaming-market-data#steps-to-use-the-stream
 */
export type Phase = 'GREETING' | 'AUTHENTICATING' | 'SUBSCRIBING' | 'STREAMING';

export type Missing = Readonly<Partial<Record<Channel, readonly string[]>>>;

export type Step =
  | { readonly kind: 'STAY' }
  | { readonly kind: 'AUTHENTICATE' }
  | { readonly kind: 'SUBSCRIBE' }
  /** Subscribed; `missing` was asked for and not granted. */
  | { readonly kind: 'STREAM'; readonly missing: Missing }
  | { readonly kind: 'END'; readonly ending: Ending };

/** What to do on a control message. */
export function nextStep(phase: Phase, message: ControlMessage, asked: Subscription, where: string): Step {
  if (message.kind === 'ERROR') return afterError(phase, message, where);
  if (message.kind === 'SUBSCRIPTION') {
    return phase === 'SUBSCRIBING' ? afterSubscription(asked, message.subscription, where) : STAY;
  }
  if (phase === 'GREETING' && message.text === 'connected') return { kind: 'AUTHENTICATE' };
  return phase === 'AUTHENTICATING' && message.text === 'authenticated' ? { kind: 'SUBSCRIBE' } : STAY;
}

const STAY: Step = { kind: 'STAY' };

function afterError(phase: Phase, { code, text }: { code: number; text: string }, where: string): Step {
  // In answer to our keys, "not authenticated" is about the keys, and "already authenticated" lets us in.
  const meant = phase === 'AUTHENTICATING' && code === 401 ? 402 : code;
  const { verdict, variables, advice } = streamError(meant);
  if (verdict === 'IGNORE') return phase === 'AUTHENTICATING' ? { kind: 'SUBSCRIBE' } : STAY;

  const refusal = { venue: 'Alpaca', variables, code, said: text, where, advice };
  if (verdict === 'FATAL') return end({ kind: 'FATAL', error: new VenueRefused(refusal) });
  return end({ kind: 'RETRY', code, reason: refusalSentence(refusal) });
}

function afterSubscription(asked: Subscription, granted: Subscription, where: string): Step {
  const missing = missingOf(asked, granted);
  if (asked.bars.length === 0 || (missing.bars?.length ?? 0) < asked.bars.length) return { kind: 'STREAM', missing };
  const error = new VenueRefused({
    venue: 'Alpaca',
    variables: ['ALPACA_SYMBOLS'],
    code: null,
    said: `subscription bars: [${granted.bars.join(', ')}]`,
    where,
    advice: `expected to be subscribed to bars of ${asked.bars.slice(0, 5).join(', ')}`,
  });
  return end({ kind: 'FATAL', error });
}

function missingOf(asked: Subscription, granted: Subscription): Missing {
  const missing: Partial<Record<Channel, readonly string[]>> = {};
  for (const channel of CHANNELS) {
    const has = new Set(granted[channel]);
    const left = has.has('*') ? [] : asked[channel].filter((symbol) => !has.has(symbol));
    if (left.length > 0) missing[channel] = left;
  }
  return missing;
}

function end(ending: Ending): Step {
  return { kind: 'END', ending };
}
