import { z } from 'zod';
import { instant, mistakeOf, object, optional, text } from '../../venue/fields.ts';
import type { RefusedMessage } from '../../venue/messages.ts';
import { decodeJson, excerpt } from '../../venue/values.ts';
import { positive, product, tradeId } from './fields.ts';
import type { ControlMessage, HeartbeatMessage, Message, TradeMessage } from './messages.ts';

const RAW_LENGTH = 200;

/** The message of one frame. Whatever the bytes are, there is an answer: nothing is thrown. */
export function parseFrame(bytes: Uint8Array): Message {
  const written = new TextDecoder().decode(bytes);
  let content: unknown;
  try {
    content = decodeJson(written);
  } catch (error) {
    const mistake = error instanceof Error ? error.message.slice(0, 100) : String(error);
    return refused(`frame of ${bytes.byteLength} bytes is no JSON: ${mistake}`, written.slice(0, RAW_LENGTH));
  }
  const type = typeof content === 'object' && content !== null && 'type' in content ? content.type : undefined;
  if (typeof type !== 'string') return refused('message has no type', excerpt(content, RAW_LENGTH));

  const schema = Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type] : undefined;
  if (schema === undefined) {
    const shown = JSON.stringify(type.slice(0, 32));
    return { kind: 'REFUSED', cause: 'UNKNOWN_TYPE', reason: `type is ${shown}`, raw: excerpt(content, RAW_LENGTH) };
  }
  const { success, data, error } = schema.safeParse(content, { reportInput: true });
  return success
    ? data
    : refused(`message of type ${type}: ${mistakeOf(error).sentence}`, excerpt(content, RAW_LENGTH));
}

function refused(reason: string, raw: string): RefusedMessage {
  return { kind: 'REFUSED', cause: 'MALFORMED', reason, raw };
}

const match = (kind: TradeMessage['kind']) =>
  object({ trade_id: tradeId, product_id: product, price: positive, size: positive, time: instant }).transform(
    ({ trade_id: id, product_id, price, size, time }): TradeMessage => ({
      kind,
      product: product_id,
      ...{ id, price, size },
      time: time.time,
    }),
  );

const channels = z.array(
  z.object({ name: z.string('text'), product_ids: z.array(z.string('text'), 'a list of products').default([]) }),
  'a list of channels',
);

const SCHEMAS: Readonly<Record<string, z.ZodType<Message>>> = {
  match: match('MATCH'),
  last_match: match('LAST_MATCH'),
  heartbeat: object({ product_id: product, time: instant, last_trade_id: tradeId }).transform(
    ({ product_id, time, last_trade_id: last }): HeartbeatMessage => ({
      kind: 'HEARTBEAT',
      product: product_id,
      time: time.time,
      lastTradeId: last === 0 ? null : last,
    }),
  ),
  subscriptions: z.object({ channels }).transform(
    (answer): ControlMessage => ({
      kind: 'SUBSCRIPTIONS',
      products: Object.fromEntries(answer.channels.map(({ name, product_ids: own }) => [name, own])),
    }),
  ),
  error: object({ message: text, reason: optional(text, null) }).transform(
    ({ message, reason }): ControlMessage => ({ kind: 'ERROR', message, reason }),
  ),
};
