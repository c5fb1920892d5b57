#!/usr/bin/env bash
# Repaints everything of one colour, with curl and openssl, and prints what became of it.
# Usage: VETRINA_URL=… VETRINA_TRACKER=… VETRINA_KEY=… update.sh FROM TO
set -euo pipefail

path=/v1/update_by_query
type='application/json; charset=utf-8'

# call METHOD QUERY BODY: the path is signed, the query string and the body are not.
call() {
  local date digest
  date=$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')
  digest=$(printf '%s\n%s\n%s\n%s' "$1" "$type" "$date" "$path" |
    openssl dgst -sha256 -hmac "$VETRINA_KEY" -binary | base64)
  curl --silent --show-error --fail-with-body --max-time 30 --request "$1" "$VETRINA_URL$path$2" \
    --header "Content-Type: $type" --header "Date: $date" \
    --header "Authorization: curl $VETRINA_TRACKER:$digest" --data "$3"
}

queued=$(call PATCH '' "{\"search\":{\"types\":[\"product\"],\"partial\":{\"fields\":{\"color\":\"$1\"}}},
  \"update\":{\"fields\":{\"color\":\"$2\"}}}")
job=$(grep -o 'job_id=[0-9]*' <<<"$queued")

for _ in $(seq 100); do
  state=$(call GET "?$job" '{}')
  case $state in
    *'"status":"in progress"'*) sleep 0.1 ;;
    *) echo "$state" && exit 0 ;;
  esac
done
echo "$job does not end" >&2
exit 1
