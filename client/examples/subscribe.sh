#!/usr/bin/env bash
# Follows the signals with curl over server-sent events. Each event's id is the cursor after it; Last-Event-ID brings it back.
# Usage: subscribe.sh [URL [CURSOR]]
url=${1:-http://127.0.0.1:4000/graphql}
query='subscription ($after: Cursor) { signalEvents(after: $after, from: BEGINNING) {
  ... on SignalEventBatch { events { seq type signal { side instrument { symbol } } } cursor }
  ... on StreamCheckpoint { cursor }
  ... on StreamProblem { code message }
} }'
last=${2:-}
while true; do
  while IFS= read -r line; do
    case $line in
      id:*) id=${line#id: } ;;
      data:*) data=${line#data: } ;;
      '')
        # An event counts when its empty line has come.
        grep -o '"seq":[0-9]*' <<<"$data" | cut -d: -f2
        # What is wrong with a place stays wrong: only who goes away for a while is to be asked again.
        code=$(grep -o '"code":"[A-Z_]*"' <<<"$data" | cut -d'"' -f4)
        case $code in
          '' | SHUTTING_DOWN | CONSUMER_TOO_SLOW | REAUTHENTICATE | UNAVAILABLE | RATE_LIMITED) ;;
          *)
            echo "cannot go on: $code" >&2
            exit 1
            ;;
        esac
        last=${id:-$last}
        data=
        ;;
    esac
  # The server speaks at least each 5 s: 20 s of silence is a dead connection.
  done < <(curl --silent --show-error --fail --no-buffer --speed-limit 1 --speed-time 20 "$url" \
    --header 'accept: text/event-stream' --header 'content-type: application/json' ${last:+--header "last-event-id: $last"} \
    --data "{\"query\":\"$(tr '\n' ' ' <<<"$query")\"}")
  sleep "0.$((RANDOM % 10))"
done
