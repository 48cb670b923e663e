//! `cargo xtask tidy`: print every breach of the house rules and end with status 1 if there is one.
//!
//! The same rules run in `cargo test -p xtask`; this command is the quicker way to see them all at once.

use std::process::ExitCode;

use xtask::tidy;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => print_findings(),
        _ => {
            eprintln!("usage: cargo xtask tidy");
            ExitCode::from(2)
        }
    }
}

fn print_findings() -> ExitCode {
    let tree = match tidy::Tree::read(&tidy::repository_root()) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("cannot read the repository: {error}");
            return ExitCode::from(2);
        }
    };
    let findings = tidy::check_all(&tree);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {} files in order", tree.files.len());
        return ExitCode::SUCCESS;
    }
    eprintln!("tidy: {} to mend", findings.len());
    ExitCode::FAILURE
}
