#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The guest's side of scripts/vm-test: runs the named parts (all of them without a name) out of the folder that it stands in,
# and says at the end which failed; status 1 if one did.
set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export SLUICE_BUILD_DIR=$top/build LD_LIBRARY_PATH=$top/lib PYTHONPATH=$top/tests PYTHONDONTWRITEBYTECODE=1
all=(kernel bpf_run beside killed brain nic story)

if ! mountpoint -q /sys/fs/bpf; then mount -t bpf bpf /sys/fs/bpf || exit 1; fi
echo "vm-test: $(uname -srv); kernel.unprivileged_bpf_disabled=$(cat /proc/sys/kernel/unprivileged_bpf_disabled)"

# What this machine skips elsewhere must run here: a skipped test is a failure.
gtest() {  # PART
  local status said
  said=$(mktemp)
  "$SLUICE_BUILD_DIR/tests/$1/$1" | tee "$said"
  status=${PIPESTATUS[0]}
  if grep -q '^\[  SKIPPED \]' "$said"; then
    echo "vm-test: tests were skipped (above)"
    status=1
  fi
  rm -f "$said"
  return "$status"
}

failed=()
for part in "${@:-${all[@]}}"; do
  case $part in
    kernel | bpf_run) command=(gtest "$part") ;;
    *) command=(/usr/bin/python3 "$top/tests/vm/test_$part.py") ;;
  esac
  echo "vm-test: == $part"
  begin=$SECONDS
  if "${command[@]}"; then
    echo "vm-test: == $part passed after $((SECONDS - begin)) s"
  else
    echo "vm-test: == $part FAILED after $((SECONDS - begin)) s"
    failed+=("$part")
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "vm-test: failed: ${failed[*]}"; exit 1; }
echo "vm-test: all passed"
