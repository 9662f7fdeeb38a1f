#!/usr/bin/env bash
# Tests and measures the library on a machine with an NVIDIA GPU and nothing else:
# no Go, no FFmpeg, no network. What it needs is carried in .device/, which is filled
# on the developer's machine.
#
#   scripts/device.sh prepare                 here: builds and packs .device/
#   scripts/device.sh rehearse [SECTION...]   here: runs from a copy of what travels
#   scripts/device.sh SECTION...              there, from the repository's root
#
# Sections, and what of .device/ each needs beside pack/:
#   info     machine, driver, libraries, decoder capabilities [ref/]
#   ffmpeg   FFmpeg's libraries load and decode
#   unit     test binaries of the packages, with REQUIRE_GPU=1
#   exact    every media file on cuda:0 and on auto, frame by frame [media/]
#   sei      SEI messages of every media file on cuda:0 beside the CPU's, and the driver's own [media/]
#   random   frames of the media files by number, by 1, 2, 3 and 7 decoders at once [media/]
#   alloc    allocations a frame on the GPU [clips/]
#   bench    frames a second beside a C program on libnvcuvid [clips/ ref/]
#   clips    many 2 s clips, each opened from its file, beside the C program [clips/ ref/]
#   seek     random access, and one file by several decoders, beside the C program [clips/ ref/]
#   first    time to the first frame, warm and cold, beside the C program [clips/ ref/]
#   tensor   conversions: results, speed beside NPP's, decoding with them, and what
#            PyTorch and CuPy read [clips/ ref/]
#   soak     opens and closes 500 files; 32 readers at once ($SOAK, $READERS: other numbers);
#            16 goroutines of mixed work for $LOAD seconds (300; 0 leaves it out): memory,
#            handles, goroutines and device memory must stay what they were
#   fuzz     begins to feed each fuzz target for $FUZZTIME (10m) in the background, by two
#            processes each, where there are cores to spare [fuzz/]; fuzzed waits for it
#            and tells what was found
#   demo     the demo, and the same checksums from GPU and CPU
#   doctor   what examples/doctor finds; an encoder by name on a GPU without NVENC is an
#            error that says so, and auto takes the CPU [pack/ prepared as for transcode]
#   peer     MPEG-1/2/4 beside FFmpeg's own decoders on the GPU [media/ clips/ffcli.tar.xz]
#   transcode  decode on the GPU, encode on the CPU, mp4; compared with the source
#            [clips/; pack/ prepared with KEEP=libx264.so.164,libx265.so.199,libnuma.so.1]
#   segments segments decoded on the GPU and coded on the CPU, beside the ffmpeg program
#            [clips/ with h264_1080p_gop30, h264_360p_gop250; pack/ as for transcode]
#
# A section that fails or takes too long does not stop the others. Results lie in
# $OUT (default .device/out): summary.txt, logs.tar.gz with everything, live.log of the
# section under way, contact-sheet.png. The exit status is 0 if all passed.
#
# Environment: BUDGET seconds in all (570), QUICK=1 for short measurements, UNIT the
# packages to test, TESTS and EXACT more arguments for the test binaries (default: skip
# Encode, whose libraries are stubs there) and for exact,
# EXACT_DEVICE, CLIPS the clips to measure, SESSIONS (1,7), WINDOW seconds, MODES (copy), NVC_SIM the
# folder of a simulated driver (rehearsals).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
ROOT=$PWD D=$PWD/.device
W=${WORK:-${TMPDIR:-/tmp}/nvcodec-device}
OUT=${OUT:-$D/out}
L=$W/logs
case ${1:-} in
prepare | rehearse) exec bash scripts/device/"$1".sh "${@:2}" ;;
esac

# ------------------------------------------------------------------ environment
# NVIDIA's libraries may be mounted where the loader does not look by itself.
DRIVER=/usr/local/nvidia/lib64:/usr/local/nvidia/lib:/usr/local/cuda/lib64
REQUIRE=REQUIRE_GPU=1
if [ -n "${NVC_SIM:-}" ]; then
  DRIVER=$NVC_SIM:$W/ffmpeg REQUIRE=REQUIRE_SIM=1
  export NVCODEC_SIM=$NVC_SIM
fi
# Only our own programs see the carried libraries: the machine's tools keep theirs.
with() { env LD_LIBRARY_PATH="$W/ffmpeg:$DRIVER" NVCODEC_FFMPEG="$W/ffmpeg" GOTRACEBACK=all "$@"; }
nv() { env LD_LIBRARY_PATH="$DRIVER" "$@"; }
fftool() { env LD_LIBRARY_PATH="$W/ffmpeg:$W/ffcli" "$W/ffcli/ffmpeg" -v error -nostdin -y "$@"; }
B=$W/bin
export NVCODEC_MEDIA=$D/media

# unpack PACK: into $W/PACK, again if the file changed.
unpack() {
  local n=$1 f=$D/${2:-pack}/$1.tar.xz s
  [ -f "$f" ] || { echo "FAIL $n: no .device/${2:-pack}/$1.tar.xz; carry .device/${2:-pack}"; return 1; }
  s=$(cksum <"$f")
  [ "$(cat "$W/$n.stamp" 2>/dev/null)" = "$s" ] && return 0
  rm -rf "${W:?}/$n" && mkdir -p "$W/$n"
  tar -C "$W/$n" -xJf "$f" 2>/dev/null ||
    python3 -c 'import sys,tarfile; tarfile.open(sys.argv[1],"r:xz").extractall(sys.argv[2])' "$f" "$W/$n" ||
    { echo "FAIL $n: cannot unpack"; return 1; }
  echo "$s" >"$W/$n.stamp"
}
need() { # need DIR...: folders of .device/ that must have been carried
  local d; for d; do [ -d "$D/$d" ] || { echo "FAIL: no .device/$d; carry it"; return 1; }; done
}
q() { [ -n "${QUICK:-}" ] && echo "$1" || echo "$2"; }

# ------------------------------------------------------------------ sections
# Each runs in a shell of its own. Lines that begin with PASS, FAIL, WARN, INFO or | go
# to the summary as well.
sec_info() {
  local l p found=0
  echo "INFO $(uname -srm), $(nproc) cores, $(awk '/MemTotal/{printf "%d GiB", $2/1048576}' /proc/meminfo), $(. /etc/os-release; echo "$PRETTY_NAME"), $(ldd --version 2>&1 | head -1)"
  echo "INFO tools: $(for t in gcc cc nvcc python3 xz go ffmpeg; do command -v $t; done | tr '\n' ' ')"
  nvidia-smi
  echo "INFO $(nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm,clocks.video,pstate --format=csv,noheader 2>&1 | head -3)"
  echo "INFO devices: $(ls /dev/nvidia* 2>/dev/null | tr '\n' ' ')"
  for l in libcuda.so.1 libnvcuvid.so.1 libnvidia-encode.so.1; do
    p=$({ ldconfig -p | awk -v l=$l '$1==l{print $NF}'; for d in ${DRIVER//:/ }; do ls "$d/$l" 2>/dev/null; done; } | sort -u | tr '\n' ' ')
    echo "INFO $l: ${p:-not found}"
    case $l in libcuda* | libnvcuvid*) [ -n "$p" ] && found=$((found + 1)) ;; esac
  done
  unpack bin && echo "INFO library $(cat "$B/VERSION"), packed $(date -u -r "$D/pack/bin.tar.xz" +%FT%RZ)"
  refdec_ready && nv timeout 20 "$W/refdec" caps | tee "$L/caps.txt" | grep -a '^INFO'
  [ $found = 2 ] || { echo "FAIL no driver with NVDEC"; return 1; }
}
sec_ffmpeg() {
  unpack bin && unpack ffmpeg || return 1
  local bad n f=testdata/demo.mp4
  bad=$(for l in "$W"/ffmpeg/libav*.so.*; do env LD_LIBRARY_PATH="$W/ffmpeg" ldd -r "$l"; done 2>&1 | grep -E 'not found|undefined' | sort -u)
  [ -z "$bad" ] || { echo "FAIL libraries: $(echo "$bad" | head -3 | tr '\n' ' ')"; return 1; }
  [ -f $f ] || f=$(ls "$D"/clips/perf/hevc8_1080p.mp4 "$D"/media/h264-mp4-1080p60-bunny.mp4 2>/dev/null | head -1)
  n=$(with "$B/decode" -i "$f" -device cpu -framemd5 -n 20 | tail -1) || return 1
  echo "INFO $(basename "$f") on the CPU: $n"
  case $n in *"frames 20") ;; *) return 1 ;; esac
}
sec_unit() {
  unpack bin && unpack ffmpeg || return 1
  local rc=0 p t log r
  # The corpus is for exact: here it would only test the CPU engine, for minutes.
  [ -n "${UNIT_MEDIA:-}" ] || export NVCODEC_MEDIA=/nonexistent
  encoders >/dev/null || export NVCODEC_LOAD_ENCODE=0
  for t in "$B"/*.test; do
    p=$(basename "$t" .test); log=$L/unit-${p//./-}.log
    [ -z "${UNIT:-}" ] || case " $UNIT " in *" $p "*) ;; *) continue ;; esac
    ( cd "${p//.//}" && with env $REQUIRE timeout -k 5 130 "$t" -test.v -test.timeout 120s ${TESTS:--test.skip=Encode|RateControl|Preset|RepeatHeaders|Ignored|Remedy|FormatSpell|Transcod} ) >"$log" 2>&1
    r=$?
    echo "$([ $r = 0 ] && echo PASS || echo FAIL) $p: rc $r, $(grep -ac -- '^--- PASS' "$log") pass, $(grep -ac -- '^--- FAIL' "$log") fail, $(grep -ac -- '^ *--- SKIP' "$log") skip$(grep -ao 'SKIP\[[^]]*\]' "$log" | sort | uniq -c | awk '{c=$1; $1=""; printf ";%s x%d", $0, c}')"
    [ $r = 0 ] && continue
    rc=1
    grep -aE -B4 '^ *--- FAIL|^panic:|^fatal error:|^SIG' "$log" | grep -avE '^(=== |--$|$)|--- (PASS|SKIP)|Error Trace' | head -${LINES_EACH:-14} | sed 's/^/| /'
  done
  return $rc
}
sec_exact() {
  need media && unpack bin && unpack ffmpeg || return 1
  local rc=0
  with "$B/exact" -media "$D/media" -device "${EXACT_DEVICE:-cuda:0,auto}" -j "${EXACT_JOBS:-7}" -timeout 45s -o "$L/exact" ${EXACT:-} >"$L/exact.txt" || rc=1
  grep -E '^(PASS|FAIL|INFO) exact' "$L/exact.txt"
  grep -E '^FAIL' "$L/exact.txt" | grep -v '^FAIL exact' | head -${LINES_EACH:-20} | cut -c1-260 | sed 's/^/| /'
  echo "INFO warned rows: $(grep -c '^WARN' "$L/exact.txt")"
  grep -E '^WARN' "$L/exact.txt" | cut -f1-6 | head -12 | sed 's/^/| /'
  return $rc
}
# Messages are read by us and joined to the frames; the test compares the list with what
# the driver says of each picture.
sec_sei() {
  need media && unpack bin && unpack ffmpeg || return 1
  local rc=0
  with "$B/exact" -sei -media "$D/media" -device "${EXACT_DEVICE:-cuda:0}" -j "${EXACT_JOBS:-7}" -timeout 45s -o "$L/sei" ${SEI:-} >"$L/sei.txt" || rc=1
  echo "INFO files with messages: $(grep -c '^[A-Z]* sei ' "$L/sei.txt"), the same on both: $(grep -c '^PASS sei ' "$L/sei.txt")"
  grep -E '^(FAIL|WARN) sei ' "$L/sei.txt" | head -${LINES_EACH:-20} | cut -c1-240
  [ "$(grep -c '^PASS sei ' "$L/sei.txt")" -gt 0 ] || rc=1
  (cd codec && with env $REQUIRE NVCODEC_SEI=all timeout -k 5 120 "$B/codec.test" -test.v -test.run 'TestNVDECSEI' -test.timeout 110s) >"$L/sei-test.log" 2>&1 || rc=1
  grep -aE '^(--- |    --- FAIL)|messages by type|panic:' "$L/sei-test.log" | head -20 | sed 's/^/| /'
  grep -aqE '^--- PASS: TestNVDECSEI' "$L/sei-test.log" || { echo "FAIL what the driver says was not compared"; rc=1; }
  return $rc
}

sec_random() {
  need media && unpack bin && unpack ffmpeg || return 1
  local rc=0
  with "$B/exact" -random 1,2,3,7 -media "$D/media" -device "${EXACT_DEVICE:-cuda:0}" -j "${EXACT_JOBS:-7}" -timeout 120s -o "$L/random" ${EXACT:-} >"$L/random.txt" || rc=1
  grep -E '^(PASS|FAIL|INFO) exact' "$L/random.txt" | sed 's/exact/random/'
  grep -E '^FAIL' "$L/random.txt" | grep -v '^FAIL exact' | head -${LINES_EACH:-20} | cut -c1-260 | sed 's/^/| /'
  echo "INFO warned rows: $(grep -c '^WARN' "$L/random.txt")"
  return $rc
}
clips() { # clips NAME...: the files to measure, of those that were carried
  local c; for c in ${CLIPS:-"$@"}; do
    if [ "$c" = others ]; then ls "$D"/clips/perf/*; else ls "$D"/clips/perf/"$c".* 2>/dev/null; fi
  done
}
sec_alloc() {
  need clips && unpack bin && unpack ffmpeg || return 1
  local rc=0 dev=${DEVICE:-cuda:0}
  with timeout 100 "$B/bench" alloc -r "$(q 1 3)" -m copy,host -device "$dev" $(clips h264_1080p_gop250 hevc8_1080p vp9_1080p) | tee -a "$L/alloc.tsv" | sed 's/^/| /' || rc=1
  (cd codec && with env $REQUIRE timeout -k 5 45 "$B/codec.test" -test.v -test.run '(NVDEC|CPU).*Alloc' -test.timeout 40s) >"$L/alloc-test.log" 2>&1 || rc=1
  grep -aE '^ *--- ' "$L/alloc-test.log" | head -20 | sed 's/^/| /'
  return $rc
}
refdec_ready() { # the C program: as built, else built here
  [ -d "$D/ref" ] || return 1
  cp "$D/ref/refdec" "$W/refdec" 2>/dev/null && chmod +x "$W/refdec"
  ldd "$W/refdec" >/dev/null 2>&1 && ! ldd "$W/refdec" 2>&1 | grep -q 'not found' && return 0
  gcc -O2 -w -pthread -I"$D/ref/include" "$D/ref/refdec.c" -o "$W/refdec" -ldl -lm
}
# stream FILE: the elementary stream of a clip, which is what the C program reads.
stream() {
  local b=$(basename "$1") e
  b=${b%.*}; mkdir -p "$W/es"
  case $b in
  h264* | reuse*) e=$W/es/$b.h264; set -- "$1" -bsf:v h264_mp4toannexb -f h264 ;;
  hevc*) e=$W/es/$b.hevc; set -- "$1" -bsf:v hevc_mp4toannexb -f hevc ;;
  *) e=$W/es/$b.ivf; set -- "$1" -f ivf ;;
  esac
  [ -s "$e" ] || fftool -i "$1" -an -c copy "${@:2}" "$e" || return 1
  echo "$e"
}
beside_ready() { need clips ref && unpack bin && unpack ffmpeg && unpack ffcli clips && { refdec_ready || { echo "FAIL refdec does not start and cannot be built"; return 1; }; }; }
sec_bench() {
  beside_ready || return 1
  local f b e i rc=0 seen= win reps rounds n=${SESSIONS:-1,7}
  win=${WINDOW:-$(q 0.1 0.22)} reps=$(q 2 3) rounds=$(q 1 2)
  # The C program reads elementary streams; ours opens the files as they are.
  for f in $(clips h264_1080p_gop250 hevc8_1080p others); do
    b=$(basename "$f"); b=${b%.*}
    case " $seen " in *" $b "*) continue ;; esac
    seen="$seen $b"
    e=$(stream "$f") || { echo "FAIL $b: no elementary stream"; rc=1; continue; }
    # In turn, so that the clocks of the card are the same for both.
    for ((i = 0; i < rounds; i++)); do
      nv timeout 40 "$W/refdec" fps -w "$win" -r "$reps" -m copy -n "$n" "$e"
      with timeout 40 "$B/bench" fps -w "$win" -r "$reps" -m "${MODES:-copy}" -n "$n" "$f"
    done 2>>"$L/results.err" | tee -a "$L/results.tsv"
  done
  results results || rc=1
  return $rc
}
# results NAME: judges and shows the lines of a benchmark.
results() {
  local rc=0
  grep -aq '^FAIL' "$L/$1.tsv" && rc=1
  [ "$(grep -ac '^RES' "$L/$1.tsv")" -ge 2 ] || rc=1
  nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.video,utilization.decoder --format=csv,noheader 2>/dev/null | sed 's/^/INFO /'
  awk -f scripts/device/table.awk "$L/$1.tsv" | tee "$L/$1.md" | sed 's/^/| /'
  tail -3 "$L/$1.err" | cut -c1-250 | sed 's/^/| /'
  return $rc
}
# Short clips. The C program decodes one over and over without a break: that is the limit.
sec_clips() {
  beside_ready || return 1
  local f b e k rc=0 win reps n=${SESSIONS:-1,7} all=() streams=()
  win=$(q 0.1 1) reps=$(q 1 5)
  for f in $(clips reuse_360p_2s_gop60 reuse_480p_2s_gop60 reuse_720p_2s_gop60 reuse_1080p_2s_gop60 reuse_2160p_2s_gop60); do
    b=$(basename "$f"); b=${b%.*}
    e=$(stream "$f") || { echo "FAIL $b: no elementary stream"; rc=1; continue; }
    all+=("$f") streams+=("$e")
    case $b in *360p*) k=16 ;; *480p*) k=10 ;; *720p*) k=6 ;; *1080p*) k=3 ;; *) k=1 ;; esac
    k=$(q 1 $k)
    nv timeout 60 "$W/refdec" fps -w "$win" -r "$reps" -m copy -n "$n" "$e"
    with timeout 100 "$B/bench" reuse -r "$reps" -k "$k" -n "$n" "$f"
    nv timeout 60 "$W/refdec" reuse -r "$(q 1 2)" -k 2 -n "$n" "$e"
  done 2>>"$L/clips.err" >>"$L/clips.tsv"
  with timeout 60 "$B/bench" reuse -r "$(q 1 2)" -k "$(q 1 5)" -n "$n" "${all[@]}" 2>>"$L/clips.err" | grep -a mixed >>"$L/clips.tsv"
  nv timeout 60 "$W/refdec" reuse -r "$(q 1 2)" -k "$(q 1 5)" -n "$n" "${streams[@]}" 2>>"$L/clips.err" | grep -a mixed >>"$L/clips.tsv"
  results clips || rc=1
  return $rc
}
# Random access and one file in order by 7 decoders; the C program has one session for each
# caller, and for the file in order one in all.
sec_seek() {
  beside_ready || return 1
  local f b e n rc=0 reps
  reps=$(q 1 5)
  local SESSIONS=${SESSIONS:-1}
  for f in $(clips h264_1080p_gop30 h264_1080p_gop250 hevc8_1080p); do
    b=$(basename "$f"); b=${b%.*}
    e=$(stream "$f") || { echo "FAIL $b: no elementary stream"; rc=1; continue; }
    nv timeout 60 "$W/refdec" fps -w "$(q 0.1 1)" -r "$reps" -m copy -n 1 "$e"
    with timeout 100 "$B/bench" parallel -p 7 -r "$reps" "$f"
    nv timeout 60 "$W/refdec" fps -w "$(q 0.1 1)" -r "$reps" -m copy -n 7 "$e"
    with timeout 100 "$B/bench" parallel -p 7 -repeat 7 -r "$reps" "$f"
    case $b in hevc*) continue ;; esac
    for n in ${SESSIONS//,/ }; do
      nv timeout 100 "$W/refdec" seek "$e" "$(q 6 30)" "$n" "$(q 1 2)"
      with timeout 60 "$B/bench" seek "$f" "$(q 6 30)" "$n" "$reps"
    done
  done 2>>"$L/seek.err" >>"$L/seek.tsv"
  results seek || rc=1
  return $rc
}
sec_first() {
  beside_ready || return 1
  local f b e i m rc=0 reps cold
  reps=$(q 3 9) cold=$(q 1 5)
  mkdir -p "$W/mkv"
  for f in $(clips reuse_360p_2s_gop60 h264_1080p_gop250 hevc8_1080p hevc10_1080p vp9_1080p reuse_2160p_2s_gop60); do
    b=$(basename "$f"); b=${b%.*}
    e=$(stream "$f") || { echo "FAIL $b: no elementary stream"; rc=1; continue; }
    nv timeout 60 "$W/refdec" micro "$e" "$reps" | grep -a first-frame
    with timeout 60 "$B/bench" first -r "$reps" "$f"
    m=$W/mkv/$b-mkv.mkv
    [ -s "$m" ] || fftool -i "$f" -an -c copy "$m" && with timeout 60 "$B/bench" first -r "$reps" "$m"
  done 2>>"$L/first.err" >>"$L/first.tsv"
  f=$(clips h264_1080p_gop250) e=$(stream "$f")
  for ((i = 0; i < cold; i++)); do # in turn; each a process of its own
    # Its sixth value is the sum, without the reading of the file.
    nv timeout 60 "$W/refdec" cold "$e" | awk -F'\t' -v OFS='\t' '{split($7, v, ","); print $1, $2, "cold", $4, $5, $6, v[6]}'
    with timeout 60 "$B/bench" cold "$f"
  done 2>>"$L/first.err" >>"$L/first.tsv"
  results first || rc=1
  return $rc
}
# Conversions: the same bytes as on the CPU; microseconds of the device beside NPP's, in
# one run; frames a second of decoding with and without; other libraries as readers.
sec_tensor() {
  unpack bin && unpack ffmpeg || return 1
  local f rc=0 r p run log n=${SESSIONS:-1,7}
  export NVCODEC_MEDIA=/nonexistent
  for p in frame codec; do
    run='Convert|Batch|Tensor|DLPack|IPC|Resize|Float'; [ $p = frame ] || run='Output|Fill|NVDECScale|Bob|LateConsumer'
    log=$L/tensor-$p.log
    (cd $p && with env $REQUIRE timeout -k 5 150 "$B/$p.test" -test.v $(q -test.short "") -test.timeout 140s -test.run "$run") >"$log" 2>&1
    r=$?
    echo "$([ $r = 0 ] && echo PASS || echo FAIL) $p: rc $r, $(grep -ac -- '^--- PASS' "$log") pass, $(grep -ac -- '^ *--- FAIL' "$log") fail, $(grep -ac -- '^ *--- SKIP' "$log") skip"
    [ $r = 0 ] || { rc=1; grep -aE -A6 '^ *--- FAIL|^panic:|^fatal error:' "$log" | head -20 | sed 's/^/| /'; }
    sed -n 's/.*_test.go:[0-9]*: scaler: /INFO NVDEC scaler: /p' "$log"
  done
  (cd frame && with env $REQUIRE timeout 120 "$B/frame.test" -test.run '^$' -test.bench DeviceConvert -test.benchtime 1x $(q -test.short "")) >"$L/tensor-bench.log" 2>&1 || rc=1
  grep -a '^RES' "$L/tensor-bench.log" >"$L/tensor.tsv" || { rc=1; tail -5 "$L/tensor-bench.log" | sed 's/^/| /'; }
  refdec_ready && nv timeout 60 "$W/refdec" rgb >>"$L/tensor.tsv" 2>>"$L/tensor.err"
  grep -a '^NOTE' "$L/tensor.tsv" | sed 's/^/INFO /'
  # With and without conversion in turn, so that the clocks of the card are the same.
  for ((r = 0; r < $(q 1 3); r++)); do
    for f in $(clips h264_1080p_gop250 2>/dev/null); do
      with timeout 60 "$B/bench" fps -w "$(q 0.1 0.25)" -r "$(q 1 4)" -m copy,rgb,model,bilinear,scaled -n "$n" "$f"
    done
    for f in $(clips reuse_2160p_2s_gop60 2>/dev/null); do
      [ $r = 2 ] || [ -n "${QUICK:-}" ] || with timeout 60 "$B/bench" fps -w "$(q 0.1 0.3)" -r "$(q 1 4)" -m copy,rgb -n "$n" "$f"
    done
  done >>"$L/tensor.tsv" 2>>"$L/tensor.err"
  awk -v sim="${NVC_SIM:+1}" -f scripts/device/tensor.awk "$L/tensor.tsv" || rc=1
  f=$(clips h264_1080p_gop250 2>/dev/null | head -1); [ -f testdata/demo.mp4 ] && f=testdata/demo.mp4
  if command -v python3 >/dev/null && [ -f "$B/libnvc.so" ]; then
    with env NVC_LIB="$B/libnvc.so" PYTHONDONTWRITEBYTECODE=1 timeout 100 python3 examples/pytorch/check.py "$f" "${DEVICE:-cuda:0}" >"$L/tensor-python.log" 2>&1 || rc=1
    grep -aE '^(PASS|FAIL|INFO)' "$L/tensor-python.log"; grep -aqE '^(PASS|FAIL)' "$L/tensor-python.log" || { rc=1; tail -5 "$L/tensor-python.log" | sed 's/^/| /'; }
  else
    echo "INFO no python3: what other libraries read was not compared"
  fi
  return $rc
}
sec_soak() {
  unpack bin && unpack ffmpeg || return 1
  (cd codec && with env $REQUIRE MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 NVCODEC_SOAK="${SOAK:-$(q 50 500)}" NVCODEC_READERS="${READERS:-$(q 20 32)}" timeout -k 5 390 "$B/codec.test" \
    -test.v -test.run '^(TestSoak|TestManyReaders)$' -test.timeout 380s) >"$L/soak.log" 2>&1
  local rc=$? load=${LOAD:-$(q 20 300)} encode=1
  grep -aE '^ *--- |soak_test.go' "$L/soak.log" | cut -c1-230 | head -20 | sed 's/^/| /'
  [ "$load" -gt 0 ] || return $rc
  # Encoders of the carried FFmpeg may be stubs that crash.
  encoders >/dev/null || encode=0
  (cd codec && with env $REQUIRE MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 NVCODEC_LOAD="${load}s" NVCODEC_LOAD_ENCODE=$encode timeout -k 5 $((load + 120)) "$B/codec.test" \
    -test.v -test.run '^TestMixedLoad$' -test.timeout $((load + 110))s) >"$L/load.log" 2>&1 || rc=1
  grep -aE '^ *--- |load_test.go|Error:|Error Trace:' "$L/load.log" | grep -avE 'load_test.go:[0-9]+: +[0-9.]+ .*[0-9]$' | cut -c1-400 | head -30 | sed 's/^/| /'
  return $rc
}
# In the background, since it takes longer than a section may: the other sections that
# only compare go on meanwhile.
sec_fuzz() {
  need fuzz && unpack fuzz fuzz && unpack ffmpeg || return 1
  local b p t n=0 d=$W/fuzzing
  rm -rf "$d"; mkdir -p "$d" && cp go.mod "$d/" # by which tests find testdata
  for b in "$W"/fuzz/*.test; do
    p=$(basename "$b" .test); p=${p//.//}
    mkdir -p "$d/$p" && cp -r "$p"/. "$d/$p/" && ln -sfn "$ROOT/testdata" "$d/testdata" || return 1
    for t in $(cd "$p" && with env NVSIM=0 "$b" -test.list "${FUZZ:-^Fuzz}" | grep '^Fuzz'); do
      (cd "$d/$p" && with env NVSIM=0 setsid nice -n 10 "$b" -test.run '^$' -test.fuzz "^$t\$" -test.fuzztime "${FUZZTIME:-10m}" \
        -test.parallel "${FUZZ_PARALLEL:-2}" -test.fuzzcachedir "$d/cache-$t" >"$d/${p//\//.}-$t.log" 2>&1 </dev/null &)
      n=$((n + 1))
    done
  done
  echo "INFO $n targets"
  [ $n -gt 0 ]
}
sec_fuzzed() {
  local f rc=0 i
  for ((i = 0; i < 100; i++)); do pgrep -f test.fuzztime >/dev/null || break; sleep 3; done
  for f in "$W"/fuzzing/*.log; do
    if tail -1 "$f" | grep -q '^PASS'; then
      echo "PASS $(basename "$f" .log): $(grep -a '^fuzz: elapsed' "$f" | tail -1)"
    else
      rc=1; echo "FAIL $(basename "$f" .log): $(grep -a '^fuzz: elapsed' "$f" | tail -1)"
      grep -av '^fuzz: elapsed' "$f" | head -12 | sed 's/^/| /'
    fi
  done
  mkdir -p "$L/fuzz" && cp "$W"/fuzzing/*.log "$L/fuzz/"
  # What was found lies beside the seeds.
  (cd "$W/fuzzing" && find . -path '*/testdata/fuzz/*' -type f -size -1024k -mmin -60 | while read -r f; do [ -e "$ROOT/$f" ] || echo "$f"; done | tar -cf "$L/fuzz/found.tar" -T -)
  return $rc
}
sec_demo() {
  unpack bin && unpack ffmpeg || return 1
  local f=testdata/demo.mp4 a b rc=0
  [ -f $f ] || f=$(ls "$D"/clips/perf/hevc8_1080p.mp4 "$D"/media/h264-mp4-1080p60-bunny.mp4 2>/dev/null | head -1)
  for i in 1 2; do # the first pays for the driver's own start
    s=$(date +%s%N)
    with "$B/demo" -i "$f" -o "$OUT/contact-sheet.png" >"$L/demo.txt" 2>&1 || rc=1
    echo "INFO demo run $i: $((($(date +%s%N) - s) / 1000000)) ms"
  done
  sed 's/^/| /' "$L/demo.txt" | tail -12
  a=$(with "$B/decode" -i "$f" -device "${DEVICE:-cuda:0}" -framemd5 2>>"$L/demo.txt" | tail -1)
  b=$(with "$B/decode" -i "$f" -device cpu -framemd5 2>>"$L/demo.txt" | tail -1)
  echo "INFO GPU: $a; CPU: $b"
  [ -n "$a" ] && [ "$a" = "$b" ] || { echo "FAIL GPU and CPU differ"; rc=1; }
  return $rc
}
# The machine as the program for users sees it, and encoding where there is no encoder.
sec_doctor() {
  unpack bin && unpack ffmpeg || return 1
  # The carried FFmpeg has no encoder of AV1: a stub that crashes.
  local rc=0 none raw=$W/doctor.yuv out=$W/doctor.mp4 name some='-encoders h264,hevc'
  encoders || return 1
  with "$B/doctor" $some >"$L/doctor.txt" 2>&1 || { echo "FAIL doctor finds problems"; rc=1; }
  with "$B/doctor" $some -json >"$L/doctor.json" 2>"$L/doctor.err" || rc=1
  with "$B/doctor" $some -device cuda:0 >"$L/doctor-gpu.txt" 2>&1 || { echo "FAIL doctor -device cuda:0 finds problems"; rc=1; }
  # NoEngine is errors.Is(err, codec.ErrNoEncodeEngine).
  none=$(grep -c '"NoEngine": true' "$L/doctor.json")
  head -c $((320 * 180 * 3 / 2 * 10)) /dev/zero >"$raw"
  # encoded DEVICE: with a GPU's encoder or the CPU's, the result is 10 frames.
  encoded() {
    rm -f "$out"
    with "$B/encode" -i "$raw" -s 320x180 -device "$1" -o "$out" >"$L/encode-$1.txt" 2>&1 || return 1
    with "$B/decode" -i "$out" -device cpu -framemd5 2>>"$L/encode-$1.txt" | tail -1 | grep -q 'frames 10$'
  }
  if [ "$none" -gt 0 ]; then
    encoded cuda:0 && { echo "FAIL cuda:0 encodes, though doctor says it cannot"; rc=1; }
    name=$(sed -n 's/^ *"Name": "\(.* .*\)",$/\1/p' "$L/doctor.json" | head -1)
    grep -a 'no encode engine' "$L/encode-cuda:0.txt" | grep -aqF "${name:-no name} (cuda:0)" &&
      echo "PASS cuda:0: $(grep -a 'no encode engine' "$L/encode-cuda:0.txt")" || { echo "FAIL cuda:0: $(tail -3 "$L/encode-cuda:0.txt")"; rc=1; }
    encoded auto && grep -aq '^encoder: cpu, because .*no encode engine' "$L/encode-auto.txt" &&
      echo "PASS auto: $(grep -a '^encoder' "$L/encode-auto.txt")" || { echo "FAIL auto: $(tail -3 "$L/encode-auto.txt")"; rc=1; }
  else
    encoded cuda:0 && grep -aq '^encoder: cuda:0, because NVENC' "$L/encode-cuda:0.txt" &&
      echo "PASS cuda:0: $(grep -a '^encoder' "$L/encode-cuda:0.txt")" || { echo "FAIL cuda:0: $(tail -3 "$L/encode-cuda:0.txt")"; rc=1; }
  fi
  sed 's/^/| /' "$L/doctor.txt"
  return $rc
}

# Another client of the same hardware: FFmpeg's *_cuvid decoders. Where they give the
# same bytes as we, what differs from libavcodec is the hardware's own arithmetic. Odd sizes
# cannot be compared: FFmpeg has NVDEC scale them to even ones.
sec_peer() {
  need media && unpack bin && unpack ffmpeg && unpack ffcli clips || return 1
  local f c a b v rc=0
  for f in h264-annexb-bear-320x180.h264 hevc-annexb-g2b-culossless-176x144.h265 mpeg1-es-camera-cube-384x288.mpeg mpeg2-es-bbb-176x144.m2v \
    mpeg2-m2ts-bear-320x192.m2ts mpeg2-ps-camera-hello-640x480.mpeg mpeg4-avi-camera-physics-400x300.avi mpeg4-mp4-bunny-176x144.mp4; do
    c=${f%%-*}_cuvid v=format=yuv420p
    with timeout 30 "$B/decode" -i "$D/media/$f" -device cuda:0 -layout planar -o "$W/peer.yuv" 2>>"$L/peer.err"
    a=$(fftool -f rawvideo -pix_fmt yuv420p -s "$(grep -oE '[0-9]+x[0-9]+' <<<"$f" | head -1)" -i "$W/peer.yuv" -vf $v -f md5 - 2>>"$L/peer.err")
    b=$(fftool -c:v "$c" -i "$D/media/$f" -map 0:v:0 -fps_mode passthrough -vf $v -f md5 - 2>>"$L/peer.err")
    if [ -n "$a" ] && [ "$a" != MD5=d41d8cd98f00b204e9800998ecf8427e ] && [ "$a" = "$b" ]; then
      echo "PASS $f: $c gives the same, $a"
    else
      echo "WARN $f: ours $a, $c ${b:-nothing}"; rc=1
    fi
  done
  return $rc
}

encoders() {
  [ "$(stat -c %s "$W/ffmpeg/libx264.so.164" 2>/dev/null || echo 0)" -gt 500000 ] ||
    { echo "FAIL no libx264; KEEP=libx264.so.164,libx265.so.199,libnuma.so.1 scripts/device.sh prepare ffmpeg"; return 1; }
}
# NVDEC decodes, the CPU encodes: the package's own tests, then the program, whose
# result FFmpeg's programs compare with the source.
sec_transcode() {
  unpack bin && unpack ffmpeg && unpack ffcli clips || return 1
  local f b o r n db rc=0 dev=${DEVICE:-cuda:0}
  encoders || return 1
  (cd examples/internal/transcode && with env $REQUIRE timeout -k 5 200 "$B/transcode-test" -test.v -test.run NVDEC -test.timeout 190s) >"$L/transcode-test.log" 2>&1
  r=$?
  grep -aE '^ *--- |decoder cuda' "$L/transcode-test.log" | sed 's/^/| /'
  [ $r = 0 ] && echo "PASS transcode-test" || { echo "FAIL transcode-test: rc $r"; rc=1; }
  for f in testdata/demo.mp4 $(clips h264_1080p_gop250 hevc8_1080p hevc10_1080p); do
    b=$(basename "$f") o=$W/transcoded-$b
    echo '{"preset": "P2", "cq": 20}' >"$W/transcode.json"
    s=$(date +%s%N)
    with timeout 90 "$B/transcode" -i "$f" -device "$dev" -json "$W/transcode.json" -o "${o%.*}.mp4" >"$L/transcode-$b.txt" 2>&1 ||
      { echo "FAIL $b: $(tail -1 "$L/transcode-$b.txt")"; rc=1; continue; }
    s=$((($(date +%s%N) - s) / 1000000)) o=${o%.*}.mp4
    grep -aE '^(decoder|encoder):' "$L/transcode-$b.txt" | sed "s/^/INFO $b: /"
    case $dev in cuda*) grep -aq "^decoder: $dev, because " "$L/transcode-$b.txt" || { echo "FAIL $b: not decoded on $dev"; rc=1; } ;; esac
    grep -aq '^encoder: cpu, because ' "$L/transcode-$b.txt" || { echo "FAIL $b: no reason for the CPU encoder"; rc=1; }
    # Frames by their times; sound packet by packet; pictures by their distance.
    times "$f" v pts_time | sort -g >"$W/a.txt"; times "$o" v pts_time | sort -g >"$W/b.txt"
    n=$(wc -l <"$W/b.txt")
    [ "$n" -gt 0 ] && cmp "$W/a.txt" "$W/b.txt" || { echo "FAIL $b: $(wc -l <"$W/a.txt") frames became $n, or have other times"; rc=1; }
    times "$f" a pts_time,size >"$W/a.txt"; times "$o" a pts_time,size >"$W/b.txt"
    cmp "$W/a.txt" "$W/b.txt" && { ! [ -s "$W/a.txt" ] || [ "$(fftool -i "$f" -map '0:a?' -c copy -f md5 - 2>&1 | tail -1)" = "$(fftool -i "$o" -map '0:a?' -c copy -f md5 - 2>&1 | tail -1)" ]; } ||
      { echo "FAIL $b: the sound differs"; rc=1; }
    db=$(fftool -v info -i "$o" -i "$f" -filter_complex '[0:v][1:v]psnr' -an -f null - 2>&1 | grep -ao 'average:[0-9.inf]*' | tail -1)
    echo "INFO $b: $n frames, $(wc -l <"$W/b.txt") packets of sound, PSNR ${db#average:} dB, $s ms"
    awk -v d="${db#average:}" 'BEGIN {exit !(d == "inf" || d > 35)}' || { echo "FAIL $b: PSNR ${db:-not measured}"; rc=1; }
  done
  return $rc
}
# Segments by one decoder and one encoder, beside the ffmpeg program in the same run. The
# bars: 3 times ffmpeg run for each segment, 0.95 of one ffmpeg for all where they follow
# one another and 1.5 times where they are spread; judged against ffmpeg on the same GPU,
# and shown against ffmpeg on the CPU alone as well.
sec_segments() {
  unpack bin && unpack ffmpeg && unpack ffcli clips && encoders || return 1
  local f g rc=0 dev=${DEVICE:-cuda:0} r=$(q 1 3) list=()
  f=$(clips h264_1080p_gop30) g=$(clips h264_360p_gop250)
  [ -s "$f" ] && [ -s "$g" ] || { echo "FAIL no clips; CLIPSET=\"h264_1080p_gop30 h264_360p_gop250\" scripts/device.sh prepare clips"; return 1; }
  fftool -i "$g" -an -c:v libx264 -preset veryfast -g 30 -keyint_min 30 -sc_threshold 0 -bf 3 -crf 28 "$W/h264_360p_gop30.mp4" || return 1
  measure() { # measure ARGUMENTS: the program and ffmpeg find the same libraries
    env LD_LIBRARY_PATH="$W/ffmpeg:$W/ffcli:$DRIVER" NVCODEC_FFMPEG="$W/ffmpeg" timeout 200 "$B/segmentbench" -device "$dev" -ffmpeg "$W/ffcli/ffmpeg" "$@" >>"$L/segments.md" 2>>"$L/segments.err" || rc=1
  }
  local gpu=each-nvdec,once-nvdec, spread=once-nvdec,
  case $dev in cpu) gpu= spread= ;; esac
  for f in "$W/h264_360p_gop30.mp4" "$f"; do
    measure -segments "$(q 2 6)" -length 2s -r "$r" -methods "${gpu}each,once" "$f"
    measure -segments "$(q 2 6)" -length 2s -r "$r" -parallel 4 -methods "" "$f"
    measure -segments 20 -length 500ms -spread -r "$r" -methods "${spread}once" "$f"
  done
  awk '/^[^|]/ && !/^no ffmpeg/ && !seen[$0]++ {print "INFO " $0} /^[|]( clip [|]|---)/ {if (!seen[$0]++) print; next} /^[|]/' "$L/segments.md"
  tail -3 "$L/segments.err" | cut -c1-250 | sed 's/^/| /'
  # Where there is no ffmpeg on the GPU, the one on the CPU is judged. A simulated GPU's
  # speed says nothing.
  awk -F' *[|] *' -v gpu="$gpu" -v miss="$([ -n "${NVC_SIM:-}" ] && echo INFO || echo FAIL)" '
    $7 + 0 == 0 || gpu != "" && $4 !~ /NVDEC/ {next}
    {bar = $4 ~ /per segment/ ? 3 : $3 ~ /spread/ ? 1.5 : 0.95; n++; ok = $7 + 0 >= bar; bad += !ok && miss == "FAIL"
     printf "%s %s, %s: %s times %s; the bar is %s\n", ok ? "PASS" : miss, $2, $3, $7, $4, bar}
    END {exit bad || n < 6}' "$L/segments.md" || rc=1
  return $rc
}
times() { # times FILE STREAM FIELDS: of its packets
  env LD_LIBRARY_PATH="$W/ffmpeg:$W/ffcli" "$W/ffcli/ffprobe" -v error -select_streams "$2:0" -show_entries packet="$3" -of csv=p=0 "$1"
}

# ------------------------------------------------------------------ one section
if [ "${1:-}" = --section ]; then sec_"$2"; exit; fi

# ------------------------------------------------------------------ all of them
mkdir -p "$W" "$OUT" && rm -rf "$L" && mkdir -p "$L" || exit 2
S=$OUT/summary.txt T0=$(date +%s) BUDGET=${BUDGET:-570} failed=0
: >"$S"
limit() { case $1 in info | ffmpeg | demo | doctor) echo 60 ;; alloc) echo 150 ;; unit) echo 300 ;; soak) echo 560 ;; *) echo 420 ;; esac; }
collect() { tar -C "$L" -czf "$OUT/.logs.tmp" . 2>/dev/null && mv "$OUT/.logs.tmp" "$OUT/logs.tar.gz"; }
[ $# -gt 0 ] || { sed -n '2,/^set -u/p' "$0" | grep '^#' | cut -c3-; exit 2; }
for s; do
  declare -F "sec_$s" >/dev/null || { echo "FAIL $s: no such section" | tee -a "$S"; failed=1; continue; }
  t0=$(date +%s); left=$((BUDGET - (t0 - T0)))
  if [ $left -lt 10 ]; then echo "FAIL $s: not run, $BUDGET s are over" | tee -a "$S"; failed=1; continue; fi
  t=$(limit "$s"); [ "$t" -gt $left ] && t=$left
  echo "=== $s (at most $t s)" | tee -a "$S"
  timeout -k 10 "$t" bash "$ROOT/scripts/device.sh" --section "$s" >"$OUT/live.log" 2>&1
  rc=$?
  cp "$OUT/live.log" "$L/$s.log"
  grep -aE '^(PASS|FAIL|WARN|INFO|\|)' "$OUT/live.log" | cut -c1-240 | head -${LINES_ALL:-70} | tee -a "$S"
  if [ $rc = 0 ]; then word=PASS; else
    word=FAIL failed=1
    [ $rc = 124 ] || [ $rc = 137 ] && echo "FAIL $s: stopped after $t s" | tee -a "$S"
    grep -aqE '^(FAIL|\|)' "$OUT/live.log" || tail -8 "$OUT/live.log" | cut -c1-300 | sed 's/^/| /' | tee -a "$S"
  fi
  echo "$word section $s: rc $rc, $(($(date +%s) - t0)) s" | tee -a "$S"
  collect
done
rm -f "$OUT/live.log"
echo "=== done in $(($(date +%s) - T0)) s"
grep -aE '^(PASS|FAIL) section|^FAIL' "$S" | sort -u | head -40
exit $failed
