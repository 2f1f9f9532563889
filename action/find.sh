# shellcheck shell=bash
# ci-guard for an action: the one on the PATH; else the one that an earlier step brought; else the released one of the version that the
# action was taken at; else built from the checkout that the action came in, at $1. How an action asks its forge, and how it says that it
# cannot go on.

# Exit code 2, with the reason as an annotation. The caller sets `title`.
fail() {
    # %0A is the line end of a workflow command; a real one in an input must not begin another.
    local message=${1//'%'/%25}
    message=${message//$'\r'/%0D}
    # shellcheck disable=SC2154
    printf '::error title=%s::%s\n' "$title" "${message//$'\n'/%0A}"
    exit 2
}

# gh, for the server that this job belongs to: a server other than github.com has to be named, with the token in another variable.
forge() {
    local server=${GITHUB_SERVER_URL:-https://github.com} token=${ACTION_TOKEN:-${GH_TOKEN:-}}
    if [ "$server" = https://github.com ]; then
        GH_TOKEN=$token gh "$@"
    else
        GH_HOST=${server#*://} GH_TOKEN=$token GH_ENTERPRISE_TOKEN=$token gh "$@"
    fi
}

sum_of() {
    if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# The released program into $1/bin. What does not fit is the reason, in `reason`, to build it. A branch or a commit has no release of
# its own: what was asked for is exactly that source.
download() {
    local root=$1 tag=${ACTION_REF:-} repository=${ACTION_REPOSITORY:-} target name folder want
    if [ -z "$repository" ] || ! [[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
        reason='the action was not taken at a version'
        return 1
    fi
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
    Linux-aarch64) target=aarch64-unknown-linux-gnu ;;
    Darwin-x86_64) target=x86_64-apple-darwin ;;
    Darwin-arm64) target=aarch64-apple-darwin ;;
    *)
        reason='nothing is released for this kind of machine'
        return 1
        ;;
    esac
    name=ci-guard-${tag#v}-$target
    folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/ci-guard-release.XXXXXX")
    # Into a file: on a terminal gh draws, and what it leaves there stands in front of the next workflow command.
    if ! forge release download "$tag" --repo "$repository" --dir "$folder" --pattern "$name.tar.gz" --pattern SHA256SUMS \
        2>"$folder/said"; then
        cat "$folder/said" >&2
        reason="the release $tag of $repository cannot be had"
    elif ! [ -f "$folder/$name.tar.gz" ] || ! [ -f "$folder/SHA256SUMS" ]; then
        reason="the release $tag of $repository has no $name.tar.gz, or no SHA256SUMS"
    elif want=$(awk -v name="$name.tar.gz" '$2 == name { print $1; exit }' "$folder/SHA256SUMS") &&
        [ "$want" != "$(sum_of "$folder/$name.tar.gz")" ]; then
        reason="$name.tar.gz is not the file that SHA256SUMS of the release $tag names"
    elif ! tar -xzf "$folder/$name.tar.gz" -C "$folder" "$name/ci-guard"; then
        reason="$name.tar.gz cannot be unpacked"
    elif [ "$("$folder/$name/ci-guard" --version 2>/dev/null)" != "ci-guard ${tag#v}" ]; then
        reason="the released program does not run here"
    else
        mkdir -p "$root/bin" && mv "$folder/$name/ci-guard" "$root/bin/ci-guard" && reason=''
    fi
    rm -rf "$folder"
    [ -z "$reason" ]
}

build() {
    local source=$1 root=$2
    command -v cargo >/dev/null ||
        fail "ci-guard is not on the PATH, $reason, and without cargo it cannot be built here. Put it on the PATH in an earlier step (./install.sh of ci-guard), or install a Rust toolchain before this step."
    [ -f "$source/Cargo.lock" ] ||
        fail "ci-guard is not on the PATH, $reason, and its sources are not at $source. Use the action from a checkout of ci-guard, or put ci-guard on the PATH in an earlier step."
    echo "::group::Building ci-guard: it is not on the PATH, and $reason"
    # Not from the judged checkout: a rust-toolchain.toml there would choose the compiler of its judge.
    (cd "$source" && cargo install --locked --quiet --path "$source" --root "$root" --bin ci-guard) ||
        fail 'ci-guard is not on the PATH, and building it failed, see above. Put it on the PATH in an earlier step.'
    echo "::endgroup::"
}

find_ci_guard() {
    command -v ci-guard >/dev/null && return
    local source=$1 root reason='nothing is released here'
    root=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/ci-guard
    [ -x "$root/bin/ci-guard" ] || download "$root" || build "$source" "$root"
    PATH=$root/bin:$PATH
    # Later steps have it too.
    [ -z "${GITHUB_PATH:-}" ] || printf '%s\n' "$root/bin" >>"$GITHUB_PATH"
}
