import { refusalSentence, VenueRefused } from '../../venue/errors.ts';
import type { Ending } from '../../venue/stream/ending.ts';
import type { ControlMessage } from './messages.ts';

/** What is said of a subscription that will never be granted: the channels are ours, so only the products can be wrong. */
const WRONG_PRODUCT = /product/i;
const TOO_MANY = /limit|too many/i;

/**
 * What an error message means. The documentation tells that there are such (https://docs.cdp.coinbase.com/exchange/websocket-feed/errors:
 * ErrSlowConsume, ErrSlowRead, Message too big, the network) and not which; those about products are as others have met them:
 * https://github.com/thrasher-corp/gocryptotrader/pull/1421, https://github.com/coinbase/coinbase-pro-node/issues/174. What is not known may
 * be news that passes: the connection is made again.
 */
export function endingAfter(
  { message, reason }: Pick<Extract<ControlMessage, { kind: 'ERROR' }>, 'message' | 'reason'>,
  where: string,
): Ending {
  const said = reason === null ? message : `${message}: ${reason}`;
  const refusal = { venue: 'Coinbase', code: null, said, where };
  if (reason !== null && WRONG_PRODUCT.test(reason) && !TOO_MANY.test(reason)) {
    const advice = 'expected products that Coinbase Exchange lists';
    return { kind: 'FATAL', error: new VenueRefused({ ...refusal, variables: ['COINBASE_PRODUCTS'], advice }) };
  }
  const advice = 'the connection is made again';
  return { kind: 'RETRY', reason: refusalSentence({ ...refusal, variables: [], advice }) };
}
