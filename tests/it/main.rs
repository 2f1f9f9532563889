//! Everything that is tested through the binary and through real git, in one program. Each module is one concern.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::disallowed_methods)]

mod agent_commands;
mod agent_hook;
#[cfg(unix)]
mod agent_places;
mod agents_live;
mod audit_commands;
mod audit_store;
mod check_forms;
mod ci_runners;
mod doctor;
mod drawn;
mod faults;
mod foreign_commits;
mod forge;
mod gate_action;
mod history_edges;
mod history_oracle;
mod hook_managers;
mod hostile;
mod hostile_names;
mod house;
mod install;
mod install_global;
mod install_global_again;
mod journal;
mod machine;
mod marker_base;
mod marker_exceptions;
mod marker_shapes;
mod merge_source;
#[cfg(unix)]
mod model_server;
mod objects;
mod old_content;
mod packs;
mod patch_check;
mod patch_door;
mod patch_maker;
mod patch_names;
mod patch_scope;
mod patch_truth;
mod policy_places;
mod postgres;
mod pre_receive;
mod push_clones;
mod push_input;
mod push_repositories;
mod readme;
mod reinstall;
mod release;
mod retry_action;
#[cfg(unix)]
mod retry_process;
mod retry_server;
#[cfg(unix)]
mod retry_terminal;
mod retry_told;
mod runner;
mod scan;
mod secrets;
mod server_recipes;
mod shim;
mod support;
mod triage;
mod triage_logs;
mod uninstall_underway;
mod unseen_push;
mod verdict;
mod verdict_paper;
mod workspaces;
