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

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn files_are_named_by_marks_at_the_start_of_a_line() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@\n-*** Add File: no\n+*** Add File: no\n\
                     *** Delete File: c d.txt\r\n*** End Patch\n";
        assert_eq!(paths(patch), ["a.rs", "b.rs", "c d.txt"]);
        assert!(paths("*** Add File: a").is_empty());
    }
}
