//! The policy: what a file may say (`file`), and what it means.
