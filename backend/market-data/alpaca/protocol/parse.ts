import type { z } from 'zod';
import {
  amount,
  type Instant,
  id,
  instant,
  mistakeOf,
  object,
  optional,
  price,
  symbol,
  text,
  texts,
  wholeNumber,
} from '../../venue/fields.ts';
import type { RefusedMessage } from '../../venue/messages.ts';
import { decodeJson, excerpt } from '../../venue/values.ts';
import { barFields, barValues } from './bar.ts';
import type {
  BarMessage,
  CancelMessage,
  ControlMessage,
  CorrectionMessage,
  ImbalanceMessage,
  LuldMessage,
  Marked,
  Message,
  QuoteMessage,
  StatusMessage,
  TradeMessage,
} from './messages.ts';
import { tradingAfter } from './status.ts';
import { decodeMsgpack } from './wire.ts';

const RAW_LENGTH = 200;

/** The messages of one frame, in order. Whatever the bytes are, the answer is a list: nothing is thrown. */
export function parseFrame(bytes: Uint8Array, isBinary: boolean): readonly Message[] {
  let content: unknown;
  try {
    content = isBinary ? decodeMsgpack(bytes) : decodeJson(new TextDecoder().decode(bytes));
  } catch (error) {
    const form = isBinary ? 'msgpack' : 'JSON';
    const start = new TextDecoder().decode(bytes.subarray(0, RAW_LENGTH)).slice(0, RAW_LENGTH);
    return [refused(`frame of ${bytes.byteLength} bytes is no ${form}: ${messageOf(error)}`, start)];
  }
  if (Array.isArray(content)) return content.map(parseMessage);
  return [refused('frame is no list, expected a list of messages', excerpt(content, RAW_LENGTH))];
}

function parseMessage(raw: unknown): Message {
  const type = typeof raw === 'object' && raw !== null && 'T' in raw ? raw.T : undefined;
  if (typeof type !== 'string') return refused('message has no type T', excerpt(raw, RAW_LENGTH));

  const schema = Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type] : undefined;
  if (schema === undefined) {
    const shown = JSON.stringify(type.slice(0, 32));
    return { kind: 'REFUSED', cause: 'UNKNOWN_TYPE', reason: `T is ${shown}`, raw: excerpt(raw, RAW_LENGTH) };
  }
  const { success, data, error } = schema.safeParse(raw, { reportInput: true });
  return success ? data : refused(`message of type ${type}: ${mistakeOf(error).sentence}`, excerpt(raw, RAW_LENGTH));
}

function refused(reason: string, raw: string): RefusedMessage {
  return { kind: 'REFUSED', cause: 'MALFORMED', reason, raw };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 100) : String(error);
}

const channel = optional(texts, []);
const marks = { S: symbol, t: instant, z: text };
const marked = ({ S, t, z: tape }: { S: string; t: Instant; z: string }): Marked => ({ symbol: S, tape, ...t });

const bar = (kind: BarMessage['kind']) =>
  object({ S: symbol, ...barFields }).transform((m): BarMessage => ({ kind, symbol: m.S, ...barValues(m) }));

const SCHEMAS: Readonly<Record<string, z.ZodType<Message>>> = {
  b: bar('BAR'),
  u: bar('UPDATED_BAR'),
  d: bar('DAILY_BAR'),
  t: object({ ...marks, i: id, x: text, p: price, s: amount, c: texts }).transform(
    (m): TradeMessage => ({
      kind: 'TRADE',
      ...marked(m),
      id: m.i,
      exchange: m.x,
      price: m.p,
      size: m.s,
      conditions: m.c,
    }),
  ),
  // A side without an active quote has price 0.
  q: object({ ...marks, bx: text, bp: amount, bs: amount, ax: text, ap: amount, as: amount, c: texts }).transform(
    (m): QuoteMessage => ({
      kind: 'QUOTE',
      ...marked(m),
      bid: { exchange: m.bx, price: m.bp, size: m.bs },
      ask: { exchange: m.ax, price: m.ap, size: m.as },
      conditions: m.c,
    }),
  ),
  s: object({ ...marks, sc: text, sm: text, rc: text, rm: text }).transform(
    (m): StatusMessage => ({
      kind: 'STATUS',
      ...marked(m),
      statusCode: m.sc,
      statusMessage: m.sm,
      reasonCode: m.rc,
      reasonMessage: m.rm,
      trading: tradingAfter(m.sc),
    }),
  ),
  l: object({ ...marks, u: price, d: price, i: text }).transform(
    (m): LuldMessage => ({ kind: 'LULD', ...marked(m), limitUp: m.u, limitDown: m.d, indicator: m.i }),
  ),
  c: object({
    ...marks,
    x: text,
    oi: id,
    op: price,
    os: amount,
    oc: texts,
    ci: id,
    cp: price,
    cs: amount,
    cc: texts,
  }).transform(
    (m): CorrectionMessage => ({
      kind: 'CORRECTION',
      ...marked(m),
      exchange: m.x,
      original: { id: m.oi, price: m.op, size: m.os, conditions: m.oc },
      corrected: { id: m.ci, price: m.cp, size: m.cs, conditions: m.cc },
    }),
  ),
  x: object({ ...marks, i: id, x: text, p: price, s: amount, a: text }).transform(
    (m): CancelMessage => ({
      kind: 'CANCEL_ERROR',
      ...marked(m),
      id: m.i,
      exchange: m.x,
      price: m.p,
      size: m.s,
      action: m.a,
    }),
  ),
  i: object({ ...marks, p: price }).transform(
    (m): ImbalanceMessage => ({
      kind: 'IMBALANCE',
      ...marked(m),
      price: m.p,
    }),
  ),
  success: object({ msg: text }).transform((m): ControlMessage => ({ kind: 'SUCCESS', text: m.msg })),
  error: object({ code: wholeNumber, msg: text }).transform(
    (m): ControlMessage => ({ kind: 'ERROR', code: m.code, text: m.msg }),
  ),
  // Channels that this feed does not have are left out, and channels that we do not know may be added.
  subscription: object({
    trades: channel,
    quotes: channel,
    bars: channel,
    updatedBars: channel,
    dailyBars: channel,
    statuses: channel,
    lulds: channel,
    corrections: channel,
    cancelErrors: channel,
    imbalances: channel,
  }).transform((subscription): ControlMessage => ({ kind: 'SUBSCRIPTION', subscription })),
};
