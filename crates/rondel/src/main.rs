//! The program `rondel`: one binary for the server and for every command.

use std::process::ExitCode;

/// The platform's allocator keeps what large imports have freed; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    rondel::main()
}
