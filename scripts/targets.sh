#!/usr/bin/env bash
# Runs tests of other targets here, and writes their events as go test -json does.
#
#   scripts/targets.sh arm64      linux/arm64 under qemu-user
#   scripts/targets.sh windows    windows/amd64 under Wine
#
# There are no FFmpeg and NVIDIA libraries for them here, so these are the packages
# that need none: calls and callbacks first of all, whose assembly and system calls
# differ by target.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -buildvcs=false"
export NVSIM=0 # the simulator is for this machine's own target
packages=(internal/abi internal/live internal/bitstream frame cuda nvcuvid)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
ctest=internal/abi/testdata/ctest.c
build=()

case ${1:-} in
arm64)
  export GOOS=linux GOARCH=arm64
  CTEST_LIB=$tmp/libctest.so
  aarch64-linux-gnu-gcc -O2 -shared -fPIC -o "$CTEST_LIB" $ctest -lpthread
  run=(qemu-aarch64-static -L /usr/aarch64-linux-gnu)
  # there are none for this target
  unset REQUIRE_FFMPEG REQUIRE_SIM REQUIRE_CC
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
  x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$tmp/prng.c" -ladvapi32
  run=(wine)
  # Nor does Wine 8 know the modern way to delete a file, and it says so with a status
  # (not implemented) that Go does not take for a reason to try the older way.
  at=src/internal/syscall/windows/at_windows.go
  sed 's/case STATUS_INVALID_INFO_CLASS,/case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,/' "$(go env GOROOT)/$at" >"$tmp/at.go"
  printf '{"Replace": {"%s": "%s"}}' "$(go env GOROOT)/$at" "$tmp/at.go" >"$tmp/overlay.json"
  build=(-overlay "$tmp/overlay.json")
  unset REQUIRE_FFMPEG REQUIRE_SIM REQUIRE_CC
  trap 'wineserver -k 2>/dev/null || true; rm -rf "$tmp"' EXIT
  ;;
*)
  echo "usage: scripts/targets.sh arm64|windows" >&2
  exit 2
  ;;
esac
export CTEST_LIB

status=0
for p in "${packages[@]}"; do
  [ -d "$p" ] || continue
  exe=$tmp/${p//\//_}.test.exe
  go test -c ${build[@]+"${build[@]}"} -o "$exe" "./$p"
  [ -e "$exe" ] || continue # no tests
  # test2json runs the binary itself; -t adds times.
  (cd "$p" && env -u GOOS -u GOARCH go tool test2json -p "$p" "${run[@]}" "$exe" -test.short -test.v=test2json -test.timeout 10m </dev/null 2>&1) || status=1
done
exit $status
