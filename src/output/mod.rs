//! Printers: a report in, text out. One file a format.

pub mod doctor;
