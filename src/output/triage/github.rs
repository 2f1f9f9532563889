//! GitHub workflow commands: one annotation a log, on the first suspect file where there is one.

use super::super::escape::plain;
use super::super::github::command;
use crate::model::{Bucket, Pack};
use std::io::{self, Write};

pub(super) fn write(packs: &[Pack], out: &mut dyn Write) -> io::Result<()> {
    for pack in packs {
        let level = match pack.bucket {
            Bucket::CodeRegression | Bucket::SecretOrConfig => "error",
            Bucket::FlakyTest | Bucket::InfraFault | Bucket::Unknown => "warning",
        };
        let mut properties = Vec::new();
        if let Some(suspect) = pack.suspects.first() {
            properties.push(("file", plain(&suspect.path)));
            properties.extend(suspect.line.map(|line| ("line", line.to_string())));
        }
        properties.push(("title", format!("ci-guard: {}", pack.bucket.id())));
        let failure = match (pack.failure_line, &pack.first_failure_line) {
            (Some(line), Some(text)) => format!("line {line} of {}: {text}", pack.log),
            _ => format!("no failure was found in {}", pack.log),
        };
        let next = format!("next: {}, {}", pack.next.action.id(), pack.next.reason);
        command(level, &properties, &[plain(failure), plain(next)], out)?;
    }
    Ok(())
}
