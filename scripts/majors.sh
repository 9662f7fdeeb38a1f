#!/usr/bin/env bash
# Runs the tests of avformat, and of codec on the CPU, on other majors of FFmpeg.
#
#   scripts/majors.sh [MAJOR...]     of libavformat; default: 58 59 61 62 63
#
# FFMPEG_MAJORS is a script that is called as "SCRIPT DIR MAJOR..." and leaves DIR/run-MAJOR,
# which runs a program with that major's libraries in the loader's path (default:
# ../shared/ffmpeg-majors/build.sh). MAJORS_DIR keeps what it fetched (default: the user's
# cache folder). Majors that it cannot get are named and left out.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${FFMPEG_MAJORS:-../shared/ffmpeg-majors/build.sh}
dir=${MAJORS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/nvcodec-ffmpeg}
[ -e "$build" ] || {
  echo "majors: $build is missing: FFMPEG_MAJORS names a script that, called as \"SCRIPT DIR MAJOR...\", leaves DIR/run-MAJOR" >&2
  exit 1
}
majors=${*:-58 59 61 62 63}
bash "$build" "$dir" $majors || { echo "majors: $build could not get any of: $majors" >&2; exit 1; }
bad=() ran=0
for m in $majors; do
  [ -x "$dir/run-$m" ] || { bad+=("$m (not there)"); continue; }
  # With no simulator: it is built for the machine's own FFmpeg.
  for p in avformat codec; do
    ran=$((ran + 1))
    echo "== FFmpeg with libavformat $m: $p"
    NVSIM=0 REQUIRE_FFMPEG=1 NVCODEC_MAJOR=$m CGO_ENABLED=0 go test -short -count 1 -timeout 20m -exec "$dir/run-$m" "./$p" || bad+=("$m $p")
  done
done
[ $ran -gt 0 ] && [ ${#bad[@]} = 0 ] || { echo "majors: failed: ${bad[*]:-nothing ran}"; exit 1; }
