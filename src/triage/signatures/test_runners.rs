//! Test runners, browsers and assertion libraries, by language.
//!
//! Where a runner lists its failures at the end, the entries of that list are causes and the live lines are symptoms: a
//! reader begins at the list, and names that pass with "fail" in them stand among the live lines.

pub(super) mod browsers;
pub(super) mod functional;
pub(super) mod javascript;
pub(super) mod jvm;
pub(super) mod native;
pub(super) mod python;
pub(super) mod scripting;
