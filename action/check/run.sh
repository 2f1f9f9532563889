#!/usr/bin/env bash
# The one step of the action: judges what the pull request brings over its base, says it as annotations, in the step summary, in one
# comment and in outputs. Only a judged violation ends it with 1; what could not be judged is 2, and says so.
set -euo pipefail

title='ci-guard'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../find.sh source-path=SCRIPTDIR
. "$here/../find.sh"
# shellcheck source=upload.sh source-path=SCRIPTDIR
. "$here/upload.sh"

# Whatever ends this before there is a verdict: it was not judged.
verdict=''
trap '[ -n "$verdict" ] || [ -z "${GITHUB_OUTPUT:-}" ] || echo verdict=undecided >>"$GITHUB_OUTPUT"' EXIT

yes_or_no() {
    case $2 in true | false) ;; *) fail "The input $1 is \"$2\"; it is true or false." ;; esac
}
gate=${INPUT_GATE:-warn}
case $gate in true | false | warn) ;; *) fail "The input gate is \"$gate\"; it is true, false or warn." ;; esac
comment=${INPUT_COMMENT:-false}
yes_or_no comment "$comment"
upload=${INPUT_UPLOAD:-false}
yes_or_no upload "$upload"

git rev-parse --git-dir >/dev/null 2>&1 || fail 'There is no repository here. Check it out before this step, with fetch-depth: 0.'
find_ci_guard "${GITHUB_ACTION_PATH:-$here/../..}"

head=${INPUT_HEAD:-${HEAD_SHA:-HEAD}}
base=${INPUT_BASE:-origin/${GITHUB_BASE_REF:-main}}
# A checkout of GitHub's merge commit has the head as its second parent, and often nothing else of it.
commit=$(git rev-parse --quiet --verify --end-of-options "$head^{commit}") ||
    fail "The head $head is not in this checkout. Use actions/checkout with fetch-depth: 0."
git rev-parse --quiet --verify --end-of-options "$base^{commit}" >/dev/null ||
    fail "The base $base is not in this checkout. Use actions/checkout with fetch-depth: 0, or name it with the input base."

options=("--range=$base..$head")
[ -z "${INPUT_POLICY:-}" ] || options+=("--policy=$INPUT_POLICY")
# The branch may have moved on since; what the remote has of it is not somebody else's.
guard=("${options[@]}")
[ -z "${HEAD_BRANCH:-}" ] || [ -n "${INPUT_HEAD:-}" ] || guard+=("--branch=$HEAD_BRANCH")

code=0
ci-guard check "${guard[@]}" --format github || code=$?
decision=''
gate_code=0
if [ "$gate" != false ]; then
    ci-guard patch check "${options[@]}" --format github || gate_code=$?
    case $gate_code in 0) decision=allow ;; 1) decision=deny ;; 4) decision=review ;; *) decision='' ;; esac
fi
case $code in 0) verdict=allow ;; 1) verdict=block ;; *) verdict=undecided ;; esac

# Where hooks and this job share an audit store, it knows whether a hook was asked. Nobody is stopped for it: the judgement is above.
unseen=''
if [ -n "${CI_GUARD_STORE:-}" ]; then
    for pause in 0 5; do
        # A workspace tells the store in the background, and may be slower than this job.
        sleep "$pause"
        seen=0
        unseen=$(ci-guard judged "$head" ${GITHUB_REPOSITORY:+--repo "$GITHUB_REPOSITORY"}) || seen=$?
        [ "$seen" = 1 ] || break
    done
    if [ "$seen" = 1 ]; then
        printf '::warning title=ci-guard: hooks::%s\n' "$unseen"
    else
        unseen=''
    fi
fi

# The same judgement in another format: the audit store has been told of it.
again() {
    CI_GUARD_STORE=off ci-guard "$@"
}

temp=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
section=$temp/ci-guard-comment.md
{
    # Found again by this line and by who wrote it: anybody can write the line.
    echo '<!-- ci-guard:gate -->'
    again check "${guard[@]}" --format markdown || true
    if [ "$gate" != false ]; then
        echo
        again patch check "${options[@]}" --format markdown || true
    fi
    # A commit's id and words of ours.
    [ -z "$unseen" ] || printf '\n**Hooks**\n\n- %s\n' "$unseen"
} >"$section"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || sed 1d "$section" >>"$GITHUB_STEP_SUMMARY"

sarif=${INPUT_SARIF:-}
[ -n "$sarif" ] || [ "$upload" = false ] || sarif=$temp/ci-guard.sarif
if [ -n "$sarif" ]; then
    again check "${guard[@]}" --format sarif >"$sarif" || true
    # Where it could not even begin, there is no log, and nothing for a later step to choke on.
    [ -s "$sarif" ] || { rm -f -- "$sarif" && sarif=''; }
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    # Words of ours, but for the file's name, which is the caller's own.
    printf '%s\n' "verdict=$verdict" "decision=$decision" >>"$GITHUB_OUTPUT"
    [ -z "$sarif" ] || printf 'sarif=%s\n' "${sarif//$'\n'/}" >>"$GITHUB_OUTPUT"
fi

# What was not judged is not uploaded: an alert that is missing there counts as mended.
if [ "$upload" = true ] && [ "$verdict" != undecided ] && [ -n "$sarif" ]; then
    upload_findings "$sarif" "$commit"
fi

# The comment is told to people; that it cannot be written changes no verdict.
if [ "$comment" = true ] && [ -n "${PULL_REQUEST:-}" ]; then
    comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
    me=$(forge api graphql -f 'query={viewer{login}}' --jq .data.viewer.login 2>/dev/null) || me='github-actions[bot]'
    mine='.[] | select((.user.login == env.ME) and (.body | startswith("<!-- ci-guard:gate -->"))) | .id'
    if id=$(ME=$me forge api --paginate "$comments" --jq "$mine" | sed -n 1p) && if [ -n "$id" ]; then
        forge api -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$section" --silent
    else
        forge api -X POST "$comments" -F "body=@$section" --silent
    fi; then :; else
        echo '::warning title=ci-guard::The comment could not be written. The job needs the permission pull-requests: write, which pull requests from forks never have.'
    fi
fi

if [ "$code" = 0 ] && [ "$gate" = true ]; then
    # Somebody has to approve it (4): the forge asks for that, not this step.
    case $gate_code in 0 | 4) ;; *) exit "$gate_code" ;; esac
fi
exit "$code"
