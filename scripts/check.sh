#!/usr/bin/env bash
# All that must hold before a change is merged. Runs every step even when one
# fails, and says at the end which did. make check calls it; so does .ci/run.
#
#   scripts/check.sh [STEP...]      default: all, in this order
set -uo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
export CGO_ENABLED=0
out=${OUT:-out}/check
mkdir -p "$out"

targets="linux/amd64 linux/arm64 windows/amd64"
build_only="darwin/arm64"
tools() { go tool -modfile=internal/tools/go.mod "$@"; }
files() { git ls-files -co --exclude-standard 2>/dev/null || find . -type f -not -path './.git/*' -not -path "./out/*" | cut -c3-; }
on() { GOOS=${1%/*} GOARCH=${1#*/} "${@:2}"; }

step_format() {
  local bad
  bad=$(files | grep '\.go$' | xargs gofmt -l)
  [ -z "$bad" ] || { echo "gofmt wants:" $bad; return 1; }
}

step_vet() {
  local t bad=0
  for t in $targets; do on "$t" go vet ./... || { echo "vet for $t failed"; bad=1; }; done
  go vet -C internal/tools ./... || bad=1
  return $bad
}

# Other systems need not run, but an importer of ours must still build there.
step_build() {
  local t bad=0
  for t in $targets $build_only; do on "$t" go build ./... || { echo "build for $t failed"; bad=1; }; done
  CGO_ENABLED=1 go build ./... || { echo "build with cgo failed"; bad=1; }
  return $bad
}

step_staticcheck() { tools staticcheck ./...; }

# The layers; they are tests as well, here for a quick answer.
step_rules() { go test ./internal/rules; }

step_modules() {
  go mod tidy -diff && go mod tidy -C internal/tools -diff && go mod tidy -C examples/player -diff && CGO_ENABLED=1 go mod tidy -C examples/pytorch -diff
}

# What go generate writes is committed, and nothing else may have written it.
step_generate() {
  sums >"$out/before"
  go generate ./... || return 1
  sums >"$out/after"
  diff "$out/before" "$out/after" || { echo "go generate changed the files above: commit what it makes"; return 1; }
}
sums() { files | sort | tr '\n' '\0' | xargs -0 sha256sum 2>/dev/null; }

# The API that users see, name by name, is committed: what changes it is changed knowingly.
# It is the same on every target, but for the values of system errors.
step_api() {
  local t bad=0
  for t in $targets; do
    rm -rf "$out/api"
    on "$t" "$(apitext)" -o "$out/api" $public || return 1
    case $t in windows/*) sed -i "s/^const ErrNotImplemented Code = -40$/const ErrNotImplemented Code = -38/" "$out/api/avformat.txt" ;; esac
    diff -ru testdata/api "$out/api" >"$out/api.diff" ||
      { sed 's/^/| /' "$out/api.diff"; echo "the API differs for $t: if that is wanted, run make api, commit testdata/api, and tell CHANGELOG.md"; bad=1; }
  done
  return $bad
}
public="./avformat ./codec ./cuda ./frame ./nvcuvid ./nvenc"
apitext() {
  go build -C internal/tools -o "$(realpath "$out")/apitext" ./apitext >&2 && echo "$out/apitext"
}
# Not a check: writes what step_api compares with.
step_api_write() { on linux/amd64 "$(apitext)" -o testdata/api $public; }

testsum() { # name; the events are on stdin
  local prog=$out/testsum
  [ -x "$prog" ] || go build -C internal/tools -o "$(realpath "$out")/testsum" ./testsum || return 1
  "$prog" -name "$1" -min "$(minimum "$1")" -out "$out/$1.json"
}
minimum() {
  local column=3
  [ ! -f "${NVCODEC_MEDIA:-../shared/media}/manifest.json" ] || column=2
  awk -v step="$1" -v column=$column '$1 == step { print $column; found = 1 } END { exit !found }' .ci/minimum
}

step_test() { go test -json -timeout 25m ./... 2>&1 | testsum test; }
# Programs that we did not write, on the driver simulator.
step_clients() { scripts/clients.sh json 2>&1 | testsum clients; }
# An FFmpeg that is newer than the system's: all of avformat, and much of codec on the CPU.
step_majors() {
  local rc=0
  SUBSET=1 scripts/majors.sh json "${MAJOR:-61}" >"$out/majors.events" || rc=$?
  case $rc in
  3)
    # Said and counted, as a test that is skipped.
    echo "majors: skipped: no other FFmpeg could be had"
    echo '{"Name":"majors","Skipped":1,"Reasons":{"no other FFmpeg":1}}' >"$out/majors.json"
    [ -z "${REQUIRE_MAJORS:-}" ]
    ;;
  *) testsum majors <"$out/majors.events" && [ $rc = 0 ] ;;
  esac
}
step_race() { CGO_ENABLED=1 go test -json -race -short -timeout 20m ./... 2>&1 | testsum race; }
step_tools() { go test -C internal/tools -json ./... 2>&1 | testsum tools; }
# A module of its own; with Chromium, if there is one.
step_player() {
  go vet -C examples/player . && on windows/amd64 go vet -C examples/player . || return 1
  go test -C examples/player -json -timeout 10m . 2>&1 | testsum player
}
# A library for Python, a module of its own since it needs cgo.
step_pytorch() {
  local lib
  lib=$(realpath "$out")/libnvc.so
  CGO_ENABLED=1 go vet -C examples/pytorch . && CGO_ENABLED=1 go build -C examples/pytorch -buildmode=c-shared -o "$lib" . || return 1
  NVC_LIB=$lib PYTHONDONTWRITEBYTECODE=1 python3 examples/pytorch/check.py testdata/demo.mp4 cpu
}
step_arm64() { scripts/targets.sh arm64 ci | testsum arm64; }
step_windows() { scripts/targets.sh windows ci | testsum windows; }

all="format vet build staticcheck rules modules generate api test clients majors player race tools arm64 windows"
rm -f "$out"/*.json "$out"/testsum
failed=() start=$SECONDS
for s in ${@:-$all}; do
  echo "== $s"
  t=$SECONDS
  "step_$s" && r=ok || { r=FAILED; failed+=("$s"); }
  echo "== $s: $r ($((SECONDS - t)) s)"
done

echo "== summary ($((SECONDS - start)) s)"
[ ${#failed[@]} = 0 ] || echo "steps that failed: ${failed[*]}"
# A step whose failure is in the counts of its run is not counted twice.
also=0
for s in ${failed[@]+"${failed[@]}"}; do [ -e "$out/$s.json" ] || also=$((also + 1)); done
set -- "$out"/*.json
[ -e "$1" ] || { [ ${#failed[@]} = 0 ]; exit; }
"$out/testsum" -total -also $also "$@" && [ ${#failed[@]} = 0 ]
