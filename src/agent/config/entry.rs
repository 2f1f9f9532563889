//! The command line that an agent runs: how it is written, and how it is known again, whatever path the program had.

use crate::agent::Agent;

/// For a POSIX shell, in an agent that carries on after any exit code but 2.
pub(super) fn posix(program: &str, agent: Agent) -> String {
    format!("{} hook agent --agent {}", quoted(program), agent.id())
}

/// For a POSIX shell, in an agent that takes other exit codes for a denial too: a program that is missing stops nobody.
pub(super) fn posix_forgiving(program: &str, agent: Agent) -> String {
    format!("{} || [ $? -ne 2 ] || exit 2", posix(program, agent))
}

/// For PowerShell, in such an agent.
pub(super) fn powershell_forgiving(program: &str, agent: Agent) -> String {
    let program = program.replace('\'', "''");
    format!("& '{program}' hook agent --agent {}; if ($LASTEXITCODE -eq 2) {{ exit 2 }} else {{ exit 0 }}", agent.id())
}

/// Whether a command line is one of ours: it starts a `ci-guard`, and what follows is `hook agent`.
pub(super) fn is_ours(command: &str) -> bool {
    let command = command.trim_start();
    let command = command.strip_prefix("& ").unwrap_or(command);
    let Some((program, rest)) = first_word(command) else { return false };
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let mut words = rest.split_ascii_whitespace();
    name.strip_suffix(".exe").unwrap_or(&name) == "ci-guard"
        && (words.next(), words.next()) == (Some("hook"), Some("agent"))
}

/// One word for a POSIX shell, byte for byte.
fn quoted(word: &str) -> String {
    let is_harmless = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !word.is_empty() && word.chars().all(is_harmless) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The first word without its quotes, and what follows it. A backslash that escapes nothing belongs to a path of Windows.
fn first_word(command: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = command.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => match chars.next_if(|(_, next)| matches!(next, '\'' | '"' | ' ' | '\\')) {
                Some((_, escaped)) => word.push(escaped),
                None => word.push('\\'),
            },
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
            for write in [posix, posix_forgiving, powershell_forgiving] {
                let command = write(program, Agent::Claude);
                assert!(is_ours(&command), "{command}");
            }
        }
        assert_eq!(posix("/my bin/ci-guard", Agent::Codex), "'/my bin/ci-guard' hook agent --agent codex");
    }

    #[test]
    fn other_commands_are_not_ours() {
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
        ] {
            assert!(!is_ours(command), "{command}");
        }
        assert!(is_ours(r"C:\tools\CI-Guard.EXE hook agent"));
    }
}
