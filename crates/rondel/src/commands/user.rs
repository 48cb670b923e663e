//! `rondel user`: add users, list them, give them another password.

use std::io::Read;

use platform::auth::{self, NewUser, Role};
use platform::{By, Error, Result, Store, random};
use serde_json::json;

use super::{Outcome, Program};

/// Add users, list them, give them another password
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel user add ada@example.com --name \"Ada Lovelace\" --role owner
  rondel user list
  pass show rondel | rondel user password ada@example.com --password-stdin

Roles, from all to least: owner, administrator (adds users, changes settings), member (changes records), reader.")]
pub(super) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Add a user
    Add {
        /// E-mail address to sign in with
        email: String,
        /// Name as others see it [default: what stands before the @]
        #[arg(long)]
        name: Option<String>,
        /// owner, administrator, member or reader
        #[arg(long, default_value = "member", value_parser = role)]
        role: Role,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// List users
    List,
    /// Give a user another password, and end the user's sessions
    Password {
        /// E-mail address of the user
        email: String,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
}

fn role(name: &str) -> std::result::Result<Role, String> {
    Role::parse(name).ok_or_else(|| "is owner, administrator, member or reader".to_string())
}

impl User {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.action {
            Action::Add { email, name, role, password_stdin } => {
                let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_string());
                let (password, shown) = password(password_stdin)?;
                let user = auth::create(&store, By::console(), NewUser { email, name, role, password })?;
                let text = format!("{} ({}) may sign in as {}{}", user.name, user.email, role.name(), in_words(&shown));
                let json = json!({ "id": user.id, "email": user.email, "role": role.name(), "password": shown });
                program.answer(&json, &text);
            }
            Action::List => list(program, &store)?,
            Action::Password { email, password_stdin } => {
                let wanted = email.trim().to_lowercase();
                let users = store.read(auth::list).wait()?;
                let user = users.into_iter().find(|user| user.email == wanted);
                let user = user.ok_or_else(|| Error::missing("user", &email))?;
                let (password, shown) = password(password_stdin)?;
                auth::set_password(&store, By::console(), &user.id, &password)?;
                let text = format!("{} has another password{}", user.email, in_words(&shown));
                program.answer(&json!({ "id": user.id, "email": user.email, "password": shown }), &text);
            }
        }
        Ok(Outcome::Done)
    }
}

fn list(program: &Program, store: &Store) -> Result<()> {
    let users = store.read(auth::list).wait()?;
    let lines: Vec<String> =
        users.iter().map(|u| format!("{:<14} {:<30} {}", u.role.name(), u.email, u.name)).collect();
    let text = if lines.is_empty() { "Nobody has been added yet.".to_string() } else { lines.join("\n") };
    let json: Vec<_> = users
        .iter()
        .map(|u| json!({ "id": u.id, "email": u.email, "name": u.name, "role": u.role.name() }))
        .collect();
    program.answer(&json!({ "users": json }), &text);
    Ok(())
}

/// The password, and the same again where it was made here and must be told.
fn password(from_stdin: bool) -> Result<(String, Option<String>)> {
    if !from_stdin {
        let made = random::token()[..20].to_string();
        return Ok((made.clone(), Some(made)));
    }
    let mut typed = String::new();
    std::io::stdin().read_to_string(&mut typed).map_err(|error| Error::file("standard input", error))?;
    Ok((typed.trim_end_matches(['\r', '\n']).to_string(), None))
}

fn in_words(shown: &Option<String>) -> String {
    shown.as_ref().map(|password| format!(" with the password\n\n  {password}\n")).unwrap_or_default()
}
