# shellcheck shell=bash
# Findings for code scanning: packs a SARIF file and hands it to the forge. Whatever goes wrong is a warning, which changes no verdict.
# It does not wait until the forge has read the file.

# What the forge takes of one file.
most_results=25000
most_bytes=10000000

not_uploaded() {
    printf '::warning title=ci-guard::The findings were not uploaded to code scanning: %s\n' "$1"
}

# The file $1, about the commit $2.
upload_findings() {
    local file=$1 commit=$2 ref packed
    if [ -n "${PULL_REQUEST:-}" ] && [ "$commit" = "${HEAD_SHA:-}" ]; then
        ref=refs/pull/$PULL_REQUEST/head
    elif [ "$commit" = "${GITHUB_SHA:-}" ]; then
        # A branch, a tag, or refs/pull/N/merge where the merge commit was judged.
        ref=${GITHUB_REF:-}
    else
        not_uploaded "$commit is neither the pull request's head nor the commit that this run is about, so there is nothing to show them at."
        return
    fi
    if [ "$(grep -c '^ *"ruleId": ' "$file")" -gt "$most_results" ]; then
        not_uploaded "there are more than the $most_results that GitHub takes. They are in the file of the input sarif."
        return
    fi
    packed=$file.gz
    gzip -9 -n -c "$file" >"$packed"
    if [ "$(wc -c <"$packed")" -gt "$most_bytes" ]; then
        not_uploaded 'the packed file is larger than the 10 MB that GitHub takes.'
    elif ! base64 <"$packed" | tr -d '\n' |
        forge api -X POST "repos/$GITHUB_REPOSITORY/code-scanning/sarifs" --silent -f "commit_sha=$commit" -f "ref=$ref" \
            -f tool_name=ci-guard -F sarif=@-; then
        not_uploaded 'see above. The job needs the permission security-events: write, which pull requests from forks may not have, and a private repository needs code scanning switched on.'
    fi
    rm -f "$packed"
}
