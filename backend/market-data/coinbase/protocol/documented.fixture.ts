/**
 * The frames that Coinbase's documentation shows, and what each means in our terms.
 * https://docs.cdp.coinbase.com/exchange/websocket-feed/channels, .../overview and .../errors
 */
type Documented = { readonly name: string; readonly frame: string; readonly means: object };

export const documented: readonly Documented[] = [
  {
    name: 'match (channels#match)',
    frame: `{
      "type": "match",
      "trade_id": 10,
      "sequence": 50,
      "maker_order_id": "ac928c66-ca53-498f-9c13-a110027a60e8",
      "taker_order_id": "132fb6ae-456b-4654-b4e0-d681ac05cea1",
      "time": "2014-11-07T08:19:27.028459Z",
      "product_id": "BTC-USD",
      "size": "5.23512",
      "price": "400.23",
      "side": "sell"
    }`,
    means: {
      kind: 'MATCH',
      product: 'BTC-USD',
      id: 10,
      price: '400.23',
      size: '5.23512',
      time: Date.parse('2014-11-07T08:19:27.028Z'),
    },
  },
  {
    name: 'last_match (channels#matches-channel): a match of before the subscription',
    frame:
      '{"type":"last_match","trade_id":9,"sequence":49,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","time":"2014-11-07T08:19:26.000000Z","product_id":"BTC-USD","size":"1.00000000","price":"400.20","side":"buy"}',
    means: {
      kind: 'LAST_MATCH',
      product: 'BTC-USD',
      id: 9,
      price: '400.2',
      size: '1',
      time: Date.parse('2014-11-07T08:19:26Z'),
    },
  },
  {
    name: 'heartbeat (channels#heartbeat-channel)',
    frame: `{
      "type": "heartbeat",
      "sequence": 90,
      "last_trade_id": 20,
      "product_id": "BTC-USD",
      "time": "2014-11-07T08:19:28.464459Z"
    }`,
    means: {
      kind: 'HEARTBEAT',
      product: 'BTC-USD',
      lastTradeId: 20,
      time: Date.parse('2014-11-07T08:19:28.464Z'),
    },
  },
  {
    name: 'subscriptions (overview#subscriptions-message)',
    frame: `{
      "type": "subscriptions",
      "channels": [
        { "name": "level2", "product_ids": ["ETH-USD", "ETH-EUR"] },
        { "name": "heartbeat", "product_ids": ["ETH-USD", "ETH-EUR"] },
        { "name": "ticker", "product_ids": ["ETH-USD", "ETH-EUR", "ETH-BTC"] }
      ]
    }`,
    means: {
      kind: 'SUBSCRIPTIONS',
      products: {
        level2: ['ETH-USD', 'ETH-EUR'],
        heartbeat: ['ETH-USD', 'ETH-EUR'],
        ticker: ['ETH-USD', 'ETH-EUR', 'ETH-BTC'],
      },
    },
  },
  {
    name: 'error (errors)',
    frame: '{ "type": "error", "message": "error message" }',
    means: { kind: 'ERROR', message: 'error message', reason: null },
  },
];

/** Of messages that are told to all who subscribe to other channels: types that we do not read. */
export const otherFrames: readonly string[] = [
  '{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD","price":"1285.22"}',
  '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","22356.27","0.00000000"]],"time":"2022-08-04T15:25:05.010758Z"}',
  '{"type":"status","products":[],"currencies":[]}',
];

/** What others have met: see errors.ts. */
export const refusedSubscriptions: readonly string[] = [
  '{"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"}',
  '{"type":"error","message":"Failed to subscribe","reason":"Invalid product ID provided"}',
];

export const passingErrors: readonly string[] = [
  '{"type":"error","message":"error message"}',
  '{"type":"error","message":"ErrSlowConsume"}',
  '{"type":"error","message":"ErrSlowRead"}',
  '{"type":"error","message":"Message too big"}',
  '{"type":"error","message":"Failed to subscribe","reason":"product subscription limit exceeded"}',
];
