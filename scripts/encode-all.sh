#!/usr/bin/env bash
# Every possible combination of format, codec, rate control, preset, tuning, B-frames and
# depth on the driver simulator, in every version of NVENC's interface: encoded, drained,
# muxed and decoded; then all presets and tunings, and quality on a natural clip. In
# PARTS processes (default: as many as there are processors), which write out/encode-all.*.log.
set -uo pipefail
cd "$(dirname "$0")/.."
parts=${PARTS:-$(nproc)}
mkdir -p out
CGO_ENABLED=0 go test -c -o out/codec.test ./codec || exit 1
cd codec || exit 1
run() { ENCODE_ALL=$1/$parts REQUIRE_SIM=1 REQUIRE_FFMPEG=1 ../out/codec.test -test.v -test.timeout 0 -test.run "$2" >"../out/encode-all.$1.log" 2>&1; }
pids=()
for i in $(seq "$parts"); do
  tests='^TestNVENCPairs$'
  [ "$i" != 1 ] || tests='^TestNVENC(Pairs|Presets|Quality)$'
  run "$i" "$tests" &
  pids+=($!)
done
rc=0
for i in "${!pids[@]}"; do
  wait "${pids[$i]}" || { rc=1; echo "part $((i + 1)) failed" >&2; }
done
grep -aE '^ *--- |rows;|^nvsim|^(PASS|FAIL|ok)' ../out/encode-all.*.log
[ $rc = 0 ] || grep -aE -A 15 'Error Trace|^panic|^nvsim' ../out/encode-all.*.log | head -60
exit $rc
