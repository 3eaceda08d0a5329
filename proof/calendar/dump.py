"""Prints the sessions of calendars of exchange_calendars as JSON lines; the first line tells the package's version.

Usage: dump.py START END CALENDAR...   (dates YYYY-MM-DD, both included). Exit 3: the package is missing.
"""

import json
import sys

try:
    import exchange_calendars
except ModuleNotFoundError as error:
    if error.name != "exchange_calendars":
        raise
    sys.exit(3)


def main(start, end, names):
    print(json.dumps({"version": exchange_calendars.__version__}))
    for name in names:
        schedule = exchange_calendars.get_calendar(name, start=start, end=end).schedule
        for session, row in schedule.iterrows():
            line = {
                "calendar": name,
                "sessionDate": session.strftime("%Y-%m-%d"),
                "open": row["open"].isoformat(),
                "close": row["close"].isoformat(),
            }
            print(json.dumps(line))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
