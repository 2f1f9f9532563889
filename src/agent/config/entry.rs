//! The command line that an agent runs: how it is written, and how it is known again, whatever path the program had and however
//! that was quoted. One that does anything more is somebody's own, and is never changed: ours comes beside it.

use crate::agent::Agent;

const POSIX_FORGIVES: &str = " || [ $? -ne 2 ] || exit 2";
const POSIX_ENDS_WELL: &str = " || true";
const POWERSHELL_FORGIVES: &str = "; if ($LASTEXITCODE -eq 2) { exit 2 } else { exit 0 }";

/// For a POSIX shell, in an agent that carries on after any exit code but 2.
pub(super) fn posix(program: &str, agent: Agent) -> String {
    format!("{} hook agent --agent {}", quoted(program), agent.id())
}

/// For a POSIX shell, in an agent that takes other exit codes for a denial too: a program that is missing stops nobody.
pub(super) fn posix_forgiving(program: &str, agent: Agent) -> String {
    format!("{}{POSIX_FORGIVES}", posix(program, agent))
}

/// For a POSIX shell, in an agent that goes by the JSON alone.
pub(super) fn posix_ending_well(program: &str, agent: Agent) -> String {
    format!("{}{POSIX_ENDS_WELL}", posix(program, agent))
}

/// For PowerShell, in an agent that takes other exit codes for a denial too.
pub(super) fn powershell_forgiving(program: &str, agent: Agent) -> String {
    let program = program.replace('\'', "''");
    format!("& '{program}' hook agent --agent {}{POWERSHELL_FORGIVES}", agent.id())
}

/// Whether a command line is one of ours: it starts a `ci-guard` with `hook agent`, and does nothing else.
pub(super) fn is_ours(command: &str) -> bool {
    let command = command.trim();
    let command = command.strip_prefix("& ").unwrap_or(command);
    let Some((program, rest)) = first_word(command) else { return false };
    is_our_name(&program) && asks_alone(rest)
}

/// Whether a program of this path is known again: as `ci-guard`, `ci-guard.exe`, or a release's `ci-guard-linux-x64`.
pub(super) fn is_our_name(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    name.to_ascii_lowercase().starts_with("ci-guard")
}

/// Whether this is what we write behind the program. An agent that is not named is one of an older ci-guard.
fn asks_alone(rest: &str) -> bool {
    let forgiven =
        [POSIX_FORGIVES, POSIX_ENDS_WELL, POWERSHELL_FORGIVES].into_iter().find_map(|end| rest.strip_suffix(end));
    let words: Vec<_> = forgiven.unwrap_or(rest).split([' ', '\t']).filter(|word| !word.is_empty()).take(5).collect();
    let is_name = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match words[..] {
        ["hook", "agent"] => true,
        ["hook", "agent", "--agent", name] => is_name(name),
        _ => false,
    }
}

/// One word for a POSIX shell, byte for byte.
fn quoted(word: &str) -> String {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !word.is_empty() && word.chars().all(is_harmless) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The first word without its quotes, and what follows it; nothing where a shell would do more than start the program of that
/// name. A backslash that escapes nothing belongs to a path of Windows.
fn first_word(command: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = command.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '`') => return None,
            (None | Some('"'), '$') if command[at..].starts_with("$(") => return None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => match chars.next_if(|(_, next)| matches!(next, '\'' | '"' | ' ' | '\\')) {
                Some((_, escaped)) => word.push(escaped),
                None => word.push('\\'),
            },
            (None, ';' | '&' | '|' | '<' | '>' | '(' | ')' | '=' | '#') => return None,
            (None, c) if c.is_ascii_whitespace() => return Some((word, &command[at..])),
            (None, c) => word.push(c),
        }
    }
    None // a command of one word is not ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_known_again() {
        let programs = [
            "/usr/bin/ci-guard",
            "/home/o'brien/my bin/ci-guard",
            r"C:\Program Files\ci-guard.exe",
            "/a\"b/ci-guard",
            "ci-guard",
        ];
        for program in programs {
            for write in [posix, posix_forgiving, posix_ending_well, powershell_forgiving] {
                let command = write(program, Agent::Claude);
                assert!(is_ours(&command), "{command}");
            }
        }
        assert_eq!(posix("/my bin/ci-guard", Agent::Codex), "'/my bin/ci-guard' hook agent --agent codex");
    }

    #[test]
    fn what_does_anything_more_is_not_ours() {
        for command in [
            "",
            "ci-guard",
            "ci-guard hook",
            "ci-guard hook pre-push",
            "ci-guard check hook agent",
            "my-ci-guard hook agent",
            "/opt/ci-guard/run hook agent",
            "echo ci-guard hook agent",
            "'ci-guard hook agent",
            "/opt/ci-guard hook agent --agent claude; ./mine.sh",
            "/opt/ci-guard hook agent --agent claude && ./mine.sh",
            "/opt/ci-guard hook agent --agent claude | ./mine.sh",
            "/opt/ci-guard hook agent --agent claude & ./mine.sh",
            "/opt/ci-guard hook agent --agent claude 2>>log",
            "/opt/ci-guard hook agent --agent claude # mine",
            "/opt/ci-guard hook agent --agent claude\n./mine.sh",
            "/opt/ci-guard hook agent\n./mine.sh",
            "/opt/ci-guard hook agent --agent",
            "/opt/ci-guard hook agent --agent $(./mine.sh)",
            "/opt/ci-guard hook agent --agent claude || [ $? -ne 2 ] || exit 2; ./mine.sh",
            "/opt/ci-guard hook agent --agent claude; ./mine.sh || [ $? -ne 2 ] || exit 2",
            "./mine.sh;/opt/ci-guard hook agent --agent claude",
            "./mine.sh&&/opt/ci-guard hook agent",
            "$(./mine.sh)/ci-guard hook agent",
            "\"`./mine.sh`/ci-guard\" hook agent",
            "PATH=/opt/ci-guard hook agent",
        ] {
            assert!(!is_ours(command), "{command}");
        }
        for command in [
            r"C:\tools\CI-Guard.EXE hook agent",
            "ci-guard hook agent",
            "/opt/ci-guard-linux-x64 hook agent --agent claude",
            " \"/my bin/ci-guard\"  hook  agent --agent codex \n",
            "$HOME/.cargo/bin/ci-guard hook agent --agent claude",
            "'/a $(b); `c`/ci-guard' hook agent --agent claude || [ $? -ne 2 ] || exit 2",
        ] {
            assert!(is_ours(command), "{command}");
        }
    }
}
