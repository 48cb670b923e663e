//! `rondel bounces`: read mail that came back.

use std::path::PathBuf;

use cycle::act::bounces;
use cycle::act::deliver::Post;
use platform::Result;
use serde_json::json;

use super::{Outcome, Program};

/// Read bounces and complaints, and bring them to the people they are about
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel bounces read returned.eml
  rondel bounces read /var/mail/bounces/new

The files stay where they are; the same mail read twice counts once. While the server runs, put files into the folder
`returned` of the data folder instead: it is read every few minutes.")]
pub(super) struct Bounces {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Read one file, or all files of a folder
    Read {
        /// A file with one mail as it came, or a folder of them
        path: PathBuf,
    },
}

impl Bounces {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        let post = Post::open(program.config.outgoing()?)?;
        let Action::Read { path } = self.action;
        let found = bounces::read_path(&store, &post, &path)?;
        let text = format!(
            "{} mails read: {} for good, {} that may pass, {} complaints, {} automatic answers, {} about nothing that we \
             sent, {} known already",
            found.all(), found.hard, found.soft, found.complaints, found.auto_replies, found.unmatched, found.known
        );
        let json = json!({ "read": found.all(), "hard": found.hard, "soft": found.soft, "complaints": found.complaints,
                           "auto_replies": found.auto_replies, "unmatched": found.unmatched, "known": found.known });
        program.answer(&json, &text);
        Ok(Outcome::Done)
    }
}
