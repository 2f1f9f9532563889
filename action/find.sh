# shellcheck shell=bash
# ci-guard for an action: the one on the PATH; else the one that an earlier step built; else built from the checkout that the action
# came in, at $1. And how an action says that it cannot go on.

# Exit code 2, with the reason as an annotation. The caller sets `title`.
fail() {
    # %0A is the line end of a workflow command; a real one in an input must not begin another.
    local message=${1//'%'/%25}
    message=${message//$'\r'/%0D}
    # shellcheck disable=SC2154
    printf '::error title=%s::%s\n' "$title" "${message//$'\n'/%0A}"
    exit 2
}

find_ci_guard() {
    command -v ci-guard >/dev/null && return
    local source=$1 root
    root=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/ci-guard
    if [ ! -x "$root/bin/ci-guard" ]; then
        command -v cargo >/dev/null ||
            fail 'ci-guard is not on the PATH, and without cargo it cannot be built here. Put it on the PATH in an earlier step (./install.sh of ci-guard), or install a Rust toolchain before this step.'
        [ -f "$source/Cargo.lock" ] ||
            fail "ci-guard is not on the PATH, and its sources are not at $source. Use the action from a checkout of ci-guard, or put ci-guard on the PATH in an earlier step."
        echo "::group::Building ci-guard: it is not on the PATH"
        cargo install --locked --quiet --path "$source" --root "$root" --bin ci-guard ||
            fail 'ci-guard is not on the PATH, and building it failed, see above. Put it on the PATH in an earlier step.'
        echo "::endgroup::"
    fi
    PATH=$root/bin:$PATH
    # Later steps have it too.
    [ -z "${GITHUB_PATH:-}" ] || printf '%s\n' "$root/bin" >>"$GITHUB_PATH"
}
