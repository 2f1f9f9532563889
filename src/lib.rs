//! ci-guard: a git hook toolkit and merge guard.
//!
//! The floors, from the ground up; a room only looks down (a test holds it). ARCHITECTURE.md says why.
//!
//! | floor | rooms | knows |
//! |---|---|---|
//! | 5 | [`cli`] | everything |
//! | 4 | [`ops`] | use cases: gather, decide, act |
//! | 3 | [`git`], [`store`], [`system`] | the world, each behind one door |
//! | 2 | [`retry`] | pure: what it knows of logs and verdicts, it asks the floor below |
//! | 1 | [`policy`], [`guard`], [`patch`], [`triage`], [`verdict`], [`audit`], [`agent`], [`output`] | pure: facts in, decision or text out |
//! | 0 | [`model`] | nothing |

pub mod agent;
pub mod audit;
pub mod cli;
pub mod git;
pub mod guard;
pub mod model;
pub mod ops;
pub mod output;
pub mod patch;
pub mod policy;
pub mod retry;
pub mod store;
pub mod system;
pub mod triage;
pub mod verdict;
