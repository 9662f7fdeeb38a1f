#!/usr/bin/env bash
# Runs tests of other targets here, and writes their events as go test -json does.
#
#   scripts/targets.sh arm64 [ci]      linux/arm64 under qemu-user
#   scripts/targets.sh windows [ci]    windows/amd64 under Wine
#
# The packages that need no library come first: calls and callbacks, whose assembly and
# system calls differ by target, and the layouts of C structs. On arm64 avformat follows,
# and codec on the CPU, with Debian's FFmpeg for arm64 (scripts/arm64-ffmpeg.sh; ARM64_FFMPEG
# is the folder that keeps it). On Windows the bindings of the driver follow once more, on
# the driver simulator as DLLs, where Windows keeps the driver's: calls, structs and callbacks
# as they are, pictures made up, since there is no FFmpeg for Windows here. With ci what
# takes long is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -buildvcs=false"
export NVSIM=0 # the simulator is for this machine's own target
packages=(internal/abi internal/live internal/bitstream internal/dlpack frame cuda nvcuvid nvenc)
target=${1:-} ci=${2:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
ctest=internal/abi/testdata/ctest.c
build=()
unset REQUIRE_FFMPEG REQUIRE_SIM REQUIRE_CC

case $target in
arm64)
  export GOOS=linux GOARCH=arm64
  CTEST_LIB=$tmp/libctest.so
  aarch64-linux-gnu-gcc -O2 -shared -fPIC -o "$CTEST_LIB" $ctest -lpthread
  run=(qemu-aarch64-static -L /usr/aarch64-linux-gnu)
  export CC=aarch64-linux-gnu-gcc REQUIRE_CC=1
  ffmpeg=${ARM64_FFMPEG:-${XDG_CACHE_HOME:-$HOME/.cache}/nvcodec-arm64}
  if scripts/arm64-ffmpeg.sh "$ffmpeg" >&2; then
    run+=(-E "LD_LIBRARY_PATH=$ffmpeg/lib")
    export REQUIRE_FFMPEG=1
    packages+=(avformat codec)
  elif [ -z "$ci" ]; then
    exit 1
  else
    echo "targets: no FFmpeg for arm64: avformat and codec are not tested there" >&2
  fi
  export NVCODEC_TEST_EXEC="${run[*]}" # for tests that start themselves
  ;;
windows)
  export GOOS=windows GOARCH=amd64
  CTEST_LIB="Z:$tmp/ctest.dll"
  x86_64-w64-mingw32-gcc -O2 -shared -static-libgcc -o "$tmp/ctest.dll" $ctest
  export WINEPREFIX=$tmp/prefix WINEDEBUG=-all
  wine wineboot -i >/dev/null 2>&1 || true
  # Wine 8 lacks the library that Go takes its random numbers from.
  cat >"$tmp/prng.c" <<'C'
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, (ULONG)n); }
C
  system32=$WINEPREFIX/drive_c/windows/system32
  x86_64-w64-mingw32-gcc -shared -o "$system32/bcryptprimitives.dll" "$tmp/prng.c" -ladvapi32
  run=(wine)
  # Nor does Wine 8 know the modern way to delete a file, and it says so with a status
  # (not implemented) that Go does not take for a reason to try the older way.
  at=src/internal/syscall/windows/at_windows.go
  sed 's/case STATUS_INVALID_INFO_CLASS,/case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,/' "$(go env GOROOT)/$at" >"$tmp/at.go"
  printf '{"Replace": {"%s": "%s"}}' "$(go env GOROOT)/$at" "$tmp/at.go" >"$tmp/overlay.json"
  build=(-overlay "$tmp/overlay.json")
  trap 'wineserver -k 2>/dev/null || true; rm -rf "$tmp"' EXIT
  ;;
*)
  echo "usage: scripts/targets.sh arm64|windows [ci]" >&2
  exit 2
  ;;
esac
export CTEST_LIB

# choose tells what of a package is run: with ci, of the slow ones, what touches C most.
choose() {
  case $ci,$1 in
  ci,avformat) echo '-test.short -test.skip ^(TestCorpus|TestCorpusDecode|TestEncode|TestBSFDecodes|TestLogEnv|TestScaleExact|TestEncoderCloseEarly|FuzzDemux)$' ;;
  ci,codec) echo '-test.short -test.run ^(TestThreaded(Frames|Error|CloseWakes|Allocs)|TestIndex.*|TestScan.*|TestMissing.*|TestOneWrongFile|TestNetworkIfAsked|TestOpen.*|TestLimits|TestSEIPacket.*|TestSimple(Reset|Close|CloseWakes)|TestTranscoderKill|Example.*)$' ;;
  ,internal/abi) ;; # its stress is left out of short runs
  *) echo -test.short ;;
  esac
}

# test_it PACKAGE PROGRAM ARGUMENTS...: test2json runs the program.
status=0
test_it() {
  local p=$1
  shift
  (cd "$p" && env -u GOOS -u GOARCH go tool test2json -p "$p" "${run[@]}" "$@" -test.v=test2json -test.timeout 40m </dev/null 2>&1) || status=1
}

for p in "${packages[@]}"; do
  exe=$tmp/${p//\//_}.test.exe
  go test -c ${build[@]+"${build[@]}"} -o "$exe" "./$p"
  [ -e "$exe" ] || continue # no tests
  read -ra args <<<"$(choose "$p")"
  test_it "$p" "$exe" ${args[@]+"${args[@]}"}
done

if [ "$target" = windows ]; then
  env -u GOOS -u GOARCH go run ./internal/nvsim/testdata/windows "$tmp/sim" x86_64-w64-mingw32-gcc-posix
  cp "$tmp/sim/"*.dll "$tmp/sim/libnvsim-av.so" "$system32"
  export NVCODEC_SIM=Z:$tmp/sim NVSIM_PROFILE=ada NVSIM_NVENC=131
  go test -c ${build[@]+"${build[@]}"} -o "$tmp/codec.test.exe" ./codec
  test_it codec "$tmp/codec.test.exe" -test.short -test.run '^(TestBareStreamOnGPU|TestDecodeCaps.*)$'
  # Not what asks for the content of a picture, a coded one, or a kernel.
  for p in cuda nvcuvid nvenc; do
    test_it "$p" "$tmp/$p.test.exe" -test.short -test.skip '^(TestEncode|TestCUDAArray|TestTimeCode|TestEncodeAllocs|TestModuleOnDriver)$'
  done
fi
exit $status
