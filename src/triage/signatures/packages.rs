//! Package managers of languages: what the manifest asks for and nobody has (`Dependency`), and what a registry or mirror did not
//! deliver (`Registry`, `Network`). The words decide which: a version that does not exist is mended in the repository, a 503 is not.

pub(super) mod javascript;
pub(super) mod jvm;
pub(super) mod native;
pub(super) mod python;
pub(super) mod scripting;
