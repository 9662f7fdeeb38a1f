#!/usr/bin/env bash
# Fills .device/ with what scripts/device.sh needs on the GPU machine, checks its size,
# and prints the calls.
#
#   scripts/device.sh prepare [bin] [ffmpeg] [media] [clips] [ref] [fuzz]    default: all
#
# On Debian 12, amd64, with Go, gcc, xz and: apt-get install ffmpeg libffmpeg-nvenc-dev.
#   bin     Go programs and test binaries, CGO_ENABLED=0           -> pack/bin.tar.xz
#   ffmpeg  Debian's FFmpeg 5.1: what decoding needs; the rest stubs -> pack/ffmpeg.tar.xz
#           ($KEEP: more of them to keep, libx264.so.164,libx265.so.199,libnuma.so.1)
#           and its program, with the libraries only it needs      -> clips/ffcli.tar.xz
#   media   the corpus ($NVCODEC_MEDIA, else ../shared/media)       -> media/
#   clips   the benchmark's clips, 10 minutes if absent; $CLIPSET of them -> clips/perf/
#   fuzz    test binaries for the section fuzz                     -> fuzz/fuzz.tar.xz
#   ref     refdec, the C program on libnvcuvid, and its source     -> ref/
# Steps whose inputs did not change are not repeated.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
D=$PWD/.device SHARED=${SHARED:-$PWD/../shared}
MEDIA=${NVCODEC_MEDIA:-$SHARED/media} BENCH=$SHARED/bench
LIB=/usr/lib/x86_64-linux-gnu
LIMIT=$((60 << 20)) # bytes a call may carry, with a margin to the machine's 64 MiB
mkdir -p "$D/pack" "$D/build"
failed=0
say() { printf '%s\n' "$*"; }
fail() { say "FAIL $*"; failed=1; }
want() { [ "$#" -lt 2 ] || case " ${*:2} " in *" $1 "*) ;; *) return 1 ;; esac; }
pack() { # pack ARCHIVE FOLDER: reproducible, so that an unchanged folder is an unchanged file
  # The large dictionary halves the Go programs, which have most of their bytes in common.
  tar -C "$2" --sort=name --owner=0 --group=0 --mtime=@0 -cf - . | nice xz -T1 --x86 --lzma2=preset=9 >"$1.tmp" && mv "$1.tmp" "$1"
}
# changed STAMP FILE...: true, and noted, if the files are others than last time
changed() {
  local s=$D/build/$1.stamp now; shift
  now=$(cat "$@" | cksum)
  [ "$(cat "$s" 2>/dev/null)" != "$now" ] || return 1
  echo "$now" >"$s"
}

bin() {
  local p b=$D/build/bin
  mkdir -p "$b"; rm -f "$b"/*
  export CGO_ENABLED=0 GOOS=linux GOARCH=amd64
  for p in internal/exact examples/*/; do
    p=${p%/}; ls "$p"/*.go >/dev/null 2>&1 && [ "$p" != examples/internal ] && [ ! -f "$p/go.mod" ] || continue
    nice go build -trimpath -ldflags='-s -w' -o "$b/$(basename "$p")" "./$p" || fail "bin: $p does not build"
  done
  for p in cuda nvcuvid frame codec; do
    [ -n "$(ls $p/*_test.go 2>/dev/null)" ] || continue
    # Those whose tests use a GPU; not -trimpath, so that failures name their lines.
    nice go test -c -ldflags='-s -w' -o "$b/${p//\//.}.test" "./$p" || fail "bin: the tests of $p do not build"
  done
  # Not *.test: it needs real encoders, and has a section of its own.
  nice go test -c -ldflags='-s -w' -o "$b/transcode-test" ./examples/internal/transcode || fail "bin: the tests of transcode do not build"
  CGO_ENABLED=1 nice go build -C examples/pytorch -trimpath -ldflags='-s -w' -buildmode=c-shared -o "$b/libnvc.so" . || fail "bin: examples/pytorch does not build"
  rm -f "$b/libnvc.h"
  # Uncommitted changes make a + of the commit.
  git log -1 --format='%h %cs' >"$b/VERSION"; git diff --quiet HEAD -- '*.go' '*.ptx' go.mod || sed -i 's/ /+ /' "$b/VERSION"
  changed bin "$b"/* && pack "$D/pack/bin.tar.xz" "$b"
  say "bin: $(ls "$b" | tr '\n' ' ')"
}

ffmpeg() {
  local f=$D/build/ffmpeg c=$D/build/ffcli l
  local libs=("$LIB"/lib{avformat.so.59,avcodec.so.59,avutil.so.57,swscale.so.6,swresample.so.4})
  local tools=(/usr/bin/ffmpeg /usr/bin/ffprobe "$LIB"/lib{avfilter.so.8,avdevice.so.59,postproc.so.56})
  for l in "${libs[@]}" "${tools[@]}"; do [ -f "$l" ] || { fail "ffmpeg: no $l; apt-get install ffmpeg"; return; }; done
  echo "${KEEP:-}" >"$D/build/keep"
  changed ffmpeg "$D/build/keep" "${libs[@]}" "${tools[@]}" scripts/device/ffpack/*.go || return 0
  CGO_ENABLED=0 go build -o "$D/build/ffpack" ./scripts/device/ffpack || { fail "ffmpeg: ffpack does not build"; return; }
  rm -rf "$f" "$c"; mkdir -p "$f" "$c"
  # All in one first, so that stubs have what the program wants of them as well; then
  # the program and what only it needs apart.
  "$D/build/ffpack" -o "$f" -keep "libdav1d.so.6,libz.so.1,libbz2.so.1.0,liblzma.so.5${KEEP:+,$KEEP}" "${libs[@]}" "${tools[@]}" || { fail "ffmpeg: ffpack"; return; }
  mv "$f"/ffmpeg "$f"/ffprobe "$f"/libavfilter* "$f"/libavdevice* "$f"/libpostproc* "$c"
  pack "$D/pack/ffmpeg.tar.xz" "$f" && mkdir -p "$D/clips" && pack "$D/clips/ffcli.tar.xz" "$c"
}

media() {
  [ -f "$MEDIA/manifest.json" ] || { fail "media: no $MEDIA/manifest.json"; return; }
  mkdir -p "$D/media" && cp -ru "$MEDIA"/. "$D/media/" && chmod -R u+w "$D/media"
  diff -rq "$MEDIA" "$D/media" >/dev/null || fail "media: the copy differs"
}

clips() {
  local c all=$D/build/clips
  if ! [ -s "$all/perf/vp9_1080p.webm" ] || ! [ -s "$all/perf/reuse_2160p_2s_gop60.mp4" ]; then
    say "clips: making them, about 10 minutes"
    nice -n 19 bash "$BENCH/make-clips.sh" "$all" perf || { fail "clips"; return; }
  fi
  rm -rf "$D/clips/perf"; mkdir -p "$D/clips/perf"
  for c in ${CLIPSET:-h264_1080p_gop250 hevc8_1080p hevc10_1080p vp9_1080p reuse_360p_2s_gop60 reuse_480p_2s_gop60 reuse_720p_2s_gop60 reuse_1080p_2s_gop60 reuse_2160p_2s_gop60}; do
    cp "$all/perf/$c".* "$D/clips/perf/" || fail "clips: no $c"
  done
}

ref() {
  mkdir -p "$D/ref/include" && cp "$BENCH/refdec.c" "$D/ref/" && cp -r /usr/include/ffnvcodec "$D/ref/include/" ||
    { fail "ref: apt-get install libffmpeg-nvenc-dev"; return; }
  gcc -O2 -w -pthread "$D/ref/refdec.c" -o "$D/ref/refdec" -ldl -lm || fail "ref: refdec does not build"
}

# Instrumented for fuzzing, which is slower: for that alone.
fuzz() {
  local p b=$D/build/fuzz
  mkdir -p "$b" "$D/fuzz"; rm -f "$b"/*
  for p in $(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do
    CGO_ENABLED=0 nice go test -c -fuzz=Fuzz -ldflags='-s -w' -o "$b/${p//\//.}.test" "./$p" || fail "fuzz: the tests of $p do not build"
  done
  changed fuzz "$b"/* && pack "$D/fuzz/fuzz.tar.xz" "$b"
}

for s in bin ffmpeg media clips ref fuzz; do want "$s" "$@" && "$s"; done

# ------------------------------------------------------------------ sizes and calls
bytes() { # of files and folders
  local n=0 p; for p; do [ -e "$p" ] && n=$((n + $(find "$p" -type f -printf '%s\n' | awk '{s+=$1} END {printf "%d", s}'))); done; echo $n
}
tree=$(git ls-files -z -co --exclude-standard | xargs -0 stat -c %s 2>/dev/null | awk '{s+=$1} END {printf "%d", s}')
say "tree: $((tree >> 10)) KiB; pack $(($(bytes "$D/pack") >> 10)), media $(($(bytes "$D/media") >> 10)), clips $(($(bytes "$D/clips") >> 10)), ref $(($(bytes "$D/ref") >> 10)) KiB"
big=$(find "$D" -name '*.tmp'); [ -z "$big" ] || rm -f $big
call() { # call TITLE CARRY SECTIONS
  local c n=$tree; for c in $2; do n=$((n + $(bytes "$c"))); [ -e "$c" ] || fail "no $c"; done
  say ""; say "$1: $((n >> 10)) KiB of $((LIMIT >> 10))"
  [ $n -le $LIMIT ] || fail "$1: too much to carry"
  say "  carry:   $(printf '"%s" ' $2)"
  say "  command: bash scripts/device.sh $3"
}
call "call 1" ".device/pack .device/media .device/ref" "info ffmpeg unit exact"
call "call 2" ".device/pack .device/clips .device/ref" "info ffmpeg alloc bench demo"
call "call 4" ".device/pack .device/clips .device/ref" "info tensor"
case $(cat "$D/build/keep" 2>/dev/null) in
*x264*) call "call 3" ".device/pack .device/clips" "info transcode doctor" ;;
*) call "call 8" ".device/pack .device/media" "info sei" ;;
esac
call "call 5" ".device/pack .device/clips .device/ref" "info clips"
say "" "Call 6 wants CLIPSET=\"h264_1080p_gop30 h264_1080p_gop250 hevc8_1080p\" scripts/device.sh prepare clips"
call "call 6" ".device/pack .device/clips .device/ref" "info seek"
say "" "The section segments wants KEEP as for transcode, and CLIPSET=\"h264_1080p_gop30 h264_360p_gop250\" scripts/device.sh prepare clips"
call "call 7" ".device/pack .device/clips .device/ref" "info first soak"
exit $failed
