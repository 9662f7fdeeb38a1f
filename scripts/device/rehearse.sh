#!/usr/bin/env bash
# Runs sections of device.sh from a copy of what would travel to the GPU machine, with
# an empty environment, and where it may (root) with this machine's FFmpeg, Go and
# compiler out of sight.
#
#   CARRY=".device/pack .device/media" scripts/device.sh rehearse SECTION...
#
# NVC_SIM names the folder of a simulated driver; DEVICE=cpu, EXACT_DEVICE=cpu do without
# one. Results come to .device/out.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
CARRY=${CARRY:-.device/pack .device/media .device/clips .device/ref}
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
mkdir -p "$T/repo" .device/out
git ls-files -z -co --exclude-standard | rsync -a --files-from=- --from0 ./ "$T/repo/" 2>/dev/null ||
  git ls-files -z -co --exclude-standard | tar --null -T - --ignore-failed-read -cf - 2>/dev/null | tar -C "$T/repo" -xf -
for c in $CARRY; do mkdir -p "$T/repo/$(dirname "$c")" && cp -r "$c" "$T/repo/$c"; done
vars=(PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME="$T" OUT="$PWD/.device/out" WORK="$T/work")
for v in NVC_SIM NVSIM_KERNELS DEVICE EXACT_DEVICE EXACT_JOBS EXACT TESTS UNIT CLIPS QUICK BUDGET SESSIONS MODES LINES_EACH; do [ -n "${!v:-}" ] && vars+=("$v=${!v}"); done
hide='
for f in /usr/lib/x86_64-linux-gnu/lib{av,sw,postproc,dav1d,x26}* /usr/bin/ff* /usr/bin/gcc* /usr/bin/cc /usr/bin/nvcc; do [ -e "$f" ] && rm -f "$f"; done
[ -d /usr/local/go ] && mount -t tmpfs none /usr/local/go
exec "$@"'
run=(env -i "${vars[@]}" bash "$T/repo/scripts/device.sh" "$@")
mkdir -p "$T/up" "$T/wk"
if unshare -m true 2>/dev/null && mount -t tmpfs none "$T/up" 2>/dev/null; then
  mkdir "$T/up/u" "$T/up/w"
  unshare -m bash -c 'mount -t overlay overlay -o lowerdir=/usr,upperdir='"$T/up/u,workdir=$T/up/w"' /usr || exit 99; '"$hide" - "${run[@]}"
  rc=$?; umount "$T/up"
  [ $rc != 99 ] && exit $rc
  echo "rehearse: no overlay; this machine's libraries stay in sight" >&2
fi
"${run[@]}"
