#!/bin/sh
# Compiles the kernels to PTX that every driver from 525 on and every GPU from Maxwell
# on takes. It needs no CUDA toolkit, only the clang that makes the same text
# everywhere: Debian 12's.
set -e
cd "$(dirname "$0")"
for k in *.cu; do
  clang-14 -x cuda --cuda-device-only --cuda-gpu-arch=sm_50 -nocudainc -nocudalib \
    -Xclang -target-feature -Xclang +ptx60 -O3 -ffp-contract=off -S -o "${k%.cu}.ptx" "$k"
done
