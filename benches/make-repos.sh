#!/bin/sh
# Make the repositories that docs/benchmarks.md measures, always the same ones, with git fast-import.
#
#   benches/make-repos.sh DIR [wide] [merges] [big] [patch]      (all of them unless named)
#
#   wide            80,000 files; `feature` has one merge of main and 10 changed files over origin/main
#   merges          `feature` has 2,500 merges of origin/main, origin/develop and origin/release/1.0; no commit-graph
#   merges-graph    the same with a commit-graph
#   big             100,000 files, 1.4 GB, text and binary, two fifths of them with a history of deltas
#   patch           20,000 files, and patch.diff beside it, which changes a line in each of them
#
# Needs git and perl, some two minutes and 1 GB. A repository that is there already stays.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$1; shift
[ $# -gt 0 ] || set -- wide merges big patch
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
HOME=$dir XDG_CONFIG_HOME=$dir GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/none
export HOME XDG_CONFIG_HOME GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL

stream() { perl "$here/repos.pl" "$1"; }

make() { # NAME: a fresh repository that takes the stream on its standard input
    echo "$1 ..." >&2
    rm -rf "$dir/$1.tmp"
    git init -q -b main "$dir/$1.tmp"
    git -C "$dir/$1.tmp" fast-import --quiet --depth=0
    git -C "$dir/$1.tmp" remote add origin "$dir/none.git"
    git -C "$dir/$1.tmp" config gc.auto 0
}
there() { [ -d "$dir/$1" ] && echo "$1 is there" >&2; }

for name; do
    case $name in
    wide)
        there wide && continue
        stream wide | make wide
        git -C "$dir/wide.tmp" symbolic-ref HEAD refs/heads/feature
        git -C "$dir/wide.tmp" repack -qadf
        mv "$dir/wide.tmp" "$dir/wide" ;;
    merges)
        there merges && continue
        stream merges | make merges
        git -C "$dir/merges.tmp" symbolic-ref HEAD refs/heads/feature
        git -C "$dir/merges.tmp" repack -qadf
        rm -rf "$dir/merges-graph"
        cp -R "$dir/merges.tmp" "$dir/merges-graph"
        git -C "$dir/merges-graph" commit-graph write --reachable
        mv "$dir/merges.tmp" "$dir/merges" ;;
    big)
        there big && continue
        stream big | make big
        git -C "$dir/big.tmp" repack -qadf
        mv "$dir/big.tmp" "$dir/big" ;;
    patch)
        there patch && continue
        stream patch | make patch
        git -C "$dir/patch.tmp" repack -qadf
        git -C "$dir/patch.tmp" read-tree main
        git -C "$dir/patch.tmp" diff -U1 main changed >"$dir/patch.diff"
        git -C "$dir/patch.tmp" branch -q -D changed
        git -C "$dir/patch.tmp" -c gc.reflogExpire=now repack -qad
        git -C "$dir/patch.tmp" prune-packed -q
        mv "$dir/patch.tmp" "$dir/patch" ;;
    *) echo "no such repository: $name" >&2; exit 2 ;;
    esac
done
