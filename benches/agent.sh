#!/bin/sh
# Measure what somebody waits for who is watched: an agent before it uses a tool (`hook agent`), git before a push (`hook pre-push`),
# each with and without a note for the audit stream.
#
#   cargo build --release && benches/agent.sh
#
# Needs hyperfine 1.16 or later. RUNS says how often each command is run (default 300), GUARD which binary (default: the one that cargo built).
# Look at the differences: the times are your machine's, and `true` says what starting a program costs there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
guard=${GUARD:-$here/../target/release/ci-guard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
HOME=$dir/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
export HOME GIT_CONFIG_NOSYSTEM LC_ALL
mkdir "$HOME"
git config --global user.name bench
git config --global user.email bench@example.org
git init -q --bare "$dir/remote.git"
git init -q -b main "$dir/work"
cd "$dir/work"
git remote add origin "$dir/remote.git"
git commit -q --allow-empty -m one
git push -q origin main
git checkout -q -b feature/x
git commit -q --allow-empty -m two

ask() { # NAME TOOL INPUT
    printf '{"hook_event_name":"PreToolUse","cwd":"%s","tool_name":"%s","tool_input":%s}' "$PWD" "$2" "$3" >"$dir/$1"
}
ask command Bash '{"command":"cd src && cargo test --all 2>&1 | tail -20 && git commit -am \"say why --no-verify is denied\""}'
ask file Write "{\"file_path\":\"$PWD/src/lib.rs\",\"content\":\"\"}"
ask bypass Bash '{"command":"git push --no-verify origin HEAD"}'
printf 'refs/heads/feature/x %s refs/heads/feature/x %s\n' "$(git rev-parse HEAD)" "$(git hash-object --stdin </dev/null | tr '0-9a-f' 0)" >"$dir/push"

measure() { # TITLE STORE INPUT COMMAND...
    printf '\n### %s\n\n' "$1"
    CI_GUARD_STORE=$2 hyperfine -N -i --style none --warmup 10 --runs "${RUNS:-300}" --input "$dir/$3" \
        --export-markdown "$dir/table.md" "$4" true >/dev/null
    sed "s#$guard#ci-guard#g; s#$dir#DIR#g" "$dir/table.md"
    rm -f "$dir"/audit*
}
measure 'A command that is nobody'\''s business' off command "$guard hook agent --agent claude"
measure 'A file' off file "$guard hook agent --agent claude"
measure 'A denial' off bypass "$guard hook agent --agent claude"
measure 'A denial, noted' "$dir/audit.db" bypass "$guard hook agent --agent claude"
measure 'A push' off push "$guard hook pre-push origin $dir/remote.git"
measure 'A push, noted' "$dir/audit.db" push "$guard hook pre-push origin $dir/remote.git"
