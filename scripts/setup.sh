#!/usr/bin/env bash
# Installs what a command needs on Debian or Ubuntu, if it is missing and we are root.
#
#   scripts/setup.sh run     FFmpeg's libraries: what a program built on nvcodec needs
#   scripts/setup.sh test    and what the tests need: a C compiler, FFmpeg's headers and programs
#   scripts/setup.sh clients and programs of others that run on the driver simulator: GStreamer, node
#   scripts/setup.sh check   and what make check needs: clang for the kernels, a browser, other targets' tools
#
# Exit status 1 says that something is still missing. An NVIDIA driver is no package
# for a script to choose: without one everything runs on the CPU and on the simulator.
set -euo pipefail
level=${1:-test}

have() { command -v "$1" >/dev/null 2>&1; }
lib() { ldconfig -p 2>/dev/null | grep -q "$1" || ls ${LD_LIBRARY_PATH:+${LD_LIBRARY_PATH//:/ }} 2>/dev/null | grep -q "$1"; }
chromium() { have chromium-headless-shell || have chromium || have google-chrome; }
gstreamer() { have gst-launch-1.0 && ls /usr/lib/*/gstreamer-1.0/libgstnvcodec.so /usr/lib/*/gstreamer-1.0/libgstmatroska.so; }

missing=() packages=()
need() { # what-it-is package... -- test
  local what=$1 p=()
  shift
  while [ "$1" != -- ]; do p+=("$1"); shift; done
  shift
  "$@" >/dev/null 2>&1 && return
  missing+=("$what")
  packages+=("${p[@]}")
}

need_all() {
  missing=() packages=()
  need "FFmpeg's shared libraries" ffmpeg -- lib libavformat.so
  case $level in test | clients | check)
    need "a C compiler" gcc libc6-dev -- have cc
    need "a C++ compiler" g++ -- have c++
    need "pkg-config" pkg-config -- have pkg-config
    need "the ffmpeg program" ffmpeg -- have ffmpeg
    need "FFmpeg's headers" libavformat-dev libavcodec-dev libavutil-dev libswscale-dev -- pkg-config --exists libavformat libavcodec libavutil libswscale
    ;;
  esac
  case $level in clients | check)
    need "GStreamer" gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-bad -- gstreamer
    # npm fetches two newer builds of FFmpeg, which node runs.
    need "node" nodejs -- have node
    need "npm" npm -- have npm
    ;;
  esac
  case $level in check)
    # scripts/majors.sh unpacks packages of other releases and asks what they need.
    need "strings and readelf" binutils -- have strings
    need "clang 14" clang-14 -- have clang-14
    need "git" git -- have git
    need "Python" python3 -- have python3
    need "make" make -- have make
    need "a C compiler for arm64" gcc-aarch64-linux-gnu libc6-dev-arm64-cross -- have aarch64-linux-gnu-gcc
    need "an emulator for arm64" qemu-user-static -- have qemu-aarch64-static
    need "a C compiler for Windows" gcc-mingw-w64-x86-64 -- have x86_64-w64-mingw32-gcc
    need "Wine" wine wine64 -- have wine
    # Ubuntu has it as a snap alone; what it is for is left out there.
    if grep -qs '^ID=debian' /etc/os-release; then
      need "Chromium" chromium-headless-shell fonts-dejavu-core -- chromium
    fi
    ;;
  esac
}

if ! have go; then
  echo "setup: Go 1.25 or newer is needed: https://go.dev/dl/" >&2
  exit 1
fi

need_all
[ ${#missing[@]} = 0 ] && exit 0
list=$(printf '%s, ' "${missing[@]}")
list=${list%, }
if ! have apt-get; then
  echo "setup: missing: $list. On Debian they are the packages ${packages[*]}." >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "setup: missing: $list. Install them with: sudo apt-get install --no-install-recommends ${packages[*]}" >&2
  exit 1
fi
echo "setup: installing ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
install() { apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}" >"$log" 2>&1; }
# A fresh machine has no package lists, and old lists name packages that are gone.
if ! install && ! { apt-get update -q >"$log" 2>&1 && install; }; then
  tail -n 20 "$log" >&2
  echo "setup: apt-get failed; still missing: $list" >&2
  exit 1
fi
rm -f "$log"
need_all
[ ${#missing[@]} = 0 ] && exit 0
echo "setup: still missing after apt-get: ${missing[*]}" >&2
exit 1
