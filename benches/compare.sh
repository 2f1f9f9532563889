#!/bin/sh
# Measure ci-guard against git itself and against the hook that people write by hand. The numbers of
# docs/benchmarks.md come from here.
#
#   benches/make-repos.sh DIR && cargo build --release && benches/compare.sh DIR [wide] [merges] [big] [patch]
#
# Needs hyperfine. What is compared runs in turns on the same files, all of them in the page cache; look at the ratios,
# the times are your machine's. RUNS says how often each is run (default 10), GUARD which binary (default: the one that
# cargo built). The plain hook looks at 50 merges only: it would need minutes for all.
set -eu
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "$1" && pwd); shift
[ $# -gt 0 ] || set -- wide merges big patch
guard=${GUARD:-$here/../target/release/ci-guard}
HOME=$dir XDG_CONFIG_HOME=$dir GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/none
export HOME XDG_CONFIG_HOME GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL

against() { # REPOSITORY TITLE COMMAND...: the first command against the others; exit codes are verdicts
    repo=$1; title=$2; shift 2
    printf '\n### %s (%s)\n\n' "$title" "$repo"
    cd "$dir/$repo"
    hyperfine -S sh --style none --ignore-failure --warmup 2 --runs "${RUNS:-10}" \
        --export-markdown "$dir/$repo.md" "$@" >/dev/null
    sed "s#$guard#ci-guard#g; s#$here/##g; s#$dir/##g" "$dir/$repo.md"
}
pushed() { # REPOSITORY: what git tells a hook, in a file
    tip=$(git -C "$dir/$1" rev-parse refs/heads/feature)
    echo "refs/heads/feature $tip refs/heads/feature $(printf '%040d' 0)" >"$dir/$1.push"
    echo "$dir/$1.push"
}

for name; do
    case $name in
    wide)
        against wide '10 changed files and one merge on 80,000 files' \
            'git rev-parse HEAD' "$guard hook pre-push origin URL <$(pushed wide)" \
            "sh $here/plain-hook.sh origin <$(pushed wide)"
        printf '{"base": "main"}' >"$dir/plain.json"
        printf '{"base": "main", "scope": {"max_patch_lines": 1000000}}' >"$dir/scope.json"
        against wide 'the same with a scope in the policy' \
            "CI_GUARD_POLICY=$dir/plain.json $guard hook pre-push origin URL <$(pushed wide)" \
            "CI_GUARD_POLICY=$dir/scope.json $guard hook pre-push origin URL <$(pushed wide)" ;;
    merges)
        for repo in merges merges-graph; do
            against "$repo" '2,500 merges against 3 branches' \
                'git rev-list --count refs/heads/feature --not --remotes=origin' \
                "$guard hook pre-push origin URL <$(pushed "$repo")"
            against "$repo" '50 merges by the plain hook' \
                'git rev-list --count refs/heads/feature --not --remotes=origin' \
                "MERGES=50 sh $here/plain-hook.sh origin <$(pushed "$repo")"
        done ;;
    big)
        against big 'A whole tree: 100,000 files, 1.4 GB' \
            "$guard check --all" "git grep -lE '^(<<<<<<< |======= |>>>>>>> )' HEAD" ;;
    patch)
        # git alone, on objects that are not there yet: nothing that it writes outlives a run.
        printf '{"scope": {"max_patch_lines": 1000000, "max_files": 1000000}}' >"$dir/patch.json"
        cat >"$dir/plain-apply.sh" <<END
rm -rf "$dir/apply"; mkdir "$dir/apply"; cp "$dir/patch/.git/index" "$dir/apply/index"
GIT_INDEX_FILE=$dir/apply/index GIT_OBJECT_DIRECTORY=$dir/apply GIT_ALTERNATE_OBJECT_DIRECTORIES=$dir/patch/.git/objects \
    git apply --cached "$dir/patch.diff"
END
        against patch 'A patch to 20,000 files' \
            "sh $dir/plain-apply.sh" "$guard patch check $dir/patch.diff --policy $dir/patch.json"
        rm -rf "$dir/apply" ;;
    *) echo "no such comparison: $name" >&2; exit 2 ;;
    esac
done
