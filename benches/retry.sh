#!/bin/sh
# Measure what `ci-guard retry` adds to a command: to start it, and to pass its output and input on.
#
#   cargo build --release && benches/retry.sh
#
# Needs hyperfine and GNU time (Debian: hyperfine, time). RUNS says how often each command is run (default 200 for starting, 10
# for streams), SIZE how much is passed on in MB (default 512), GUARD which binary (default: the one that cargo built). Look at
# the differences and ratios, the times are your machine's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
guard=${GUARD:-$here/../target/release/ci-guard}
size=${SIZE:-512}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
LC_ALL=C
export LC_ALL

against() { # TITLE RUNS COMMAND...: the first command against the others, in one run
    title=$1; runs=$2; shift 2
    printf '\n### %s\n\n' "$title"
    hyperfine ${shell--N} --style none --warmup 5 --runs "$runs" \
        --export-markdown "$dir/table.md" --export-csv "$dir/table.csv" "$@" >/dev/null
    sed "s#$guard#ci-guard#g" "$dir/table.md"
    awk -F, 'NR == 2 { mean = $2; median = $4 } NR == 3 { printf "\nadded to the command alone: %.2f ms (mean), %.2f ms (median)\n",
        (mean - $2) * 1000, (median - $4) * 1000 }' "$dir/table.csv"
}

CI_GUARD_STORE=$dir/audit.db
export CI_GUARD_STORE
against 'Starting' "${RUNS:-200}" "$guard retry --no-record -- true" true "timeout 60 true"
against 'Starting, with a record of it' "${RUNS:-200}" "$guard retry -- true" true
shell='-S sh'
against "Output of $size MB" "${RUNS:-10}" "$guard retry --no-record -- head -c ${size}000000 /dev/zero | cat >/dev/null" \
    "head -c ${size}000000 /dev/zero | cat >/dev/null"
against "Input of $size MB" "${RUNS:-10}" "head -c ${size}000000 /dev/zero | $guard retry --no-record -- wc -c" \
    "head -c ${size}000000 /dev/zero | wc -c"
command time -f '%M' -o "$dir/memory" "$guard" retry --no-record -- head -c "${size}000000" /dev/zero >/dev/null 2>&1
awk 'END { printf "\nmemory while output is passed on: %.1f MB\n", $1 / 1024 }' "$dir/memory"
