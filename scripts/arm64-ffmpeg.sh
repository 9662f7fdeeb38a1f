#!/usr/bin/env bash
# Puts Debian's FFmpeg libraries for arm64, and all that they need, into a folder.
#
#   scripts/arm64-ffmpeg.sh DIR        leaves the libraries in DIR/lib
#
# Nothing is installed and nothing of the machine's apt is touched: apt-get runs with
# folders of its own under DIR, on the mirror and the release that the machine has, and
# dpkg-deb unpacks what it fetched: 70 MB, 190 unpacked. What is there already is kept.
set -euo pipefail
dir=${1:?usage: arm64-ffmpeg.sh DIR}
[ ! -e "$dir/lib/complete" ] || exit 0
command -v apt-get >/dev/null || { echo "arm64-ffmpeg: this is no Debian" >&2; exit 1; }
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep '/debian/*$' | head -1) || true
[ -n "$suite" ] && [ -n "$mirror" ] || { echo "arm64-ffmpeg: no mirror of Debian among the machine's apt sources" >&2; exit 1; }

apt=$dir/apt
rm -rf "$apt" "$dir/root" "$dir/lib"
mkdir -p "$apt"/{parts,preferences,lists/partial,archives/partial} "$dir/root" "$dir/lib"
: >"$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
# As root apt would fetch as a user who may not enter DIR.
options=(-q -o APT::Get::Assume-Yes=true
  -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/parts" -o Dir::Etc::preferencesparts="$apt/preferences"
  -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives"
  -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
  -o Debug::NoLocking=1)
for index in DEP-11 DEP-11-icons-small DEP-11-icons Contents-deb; do options+=(-o "Acquire::IndexTargets::deb::$index::DefaultEnabled=false"); done
log=$apt/log
{
  apt-get "${options[@]}" update &&
    packages=$(apt-cache "${options[@]}" depends --important ffmpeg | sed -n 's/^ *Depends: \(libav[a-z]*[0-9]*\|libsw[a-z]*[0-9]*\)$/\1/p' | grep -E '^lib(avformat|avcodec|avutil|swscale|swresample)[0-9]') &&
    apt-get "${options[@]}" --download-only install $packages
} >"$log" 2>&1 || { tail -n 5 "$log" >&2; echo "arm64-ffmpeg: apt-get could not fetch the libraries" >&2; exit 1; }
for deb in "$apt/archives/"*.deb; do dpkg-deb -x "$deb" "$dir/root"; done
# The C library is the cross compiler's, which is of the same release.
find "$dir/root" -name '*.so*' \( -type f -o -type l \) -not -path '*/gconv/*' -print0 | while IFS= read -r -d '' f; do
  case ${f##*/} in
  ld-linux* | libc.so* | libc-* | libm.so* | libpthread* | libdl.so* | librt.so* | libutil.so* | libresolv.so* | libanl.so* | libnss_* | libmvec.so* | libthread_db* | libBrokenLocale* | libnsl.so*) ;;
  *) [ -e "$dir/lib/${f##*/}" ] || ln -s "../${f#"$dir"/}" "$dir/lib/${f##*/}" ;;
  esac
done
rm -rf "$apt"
ls "$dir/lib"/libavformat.so.* >/dev/null && touch "$dir/lib/complete"
