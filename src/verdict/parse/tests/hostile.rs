//! Texts made to take long, and texts made by chance.

use super::*;
use proptest::prelude::*;

/// Everything that could make a reader of lines look at the same bytes again and again. It ends within the patience of a test, in an
/// unoptimised build too, only where that does not happen.
#[test]
fn hostile_texts_are_read_once() {
    for part in [
        "*",
        "VERDICT: ",
        ":a",
        "~~",
        "- ",
        "> ",
        "```\n",
        "~~~\n",
        "x <!--\n",
        "<!--",
        "<!-- -->",
        "| ",
        "PASS, ",
        "\u{1b}]",
        "_`",
        "@@ -1,9 +1,9 @@\n",
        "1. ",
        "\t",
        "=",
        "`",
        "\0",
        "[x] ",
        "VERDICT:\n",
        "| VERDICT | x |\n",
        "FAIL or ",
        "✅",
        "\r",
        "or ",
        "` ",
        "`` ` ",
        "<code>",
        "<pre ",
        "a <pre>\n",
        "a `\n",
        "a `\n``\n",
        "<?",
        "--- \n+++ \n",
        "@",
        "@@ ",
        "FAIL_ ",
    ] {
        let text = part.repeat((1 << 18) / part.len());
        for text in [
            text.clone(),
            format!("VERDICT: {text}"),
            format!("| VERDICT: FAIL {text}"),
            format!("VERDICT: FAIL ({text}"),
        ] {
            let review = of(&text);
            assert!(review.message.chars().count() <= MESSAGE, "{part:?}");
            assert!(part == "PASS, " || !matches!(review.verdict, Pass | Warn | Degraded), "{part:?}: {review:?}");
        }
    }
}

fn markdown() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "VERDICT",
        ":",
        " ",
        "PASS",
        "CRITICAL_FAIL",
        "WARN",
        "\n",
        "\r\n",
        "\n\n",
        "**",
        "`",
        "```",
        "~~~",
        "> ",
        "- ",
        "1. ",
        "    ",
        "\t",
        "|",
        "|---|",
        "<!--",
        "-->",
        "<pre>",
        "<code>",
        "``",
        "+",
        "@@@ -1 -1 +1 @@@\n",
        "❌",
        "</pre>",
        "@@ -1,2 +1,2 @@\n",
        "+",
        "-",
        "MESSAGE:",
        "text",
        "✅",
        "\u{1b}[1m",
        "é",
        "?",
        "or ",
    ]);
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_verdict(bytes: Vec<u8>) {
        let review = parse(&bytes, &About::default(), str::to_owned);
        prop_assert!(review.message.chars().count() <= MESSAGE);
    }

    #[test]
    fn what_is_not_judged_has_a_reason(text in markdown()) {
        let review = of(&text);
        prop_assert_eq!(review.verdict == InfraFail, review.failure == FailureType::Infra && review.reason.is_some());
        // A known last word is a known word.
        prop_assert!(review.verdict == InfraFail || has_verdict(text.as_bytes()) || text.contains("VERDICT"));
    }

    #[test]
    fn ones_own_last_line_counts_whatever_was_before(text in markdown(), passes: bool) {
        // Whatever is open is closed by a careful reviewer: comments and HTML always, a fence where there is one.
        let closed = format!("{text}\n-->\n</pre></code>\n");
        let word = if passes { Pass } else { CriticalFail };
        for fence in [String::new(), "`".repeat(200), "~".repeat(200)] {
            let review = of(&format!("{closed}{fence}\n\nVERDICT: {}\n", word.id()));
            if review.verdict == word {
                return Ok(());
            }
        }
        prop_assert!(false, "no fence was open, and yet the last line does not count");
    }

    #[test]
    fn in_a_fence_nothing_counts(text in markdown()) {
        let fence = "`".repeat(60);
        prop_assert_eq!(of(&format!("{fence}\n{}\n{fence}\n", text)).verdict, InfraFail);
        let quoted: String = text.split(['\n', '\r']).map(|line| format!("> {line}\n")).collect();
        prop_assert_eq!(of(&quoted).verdict, InfraFail);
    }

    #[test]
    fn line_ends_do_not_matter(text in markdown()) {
        let (unix, old, dos) = (text.replace("\r\n", "\n"), text.replace("\r\n", "\n").replace('\n', "\r"), text.replace("\r\n", "\n").replace('\n', "\r\n"));
        prop_assert_eq!(of(&unix), of(&old));
        prop_assert_eq!(of(&unix), of(&dos));
    }
}
