#!/usr/bin/env bash
# bench-cpu.sh [FILE]   compares our CPU path with the ffmpeg program: decode, and
# transcode with the same encoder, settings and threads. Runs alternate, ROUNDS times
# (default 5); the figure is the median of the ratios ours/ffmpeg of each round.
# REPEAT (default 4) is how often the clip goes through one run, so that start-up does
# not count; THREADS (default 2) is for decoder and encoder each.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} repeat=${REPEAT:-4} threads=${THREADS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clip=$work/clip.mkv
ffmpeg -nostdin -v error -stream_loop $((repeat - 1)) -i "${1:-testdata/demo.mp4}" -map 0:v:0 -c copy "$clip"
CGO_ENABLED=0 go build -o "$work/decode" ./examples/decode
CGO_ENABLED=0 go build -o "$work/transcode" ./examples/transcode
echo '{"preset": "P2", "cq": 23, "gop": 250}' >"$work/c.json"

seconds() { local a b; a=$(date +%s%N); "$@" >/dev/null 2>&1; b=$(date +%s%N); echo $(((b - a) / 1000)); }
median() { sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
compare() { # name, ours, theirs: commands in strings
	for _ in $(seq "$rounds"); do
		ours=$(seconds bash -c "$2") theirs=$(seconds bash -c "$3")
		echo "$ours $theirs"
	done >"$work/times"
	printf '%-10s ratio %s  ours %s s  ffmpeg %s s  (rounds: %s)\n' "$1" \
		"$(awk '{printf "%.3f\n", $2 / $1}' "$work/times" | median)" \
		"$(awk '{printf "%.2f\n", $1 / 1e6}' "$work/times" | median)" "$(awk '{printf "%.2f\n", $2 / 1e6}' "$work/times" | median)" \
		"$(awk '{printf "%.3f ", $2 / $1}' "$work/times")"
}
compare decode "$work/decode -device cpu -threads $threads -layout planar -i $clip" \
	"ffmpeg -nostdin -v error -threads $threads -i $clip -f null -"
compare transcode "$work/transcode -device cpu -threads $threads -json $work/c.json -i $clip -o $work/a.mp4" \
	"ffmpeg -nostdin -v error -y -threads $threads -i $clip -c:v libx264 -threads $threads -preset veryfast -crf 23 -g 250 -sc_threshold 0 -keyint_min 1 $work/b.mp4"
