"""Follows a stream with PyPI's alpaca-py as it is, and asks REST; prints a JSON object a line.

Usage: follow.py STREAM_URL HTTP_URL KEY SECRET SYMBOLS BARS START
"""

import json
import sys
from datetime import datetime, timezone
from importlib.metadata import version

try:
    from alpaca.data.enums import DataFeed
    from alpaca.data.historical import StockHistoricalDataClient
    from alpaca.data.live import StockDataStream
    from alpaca.data.requests import StockBarsRequest
    from alpaca.data.timeframe import TimeFrame
    from alpaca.trading.client import TradingClient
except ImportError:
    sys.exit(3)


def tell(kind, **fields):
    print(json.dumps({"kind": kind, **fields}), flush=True)


def plain(bar):
    return {
        "symbol": bar.symbol,
        "start": bar.timestamp.astimezone(timezone.utc).isoformat(),
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
    }


def main():
    stream_url, http_url, key, secret, symbols, bars, start = sys.argv[1:]
    names = symbols.split(",")
    left = {"bars": int(bars)}
    tell("version", version=version("alpaca-py"))

    stream = StockDataStream(key, secret, url_override=stream_url)

    async def on_bar(bar):
        tell("bar", **plain(bar))
        left["bars"] -= 1
        if left["bars"] == 0:
            await stream.stop_ws()

    async def on_updated_bar(bar):
        tell("updated", **plain(bar))

    async def on_status(status):
        tell("status", symbol=status.symbol, code=status.status_code, reason=status.reason_code)

    stream.subscribe_bars(on_bar, *names)
    stream.subscribe_updated_bars(on_updated_bar, *names)
    stream.subscribe_trading_statuses(on_status, *names)
    stream.run()

    data = StockHistoricalDataClient(key, secret, url_override=http_url)
    request = StockBarsRequest(
        symbol_or_symbols=names,
        timeframe=TimeFrame.Minute,
        start=datetime.fromisoformat(start),
        feed=DataFeed.IEX,
    )
    for own in data.get_stock_bars(request).data.values():
        for bar in own:
            tell("history", **plain(bar))
    clock = TradingClient(key, secret, url_override=http_url).get_clock()
    tell("clock", open=clock.is_open, time=clock.timestamp.astimezone(timezone.utc).isoformat())


main()
