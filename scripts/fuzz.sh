#!/usr/bin/env bash
# Feeds each fuzz target of the repository for a while. The seeds run with go test.
#
#   scripts/fuzz.sh [TIME]      a target, default 20s
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-20s}
for p in $(go list ./...); do
  for f in $(go test -list '^Fuzz' "$p" | grep '^Fuzz' || true); do
    echo "== $p $f"
    go test -run '^$' -fuzz "^$f\$" -fuzztime "$time" "$p"
  done
done
