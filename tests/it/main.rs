//! The one integration binary: the program as its users meet it, with real git.

mod doctor;
mod house;
mod install;
mod reinstall;
mod shim;
mod support;
