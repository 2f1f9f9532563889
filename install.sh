#!/bin/sh
# Build ci-guard, put it on the PATH, arm a repository and judge what is checked out there.
#
#   ./install.sh DIR              the program goes to ~/.local/bin
#   PREFIX=/usr/local ./install.sh DIR              ... to /usr/local/bin
#
# Needs a Rust toolchain, git and a C compiler (cargo's linker). Without DIR only the program is installed.
# Exit code: 0 when DIR is armed (whatever the check found there), 1 when a step failed.
set -eu

usage() {
    echo "usage: [PREFIX=DIR] ./install.sh [REPOSITORY]" >&2
    exit 1
}
fail() {
    echo "install.sh: $*" >&2
    exit 1
}

case ${1-} in -*) usage ;; esac
[ $# -le 1 ] || usage
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -eq 0 ] || [ -d "$1" ] || fail "$1 is no folder"
for tool in cargo git; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool was not found on the PATH; ci-guard is built with a Rust toolchain (https://rustup.rs) and works on git repositories"
done

# Before a build that takes minutes.
[ $# -eq 0 ] || git -C "$1" rev-parse --git-dir >/dev/null || fail "git finds no repository of yours in $1"

prefix=${PREFIX:-${HOME:?is not set; say where to install with PREFIX}/.local}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
case $prefix in */bin) prefix=${prefix%/bin} ;; esac
program=$prefix/bin/ci-guard

echo "==> building ci-guard (some minutes the first time)"
# Settings of a hook or another build around us must not change what is built here.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE CARGO_BUILD_TARGET
cargo install --locked --quiet --force --no-track --path "$here" --root "$prefix" --bin ci-guard ||
    fail "the build failed, see above; nothing was installed"
echo "    $("$program" --version) is at $program"
case :$PATH: in
*":$prefix/bin:"*) ;;
*) echo "    $prefix/bin is not on your PATH; hooks find the program all the same, for yourself add:"
    echo "      export PATH=\"$prefix/bin:\$PATH\"" ;;
esac

if [ $# -eq 0 ]; then
    echo "==> next: ci-guard install, in the repository that is to be guarded"
    exit 0
fi

echo "==> arming $1"
"$program" -C "$1" install || fail "$1 was not armed, see above"

echo "==> judging what is checked out there"
status=0
"$program" -C "$1" -v check || status=$?
case $status in
0) echo "==> done: every git push from $1 is judged from now on" ;;
1) echo "==> done: every git push from $1 is judged from now on; what is checked out there now would be stopped, see above" ;;
*) echo "==> done: every git push from $1 is judged from now on; what is checked out there now could not be judged, see above" ;;
esac
