//! CircleCI: each step begins with the line of its shell, and a failed one ends with its exit code.

use super::{Dialect, Marker, System, begins, between, failed, steps::Steps};

pub(super) const DIALECT: Dialect = Dialect {
    system: System::CircleCi,
    needles: &[
        "#!/bin/bash -eo pipefail",
        "#!/bin/sh -eo pipefail",
        "exited with code ",
        "circleci received exit code ",
        "too long with no output (exceeded ",
        "====>> ",
        "build-agent version ",
        "exceeded the maximum job duration",
        "build was canceled",
    ],
    shows: |piece| {
        piece.starts_with("#!/bin/bash -eo pipefail")
            || piece.starts_with("====>> ")
            || piece.starts_with("Build-agent version ")
            || piece.starts_with("Exited with code exit status ")
            || piece.starts_with("CircleCI received exit code ")
    },
    marker,
    aside: |name| {
        ["Uploading artifacts", "Uploading test results", "Saving Cache"].iter().any(|aside| name.starts_with(aside))
    },
    steps: |digest| Steps::read(digest, &DIALECT),
};

fn marker(piece: &str) -> Option<Marker> {
    let said = piece.trim_end();
    if said == "#!/bin/bash -eo pipefail" || said == "#!/bin/sh -eo pipefail" {
        return begins("run");
    }
    if let Some(name) = said.strip_prefix("====>> ") {
        return begins(name);
    }
    for before in ["Exited with code exit status ", "Exited with code ", "CircleCI received exit code "] {
        if let Some(code) = between(said, before, "") {
            return failed(code);
        }
    }
    if said.starts_with("Too long with no output (exceeded ") || said.contains("exceeded the maximum job duration") {
        return Some(Marker::TimedOut);
    }
    (said == "Build was canceled").then_some(Marker::Cancelled)
}
