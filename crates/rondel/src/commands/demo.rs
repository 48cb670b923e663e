//! `rondel demo`: a company with two years of customers and orders, imported, analysed and served.

use std::path::{Path, PathBuf};

use cycle::collect::imports::{self, Format, Incoming, Kind};
use platform::auth::{self, NewUser, Role};
use platform::ids::IdMaker;
use platform::{By, Clock, Error, Result, Store, random, settings};
use serde_json::json;
use simulator::{Company, Settings};

use super::import::{imported, imported_text, run as run_import};
use super::{Outcome, Program, serve, turn};
use crate::app;
use crate::config::Config;

/// Make a company with customers and orders, import it, analyse it, serve the result
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel demo                                     a small speciality shop with 2,000 customers
  rondel demo --customers 20000 --seed 7
  rondel demo --no-serve                          only make it; `rondel --data demo-data serve` serves it later

The demo has a folder of its own, demo-data, unless --data names another. Started again, it serves what is there;
remove the folder to begin anew. Its files stand in demo-data/export, so that you can import them yourself.")]
pub(super) struct Demo {
    /// Make and analyse, but do not serve
    #[arg(long)]
    no_serve: bool,
    /// The same seed makes the same company
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers the company has
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(50..=1_000_000))]
    customers: u32,
}

const OWNER: &str = "demo@rondel.example";

impl Demo {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let mut config = program.config.clone();
        if config.data == Config::default().data && config.is_embedded() {
            config.data = PathBuf::from("demo-data");
        }
        let program = &Program { config, json: program.json, started: program.started };
        let app = app::build(program.config.clone(), Clock::System, IdMaker::random())?;
        let made = if app.store.read(auth::is_empty).wait()? {
            self.make(program, &app.store)?
        } else {
            program.say("The demo is there already; it is served as it stands.");
            json!({ "made": false })
        };
        let password = let_in(&app.store)?;
        if self.no_serve {
            program.answer(
                &json!({ "demo": made, "data": program.config.data, "email": OWNER, "password": password }),
                &format!("Sign in with {OWNER} and {password} after: rondel --data {} serve", program.config.data.display()),
            );
            return Ok(Outcome::Done);
        }
        serve::serve(program, app, &format!("\nSign in with {OWNER} and the password {password}\nStop with Ctrl-C."))
    }

    /// Lets the simulated company export its files and takes them in as any firm's.
    fn make(&self, program: &Program, store: &Store) -> Result<serde_json::Value> {
        let export = program.config.data.join("export");
        std::fs::create_dir_all(&export).map_err(|e| Error::file(&export, e))?;
        let today = platform::clock::in_words(store.now());
        let today = today[..10].parse().map_err(|e| Error::invalid("clock", format!("no date: {e}")))?;
        let shop = Settings { seed: self.seed, n_customers: self.customers, ..Settings::demo(today) };
        let (name, currency) = (shop.company_name.clone(), shop.currency.clone());
        let told = |error: simulator::Error| Error::file(&export, error);
        program.say(&format!("Making {name}: {} customers, two years of orders …", self.customers));
        let made = Company::new(shop).and_then(|company| company.write_export(&export)).map_err(told)?;
        store
            .write(By::console(), move |tx| {
                settings::set_text(tx, settings::FIRM_NAME, Some(&name))?;
                settings::set_text(tx, settings::CURRENCY, Some(&currency))?;
                settings::set_text(tx, settings::DEFAULT_COUNTRY, Some("DE"))?;
                settings::set_text(tx, settings::TIME_ZONE, Some("Europe/Berlin"))
            })
            .wait()?;
        let mut imports = Vec::new();
        for wanted in [Kind::Companies, Kind::People, Kind::Products, Kind::Orders] {
            for file in made.files.iter().filter(|file| kind_of(file.kind) == wanted) {
                imports.push(take(program, store, &export, &file.name, wanted)?);
            }
        }
        program.say("Analysing …");
        let run = turn::run(program, store, None)?;
        Ok(json!({ "made": true, "imports": imports, "turn": turn::as_json(&run) }))
    }
}

fn kind_of(kind: simulator::Kind) -> Kind {
    match kind {
        simulator::Kind::Customers => Kind::People,
        simulator::Kind::Companies => Kind::Companies,
        simulator::Kind::Products => Kind::Products,
        simulator::Kind::Orders => Kind::Orders,
    }
}

fn take(program: &Program, store: &Store, export: &Path, name: &str, kind: Kind) -> Result<serde_json::Value> {
    let incoming = Incoming {
        path: export.join(name),
        name: name.to_string(),
        kind: Some(kind),
        format: Format::default(),
        source: None,
    };
    let import = imports::arrive(store, &program.files(), By::console(), &incoming)?;
    let done = run_import(program, store, &program.files(), &import)?;
    program.say(&imported_text(&done));
    Ok(imported(&done))
}

/// Gives the demo's owner a new password, so that it can always be told.
fn let_in(store: &Store) -> Result<String> {
    let password = random::token()[..12].to_string();
    let known = store.read(auth::list).wait()?.into_iter().find(|user| user.email == OWNER);
    match known {
        Some(user) => auth::set_password(store, By::console(), &user.id, &password)?,
        None => {
            let name = "Demo Owner".to_string();
            let user = NewUser { email: OWNER.to_string(), name, role: Role::Owner, password: password.clone() };
            auth::create(store, By::console(), user)?;
        }
    }
    Ok(password)
}
