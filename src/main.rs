//! The doorbell. Everything is in the library.

fn main() -> std::process::ExitCode {
    ci_guard::cli::main()
}
