//! The conflict-marker rule: what a half-resolved merge leaves in a file, which of it is new, and how to say so.
//!
//! | step | file | question |
//! |---|---|---|
//! | 1 | `runs` | could this content hold a marker at all? (the only step that most content ever sees) |
//! | 2 | `line` | is this one line a marker? |
//! | 3 | `scan` | which markers make a block, and which stand alone? |
//! | 4 | `fence` | is the block an example in Markdown? |
//! | 5 | `found` | what of it is worth keeping when the content is gone? |
//! | 6 | `baseline` | did the base branch have it already? |
//! | 7 | `separators` | which lone `=======` did a merge commit make up? |
//! | 8 | `rule` | what is said? |
//!
//! Nothing here knows git, trees or attributes: content, paths and sizes come in, findings go out. Every step takes time
//! linear in the content, whatever the content is, because whoever is judged has written it.

mod baseline;
mod fence;
mod found;
mod identity;
mod line;
mod rule;
mod runs;
mod scan;
mod separators;
mod size;

pub use baseline::{Baseline, Standing, standings};
pub use fence::{Fences, is_markdown};
pub use found::{Found, read};
pub use identity::Identity;
pub use rule::{Place, findings, separator_finding};
pub use runs::suspicious;
pub use scan::{Kind, Leftover, is_binary, scan};
pub use separators::{Separator, lone_separators, made_up};
pub use size::MarkerSize;

#[cfg(test)]
mod naive;
