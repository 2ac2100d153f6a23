#!/bin/bash
# .ci/sid_root.sh: makes the Debian sid root in which Bazel 7 runs, and prints its path.
#
# Debian 12 has Bazel 4.2.3; Debian sid has 7.7.1. The root is made once by debootstrap and kept in
# ${ARMADILLO_CI_CACHE:-~/.cache/armadillo-ci}; a stamp says that it is complete. A half-made root is
# removed and made anew. Needs root, because debootstrap does.
set -euo pipefail

CACHE=${ARMADILLO_CI_CACHE:-$HOME/.cache/armadillo-ci}
ROOT=$CACHE/sid
# Changed with the package list: an older root gets what is new.
STAMP=$ROOT/.armadillo-complete-5

# bazel-bootstrap: Bazel 7 and the Bazel modules that Debian's bazelrc points to. python3-venv brings pip as a
# wheel. zip and file: Bazel's own test wrapper. The rest is what tests, examples and their diagnostics use; not npm,
# which is 373 packages here: tests of Node are skipped on Bazel 7, and run on Bazel 4.
PACKAGES="bazel-bootstrap python3 python3-venv zip file iproute2 procps gdb elfutils libfaketime nftables ca-certificates git \
g++ libgtest-dev curl nginx-light bubblewrap"

if [ ! -e "$STAMP" ]; then
    if ! compgen -G "$ROOT/.armadillo-complete-*" >/dev/null; then
        if ! command -v debootstrap >/dev/null; then
            echo "sid_root.sh: installing debootstrap" >&2
            apt-get install -y -q debootstrap >&2
        fi
        rm -rf --one-file-system "$ROOT"
        mkdir -p "$ROOT"
        echo "sid_root.sh: making a Debian sid root in $ROOT (a few minutes, once)" >&2
        debootstrap --variant=minbase --include=ca-certificates sid "$ROOT" >&2
    fi
    cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
    # In a mount namespace of its own: Java's set-up scripts need /proc, and nothing is left mounted.
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare -m --propagation private sh -ec '
        mount -t proc proc "$1/proc"
        mount --bind /dev "$1/dev"
        export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
        # An older root knows older packages only. A frozen mirror is as good as a fresh one.
        chroot "$1" apt-get update -q -o Acquire::Check-Valid-Until=false
        chroot "$1" apt-get install -y -q --no-install-recommends $2
        chroot "$1" apt-get clean
    ' sh "$ROOT" "$PACKAGES" >&2
    touch "$STAMP"
fi

# What the machine's own clients need to reach package indexes: name service, certificates, pip's settings.
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
cp /etc/hosts "$ROOT/etc/hosts"
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$ROOT/etc/ssl/certs/ca-certificates.crt"
fi
if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$ROOT/etc/pip.conf"; fi
for file in "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"; do
    if [ -e "$file" ]; then
        mkdir -p "$ROOT/root/.config/pip"
        cp "$file" "$ROOT/root/.config/pip/pip.conf"
    fi
done

echo "$ROOT"
