//! The files that a patch in the form of `apply_patch` names. It is read for its paths only: what the patch does to them is the
//! agent's business.

/// The lines that name a file.
const MARKS: [&str; 4] = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];

/// The paths in their order; none where the text is no such patch.
pub(super) fn paths(text: &str) -> Vec<String> {
    if !text.contains("*** Begin Patch") {
        return Vec::new();
    }
    // Lines of content begin with a sign or a blank, so a mark at the start of a line is one of the patch's own.
    let named = text.lines().filter_map(|line| MARKS.iter().find_map(|mark| line.strip_prefix(mark)));
    named.map(|path| path.trim().to_owned()).collect()
}

/// The paths of a command that is nothing but a patch: `apply_patch <<'EOF'`, or `cd FOLDER && apply_patch <<'EOF'`, the patch, `EOF`.
/// None for every other command, and where a shell would run something to make the text: that is read as a shell reads it.
pub(super) fn in_command(line: &str) -> Option<Vec<String>> {
    let (head, rest) = line.trim().split_once('\n')?;
    let (folder, call) = match head.strip_prefix("cd ") {
        Some(behind) => {
            let (folder, call) = behind.rsplit_once("&&")?;
            (Some(one_word(folder.trim())?), call)
        }
        None => (None, head),
    };
    let (program, mark) = call.split_once("<<")?;
    if !["apply_patch", "applypatch"].contains(&program.trim()) {
        return None;
    }
    let written = mark.trim();
    let mark = one_word(written)?;
    // The mark ends the command: what stands behind it would be a shell's. So would be commands in a text that is not quoted.
    let (body, last) = rest.rsplit_once('\n')?;
    let runs = mark == written && (body.contains("$(") || body.contains('`'));
    if runs || last != mark || body.lines().any(|line| line == mark) {
        return None;
    }
    let paths = paths(body).into_iter().map(|path| match folder {
        Some(folder) if !path.starts_with('/') => format!("{folder}/{path}"),
        _ => path,
    });
    Some(paths.collect::<Vec<_>>()).filter(|paths| !paths.is_empty())
}

/// What a word says, quoted as a whole or not at all; none where it is more than that.
fn one_word(word: &str) -> Option<&str> {
    let inside = ['\'', '"'].iter().find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote));
    let special = |c: char| "'\"$`\\|&;<>(){}*?[~!#".contains(c) || inside.is_none() && c.is_whitespace();
    let word = inside.unwrap_or(word);
    (!word.is_empty() && !word.contains(special)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::{in_command, paths};

    #[test]
    fn files_are_named_by_marks_at_the_start_of_a_line() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@\n-*** Add File: no\n+*** Add File: no\n\
                     *** Delete File: c d.txt\r\n*** End Patch\n";
        assert_eq!(paths(patch), ["a.rs", "b.rs", "c d.txt"]);
        assert!(paths("*** Add File: a").is_empty());
    }

    #[test]
    fn a_command_may_be_a_patch_and_nothing_else() {
        const PATCH: &str = "*** Begin Patch\n*** Add File: a\n+EOF\n*** Add File: /b\n+b\n*** End Patch";
        let said = |line: &str| in_command(&line.replace("PATCH", PATCH)).map(|paths| paths.join(" "));
        for (line, want) in [
            ("apply_patch <<'EOF'\nPATCH\nEOF", Some("a /b")),
            ("  applypatch <<EOF\nPATCH\nEOF\n\n", Some("a /b")),
            ("cd .git/hooks && apply_patch <<\"EOF\"\nPATCH\nEOF", Some(".git/hooks/a /b")),
            ("cd '.git/my hooks' && apply_patch << EOF\nPATCH\nEOF", Some(".git/my hooks/a /b")),
            ("apply_patch <<'EOF'\nPATCH\n$(ls)\nEOF", Some("a /b")),
            ("apply_patch <<EOF\nPATCH\n$HOME\nEOF", Some("a /b")),
            // A shell's.
            ("apply_patch <<EOF\nPATCH\n$(git push --no-verify)\nEOF", None),
            ("apply_patch <<EOF\nPATCH\n`git push --no-verify`\nEOF", None),
            ("cd \"$(git push --no-verify)\" && apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("cd `git push --no-verify` && apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("apply_patch <<'EOF'\nPATCH\nEOF\ngit push --no-verify", None),
            ("apply_patch <<'EOF'\nPATCH\nEOF\nls\nEOF", None),
            ("apply_patch <<'EOF' && git push --no-verify\nPATCH\nEOF", None),
            ("ls; apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("cd a b && apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("cd a && git push -n && apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("cat <<'EOF'\nPATCH\nEOF", None),
            ("echo apply_patch <<'EOF'\nPATCH\nEOF", None),
            ("apply_patch <<'EOF'\nnothing\nEOF", None),
            ("apply_patch", None),
            ("apply_patch <<''\n\n", None),
            ("apply_patch <<'\n'", None),
            ("", None),
        ] {
            assert_eq!(said(line).as_deref(), want, "{line}");
        }
    }
}
