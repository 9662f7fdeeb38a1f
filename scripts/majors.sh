#!/usr/bin/env bash
# Runs the tests of avformat, and of codec on the CPU, on other majors of FFmpeg.
#
#   scripts/majors.sh [MAJOR...]     of libavformat; default: 58 59 61 62 63
#   scripts/majors.sh json MAJOR...  the same as events of go test -json; exit status 3 and
#                                    no event if none could be had
#
# EXACT=1 runs the exactness set in place of the tests: every frame of every file of the
# media set, decoded in a row and by number. SUBSET=1 leaves out of codec what encodes AV1
# and what takes long.
#
# FFMPEG_MAJORS is a script that is called as "SCRIPT DIR MAJOR..." and leaves DIR/run-MAJOR,
# which runs a program with that major's libraries in the loader's path (default:
# ../shared/ffmpeg-majors/build.sh). MAJORS_DIR keeps what it fetched (default: the user's
# cache folder). Majors that it cannot get are named and left out.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${FFMPEG_MAJORS:-../shared/ffmpeg-majors/build.sh}
dir=${MAJORS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/nvcodec-ffmpeg}
json=
[ "${1:-}" != json ] || { json=-json; shift; }
say() { [ -n "$json" ] && echo "$@" >&2 || echo "$@"; }
none() { echo "majors: $*" >&2; [ -n "$json" ] && exit 3 || exit 1; }
[ -e "$build" ] || none "$build is missing: FFMPEG_MAJORS names a script that, called as \"SCRIPT DIR MAJOR...\", leaves DIR/run-MAJOR"
majors=${*:-58 59 61 62 63}
start=$SECONDS
timeout 900 bash "$build" "$dir" $majors >&2 || none "$build could not get any of: $majors"
say "majors: fetched in $((SECONDS - start)) s"
bad=() ran=0
for m in $majors; do
  [ -x "$dir/run-$m" ] || { bad+=("$m (not there)"); continue; }
  for p in avformat codec; do
    args=(-timeout 30m)
    case $p,${EXACT:-} in
    avformat,1) continue ;;
    codec,1) args+=(-run '^(TestMediaOnCPU|TestSimpleExactOnCPU)$') ;;
    avformat,) [ -n "${SUBSET:-}" ] || args+=(-short) ;;
    codec,) args+=(-short) ;;
    esac
    [ "$p,${SUBSET:-}" != codec,1 ] || args+=(-skip '^(TestRateControl|TestTranscode|TestPresetsAndTunings|TestSimpleExact|TestEncodeStructure|TestEncodeSEI|TestMixedLoad)')
    ran=$((ran + 1)) t=$SECONDS
    say "== FFmpeg with libavformat $m: $p"
    # With no simulator: it is built for the machine's own FFmpeg.
    NVSIM=0 REQUIRE_FFMPEG=1 REQUIRE_SIM=0 NVCODEC_MAJOR=$m NVCODEC_TEST_EXEC="$dir/run-$m" CGO_ENABLED=0 go test $json -count 1 "${args[@]}" -exec "$dir/run-$m" "./$p" || bad+=("$m $p")
    say "== FFmpeg with libavformat $m: $p: $((SECONDS - t)) s"
  done
done
[ $ran -gt 0 ] && [ ${#bad[@]} = 0 ] || { echo "majors: failed: ${bad[*]:-nothing ran}" >&2; exit 1; }
