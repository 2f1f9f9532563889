//! Build tools and scripts: make, CMake, Gradle, Maven, sbt, Bazel and their kin.

use super::Signature;

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[];
