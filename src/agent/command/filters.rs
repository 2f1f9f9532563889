//! Files that programs for `sed` and `awk` write. Their text is searched for the ways to write to a file whose name stands
//! there; the rest of the languages is not read.

use super::words::is_open;

/// More redirections in one program are not looked at.
const MOST_SIGNS: usize = 64;

/// A file, and whether the text leaves no doubt that it is written.
pub(super) type Written = (String, bool);

/// `w FILE` of sed's, up to the end of the line: behind an address, a brace or another command, or as a flag of `s`.
pub(super) fn sed(words: &[String]) -> Vec<Written> {
    let lines = words.iter().filter(|word| !is_open(word)).flat_map(|word| word.lines());
    let written = lines.filter_map(|line| {
        // The first of them takes the rest of the line.
        let at = line.match_indices(['w', 'W']).map(|(at, _)| at).find(|at| is_command(line, *at))?;
        let before = line[..at].trim_end_matches(|c: char| c.is_ascii_digit() || "gpiIe".contains(c));
        Some((line[at + 1..].trim().to_owned(), !before.trim_end().ends_with(['/', '|', '#', ','])))
    });
    written.filter(|(file, _)| !file.is_empty()).collect()
}

/// Whether a `w` stands where a command or a flag does.
fn is_command(line: &str, at: usize) -> bool {
    let before = line[..at].trim_end_matches([' ', '\t']);
    let before = if before.len() == at { before.trim_end_matches(['g', 'p', 'i', 'I', 'e']) } else { before };
    line[at + 1..].starts_with([' ', '\t', '.', '/', '~'])
        && before.chars().next_back().is_none_or(|c| c.is_ascii_digit() || ";{}!$/|#,".contains(c))
}

/// `print > "FILE"` of awk's, and `>>`.
pub(super) fn awk(words: &[String]) -> Vec<Written> {
    let programs = words.iter().filter(|word| word.contains("print"));
    let pieces = programs.flat_map(|program| {
        let is_outside = |at: &usize| program[..*at].matches('"').count() % 2 == 0;
        let signs = program.match_indices('>').map(|(at, _)| at).take(MOST_SIGNS).filter(is_outside);
        signs.map(|at| &program[at + 1..]).collect::<Vec<_>>()
    });
    let named = pieces.filter_map(|piece| piece.trim_start().strip_prefix('"')?.split_once('"'));
    named.map(|(file, _)| (file.to_owned(), true)).collect()
}

#[cfg(test)]
mod tests {
    use super::{awk, sed};

    #[test]
    fn files_that_sed_writes() {
        let table: [(&str, &[(&str, bool)]); 12] = [
            ("w a b", &[("a b", true)]),
            ("1w x", &[("x", true)]),
            ("$!w x", &[("x", true)]),
            ("/re/w x", &[("x", false)]),
            ("s/a/b/w x", &[("x", false)]),
            ("s/a/b/gpw x", &[("x", false)]),
            ("p;w x\nw y", &[("x", true), ("y", true)]),
            ("1{w x\n}", &[("x", true)]),
            ("s/how are/who is/", &[]),
            ("s/now x/then y/g", &[]),
            ("w", &[]),
            ("s/é w x/ü/", &[]),
        ];
        for (script, expected) in table {
            let found = sed(&[script.to_owned()]);
            let found: Vec<_> = found.iter().map(|(file, sure)| (file.as_str(), *sure)).collect();
            assert_eq!(found, expected, "{script}");
        }
    }

    #[test]
    fn files_that_awk_writes() {
        let table: [(&str, &[&str]); 5] = [
            (r#"{print > "x"}"#, &["x"]),
            (r#"{printf "%s", $1 >> "a b"; print >"c"}"#, &["a b", "c"]),
            (r#"$1 > "x""#, &[]),
            (r#"{print > $1}"#, &[]),
            (r#"{print ">" "x"}"#, &[]),
        ];
        for (program, expected) in table {
            let found: Vec<_> = awk(&[program.to_owned()]).into_iter().map(|(file, _)| file).collect();
            assert_eq!(found, expected, "{program}");
        }
    }
}
