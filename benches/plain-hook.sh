#!/bin/sh
# The hook that people write by hand, as the peer of benches/compare.sh: markers by `git grep` over the pushed tree,
# parents of new merges by a loop of `git merge-base --is-ancestor` over the allowed branches. A pre-push hook: the
# remote's name is $1, the refs are on standard input. MERGES bounds how many merges it looks at (default: all).
zero=0000000000000000000000000000000000000000
bad=0
while read -r _ tip _ _; do
    [ "$tip" = "$zero" ] && continue
    if git grep -lE '^(<<<<<<< |======= |>>>>>>> )' "$tip" >&2; then
        bad=1
    fi
    for merge in $(git rev-list --merges ${MERGES:+--max-count=$MERGES} "$tip" --not --remotes="$1"); do
        for parent in $(git rev-parse "$merge^@"); do
            allowed=no
            for branch in main develop release/1.0; do
                if git merge-base --is-ancestor "$parent" "refs/remotes/$1/$branch" 2>/dev/null; then
                    allowed=yes
                    break
                fi
            done
            # "Reachable from the feature" is true of every parent; it costs what it costs.
            [ $allowed = yes ] || git merge-base --is-ancestor "$parent" "$tip" || bad=1
        done
    done
done
exit $bad
