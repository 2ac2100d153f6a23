#!/bin/bash
# .ci/in_sid.sh <workspace> <command...>: runs a command in the Debian sid root, in the workspace, mounted at its own
# path. The exit code is the command's.
#
# Not a chroot: a process in a chroot may make no user namespace, and Bazel would silently run tests without its
# sandbox. A mount namespace with pivot_root has no such limit; its mounts vanish with its last process.
#
#   ARMADILLO_SID_BINDS   more folders, separated by colons, to mount at their own paths (output roots, caches)
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
ROOT=$(bash "$here/sid_root.sh")
WORKSPACE=$(readlink -f "$1")
shift

# Folders that pip's settings name as package sources must be there too.
BINDS="$WORKSPACE:${ARMADILLO_SID_BINDS:-}:$(python3 -m pip config list 2>/dev/null | grep -oE '(file://)?/[^ '"'"'\\]+' | sed 's,^file://,,; s,/simple$,,' | tr '\n' ':' || true)${PIP_FIND_LINKS:-}"

# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare -m --propagation private bash -euc '
    root=$1 binds=$2 workspace=$3
    shift 3
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    IFS=:
    for folder in $binds; do
        if [ -d "$folder" ]; then
            mkdir -p "$root$folder"
            mount --rbind "$folder" "$root$folder"
        fi
    done
    unset IFS
    mkdir -p "$root/.old"
    cd "$root"
    pivot_root . .old
    cd /
    umount -l /.old
    cd "$workspace"
    exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 USER=root CI="${CI:-}" \
        ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} ${PIP_FIND_LINKS:+PIP_FIND_LINKS="$PIP_FIND_LINKS"} \
        ${https_proxy:+https_proxy="$https_proxy"} ${ARMADILLO_OFFLINE:+ARMADILLO_OFFLINE="$ARMADILLO_OFFLINE"} \
        ${ARMADILLO_IBAZEL:+ARMADILLO_IBAZEL="$ARMADILLO_IBAZEL"} \
        "$@"
' in_sid "$ROOT" "$BINDS" "$WORKSPACE" "$@" </dev/null
