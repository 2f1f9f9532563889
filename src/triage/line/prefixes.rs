//! What CI systems, and tools that run other tools, put before a line (and Travis and GitLab also behind it). Bytes are
//! compared by hand: this runs for every line that is looked at. No prefix looks further than [`REACH`] bytes.

/// How far into a line dress is looked for.
const REACH: usize = 512;

/// Names of scripts that a monorepo tool runs in many packages.
const TASKS: &[&str] = &[
    "build",
    "check",
    "check-types",
    "ci",
    "compile",
    "coverage",
    "dev",
    "docs",
    "e2e",
    "format",
    "install",
    "lint",
    "postinstall",
    "prepare",
    "start",
    "test",
    "type-check",
    "typecheck",
];

/// A line without everything that is known as dress.
pub(super) fn undress(mut line: &[u8]) -> &[u8] {
    loop {
        let before = line.len();
        while let Some(length) = stamp(line).or_else(|| badge(line)) {
            line = &line[length..];
        }
        while let Some(length) = fold_at_end(line) {
            line = &line[..line.len() - length];
        }
        if line.len() == before {
            return line;
        }
    }
}

/// A line without the one time stamp that the CI system itself puts before it. What a program printed behind it is not
/// believed to be another one.
pub(in crate::triage) fn unstamped(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    match stamp(line) {
        Some(length) => &line[length..],
        None => line,
    }
}

/// Job and step of a line of `gh run view --log`, and what follows: the time stamp and the line.
pub(in crate::triage) fn gh_columns(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let reach = &line[..line.len().min(REACH)];
    let first = memchr::memchr(b'\t', reach)?;
    let second = first + 1 + memchr::memchr(b'\t', &reach[first + 1..])?;
    let rest = &line[second + 1..];
    let stamped = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    let (length, zulu) = date_time(stamped)?;
    let ends = stamped.get(length).is_none_or(|&byte| byte == b' ');
    (zulu && ends && first > 0).then(|| (&line[..first], &line[first + 1..second], stamped))
}

/// The length of a time stamp, with everything that belongs to it.
fn stamp(line: &[u8]) -> Option<usize> {
    match line.first()? {
        b'0'..=b'9' => dated(line).or_else(|| clocked(line)).or_else(|| columns(line)),
        b'[' => bracketed_stamp(line).or_else(|| columns(line)),
        b'_' if line.starts_with(b"_bk;t=") => Some(6 + digits(&line[6..])),
        0xef if line.starts_with(b"\xef\xbb\xbf") => Some(3),
        _ => columns(line),
    }
}

fn columns(line: &[u8]) -> Option<usize> {
    let (_, _, stamped) = gh_columns(line)?;
    let (length, _) = date_time(stamped)?;
    Some(line.len() - stamped.len() + length + usize::from(stamped.len() > length))
}

/// `2024-01-02T03:04:05.1234567Z `, GitLab's with number and kind of the stream.
fn dated(line: &[u8]) -> Option<usize> {
    let (length, zulu) = date_time(line)?;
    let rest = &line[length..];
    match rest {
        [] if zulu => Some(length),
        [b' ', a, b, b'O' | b'E', b' ' | b'+', ..] if zulu && a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            Some(length + 5)
        }
        [b' ' | b'\t', ..] => Some(length + 1),
        _ => None,
    }
}

/// The length of a date with a time, and whether it is in UTC and says so.
fn date_time(line: &[u8]) -> Option<(usize, bool)> {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let head = line.get(..FORM.len())?;
    let fits = head.iter().zip(FORM).all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b' '),
        _ => byte == form,
    });
    if !fits {
        return None;
    }
    let length = FORM.len() + fraction(&line[FORM.len()..]);
    match line.get(length..)? {
        [b'Z', ..] => Some((length + 1, true)),
        [b'+' | b'-', zone @ ..] => {
            let hours = digits(zone);
            let minutes = if zone.get(hours) == Some(&b':') { 1 + digits(&zone[hours + 1..]) } else { 0 };
            matches!(hours + minutes, 4 | 5).then_some((length + 1 + hours + minutes, false))
        }
        _ => Some((length, false)),
    }
}

/// `00:01:02.345  ` (Jenkins), `10:08:00     INFO -  ` (mozharness). Of two blanks both belong to the stamp; of more only
/// one: the others are indentation.
fn clocked(line: &[u8]) -> Option<usize> {
    let length = clock(line)?;
    let rest = &line[length..];
    let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
    if blanks == 0 {
        return None;
    }
    let words = &rest[blanks..];
    for level in ["INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL", "FATAL"] {
        let Some(after) = words.strip_prefix(level.as_bytes()).and_then(|after| after.strip_prefix(b" - ")) else {
            continue;
        };
        // What it copies from a program is indented by one more; its own words keep their level.
        return match after.first() {
            Some(b' ') => Some(line.len() - after.len() + 1),
            _ if matches!(level, "INFO" | "DEBUG") => Some(line.len() - after.len()),
            _ => Some(length + blanks),
        };
    }
    Some(length + if blanks == 2 { 2 } else { 1 })
}

/// The length of `HH:MM:SS` with a fraction.
fn clock(line: &[u8]) -> Option<usize> {
    let [h, i, b':', m, n, b':', s, t, rest @ ..] = line else { return None };
    let fits =
        [h, i, n, t].iter().all(|byte| byte.is_ascii_digit()) && [m, s].iter().all(|byte| (b'0'..b'6').contains(byte));
    fits.then(|| 8 + fraction(rest))
}

/// `[2024-01-02T03:04:05.123Z] ` (Jenkins, Buildkite), `[task 2024-…Z] ` (Taskcluster), `[00:01:02] ` (AppVeyor),
/// `[13:04:51]W:\t [Step 1/2] ` (TeamCity).
fn bracketed_stamp(line: &[u8]) -> Option<usize> {
    let close = memchr::memchr(b']', &line[..line.len().min(64)])?;
    let inner = &line[1..close];
    let rest = &line[close + 1..];
    let blank = close + 1 + usize::from(rest.first() == Some(&b' '));
    let whole = |inner: &[u8]| date_time(inner).is_some_and(|(length, _)| length == inner.len());
    if whole(inner) {
        return Some(blank);
    }
    if clock(inner) == Some(inner.len()) {
        let at_type = match rest {
            [b' ' | b'W' | b'E' | b'F' | b'i', b':', b'\t' | b' ', ..] => 3,
            [b':', b'\t' | b' ', ..] => 2,
            _ => return Some(blank),
        };
        let words = &rest[at_type..];
        let words = words.strip_prefix(b" ").unwrap_or(words);
        let step = words.starts_with(b"[Step ").then(|| memchr::memchr(b']', &words[..words.len().min(32)])).flatten();
        let words = step.map_or(words, |close| words[close + 1..].strip_prefix(b" ").unwrap_or(&words[close + 1..]));
        return Some(line.len() - words.len());
    }
    let space = memchr::memchr(b' ', inner)?;
    let known = [&b"task"[..], b"taskcluster", b"vcs", b"setup", b"cache", b"fetches"].contains(&&inner[..space]);
    (known && whole(&inner[space + 1..])).then_some(blank)
}

/// The length of a prefix that says who speaks, or what a line is for.
fn badge(line: &[u8]) -> Option<usize> {
    match line.first()? {
        b'#' => hash(line),
        b':' => workflow_command(line),
        b'[' => bracketed(line),
        b'@' => package(line),
        b't' | b's' => fold(line).or_else(|| package(line)),
        byte if byte.is_ascii_alphanumeric() || *byte == b'.' => package(line),
        _ => None,
    }
}

/// `##[error]` of GitHub and Azure; `#12 3.456 ` of Docker's BuildKit.
fn hash(line: &[u8]) -> Option<usize> {
    if let Some(inner) = line.strip_prefix(b"##[") {
        const WORDS: [&[u8]; 8] =
            [b"group", b"endgroup", b"error", b"warning", b"debug", b"command", b"section", b"notice"];
        let close = memchr::memchr(b']', &inner[..inner.len().min(12)])?;
        return WORDS.contains(&&inner[..close]).then_some(close + 4);
    }
    let number = digits(&line[1..]);
    let rest = line[1 + number..].strip_prefix(b" ").filter(|_| number > 0)?;
    if rest.starts_with(b"ERROR: ") {
        return Some(number + 2);
    }
    let whole = digits(rest);
    let part = rest[whole..].strip_prefix(b".").map(digits)?;
    let length = number + 2 + whole + 1 + part;
    (whole > 0 && part > 0 && line.get(length).is_none_or(|&byte| byte == b' ')).then(|| line.len().min(length + 1))
}

/// `::error file=a,line=3::`.
fn workflow_command(line: &[u8]) -> Option<usize> {
    let inner = line.strip_prefix(b"::")?;
    let name = inner.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    const WORDS: [&[u8]; 6] = [b"error", b"warning", b"notice", b"debug", b"group", b"endgroup"];
    if !WORDS.contains(&&inner[..name]) {
        return None;
    }
    let rest = &inner[name..inner.len().min(REACH)];
    match rest {
        [b':', b':', ..] => Some(name + 4),
        [b' ', ..] => memchr::memmem::find(rest, b"::").map(|at| name + at + 4),
        _ => None,
    }
}

/// `[command]` (GitHub), `[CI/build]   | ` (act), `[build:12] ` (Drone), `[test:L3:1s] ` (Woodpecker), `[@a/b]: ` (yarn).
fn bracketed(line: &[u8]) -> Option<usize> {
    let close = memchr::memchr(b']', &line[..line.len().min(128)])?;
    let (inner, rest) = (&line[1..close], &line[close + 1..]);
    if inner == b"command" {
        return Some(close + 1);
    }
    if inner.first() == Some(&b'@') && inner.contains(&b'/') && rest.starts_with(b": ") {
        return Some(close + 3);
    }
    let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
    if inner.contains(&b'/') && blanks > 0 && rest[blanks..].starts_with(b"| ") {
        return Some(close + 1 + blanks + 2);
    }
    let mut parts = inner.split(|&byte| byte == b':');
    let (name, first, second, third) = (parts.next()?, parts.next()?, parts.next(), parts.next());
    let number = |text: &[u8]| !text.is_empty() && digits(text) == text.len();
    let named = name.first().is_some_and(u8::is_ascii_alphabetic) && word(name, b"_-. ") == name.len();
    let fits = match second {
        None => number(first),
        Some(time) => first.strip_prefix(b"L").is_some_and(number) && time.strip_suffix(b"s").is_some_and(number),
    };
    (named && fits && third.is_none() && blanks > 0).then_some(close + 2)
}

/// `web_1  | ` (compose), `@a/b:test: ` (turbo), `@a/b: ` (lerna), `packages/a test: ` (pnpm).
fn package(line: &[u8]) -> Option<usize> {
    let reach = &line[..line.len().min(128)];
    let name = word(reach, b"@/_-.");
    let (head, rest) = reach.split_at(name);
    let scoped = head.first() == Some(&b'@') && head.contains(&b'/');
    let task = |text: &[u8]| {
        let length = word(text, b"-_:");
        // The last colon of `test:unit: ` ends the prefix.
        let named = text[..length].strip_suffix(b":").unwrap_or(&text[..length]);
        let first = named.split(|&byte| byte == b':').next().unwrap_or_default();
        TASKS.iter().any(|task| task.as_bytes() == first).then_some(named.len())
    };
    match rest {
        [b':', b' ', ..] if scoped => Some(name + 2),
        [b':', more @ ..] if !head.contains(&b'/') || scoped => {
            let task = task(more)?;
            more[task..].starts_with(b": ").then_some(name + 1 + task + 2)
        }
        [b' ', more @ ..] => {
            let number = head.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let numbered = number > 0 && matches!(head[..name - number].last(), Some(b'_' | b'-'));
            let blanks = more.iter().take_while(|&&byte| byte == b' ').count();
            if numbered && head[0].is_ascii_alphabetic() && more[blanks..].starts_with(b"| ") {
                return Some(name + 1 + blanks + 2);
            }
            if !head.contains(&b'/') {
                return None;
            }
            let task = task(more)?;
            match &more[task..] {
                [b':', b' ', ..] => Some(name + 1 + task + 2),
                [b'$', b' ', ..] => Some(name + 1 + task),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The length of a marker of Travis or GitLab that folds the log.
fn fold(line: &[u8]) -> Option<usize> {
    let strip = |line: &[u8], prefix: &str| line.starts_with(prefix.as_bytes()).then_some(prefix.len());
    for prefix in ["travis_fold:start:", "travis_fold:end:"] {
        if let Some(at) = strip(line, prefix) {
            return Some(at + word(&line[at..], b"_-."));
        }
    }
    if let Some(at) = strip(line, "travis_time:start:") {
        return Some(at + line[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count());
    }
    if let Some(at) = strip(line, "travis_time:end:") {
        let of_it = |byte: &&u8| byte.is_ascii_digit() || byte.is_ascii_lowercase() || b":=,_".contains(byte);
        return Some(at + line[at..].iter().take_while(of_it).count());
    }
    let at = strip(line, "section_start:").or_else(|| strip(line, "section_end:"))?;
    let time = digits(&line[at..]);
    let rest = line[at + time..].strip_prefix(b":").filter(|_| time > 0)?;
    let name = word(rest, b"_-.:");
    let options = match rest[name..].first() {
        Some(b'[') => memchr::memchr(b']', &rest[name..rest.len().min(name + 128)]).map_or(0, |close| close + 1),
        _ => 0,
    };
    Some(at + time + 1 + name + options)
}

/// The length of such a marker with which the line ends: a program's last line had no end of its own.
fn fold_at_end(line: &[u8]) -> Option<usize> {
    let end = &line[line.len().saturating_sub(REACH)..];
    ["travis_", "section_"].iter().find_map(|word| {
        let at = memchr::memmem::rfind(end, word.as_bytes())?;
        (fold(&end[at..])? == end.len() - at).then_some(end.len() - at)
    })
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn fraction(text: &[u8]) -> usize {
    match text {
        [b'.' | b',', rest @ ..] if digits(rest) > 0 => 1 + digits(rest),
        _ => 0,
    }
}

fn word(text: &[u8], besides: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || besides.contains(byte)).count()
}
