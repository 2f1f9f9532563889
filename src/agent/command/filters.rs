//! Files that programs for `sed` and `awk` write, and the commands that `awk` pipes into. Of their languages as much is read
//! as it takes to tell a command from a pattern or a text; the rest of a program that cannot be read says nothing.

use super::words::is_open;
use std::iter::Peekable;
use std::str::Chars;

/// More files and commands of one program are not looked at.
const MOST: usize = 64;

/// A file, and whether the text leaves no doubt that it is written.
pub(super) type Written = (String, bool);

/// `w FILE` of sed's, up to the end of the line: behind an address, a brace or another command, or as a flag of `s`.
pub(super) fn sed(words: &[String]) -> Vec<Written> {
    let script = sed_script(words);
    let mut reader = Sed { rest: script.chars().peekable(), had_pattern: false, written: Vec::new() };
    let is_read = reader.program().is_some() && !is_open(&script);
    let files = reader.written.into_iter().filter(|(file, _)| !file.is_empty()).take(MOST);
    files.map(|(file, is_sure)| (file, is_sure && is_read)).collect()
}

/// What sed is given to do: the values of `-e`, else the first word.
fn sed_script(words: &[String]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut plain = None;
    let mut from_file = false;
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            match name {
                "expression" => parts.extend(value.or_else(|| words.next())),
                "file" => (from_file, _) = (true, value.or_else(|| words.next())),
                "line-length" if value.is_none() => drop(words.next()),
                _ => {}
            }
        } else if let Some(bundle) = word.strip_prefix('-').filter(|bundle| !bundle.is_empty() && word != "--") {
            // Behind one of these the rest is its value.
            let Some(at) = bundle.find(['e', 'f', 'l', 'i', 'I']) else { continue };
            let attached = Some(&bundle[at + 1..]).filter(|rest| !rest.is_empty());
            match &bundle[at..=at] {
                "e" => parts.extend(attached.or_else(|| words.next())),
                "f" => (from_file, _) = (true, attached.or_else(|| words.next())),
                "l" if attached.is_none() => drop(words.next()),
                _ => {}
            }
        } else if word != "--" {
            plain = plain.or(Some(word));
        }
    }
    if parts.is_empty() && !from_file {
        parts.extend(plain);
    }
    parts.join("\n")
}

/// A program of sed's that is read; every step gives nothing where it is none.
struct Sed<'t> {
    rest: Peekable<Chars<'t>>,
    /// Where a pattern ends is not the same to every sed.
    had_pattern: bool,
    written: Vec<Written>,
}

impl Sed<'_> {
    fn program(&mut self) -> Option<()> {
        while let Some(first) = self.rest.next() {
            match first {
                '\n' => self.had_pattern = false,
                '#' => drop(self.line()),
                // An address, in front of its command.
                '/' => self.pattern('/')?,
                '\\' => {
                    let sign = self.rest.next()?;
                    self.pattern(sign)?;
                }
                'I' | 'M' if self.had_pattern => {}
                'w' | 'W' => self.file(),
                'r' | 'R' | 'e' | 'v' => drop(self.line()),
                'a' | 'i' | 'c' => self.text(),
                'b' | 't' | 'T' | ':' => while self.rest.next_if(|c| !matches!(c, '\n' | ';' | '}')).is_some() {},
                's' => self.replace()?,
                'y' => {
                    let sign = self.rest.next()?;
                    self.pattern(sign)?;
                    self.pattern(sign)?;
                }
                ' ' | '\t' | '\r' | ';' | '{' | '}' | '!' | ',' | '~' | '+' | '$' | '0'..='9' => {}
                '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'p' | 'P' | 'x' | 'q' | 'Q' | 'l' | 'L' | 'F'
                | 'z' => {}
                _ => return None,
            }
        }
        Some(())
    }

    /// `s/A/B/FLAGS`
    fn replace(&mut self) -> Option<()> {
        let sign = self.rest.next()?;
        self.pattern(sign)?;
        self.pattern(sign)?;
        while let Some(flag) = self.rest.next_if(|c| c.is_ascii_digit() || "gpiIeMmw".contains(*c)) {
            if flag == 'w' {
                self.file();
            }
        }
        Some(())
    }

    /// Up to a sign, on one line.
    fn pattern(&mut self, sign: char) -> Option<()> {
        self.had_pattern = true;
        loop {
            match self.rest.next()? {
                c if c == sign => return Some(()),
                '\\' => drop(self.rest.next()?),
                '\n' => return None,
                _ => {}
            }
        }
    }

    /// The text of `a`, `i` and `c`: a backslash takes the end of the line into it.
    fn text(&mut self) {
        while let Some(c) = self.rest.next_if(|c| *c != '\n') {
            if c == '\\' {
                self.rest.next();
            }
        }
    }

    fn line(&mut self) -> String {
        std::iter::from_fn(|| self.rest.next_if(|c| *c != '\n')).collect()
    }

    fn file(&mut self) {
        let file = self.line().trim().to_owned();
        self.written.push((file, !self.had_pattern));
    }
}

/// What a program of awk's prints into.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    /// `print > "FILE"`, and `>>`.
    pub files: Vec<Written>,
    /// `print | "COMMAND"`
    pub commands: Vec<String>,
}

pub(super) fn awk(words: &[String]) -> Printed {
    let mut printed = Printed::default();
    for program in words.iter().filter(|word| word.contains("print")) {
        printed.read(program);
    }
    printed.files.truncate(MOST);
    printed.commands.truncate(MOST);
    printed
}

impl Printed {
    fn read(&mut self, program: &str) {
        let mut rest = program.chars().peekable();
        // How many brackets are open, and how many were where the `print` is whose end has not come.
        let (mut depth, mut printing) = (0_usize, None);
        // The last sign or letter, and the word that it ends.
        let (mut before, mut word) = (None, String::new());
        while let Some(c) = rest.next() {
            if c.is_ascii_alphanumeric() || c == '_' {
                word.push(c);
                before = Some(c);
                continue;
            }
            if matches!(word.as_str(), "print" | "printf") {
                (printing, before) = (Some(depth), None);
            }
            word.clear();
            let is_printing = printing == Some(depth);
            match c {
                '"' => drop(string(&mut rest)),
                '#' => while rest.next_if(|c| *c != '\n').is_some() {},
                // Not behind a value, where it divides.
                '/' if !before.is_some_and(|c| c.is_ascii_alphanumeric() || "_)]\"$".contains(c)) => {
                    while let Some(c) = rest.next_if(|c| *c != '\n').filter(|c| *c != '/') {
                        if c == '\\' {
                            rest.next();
                        }
                    }
                }
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                '{' | '}' | ';' | '\n' => printing = None,
                '>' if is_printing && rest.peek() != Some(&'=') => {
                    rest.next_if_eq(&'>');
                    if let Some((file, is_all)) = operand(&mut rest) {
                        self.files.push((file, is_all));
                    }
                }
                '|' if rest.next_if_eq(&'|').is_none() && is_printing => {
                    rest.next_if_eq(&'&');
                    self.commands.extend(operand(&mut rest).map(|(command, _)| command));
                }
                _ => {}
            }
            if !c.is_whitespace() {
                before = Some(c);
            }
        }
    }
}

/// A text between quotes, if that is what follows, and whether it is all there is.
fn operand(rest: &mut Peekable<Chars>) -> Option<(String, bool)> {
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    rest.next_if_eq(&'"')?;
    let text = string(rest);
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    Some((text, rest.peek().is_none_or(|c| matches!(c, ';' | '}' | '\n' | '#'))))
}

/// The rest of a text between quotes.
fn string(rest: &mut Peekable<Chars>) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next().filter(|c| *c != '"') {
        match c {
            '\\' => text.extend(rest.next()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{awk, sed};

    #[test]
    fn files_that_sed_writes() {
        let table: [(&str, &[(&str, bool)]); 28] = [
            ("w a b", &[("a b", true)]),
            ("1w x", &[("x", true)]),
            ("$!w x", &[("x", true)]),
            ("1,+3w x", &[("x", true)]),
            ("/re/w x", &[("x", false)]),
            (r"\,re,Iw x", &[("x", false)]),
            ("s/a/b/w x", &[("x", false)]),
            ("s/a/b/gpw x", &[("x", false)]),
            ("s/a/b/;w x\nw y", &[("x", false), ("y", true)]),
            ("p;w x\nw y", &[("x", true), ("y", true)]),
            ("1{w x\n}", &[("x", true)]),
            ("bend;w x", &[("x", true)]),
            ("w x\n?", &[("x", false)]),
            ("s/how are/who is/", &[]),
            ("s/now x/then y/g", &[]),
            ("s|a|w x|", &[]),
            ("s/a/\\\nw x/", &[]),
            ("y/ab/w /", &[]),
            ("/w x/d", &[]),
            ("/a\\/w x/d", &[]),
            ("$a\\\ngit push\\\nw x", &[]),
            ("/^x/c\\\nw x is written", &[]),
            ("1i w x", &[]),
            ("1a\\  w x", &[]),
            ("# w x", &[]),
            ("r w x", &[]),
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
    fn scripts_that_sed_is_given() {
        let table: [(&[&str], bool); 12] = [
            (&["-n", "w x", "a"], true),
            (&["--expression=w x", "a"], true),
            (&["--expression", "w x", "a"], true),
            (&["-e", "p", "-ne", "w x", "a"], true),
            (&["-ew x", "a"], true),
            (&["-i.bak", "w x", "a"], true),
            (&["-l", "5", "--", "w x"], true),
            (&["p", "w x"], false),
            (&["-e", "p", "w x"], false),
            (&["-f", "w x", "w x"], false),
            (&["-e", "a\\", "-e", "w x"], false),
            (&["--file=y", "w x"], false),
        ];
        for (words, expected) in table {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(!sed(&words).is_empty(), expected, "{words:?}");
        }
    }

    #[test]
    fn files_that_awk_writes() {
        let table: [(&str, &[(&str, bool)]); 14] = [
            (r#"{print > "x"}"#, &[("x", true)]),
            (r#"{printf "%s", $1 >> "a b"; print >"c"}"#, &[("a b", true), ("c", true)]),
            (r#"{print($1)>"x"}"#, &[("x", true)]),
            (r#"/"/{print > "x"}"#, &[("x", true)]),
            (r#"{print $1/2 > "x"; y = 1/2}"#, &[("x", true)]),
            (r#"{print > "x" $1}"#, &[("x", false)]),
            (r#"$1 > "x""#, &[]),
            (r#"$1 > "x" {print}"#, &[]),
            (r#"{ if ($1 > "x") print }"#, &[]),
            (r#"{ print ($1 > "x") }"#, &[]),
            (r#"{ print; y = $1 > "x" }"#, &[]),
            (r#"{print > $1}"#, &[]),
            (r#"{print ">" "x"}"#, &[]),
            ("{print} # print > \"x\"", &[]),
        ];
        for (program, expected) in table {
            let found = awk(&[program.to_owned()]).files;
            let found: Vec<_> = found.iter().map(|(file, sure)| (file.as_str(), *sure)).collect();
            assert_eq!(found, expected, "{program}");
        }
    }

    #[test]
    fn commands_that_awk_prints_into() {
        let table: [(&str, &[&str]); 5] = [
            (r#"BEGIN{print "x" | "tee y"}"#, &["tee y"]),
            (r#"{print $1 |& "sort"}"#, &["sort"]),
            (r#"{print "x | \"tee y\""}"#, &[]),
            (r#"{print a || "tee y"}"#, &[]),
            (r#"{"date" | getline; print}"#, &[]),
        ];
        for (program, expected) in table {
            assert_eq!(awk(&[program.to_owned()]).commands, expected, "{program}");
        }
    }
}
