//! The commands, a file each: what can be typed, what is printed, how it ends.
//!
//! A new command is a file and one line in the list below.

mod progress;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use platform::ids::IdMaker;
use platform::store::Directory;
use platform::{Clock, Error, Result, Store};
use serde_json::{Value, json};

use crate::config::{Config, Globals, LogFormat};

macro_rules! commands {
    ($($file:ident::$name:ident),* $(,)?) => {
        $(mod $file;)*

        #[derive(clap::Subcommand)]
        enum Command { $($name($file::$name)),* }

        impl Command {
            fn run(self, program: &Program) -> Result<Outcome> {
                match self { $(Self::$name(command) => command.run(program)),* }
            }
        }
    };
}

commands![
    serve::Serve,
    import::Import,
    imports::Imports,
    export::Export,
    turn::Turn,
    analyze::Analyze,
    goal::Goal,
    action::Action,
    experiment::Experiment,
    campaign::Campaign,
    bounces::Bounces,
    demo::Demo,
    user::User,
    doctor::Doctor,
    backup::Backup,
    restore::Restore,
];

const EXAMPLES: &str = "\
Examples:
  rondel demo                                    look at it with a company of its own
  rondel import people customers.csv             take in a file; rondel import --help
  rondel turn run                                analyse; rondel turn report --out report.html
  rondel goal add --help                         say what is to change, from where to where, by when
  rondel serve                                   serve the pages on http://127.0.0.1:7070
  rondel user add ada@example.com --name Ada     let somebody in; prints a password
  rondel doctor                                  see whether everything is in order
  rondel backup rondel-monday.zip                copy everything, while the server runs

Where the data are:
  The folder --data (or RONDEL_DATA) holds everything. One program uses it at a time; while the server runs, its pages do
  what the commands do. With --database-url, the records are on a database server and several programs may run.

Exit codes:
  0  done
  1  could not be done; the reason is on standard error
  2  the command was not understood
  3  done, but some rows of the input were rejected and are kept for correction
  4  the data folder is in use by another program
  5  the database belongs to a newer version of the program
  6  the disk is full; nothing of the last change was kept";

/// A CRM that runs the whole cycle, collect, process, analyze, interpret, on your own machine.
#[derive(Parser)]
#[command(name = "rondel", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It looked, and found something wrong.
    Unwell,
    /// Some rows of the input were rejected.
    RowsRejected,
}

/// What every command has in hand.
pub struct Program {
    pub config: Config,
    pub json: bool,
    /// When the process began to work.
    pub started: Instant,
}

/// Reads the command line, runs the command, prints what went wrong.
pub fn main() -> ExitCode {
    let started = Instant::now();
    let Arguments { globals, command } = Arguments::parse();
    let json = globals.json;
    let ended = Config::load(&globals).and_then(|config| {
        start_log(&config);
        command.run(&Program { config, json, started })
    });
    match ended {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Unwell) => ExitCode::from(1),
        Ok(Outcome::RowsRejected) => ExitCode::from(3),
        Err(error) => {
            let code = exit_code(&error);
            if json {
                print(&json!({ "error": error.to_string(), "exit_code": code }).to_string());
            } else {
                eprintln!("rondel: {error}");
            }
            ExitCode::from(code)
        }
    }
}

fn exit_code(error: &Error) -> u8 {
    match error {
        Error::InUse { .. } => 4,
        Error::Newer { .. } => 5,
        Error::DiskFull => 6,
        Error::Invalid(_)
        | Error::Missing { .. }
        | Error::Conflict(_)
        | Error::Forbidden(_)
        | Error::Busy
        | Error::Database { .. }
        | Error::File { .. }
        | Error::Closed
        | Error::Panicked(_) => 1,
    }
}

/// The log goes to standard error, so that standard output holds only what was asked for.
fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    if let Err(error) = started {
        eprintln!("rondel: the log cannot be written: {error}");
    }
}

impl Program {
    /// The database, for a command that works alone. Hold the folder as long as the store is used.
    ///
    /// **Errors** with [`Error::InUse`] while the server runs on the embedded database.
    pub fn open(&self) -> Result<(Store, Option<Directory>)> {
        let directory = match self.config.is_embedded() {
            true => Some(Directory::open(&self.config.data)?),
            false => None,
        };
        let store = Store::open(&self.config.place(), Clock::System, IdMaker::random())?;
        Ok((store, directory))
    }

    /// The folder in which handed-in files are kept.
    pub fn files(&self) -> std::path::PathBuf {
        self.config.data.join("files")
    }

    /// A word on the way, for people only.
    pub fn say(&self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// Prints the answer: one JSON object with `--json`, otherwise the text.
    pub fn answer(&self, json: &Value, text: &str) {
        if self.json {
            print(&json.to_string());
        } else {
            print(text.trim_end());
        }
    }
}

/// One line on standard output. A reader that has gone away, as `head` does, has seen enough; another problem is told.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("rondel: standard output: {error}");
        }
        _ => {}
    }
}
