//! How git reads the options of the commands that run hooks: abbreviations, bundles, values that look like options, and which
//! of two contradicting ones counts.
//!
//! The names are those of git 2.47 and 2.55 together (`git CMD --git-completion-helper-all`; a test compares them with the git
//! at hand). Every name has its negation; `=` marks one that takes a value.

/// The options of one command.
struct Table {
    command: &'static str,
    long: &'static str,
    /// One-letter options that take a value, attached or as the next word.
    valued: &'static str,
    /// One-letter options to which the rest of their bundle is an optional value.
    attached: &'static str,
    /// The letter for `--no-verify`.
    skip: Option<char>,
    /// The letter for `--dry-run`.
    dry: Option<char>,
}

const TABLES: [Table; 6] = [
    Table {
        command: "push",
        long: "verbose quiet repo= all branches mirror delete tags dry-run porcelain force force-with-lease \
            force-if-includes recurse-submodules= thin receive-pack= exec= set-upstream progress prune verify follow-tags \
            signed atomic push-option= ipv4 ipv6",
        valued: "o",
        attached: "",
        skip: None,
        dry: Some('n'),
    },
    Table {
        command: "commit",
        long: "quiet verbose file= author= date= message= reedit-message= reuse-message= fixup= squash= reset-author trailer= \
            signoff template= edit cleanup= status gpg-sign all include interactive patch unified= inter-hunk-context= only \
            dry-run short branch ahead-behind porcelain long null amend untracked-files pathspec-from-file= \
            pathspec-file-nul allow-empty allow-empty-message verify post-rewrite",
        valued: "FmcCtU",
        attached: "Su",
        skip: Some('n'),
        dry: None,
    },
    Table {
        command: "merge",
        long: "stat summary compact-summary log squash commit edit cleanup= ff ff-only rerere-autoupdate verify-signatures \
            strategy= strategy-option= message= file= into-name= verbose quiet abort quit continue \
            allow-unrelated-histories progress gpg-sign autostash overwrite-ignore signoff verify",
        valued: "sXmF",
        attached: "S",
        skip: None,
        dry: None,
    },
    Table {
        command: "am",
        long: "interactive binary 3way quiet signoff utf8 keep keep-non-patch message-id keep-cr scissors quoted-cr= \
            whitespace= ignore-space-change ignore-whitespace directory= exclude= include= patch-format= reject resolvemsg= \
            continue resolved skip abort quit show-current-patch retry allow-empty committer-date-is-author-date ignore-date \
            rerere-autoupdate gpg-sign empty= rebasing verify",
        valued: "Cp",
        attached: "S",
        skip: Some('n'),
        dry: None,
    },
    Table {
        command: "rebase",
        long: "onto= keep-base quiet verbose stat signoff committer-date-is-author-date reset-author-date ignore-date \
            ignore-whitespace whitespace= force-rebase ff continue skip abort quit edit-todo show-current-patch apply merge \
            interactive preserve-merges rerere-autoupdate empty= keep-empty autosquash update-refs gpg-sign autostash exec= \
            allow-empty-message rebase-merges fork-point strategy= strategy-option= root reschedule-failed-exec \
            reapply-cherry-picks trailer= verify",
        valued: "CxsX",
        attached: "Sr",
        skip: None,
        dry: None,
    },
    Table {
        command: "pull",
        long: "verbose quiet progress recurse-submodules rebase stat summary compact-summary log signoff squash commit edit \
            cleanup= ff ff-only verify verify-signatures autostash strategy= strategy-option= gpg-sign \
            allow-unrelated-histories all append upload-pack= force tags prune jobs dry-run keep depth= shallow-since= \
            shallow-exclude= deepen= unshallow update-shallow refmap= server-option= ipv4 ipv6 negotiation-tip= \
            negotiation-restrict= negotiation-include= show-forced-updates set-upstream",
        valued: "sXo",
        attached: "Srj",
        skip: None,
        dry: None,
    },
];

/// What the options of a command come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// The hooks are skipped.
    pub skips: bool,
    /// Nothing is done: a dry run, or the manual.
    pub idle: bool,
    /// What `--exec` has run.
    pub programs: Vec<String>,
    /// The words, without those that skip hooks.
    pub kept: Vec<String>,
}

/// Read the words behind `git COMMAND`; nothing when it is none of the commands with such options.
pub(super) fn read(command: &str, words: &[String]) -> Option<Read> {
    let table = TABLES.iter().find(|table| table.command == command)?;
    let mut read = Read::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" || word == "--end-of-options" {
            read.kept.push(word.clone());
            break;
        }
        let wants_value = match (word.strip_prefix("--"), word.strip_prefix('-')) {
            (Some(long), _) => table.long_option(long, word, &mut read),
            (None, Some(bundle)) if !bundle.is_empty() => table.bundle(bundle, &mut read),
            _ => {
                read.kept.push(word.clone());
                None
            }
        };
        if let Some(option) = wants_value {
            let value = words.next();
            if matches!((command, option.as_str()), ("rebase", "exec" | "x")) {
                read.programs.extend(value.cloned());
            }
            read.kept.extend(value.cloned());
        }
    }
    read.kept.extend(words.cloned());
    Some(read)
}

impl Table {
    /// Take note of `--long`; its name when the next word is its value.
    fn long_option(&self, long: &str, word: &str, read: &mut Read) -> Option<String> {
        let (typed, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let Some((name, negated)) = self.resolve(typed) else {
            read.kept.push(word.to_owned());
            return None;
        };
        let plain = name.trim_end_matches('=');
        if plain == "verify" && value.is_none() {
            read.skips = negated;
            if negated {
                return None;
            }
        }
        read.idle |= (plain == "dry-run" && !negated) || plain == "help";
        read.kept.push(word.to_owned());
        if let (Some(value), "rebase", "exec") = (value, self.command, plain) {
            read.programs.push(value.to_owned());
        }
        (name.ends_with('=') && !negated && value.is_none()).then(|| plain.to_owned())
    }

    /// The one option that this name, or the beginning of it, stands for, and whether it is negated. What git would refuse
    /// is no option: it stops there, and nothing happens.
    fn resolve(&self, typed: &str) -> Option<(&'static str, bool)> {
        let names = || self.long.split_ascii_whitespace().chain(["help"]);
        let mut found = None;
        for name in names() {
            let plain = name.trim_end_matches('=');
            let negated = typed.strip_prefix("no-").filter(|rest| plain.starts_with(rest));
            let meant = match negated {
                Some(rest) => Some((rest.len() == plain.len(), true)),
                None => plain.starts_with(typed).then_some((plain.len() == typed.len(), false)),
            };
            match meant {
                Some((true, negated)) => return Some((name, negated)),
                Some((false, _)) if found.is_some() => found = Some(None),
                Some((false, negated)) => found = Some(Some((name, negated))),
                None => {}
            }
        }
        found.flatten()
    }

    /// Take note of `-abc`; the letter whose value is the next word.
    fn bundle(&self, bundle: &str, read: &mut Read) -> Option<String> {
        let mut kept = String::from("-");
        let mut wants = None;
        for (at, letter) in bundle.char_indices() {
            if self.skip == Some(letter) {
                read.skips = true;
                continue;
            }
            read.idle |= letter == 'h' || self.dry == Some(letter);
            kept.push(letter);
            let rest = &bundle[at + letter.len_utf8()..];
            if self.valued.contains(letter) || self.attached.contains(letter) {
                kept.push_str(rest);
                if self.command == "rebase" && letter == 'x' && !rest.is_empty() {
                    read.programs.push(rest.to_owned());
                }
                wants = (self.valued.contains(letter) && rest.is_empty()).then(|| letter.to_string());
                break;
            }
        }
        if kept.len() > 1 {
            read.kept.push(kept);
        }
        wants
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLES, read};

    fn skips(line: &str) -> bool {
        let mut words = line.split(' ').map(str::to_owned);
        let command = words.next().unwrap();
        let read = read(&command, &words.collect::<Vec<_>>()).unwrap();
        read.skips && !read.idle
    }

    #[test]
    fn options_that_skip_hooks() {
        let skipping = [
            "push --no-verify",
            "push origin main --no-verif",
            "push --verify --no-verify",
            "commit -n",
            "commit -anm x",
            "commit -nam x",
            "commit -qn",
            "commit --no-veri",
            "commit -m x -n",
            "am -n",
            "am --no-v",
            "merge --no-verify x",
            "rebase --no-verify",
            "pull --no-verify",
            "commit --mess x -n",
            "commit --no-edit -n",
            "am -3n",
            "commit -SX -n",
        ];
        let innocent = [
            "push -n",
            "push --dry-run --no-verify",
            "push -- --no-verify",
            "push --no-verify --verify",
            "commit -m -n",
            "commit -mn",
            "commit -amn",
            "commit -un",
            "commit -Sn",
            "commit -F -n",
            "commit --message --no-verify",
            "commit --message=--no-verify",
            "commit --no-ver",
            "commit --no-v",
            "merge -n x",
            "merge --no-verif x",
            "merge -m --no-verify x",
            "rebase -n",
            "pull -n",
            "commit --no-edit",
            "push --no-verify=x",
            "push -o --no-verify",
            "commit --author -n",
            "commit -t -n",
            "commit --fixup -n",
            "rebase -x --no-verify",
            "commit --no-verify -h",
        ];
        for line in skipping {
            assert!(skips(line), "{line}");
        }
        for line in innocent {
            assert!(!skips(line), "{line}");
        }
    }

    #[test]
    fn the_rest_of_a_command_is_kept() {
        for (command, typed, kept) in [
            ("commit", "-anm msg x", "-am msg x"),
            ("push", "-f --no-verify o a", "-f o a"),
            ("commit", "-n -- -n", "-- -n"),
        ] {
            let words: Vec<_> = typed.split(' ').map(str::to_owned).collect();
            assert_eq!(read(command, &words).unwrap().kept.join(" "), kept);
        }
    }

    #[test]
    fn no_name_stands_twice() {
        for table in TABLES {
            let mut names: Vec<_> = table.long.split_ascii_whitespace().collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}", table.command);
        }
    }
}
