#!/bin/sh
# Measure `ci-guard triage` against grep on the same logs: a large one that is made here, and a folder of real ones.
#
#   cargo build --release && benches/triage.sh [LOGS]
#
# LOGS is a folder; all files below it are taken for logs. Needs hyperfine and GNU time (Debian: hyperfine, time). SIZE is
# that of the large log in MB (default 512), RUNS says how often each command is run (default 5), GUARD which binary
# (default: the one that cargo built), DIR where the large log is kept (default: a temporary folder). Look at the ratios,
# the times are your machine's. grep writes into a pipe: into /dev/null it would stop at its first match.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
guard=${GUARD:-$here/../target/release/ci-guard}
words='error|fail|fatal|panic|exception'
if [ -n "${DIR:-}" ]; then
    mkdir -p "$DIR"
    dir=$(cd "$DIR" && pwd)
else
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    trap 'exit 1' INT TERM
fi
logs=${1:+$(cd "$1" && pwd)}
size=${SIZE:-512}
LC_ALL=C
export LC_ALL

against() { # TITLE BYTES COMMAND...: the first command against the others, with the first one's speed
    title=$1; bytes=$2; shift 2
    printf '\n### %s (%s kB)\n\n' "$title" "$((bytes / 1000))"
    hyperfine -S sh --style none --ignore-failure --warmup 1 --runs "${RUNS:-5}" \
        --export-markdown "$dir/table.md" --export-csv "$dir/table.csv" "$@" >/dev/null
    sed "s#$guard#ci-guard#g; s#$dir/##g; ${logs:+s#$logs#LOGS#g}" "$dir/table.md"
    awk -F, -v bytes="$bytes" 'NR == 2 && bytes > 1e6 { printf "\nMB/s: %.0f by the clock, %.0f by the time on all cores\n",
        bytes / 1e6 / $2, bytes / 1e6 / ($5 + $6) }' "$dir/table.csv"
}
memory() { # COMMAND...: what it holds in memory at most
    command time -f '%M' -o "$dir/memory" "$@" >/dev/null 2>&1 || true
    awk 'END { printf "memory: %.1f MB\n", $1 / 1024 }' "$dir/memory"
}

large=$dir/large-$size.log
[ -e "$large" ] || { perl "$here/log.pl" "$size" >"$large.new" && mv "$large.new" "$large"; }
against 'One large log' "$(wc -c <"$large")" "$guard triage --no-record $large" \
    "grep -aE '$words' $large | cat" "grep -acE '$words' $large | cat"
memory "$guard" triage --no-record "$large"

if [ -n "$logs" ]; then
    find "$logs" -type f -print0 >"$dir/list"
    bytes=$(xargs -0 cat <"$dir/list" | wc -c)
    against "$(tr -cd '\0' <"$dir/list" | wc -c) logs on $(getconf _NPROCESSORS_ONLN) cores" "$bytes" \
        "xargs -0 $guard triage --no-record --format jsonl <$dir/list" \
        "xargs -0 grep -aE '$words' <$dir/list | cat" "xargs -0 grep -acE '$words' <$dir/list | cat"
    # A log of median size, alone: what starting costs.
    median=$(xargs -0 ls -dS <"$dir/list" | awk '{ name[NR] = $0 } END { print name[int((NR + 1) / 2)] }')
    against 'The one of median size, alone' "$(wc -c <"$median")" "$guard triage --no-record '$median'" \
        "grep -acE '$words' '$median' | cat"
fi
