//! `rondel user`: add users, list them, give them another password, make and end their tokens for the API.

use std::io::Read;

use platform::auth::{self, NewUser, Role, tokens};
use platform::{By, Error, Micros, Result, Store, clock, random};
use serde_json::json;

use super::{Outcome, Program};

/// Add users, list them, give them another password or a token for the API
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel user add ada@example.com --name \"Ada Lovelace\" --role owner
  rondel user list
  pass show rondel | rondel user password ada@example.com --password-stdin
  rondel user token ada@example.com --name \"web shop\" --role member
  rondel user tokens ada@example.com
  rondel user revoke tok_06b2k3m8q4v7x1y5z0a9

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
    /// Make a token with which a program uses the API in the name of a user
    Token {
        /// E-mail address of the user
        email: String,
        /// What the token is for
        #[arg(long)]
        name: String,
        /// The most that the token may do, whatever the user may: owner, administrator, member or reader
        #[arg(long, default_value = "member", value_parser = role)]
        role: Role,
    },
    /// List the tokens of a user
    Tokens {
        /// E-mail address of the user
        email: String,
    },
    /// End a token
    Revoke {
        /// Id of the token, as `rondel user tokens` lists it
        id: String,
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
                let user = by_email(&store, &email)?;
                let (password, shown) = password(password_stdin)?;
                auth::set_password(&store, By::console(), &user.id, &password)?;
                let text = format!("{} has another password{}", user.email, in_words(&shown));
                program.answer(&json!({ "id": user.id, "email": user.email, "password": shown }), &text);
            }
            Action::Token { email, name, role } => make_token(program, &store, &email, name, role)?,
            Action::Tokens { email } => list_tokens(program, &store, &email)?,
            Action::Revoke { id } => {
                let wanted = id.clone();
                store.write(By::console(), move |tx| tokens::revoke(tx, &wanted)).wait()?;
                program.answer(&json!({ "id": id, "revoked": true }), &format!("{id} opens nothing any more"));
            }
        }
        Ok(Outcome::Done)
    }
}

fn by_email(store: &Store, email: &str) -> Result<auth::User> {
    let wanted = email.trim().to_lowercase();
    let users = store.read(auth::list).wait()?;
    users.into_iter().find(|user| user.email == wanted).ok_or_else(|| Error::missing("user", email))
}

fn make_token(program: &Program, store: &Store, email: &str, name: String, role: Role) -> Result<()> {
    let user = by_email(store, email)?;
    let (token, secret) =
        store.write(By::console(), move |tx| tokens::create(tx, &user.id, &name, role)).wait()?;
    let text = format!(
        "The token “{}” of {email} has the role {}. It is shown only this once:\n\n  {secret}\n",
        token.name,
        token.role.name()
    );
    let json = json!({ "id": token.id, "name": token.name, "role": token.role.name(), "token": secret });
    program.answer(&json, &text);
    Ok(())
}

fn list_tokens(program: &Program, store: &Store, email: &str) -> Result<()> {
    let user = by_email(store, email)?;
    let found = store.read(move |s| tokens::list(s, &user.id)).wait()?;
    let used = |at: Option<Micros>| at.map_or_else(|| "never".to_string(), clock::in_words);
    let lines: Vec<String> = found
        .iter()
        .map(|t| format!("{}  {:<14} {:<24} used {}", t.id, t.role.name(), t.name, used(t.last_used_at)))
        .collect();
    let text = if lines.is_empty() { format!("{email} has no token.") } else { lines.join("\n") };
    let json: Vec<_> = found
        .iter()
        .map(|t| {
            json!({ "id": t.id, "name": t.name, "role": t.role.name(), "created_at": clock::in_words(t.created_at),
                    "last_used_at": t.last_used_at.map(clock::in_words) })
        })
        .collect();
    program.answer(&json!({ "tokens": json }), &text);
    Ok(())
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
