#!/usr/bin/env bash
# Tries the repository as someone who has just cloned it: in an empty root with nothing
# but Debian 12, Go and a C compiler, without the media corpus and without a GPU. It
# needs root, debootstrap, and a gigabyte.
#
#   scripts/stranger.sh [COMMAND...]    default: make demo && make test
#
#   ROOT=DIR   where the root is made (default: a temporary one, removed at the end; a
#              folder that is there already is used again, with what is installed in it)
#
# The clone is of HEAD. The exit status is the command's.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "stranger: must be root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "stranger: apt-get install debootstrap" >&2; exit 1; }

keep=${ROOT:-}
root=${ROOT:-$(mktemp -d /var/tmp/stranger.XXXXXX)}
home=/srv/nvcodec
end() {
  # The root is removed only once nothing of this machine is mounted in it.
  for m in usr/local/go dev/shm dev proc; do
    if mountpoint -q "$root/$m"; then umount "$root/$m" || return; fi
  done
  [ -n "$keep" ] || rm -rf --one-file-system "$root"
}
trap end EXIT

if [ ! -e "$root/etc/debian_version" ]; then
  mkdir -p "$root"
  debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,make bookworm "$root" ${MIRROR:+"$MIRROR"} >"$root/debootstrap.out" 2>&1 ||
    { tail "$root/debootstrap.out" >&2; exit 1; }
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
certs=()
if [ -n "${SSL_CERT_FILE:-}" ]; then # a network that has an authority of its own
  cp "$SSL_CERT_FILE" "$root/etc/ssl/certs/this-network.crt"
  certs=(SSL_CERT_FILE=/etc/ssl/certs/this-network.crt)
fi
mkdir -p "$root/usr/local/go"
mount --bind "$(go env GOROOT)" "$root/usr/local/go"
mount -o remount,bind,ro "$root/usr/local/go"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mountpoint -q "$root/dev/shm" || mount -t tmpfs tmpfs "$root/dev/shm"

rm -rf "${root:?}$home"
git clone -q . "$root$home"
git -C "$root$home" log --oneline -1
chroot "$root" env -i HOME=/tmp TERM=dumb PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  ${certs[@]+"${certs[@]}"} ${GOPROXY:+GOPROXY="$GOPROXY"} bash -c 'cd "$1" && shift && exec bash -ec "$*"' - "$home" "${@:-make demo && make test}"
