//! What the text tells of whether a part of a command line runs: which command of a list or a pipeline is the last, and which may
//! fail, so that what stands behind its `&&` or `||` may be left out.
//!
//! How a command ends is not known here; one that only prepares something is taken to succeed, as who wrote it did.

use super::parse;
use super::wrappers::program;
use tree_sitter::Node;

/// Commands that fail only where something is wrong.
const PREPARE: [&str; 26] = [
    ".", ":", "alias", "cat", "cd", "chmod", "cp", "echo", "export", "ln", "ls", "mkdir", "mktemp", "mv", "popd",
    "printf", "pushd", "pwd", "rm", "set", "shopt", "sleep", "source", "touch", "true", "umask",
];

/// The same of git's subcommands.
const GIT_PREPARES: [&str; 10] =
    ["add", "checkout", "commit", "fetch", "init", "pull", "stash", "status", "switch", "worktree"];

/// The last command of a list or a pipeline; what a group holds is its own.
pub(super) fn last_of(node: Node) -> Node {
    let mut last = node;
    while let "list" | "pipeline" | "negated_command" = last.kind() {
        let mut cursor = last.walk();
        let Some(next) = last.named_children(&mut cursor).filter(|part| part.kind() != "comment").last() else { break };
        last = next;
    }
    last
}

/// Whether what stands behind its `&&` or `||` may run and may not.
pub(super) fn may_fail(node: Node, source: &str) -> bool {
    let mut node = node;
    loop {
        node = match node.kind() {
            // Its last command tells.
            "pipeline" => last_of(node),
            "redirected_statement" => match node.child_by_field_name("body") {
                Some(body) => body,
                None => return false,
            },
            "variable_assignment" | "variable_assignments" | "declaration_command" | "unset_command" => return false,
            "command" => return !prepares(node, source),
            _ => return true,
        };
    }
}

fn prepares(command: Node, source: &str) -> bool {
    let mut cursor = command.walk();
    let Some(name) = command.child_by_field_name("name") else { return true };
    let words =
        command.children_by_field_name("argument", &mut cursor).map(|word| parse::text(source, word.byte_range()));
    match program(parse::text(source, name.byte_range()).trim_start_matches('\\')) {
        // Behind `-C FOLDER` and `-c NAME=VALUE`.
        "git" => words.take(8).any(|word| GIT_PREPARES.contains(&word)),
        name => PREPARE.contains(&name),
    }
}
