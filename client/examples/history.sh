#!/usr/bin/env bash
# All signals so far with curl, page by page. The last cursor goes on in a subscription.
url=${1:-http://127.0.0.1:4000/graphql}
query='query Signals($after: Cursor) { signalEvents(first: 100, after: $after) { nodes { seq type } pageInfo { endCursor hasNextPage } } }'
after=null
while true; do
  page=$(curl --silent --fail-with-body "$url" --header 'content-type: application/json' \
    --data "{\"query\":\"$query\",\"variables\":{\"after\":$after}}") || { echo "$page" >&2; exit 1; }
  grep -o '"seq":[0-9]*' <<<"$page" | cut -d: -f2
  grep -q '"hasNextPage":true' <<<"$page" || break
  after=$(grep -o '"endCursor":"[^"]*"' <<<"$page" | cut -d: -f2)
done
