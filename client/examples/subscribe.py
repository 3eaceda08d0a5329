# pip install "gql[websockets]==4.4.0"
import asyncio
import random
import sys

from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

URL = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:4000/graphql"
QUERY = """
subscription Signals($after: Cursor) {
  signalEvents(after: $after, from: BEGINNING) {
    ... on SignalEventBatch { cursor previousCursor events { seq type signal { side instrument { symbol } } } }
    ... on StreamCheckpoint { cursor previousCursor }
    ... on StreamProblem { code message }
  }
}"""
PASSING = {"SHUTTING_DOWN", "CONSUMER_TOO_SLOW", "REAUTHENTICATE"}


class Lost(Exception):
    """The stream cannot go on from the cursor, or has skipped something."""


async def follow(cursor):
    """Prints what comes after the cursor until the connection ends, and yields each new cursor: store it with the effect."""
    # The server speaks at least each 5 s.
    transport = WebsocketsTransport(url=URL, keep_alive_timeout=10)
    async with Client(transport=transport) as session:
        async for result in session.subscribe(gql(QUERY), variable_values={"after": cursor}):
            item = result["signalEvents"]
            if "code" in item:
                if item["code"] in PASSING:
                    return
                raise Lost(item["message"])
            if cursor is not None and item["previousCursor"] != cursor:
                raise Lost(f"something after {cursor} is missing")
            for event in item.get("events", []):
                signal = event["signal"]
                print(event["seq"], event["type"], signal["instrument"]["symbol"], signal["side"], flush=True)
            cursor = item["cursor"]
            yield cursor


async def main():
    cursor = None
    while True:
        try:
            async for cursor in follow(cursor):
                pass
        except Lost:
            raise
        except Exception as error:
            print(f"{error!r}, coming back", file=sys.stderr)
        await asyncio.sleep(0.5 + random.random())


asyncio.run(main())
