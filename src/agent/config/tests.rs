//! Every agent's file: with our entry, with it again, with another program, and without it. Then files as people write them, and
//! files as nobody would.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

const PROGRAM: &str = "/usr/local/bin/ci-guard";
const MOVED: &str = "/home/o'brien/my bin/ci-guard";

fn all() -> impl Iterator<Item = &'static Place> {
    Agent::ALL.into_iter().flat_map(|agent| places(agent, Scope::Repository).chain(places(agent, Scope::User)))
}

/// Claude Code's, as if it took comments: how they are kept has nothing to do with the agent.
fn claude() -> &'static Place {
    static PLACE: LazyLock<Place> = LazyLock::new(|| lenient(&claude::PLACES[0]));
    &PLACE
}

fn lenient(place: &Place) -> Place {
    match place.form {
        Form::PlainJson(form) => Place { form: Form::Json(form), ..*place },
        _ => *place,
    }
}

fn toml_place() -> &'static Place {
    &codex::PLACES[1]
}

fn added(place: &Place, before: Option<&str>) -> String {
    match place.add(before.map(str::as_bytes), PROGRAM).unwrap() {
        After::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

const BLANK: [char; 5] = [' ', '\t', '\r', '\n', '\u{feff}'];

/// Add, add again, add for another program and back, take away: the bytes of before, whatever they were. Only a file that held
/// nothing goes where it should be JSON.
#[track_caller]
fn round(place: &Place, before: Option<&str>) -> String {
    let with = added(place, before);
    assert_eq!(place.add(Some(with.as_bytes()), PROGRAM), Ok(After::Same), "{with}");
    let After::Text(moved) = place.add(Some(with.as_bytes()), MOVED).unwrap() else { panic!("{with}") };
    assert_eq!(place.add(Some(moved.as_bytes()), PROGRAM), Ok(After::Text(with.clone())), "{moved}");
    let is_none = |before: &str| matches!(place.form, Form::Json(_)) && before.trim_matches(BLANK).is_empty();
    let kept = before.filter(|before| !is_none(before));
    let back = kept.map_or(After::Gone, |before| After::Text(before.to_owned()));
    assert_eq!(place.remove(Some(with.as_bytes())), Ok(back.clone()), "{with:?}");
    assert_eq!(place.remove(Some(moved.as_bytes())), Ok(back), "{moved:?}");
    with
}

#[test]
fn every_agent_gets_its_entry_and_loses_it_again() {
    for place in all() {
        let with = round(place, None);
        assert!(with.ends_with('\n') && with.contains(PROGRAM), "{with}");
        assert_eq!(place.remove(None), Ok(After::Same));
        if matches!(place.form, Form::Json(_) | Form::PlainJson(_)) {
            let value: serde_json::Value = serde_json::from_str(&with).unwrap();
            assert!(value["hooks"].is_object());
            for before in ["", " \n", "{}", "{}\n", "{ }", "{\n}\n", "\u{feff}{}", "\u{feff}"] {
                round(&lenient(place), Some(before));
            }
        }
    }
}

#[test]
fn the_entries_are_what_the_agents_document() {
    assert_eq!(
        added(claude(), None),
        r#"{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash|Monitor|PowerShell|Edit|MultiEdit|Write|NotebookEdit",
        "hooks": [
          {
            "type": "command",
            "command": "/usr/local/bin/ci-guard hook agent --agent claude || [ $? -ne 2 ] || exit 2",
            "timeout": 10
          }
        ]
      }
    ]
  }
}
"#
    );
    let of_user = added(&claude::PLACES[1], None);
    assert!(
        of_user.contains("\"/usr/local/bin/ci-guard hook agent --agent claude\",\n"),
        "no other agent reads that: {of_user}"
    );
    assert_eq!(
        added(&copilot::PLACES[0], None),
        r#"{
  "hooks": {
    "preToolUse": [
      {
        "type": "command",
        "matcher": "bash|powershell|create|edit|str_replace_editor|apply_patch",
        "bash": "/usr/local/bin/ci-guard hook agent --agent copilot || [ $? -ne 2 ] || exit 2",
        "powershell": "& '/usr/local/bin/ci-guard' hook agent --agent copilot; if ($LASTEXITCODE -eq 2) { exit 2 } else { exit 0 }",
        "timeoutSec": 10
      }
    ]
  },
  "version": 1
}
"#
    );
    assert_eq!(
        added(toml_place(), None),
        "[[hooks.PreToolUse]]\nmatcher = \"Bash|apply_patch\"\n\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\n\
         command = \"/usr/local/bin/ci-guard hook agent --agent codex\"\ntimeout = 10\n"
    );
    let gemini: serde_json::Value = serde_json::from_str(&added(&gemini::PLACES[0], None)).unwrap();
    let gemini = &gemini["hooks"]["BeforeTool"][0]["hooks"][0];
    assert_eq!(gemini["timeout"], 10_000, "milliseconds");
    assert_eq!(gemini["command"], "/usr/local/bin/ci-guard hook agent --agent gemini || true");
    let cursor: serde_json::Value = serde_json::from_str(&added(&cursor::PLACES[0], None)).unwrap();
    assert_eq!((&cursor["version"], cursor["hooks"].as_object().unwrap().len()), (&1.into(), 2));
}

/// Files as people write them: the entry lies in them as they would have put it.
#[test]
fn the_entry_is_laid_out_as_its_neighbours_are() {
    let commented = r#"{
	// ours, do not touch
	"model": "opus", /* really */
	"hooks": {
		"PreToolUse": [
			{"matcher": "Read", "hooks": [{"type": "command", "command": "audit"}]}, // first
		],
		"Stop": [],
	},
}
"#;
    let with = round(claude(), Some(commented));
    let ours = "\t\t\t{\"matcher\": \"Read\", \"hooks\": [{\"type\": \"command\", \"command\": \"audit\"}]}, // first\n\t\t\t{\n\t\t\t\t\"matcher\"";
    assert!(with.contains(ours), "{with}");
    assert!(with.contains("\n\t\t\t},\n\t\t],\n\t\t\"Stop\": [],\n"), "{with}");

    let one_line = r#"{"hooks":{"PreToolUse":[{"matcher":"Read","hooks":[]}]},"a":1}"#;
    assert_eq!(round(claude(), Some(one_line)).lines().count(), 1);

    for before in [
        "{\r\n    \"a\": 1\r\n}\r\n",
        "{\n    \"hooks\": {},\n    \"a\": [1,2]\n}",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n    ]\n  }\n}\n",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [ // none yet\n    ]\n  }\n}\n",
        "{ \"hooks\" : { \"PreToolUse\" : [ ] } }",
        "// head\n{ /* empty */ }\n// tail\n",
        "{\n\t\"hooks\": { \"Stop\": [ {\"hooks\": [{\"command\": \"x\"}]} ] }\n}\n",
        "{\"a\":1,}",
        "{\"a\":1 // last\n}",
        "{\n  \"a\": \"hooks // no comment /* nor this */\"\n}\n",
        "{\"version\": 1}",
        "{\n  \"version\": 1\n}\n",
        "{\"h\\u006foks\": {}}",
    ] {
        let before_style = before.contains("\r\n");
        for place in [claude(), &cursor::PLACES[0], &copilot::PLACES[0], &gemini::PLACES[0], &codex::PLACES[0]] {
            let with = round(&lenient(place), Some(before));
            assert_eq!(with.contains("\r\n"), before_style);
            assert!(!before_style || !with.replace("\r\n", "").contains('\n'), "{with:?}");
        }
    }
}

#[test]
fn what_came_between_stays() {
    // Somebody added a handler to our group, another event, a comment in our list.
    let with = added(claude(), None);
    let grown = with
        .replace(
            "\"timeout\": 10\n          }",
            "\"timeout\": 10\n          },\n          {\"type\": \"command\", \"command\": \"audit\"}",
        )
        .replace("\n    ]\n  }\n}", "\n    ],\n    \"Stop\": []\n  }\n}");
    let After::Text(left) = claude().remove(Some(grown.as_bytes())).unwrap() else { panic!() };
    assert!(!left.contains("ci-guard") && left.contains("audit") && left.contains("\"Stop\": []"), "{left}");
    serde_json::from_str::<serde_json::Value>(&left).unwrap();

    let noted = with.replace("\"PreToolUse\": [", "\"PreToolUse\": [ // mine");
    let After::Text(left) = claude().remove(Some(noted.as_bytes())).unwrap() else { panic!() };
    assert!(left.contains("// mine") && !left.contains("ci-guard"), "{left}");

    // Ours twice, as two installations leave it: all of them go.
    let twice =
        with.replace("\n    ]\n", ",\n      {\"hooks\": [{\"command\": \"'/old dir/ci-guard' hook agent\"}]}\n    ]\n");
    assert_eq!(claude().remove(Some(twice.as_bytes())), Ok(After::Gone));
}

/// Files in which somebody wrote our entry by hand, on one line or not: what is left is JSON, or no file.
#[test]
fn no_empty_file_is_left() {
    let ours = r#"{"type":"command","command":"ci-guard hook agent --agent claude"}"#;
    let only = format!(r#"{{"hooks":{{"PreToolUse":[{{"matcher":"Bash","hooks":[{ours}]}}]}}}}"#);
    let pretty = added(claude(), None);
    for text in
        [only.clone(), format!(" \n{only}\n\n"), format!("\u{feff}{only}"), pretty.clone(), format!("{pretty}\n")]
    {
        assert_eq!(claude().remove(Some(text.as_bytes())), Ok(After::Gone), "{text:?}");
    }
    for (text, left) in [
        (format!("// mine\n{only}\n"), "// mine\n{}\n".to_owned()),
        (only.replace("}]}]}}", "}]}]},\"a\":1}"), "{\"a\":1}".to_owned()),
        (only.replace("}]}]}}", "}]}],\"Stop\":[]}}"), "{\"hooks\":{\"Stop\":[]}}".to_owned()),
    ] {
        assert_eq!(claude().remove(Some(text.as_bytes())), Ok(After::Text(left)), "{text:?}");
    }
}

/// A command that runs us and then something else is somebody's own: ours comes beside it, and goes alone.
#[test]
fn what_somebody_made_of_our_command_stays() {
    let asks = "/opt/ci-guard hook agent --agent claude";
    for theirs in [
        format!("{asks}; ./mine.sh"),
        format!("{asks} && ./mine.sh"),
        format!("{asks} | ./mine.sh"),
        format!("{asks} 2>>log"),
        format!("./mine.sh; {asks}"),
    ] {
        let handler = format!(r#"{{"type": "command", "command": "{theirs}"}}"#);
        let before =
            format!("{{\n  \"hooks\": {{\"PreToolUse\": [{{\"matcher\": \"Bash\", \"hooks\": [{handler}]}}]}}\n}}\n");
        assert!(round(claude(), Some(&before)).contains(&theirs));
        assert_eq!(claude().remove(Some(before.as_bytes())), Ok(After::Same), "{theirs}");
        let toml =
            format!("[[hooks.PreToolUse]]\nmatcher = \"Bash\"\n\n[[hooks.PreToolUse.hooks]]\ncommand = \"{theirs}\"\n");
        assert!(round(toml_place(), Some(&toml)).contains(&theirs));
        assert_eq!(toml_place().remove(Some(toml.as_bytes())), Ok(After::Same), "{theirs}");
    }
    let other_shell = r#"{"hooks": {"preToolUse": [{"bash": "ci-guard hook agent", "powershell": "./mine.ps1"}]}}"#;
    assert!(round(&copilot::PLACES[0], Some(other_shell)).contains("./mine.ps1"));
    // With another path or other quotes it is ours, and is brought up to date.
    let quoted = added(claude(), None).replace(PROGRAM, "'/opt/ci-guard'");
    assert_eq!(claude().add(Some(quoted.as_bytes()), PROGRAM), Ok(After::Text(added(claude(), None))));
}

#[test]
fn what_is_not_understood_has_nothing_of_ours_without_our_name() {
    for place in all().filter(|place| !matches!(place.form, Form::Plugin)) {
        for broken in ["[[hooks\n{ \"a\": ", "{ \u{feff}", "[1]]"] {
            assert_eq!(place.remove(Some(broken.as_bytes())), Ok(After::Same), "{broken}");
            assert!(place.has_ours(Some(broken.as_bytes())).is_err(), "{broken}");
            let named = format!("{broken} \"Ci-Guard hook agent\"");
            assert!(place.remove(Some(named.as_bytes())).is_err(), "{named}");
        }
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for (place, before, want) in [
        (claude(), "{", "it is no JSON: Unterminated object on line 1 column 1"),
        (claude(), "{\"a\": 1 \"b\": 2}", "it is no JSON: Expected comma"),
        (claude(), "{a: 1}", "it is no JSON"),
        (claude(), "[]", "it is no JSON object"),
        (claude(), "// nothing", "it is no JSON object"),
        (claude(), "{\"hooks\": []}", "its \"hooks\" are no object"),
        (claude(), "{\"hooks\": {\"PreToolUse\": {}}}", "its hooks of \"PreToolUse\" are no list"),
        (claude(), "{\"hooks\": {}, \"h\\u006foks\": {}}", "it has the key \"hooks\" twice at its top"),
        (claude(), "{\"hooks\": {\"Stop\": [], \"Stop\": []}}", "it has the key \"Stop\" twice in its \"hooks\""),
        (toml_place(), "[hooks\n", "it is no TOML: line 1"),
        (toml_place(), "a = 1\na = 2\n", "it is no TOML"),
        (toml_place(), "hooks = {}\n", "its hooks are written as a value"),
        (toml_place(), "[hooks]\nPreToolUse = []\n", "its hooks are written as a value"),
        (&opencode::PLACES[0], "export const Mine = 1;\n", "it is there already"),
    ] {
        let error = place.add(Some(before.as_bytes()), PROGRAM).unwrap_err();
        assert!(error.starts_with(want), "{before}: {error}");
    }
    assert!(claude().add(Some(b"{\"a\": \"\xe9\"}"), PROGRAM).unwrap_err().starts_with("it is not UTF-8 at byte 8"));
    for deep in ["[".repeat(200_000), format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000))] {
        assert!(claude().add(Some(deep.as_bytes()), PROGRAM).is_err());
        assert!(toml_place().add(Some(format!("a = {deep}").as_bytes()), PROGRAM).is_err());
    }
    let mine = b"export const Mine = 1;\n";
    assert_eq!(opencode::PLACES[0].remove(Some(mine)), Ok(After::Same), "what is not ours is not removed");
}

#[test]
fn a_file_that_its_agent_would_not_read_is_refused() {
    let (claude, codex) = (&claude::PLACES[0], &codex::PLACES[0]);
    for (before, claude_takes, codex_takes) in [
        ("{\"hooks\": {}}", true, true),
        (" \n", true, true),
        ("\u{feff}{}", true, false),
        ("\u{feff}", true, false),
        ("{ // mine\n}", false, false),
        ("/* mine */ {}", false, false),
        ("{\"hooks\": {},}", false, false),
    ] {
        let add = |place: &Place| place.add(Some(before.as_bytes()), PROGRAM);
        assert_eq!((add(claude).is_ok(), add(codex).is_ok()), (claude_takes, codex_takes), "{before:?}");
        let error = add(codex).err().unwrap_or_default();
        assert_eq!(error.is_empty(), codex_takes);
        assert!(
            codex_takes || error.starts_with("codex reads plain JSON only and takes nothing from this file ("),
            "{error}"
        );
        assert!(claude.remove(Some(before.as_bytes())).is_ok());
    }
    // What was put there before is still taken away.
    let commented = added(&lenient(codex), Some("{ // mine\n}"));
    assert_eq!(codex.remove(Some(commented.as_bytes())), Ok(After::Text("{ // mine\n}".into())));
}

#[test]
fn toml_keeps_its_bytes() {
    for before in [
        "",
        "\n",
        "model = \"gpt\" # best\n",
        "model = \"gpt\"",
        "model = 1\r\n\r\n[tui]\r\nx = 'y'\r\n",
        "[[hooks.PreToolUse]]\nmatcher = \"Read\"\n\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = \"audit\"\n",
        "[hooks.state]\n\"x\" = { enabled = true }\n",
        "# only a comment",
    ] {
        round(toml_place(), Some(before));
    }
    // Codex adds what its user trusts at the end.
    let before = "model = 1\n";
    let trusted = "\n[hooks.state.\"/w:PreToolUse:0:0\"]\ntrusted_hash = \"sha256:1\"\n";
    let grown = added(toml_place(), Some(before)) + trusted;
    assert_eq!(toml_place().remove(Some(grown.as_bytes())), Ok(After::Text(format!("{before}{trusted}"))));
    let changed = added(toml_place(), Some(before)).replace("type =", "# mine\ntype =");
    let error = toml_place().remove(Some(changed.as_bytes())).unwrap_err();
    assert!(error.starts_with("line 9 has our entry, but around it the file was changed by hand"), "{error}");
    let inline = "hooks = {PreToolUse = [{hooks = [{command = \"/old/ci-guard hook agent\"}]}]}\n";
    let After::Text(renewed) = toml_place().add(Some(inline.as_bytes()), PROGRAM).unwrap() else { panic!() };
    assert!(renewed.contains("\"/usr/local/bin/ci-guard hook agent --agent codex\""), "{renewed}");
}

#[test]
fn codex_is_told_where_it_has_hooks_already() {
    let preferred = |toml: &str, json| toml_place().is_preferred(Some(toml.as_bytes()), json);
    assert!(preferred("[[hooks.Stop]]\nhooks = []\n", false));
    assert!(!preferred("[[hooks.Stop]]\nhooks = []\n", true));
    assert!(!preferred("[hooks.state]\na = 1\n", false));
    assert!(!preferred("model = 1\n", false));
    assert!(!toml_place().is_preferred(None, false) && !claude().is_preferred(None, false));
}

/// A JSON file with comments and blanks wherever they may be, without us.
fn wild() -> impl Strategy<Value = String> {
    let event = prop_oneof![
        Just("PreToolUse"),
        Just("Stop"),
        Just("preToolUse"),
        Just("beforeShellExecution"),
        Just("BeforeTool")
    ];
    let handler = prop_oneof![
        Just(r#"{"command": "audit"}"#),
        Just(r#"{"matcher": "Read", "hooks": [{"type": "command", "command": "x // y"}]}"#),
        Just("{}"),
        Just("7"),
    ];
    let list = proptest::collection::vec(handler, 0..3);
    let hooks = proptest::option::of(proptest::collection::btree_map(event, list, 0..3));
    const BLANKS: [&str; 10] = ["", "", " ", "\n", "\n  ", "\n\t", "  ", " // c\n", "/* [{ */", "\r\n    "];
    (
        hooks,
        0..3usize,
        0..3usize,
        proptest::collection::vec(proptest::sample::select(&BLANKS[..]), 1..24),
        any::<[bool; 3]>(),
    )
        .prop_map(|(hooks, before, after, blanks, commas)| {
            let mut next = blanks.iter().cycle();
            let mut blank = move || *next.next().unwrap();
            let mut between = |members: Vec<String>, open: char, close: char, comma: bool| {
                let mut out = String::from(open);
                let last = members.len().saturating_sub(1);
                for (at, member) in members.iter().enumerate() {
                    out += &format!("{}{member}{}", blank(), blank());
                    out += if at < last || comma { "," } else { "" };
                }
                format!("{out}{}{close}", blank())
            };
            let mut members: Vec<_> = (0..before).map(|at| format!("\"b{at}\": {at}")).collect();
            if let Some(hooks) = hooks {
                let mut events = Vec::new();
                for (event, list) in hooks {
                    let list = list.into_iter().map(str::to_owned).collect();
                    events.push(format!("\"{event}\": {}", between(list, '[', ']', commas[0])));
                }
                members.push(format!("\"hooks\": {}", between(events, '{', '}', commas[1])));
            }
            members.extend((0..after).map(|at| format!("\"a{at}\": [\"{at}\"]")));
            between(members, '{', '}', commas[2])
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_was_added_is_taken_away_to_the_byte(text in wild(), place in 0..5usize) {
        let places = [claude(), &cursor::PLACES[0], &copilot::PLACES[0], &gemini::PLACES[0], &codex::PLACES[0]];
        round(&lenient(places[place]), Some(&text));
    }

    #[test]
    fn any_text_is_changed_well_or_not_at_all(text in "[\\[\\]{}\":,a1 \n\r/*#=.'-]{0,60}", program in "[ -~]{1,20}") {
        for place in all() {
            if let Ok(After::Text(with)) = place.add(Some(text.as_bytes()), &program) {
                let _ = place.remove(Some(with.as_bytes()));
            }
            let _ = place.remove(Some(text.as_bytes()));
        }
    }

    #[test]
    fn toml_is_made_as_it_was(lines in proptest::collection::vec(prop_oneof![
        Just("# note"), Just(""), Just("\ta = 'x'"), Just("[t]"), Just("[[hooks.Stop]]"), Just("[[hooks.PreToolUse]]"),
        Just("matcher = \"Read\""), Just("timeout = 10"), Just("b = \"\"\"\nlong\n\"\"\""),
    ], 0..8), end in prop_oneof![Just("\n"), Just("\r\n")], last: bool) {
        let text = lines.join(end) + if last { end } else { "" };
        if toml_place().add(Some(text.as_bytes()), PROGRAM).is_ok() {
            round(toml_place(), Some(&text));
        }
    }
}
