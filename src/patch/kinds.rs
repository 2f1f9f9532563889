//! Kinds of change that are known for what they can break, whatever a project is written in: what a policy's
//! `scope.exclude` speaks of. What happens to them is the policy's choice and said by the rules that ask here.

mod paths;
mod upgrades;

pub(super) use upgrades::locked;

use super::facts::{Facts, How};
use crate::model::visible;
use crate::policy::{Exclude, OnKind};
use bstr::BStr;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A database gets another schema.
    Migrations,
    /// What runs in production is set up differently; a file says in its name or folder that it is about production.
    ProductionConfig,
    /// What runs on its own is set up differently: CI, git hooks, agents, this guard.
    Automation,
    /// Nothing but lock files change, and a dependency gets a new major version.
    MajorUpgrades,
}

/// A path that makes a change one of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found<'f> {
    /// Which kind.
    pub(super) kind: Kind,
    /// Where.
    pub(super) path: &'f BStr,
    /// What it is and how that shows, as the rest of a sentence that begins with the path; visible.
    pub(super) says: String,
}

impl Kind {
    /// The key in the policy.
    pub(super) fn key(self) -> &'static str {
        match self {
            Kind::Migrations => "migrations",
            Kind::ProductionConfig => "production_config",
            Kind::Automation => "automation",
            Kind::MajorUpgrades => "major_upgrades",
        }
    }

    /// What a path of this kind is.
    fn what(self) -> &'static str {
        match self {
            Kind::Migrations => "a schema migration",
            Kind::ProductionConfig => "configuration of production",
            Kind::Automation => "configuration of CI, hooks, agents or this guard",
            Kind::MajorUpgrades => "a major upgrade",
        }
    }

    fn setting(self, exclude: &Exclude) -> OnKind {
        match self {
            Kind::Migrations => exclude.migrations,
            Kind::ProductionConfig => exclude.production_config,
            Kind::Automation => exclude.automation,
            Kind::MajorUpgrades => exclude.major_upgrades,
        }
    }
}

/// Every path that makes the change one of a kind for which the policy says `setting`, each once, in order. What is only
/// copied from does not count: it stays as it is.
pub(super) fn found<'f>(facts: &'f Facts, exclude: &Exclude, setting: OnKind) -> Vec<Found<'f>> {
    let wanted = |kind: &Kind| kind.setting(exclude) == setting;
    let mut found: Vec<Found<'f>> = Vec::new();
    let kinds: Vec<Kind> = paths::KINDS.into_iter().filter(wanted).collect();
    if !kinds.is_empty() {
        for touched in facts.touched().into_iter().filter(|touched| touched.how != How::IsRead) {
            if found.last().is_some_and(|last| last.path == touched.path) {
                continue;
            }
            let known = kinds.iter().find_map(|&kind| paths::which(kind, touched.path).map(|glob| (kind, glob)));
            if let Some((kind, glob)) = known {
                let says = format!("is {} (it matches `{glob}`)", kind.what());
                found.push(Found { kind, path: touched.path, says });
            }
        }
    }
    if wanted(&Kind::MajorUpgrades) {
        for (path, upgrade) in upgrades::found(&facts.changes) {
            let [name, from, to] = [upgrade.name, upgrade.from, upgrade.to].map(visible);
            let says = format!("brings a major upgrade, and only lock files change: `{name}` goes from {from} to {to}");
            found.push(Found { kind: Kind::MajorUpgrades, path, says });
        }
    }
    found
}
