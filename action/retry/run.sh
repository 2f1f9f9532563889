#!/usr/bin/env bash
# The one step of the action: inputs, which come as INPUT_… variables, become the command line of `ci-guard retry`. ci-guard itself
# writes the outputs, the annotations and the summary, and its exit code is the command's. An empty input is left out.
#
# Exit code 2: an input is wrong, or there is no ci-guard and no way to build one.
set -euo pipefail

title='ci-guard retry'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../find.sh source-path=SCRIPTDIR
. "$here/../find.sh"

options=()

# A value goes behind `=`, so that one that begins with a dash is no option.
value() {
    [ -z "$2" ] || options+=("--$1=$2")
}

flag() {
    case $2 in
    true) options+=("--$1") ;;
    false | '') ;;
    *) fail "The input $1 is \"$2\"; it is true or false." ;;
    esac
}

# One option for each line that is not blank: a pattern with commas has a line of its own.
lines() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*$ ]] || options+=("--$1=$line")
    done <<<"$2"
}

command_text=${INPUT_COMMAND:-}
[[ $command_text =~ [^[:space:]] ]] || fail 'The input command is empty: there is nothing to run.'

value name "${INPUT_NAME:-}"
value max-retries "${INPUT_MAX_RETRIES:-}"
value delay "${INPUT_DELAY:-}"
value max-delay "${INPUT_MAX_DELAY:-}"
flag jitter "${INPUT_JITTER:-}"
value timeout "${INPUT_TIMEOUT:-}"
value deadline "${INPUT_DEADLINE:-}"
lines retry-on "${INPUT_RETRY_ON:-}"
lines never-on "${INPUT_NEVER_ON:-}"
value scan "${INPUT_SCAN:-}"
flag require-output "${INPUT_REQUIRE_OUTPUT:-}"
value flaky-result "${INPUT_FLAKY_RESULT:-}"
value report "${INPUT_REPORT:-}"

shell=()
read -r -a shell <<<"${INPUT_SHELL:-bash --noprofile --norc -e -o pipefail -c --}" || true
[ "${#shell[@]}" -gt 0 ] || fail 'The input shell names no program.'

find_ci_guard "$here/../.."

directory=${INPUT_WORKING_DIRECTORY:-.}
case $directory in /*) ;; *) directory=./$directory ;; esac
[ -d "$directory" ] || fail "The input working-directory is \"${INPUT_WORKING_DIRECTORY:-}\", and there is no such folder."
cd -- "$directory"

# The command sees the environment of a plain step.
unset INPUT_COMMAND INPUT_SHELL INPUT_WORKING_DIRECTORY INPUT_NAME INPUT_MAX_RETRIES INPUT_DELAY INPUT_MAX_DELAY INPUT_JITTER \
    INPUT_TIMEOUT INPUT_DEADLINE INPUT_RETRY_ON INPUT_NEVER_ON INPUT_SCAN INPUT_REQUIRE_OUTPUT INPUT_FLAKY_RESULT INPUT_REPORT \
    ACTION_REPOSITORY ACTION_REF ACTION_TOKEN
exec ci-guard retry ${options[@]+"${options[@]}"} -- "${shell[@]}" "$command_text"
