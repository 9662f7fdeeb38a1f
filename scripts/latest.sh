#!/usr/bin/env bash
# Tests internal/abi against the newest release of purego, whose crosscall2 our
# assembly calls and whose SyscallN must not allocate. go.mod is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp go.mod go.sum "$tmp"
export GOFLAGS="-modfile=$tmp/go.mod -buildvcs=false"
go get github.com/ebitengine/purego@latest
for cgo in 0 1; do
  echo "purego $(go list -m -f '{{.Version}}' github.com/ebitengine/purego), CGO_ENABLED=$cgo"
  CGO_ENABLED=$cgo go test -count=1 ./internal/abi
done
