//! The rules. Pure: facts in, findings out.
