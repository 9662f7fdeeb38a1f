#!/usr/bin/env bash
# Makes the clips of testdata/ and the checksums of their frames with Debian 12's
# ffmpeg, from nothing: every picture is drawn by filters. The result is committed;
# this is how it came about. Two runs give the same bytes, another encoder version
# will not.
#
#   scripts/testdata.sh [DIRECTORY]      default testdata
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-testdata}
mkdir -p "$out/framemd5"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

FF=(ffmpeg -hide_banner -loglevel error -nostdin -y)
EXACT=(-fflags +bitexact -map_metadata -1 -threads 1)
X264=(-c:v libx264 -preset slow -pix_fmt yuv420p)
X265=(-c:v libx265 -preset medium)
x265=pools=none:frame-threads=1:log-level=error

# number X Y SIZE: a filter that burns in the frame number, three digits of seven
# segments on black. No font is needed, and a program can read it.
number() {
  local x=$1 y=$2 s=$3 t=$(($3 / 5)) k i digit seg
  local w=$((s + t)) h=$((2 * s + t))
  printf 'drawbox=x=%d:y=%d:w=%d:h=%d:color=black:t=fill' "$((x - t))" "$((y - t))" "$((3 * (w + t) + t))" "$((h + 2 * t))"
  # the digits that light each segment: top, upper left, upper right, middle, lower left, lower right, bottom
  local -a lit=(02356789 045689 01234789 2345689 0268 013456789 0235689 )
  local -a px=(0 0 "$s" 0 0 "$s" 0) py=(0 0 0 "$s" "$s" "$s" $((2 * s)))
  local -a pw=("$w" "$t" "$t" "$w" "$t" "$t" "$w") ph=("$t" "$w" "$w" "$t" "$w" "$w" "$t")
  for k in 0 1 2; do
    digit="mod(floor(n/$((10 ** (2 - k))))\\,10)"
    for seg in 0 1 2 3 4 5 6; do
      local when="" d
      for ((i = 0; i < ${#lit[seg]}; i++)); do
        d=${lit[seg]:i:1}
        when+="${when:++}eq($digit\\,$d)"
      done
      printf ',drawbox=x=%d:y=%d:w=%d:h=%d:color=white:t=fill:enable=%s' \
        "$((x + k * (w + t) + px[seg]))" "$((y + py[seg]))" "${pw[seg]}" "${ph[seg]}" "$when"
    done
  done
}

# source SIZE RATE SECONDS: lavfi input, a moving test picture with its number
source_() { printf 'testsrc2=s=%s:r=%s:d=%s,%s' "$1" "$2" "$3" "$(number 16 16 20)"; }
SMALL=$(source_ 320x180 30 2)

clip() { # name ffmpeg-arguments...
  local name=$1
  shift
  "${FF[@]}" "$@" "${EXACT[@]}" "$out/$name"
}

# ---- with sound
clip demo.mp4 -f lavfi -i "$(source_ 640x360 30 10)" -f lavfi -i sine=frequency=330:beep_factor=4:sample_rate=44100:duration=10 \
  "${X264[@]}" -crf 29 -g 60 -keyint_min 60 -sc_threshold 0 -bf 3 -c:a aac -b:a 48k -movflags +faststart
clip av-12s.mp4 -f lavfi -i "$(source_ 320x180 30 12)" -f lavfi -i sine=frequency=440:sample_rate=44100:duration=12 \
  "${X264[@]}" -crf 36 -g 30 -bf 2 -c:a aac -b:a 32k
clip audio.m4a -f lavfi -i sine=frequency=440:sample_rate=44100:duration=2 -c:a aac -b:a 32k

# ---- a codec each
clip h264.mkv -f lavfi -i "$SMALL" "${X264[@]}" -crf 32 -g 30 -bf 3
clip hevc.mp4 -f lavfi -i "$SMALL" "${X265[@]}" -crf 34 -pix_fmt yuv420p -tag:v hvc1 -x265-params "$x265:keyint=30:bframes=3"
clip hevc10.mkv -f lavfi -i "$SMALL" "${X265[@]}" -crf 34 -pix_fmt yuv420p10le -x265-params "$x265:keyint=30:bframes=3"
two_passes() { # name arguments...: libvpx makes hidden frames (alt-ref) only in a second pass
  local name=$1
  shift
  "${FF[@]}" "$@" -pass 1 -passlogfile "$tmp/$name" -an "${EXACT[@]}" -f null -
  clip "$name" "$@" -pass 2 -passlogfile "$tmp/$name"
}
two_passes vp8.webm -f lavfi -i "$SMALL" -c:v libvpx -pix_fmt yuv420p -b:v 200k -auto-alt-ref 1 -lag-in-frames 16 -g 30
two_passes vp9.webm -f lavfi -i "$SMALL" -c:v libvpx-vp9 -pix_fmt yuv420p -crf 45 -b:v 0 -auto-alt-ref 1 -lag-in-frames 25 -row-mt 0 -g 30
clip av1.mp4 -f lavfi -i "$SMALL" -c:v libsvtav1 -preset 6 -pix_fmt yuv420p -crf 50 -g 30 -svtav1-params lp=1 2>/dev/null
clip mpeg2.ts -f lavfi -i "$(source_ 320x176 25 1)" -c:v mpeg2video -pix_fmt yuv420p -q:v 12 -g 12 -bf 2
clip mpeg4.avi -f lavfi -i "$(source_ 320x180 30 1)" -c:v mpeg4 -pix_fmt yuv420p -q:v 12 -g 15 -bf 2
clip mjpeg.avi -f lavfi -i "$(source_ 320x180 10 1)" -c:v mjpeg -pix_fmt yuvj420p -q:v 18 -huffman default

# ---- elementary streams
clip h264.h264 -f lavfi -i "$(source_ 320x180 30 1)" "${X264[@]}" -crf 34 -g 15 -bf 2 -f h264
clip hevc.h265 -f lavfi -i "$(source_ 320x180 30 1)" "${X265[@]}" -crf 36 -pix_fmt yuv420p -x265-params "$x265:keyint=15:bframes=2" -f hevc
for size in 320x180 480x270; do
  "${FF[@]}" -f lavfi -i "$(source_ $size 30 0.5)" "${X264[@]}" -crf 36 -g 15 -bf 2 "${EXACT[@]}" "$tmp/$size.ts"
  "${FF[@]}" -i "$tmp/$size.ts" -c copy "${EXACT[@]}" "$tmp/$size.h264"
  printf "file '%s'\n" "$tmp/$size.ts" >>"$tmp/list"
done
head -n 1 "$tmp/list" >"$tmp/first" && cat "$tmp/first" >>"$tmp/list"
cat "$tmp/320x180.h264" "$tmp/480x270.h264" "$tmp/320x180.h264" >"$out/h264-resize.h264"
clip h264-resize.ts -f concat -safe 0 -i "$tmp/list" -c copy

# ---- a feature each
clip h264-444.mp4 -f lavfi -i "$(source_ 320x180 30 0.5)" -c:v libx264 -pix_fmt yuv444p -crf 36 -g 15
clip hevc-444.mp4 -f lavfi -i "$(source_ 320x180 30 0.5)" "${X265[@]}" -crf 38 -pix_fmt yuv444p -tag:v hvc1 -x265-params "$x265:keyint=15"
clip hevc-hdr10.mp4 -f lavfi -i "$(source_ 320x180 30 0.5)" "${X265[@]}" -crf 38 -pix_fmt yuv420p10le -tag:v hvc1 \
  -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -x265-params "$x265:keyint=15:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
clip h264-interlaced.ts -f lavfi -i "$(source_ 320x192 50 1),interlace=scan=tff" "${X264[@]}" -crf 34 -g 12 -bf 2 -flags +ilme+ildct -x264-params tff=1
clip h264-opengop.mp4 -f lavfi -i "$SMALL" "${X264[@]}" -crf 36 -g 20 -bf 3 -x264-params open-gop=1:scenecut=0
clip h264-crop.mp4 -f lavfi -i "$(source_ 178x102 30 1)" "${X264[@]}" -crf 34 -g 15
clip h264-vfr.mkv -f lavfi -i "$SMALL" -vf "select='not(mod(n\\,4))+not(mod(n\\,7))'" -vsync vfr "${X264[@]}" -crf 34 -g 20 -bf 2
clip h264-rotated.mp4 -i "$out/h264.mkv" -c copy -metadata:s:v rotate=90
# begins in the middle of a GOP: an edit list hides the frames before
clip h264-editlist.mp4 -ss 0.4 -i "$out/h264.mkv" -c copy

# ---- what libavcodec makes of them: every frame, packed, own pixel format, as the
# stream crops it, neither rotated nor scaled
for f in "$out"/*.*; do
  case $f in *.md | *.m4a) continue ;; esac
  "${FF[@]}" -threads 1 -flags unaligned -noautorotate -i "$f" -map 0:v:0 -fps_mode passthrough -autoscale 0 -fflags +bitexact \
    -f framemd5 "$out/framemd5/${f##*/}.framemd5"
done
du -ch "$out"/*.* | tail -1 >&2
