//! `rondel demo`: a company with two years of customers and orders, imported, played for a year of turns, and served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cycle::calendar::Day;
use cycle::collect::imports::{self, Format, Incoming, Kind};
use cycle::turn;
use platform::auth::{self, NewUser, Role};
use platform::clock::HOUR;
use platform::ids::IdMaker;
use platform::{By, Clock, Error, Micros, Result, Store, random, settings};
use serde_json::json;
use simulator::subscriptions::Subscriptions;
use simulator::world::World;
use simulator::{Company, Settings};

use super::import::{imported, imported_text, run as run_import};
use super::{Outcome, Program, serve};
use crate::app;
use crate::config::Config;
use crate::year::{self, Year};

/// Make a company with customers and orders, import it, play a year of turns with it, serve the result
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
    /// Address and port to listen on [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The same seed makes the same company
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the hidden truth about the year goes, for tests
    #[arg(long, value_name = "FILE", hide = true)]
    truth: Option<PathBuf>,
    /// Customers who pay by month or year, taken in when the year has been played
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    subscribers: u32,
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
        config.listen = self.listen.unwrap_or(config.listen);
        let program = &Program { config, json: program.json, started: program.started };
        let build = |clock, ids| app::build(program.config.clone(), clock, ids);
        let mut app = build(Clock::System, IdMaker::random())?;
        let made = if app.store.read(auth::is_empty).wait()? {
            let now = app.store.now();
            let story = Story::ending(now)?;
            drop(app);
            // The story has a clock of its own, which stands at the days that it tells of.
            let past = build(Clock::held_at(story.begins_at), IdMaker::seeded(self.seed))?;
            let made = self.make(program, &past, &story)?;
            drop(past);
            app = build(Clock::System, IdMaker::random())?;
            made
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

    /// Lets the simulated company export its files, takes them in as any firm's, and plays a year of turns.
    fn make(&self, program: &Program, app: &app::App, story: &Story) -> Result<serde_json::Value> {
        let store = &app.store;
        let export = program.config.data.join("export");
        std::fs::create_dir_all(&export).map_err(|e| Error::file(&export, e))?;
        let shop = Settings { seed: self.seed, n_customers: self.customers, ..Settings::demo(story.history_until) };
        let (name, currency) = (shop.company_name.clone(), shop.currency.clone());
        let told = |error: simulator::Error| Error::file(&export, error);
        program.say(&format!("Making {name}: {} customers, two years of orders …", self.customers));
        let company = Company::new(shop).map_err(told)?;
        let made = company.write_export(&export).map_err(told)?;
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
        program.say("Playing a year of monthly turns …");
        let_in(store)?;
        let owner = store.read(auth::list).wait()?.into_iter().find(|user| user.email == OWNER);
        let owner = owner.ok_or_else(|| Error::missing("user", OWNER))?;
        let world = World::of(company, year::ideas());
        let files = program.files();
        let post = &app.web.options.post;
        let played = Year::new(store, (&app.registry, post), (&files, &export), &owner.id, world)
            .play(&story.turns, story.until, &mut |words| program.say(words))?;
        for tried in &played.tried {
            program.say(&format!("  {}: {}", tried.name, tried.conclusion.map_or("not read yet", year::in_words)));
        }
        if self.subscribers > 0 {
            imports.extend(self.subscribe(program, app, &export, story)?);
        }
        if let Some(path) = &self.truth {
            std::fs::write(path, played.truth().to_string()).map_err(|error| Error::file(path, error))?;
        }
        Ok(json!({ "made": true, "imports": imports, "year": played.as_json() }))
    }
}

impl Demo {
    /// Takes in three years of payments of subscribers until the story's last day, and looks for their contracts.
    fn subscribe(
        &self,
        program: &Program,
        app: &app::App,
        export: &Path,
        story: &Story,
    ) -> Result<Vec<serde_json::Value>> {
        program.say(&format!("Taking in {} subscribers …", self.subscribers));
        let last_day: jiff::civil::Date =
            story.until.to_string().parse().map_err(|e| Error::invalid("clock", format!("no date: {e}")))?;
        let opening = last_day.saturating_sub(jiff::Span::new().months(36));
        let shop = Subscriptions { seed: self.seed, n_customers: self.subscribers, opening, last_day };
        let ([plans, payments], _) = shop.write(export).map_err(|error| Error::file(export, error))?;
        let taken = [(plans, Kind::Products), (payments, Kind::Orders)]
            .into_iter()
            .map(|(name, kind)| take(program, &app.store, export, name, kind))
            .collect::<Result<Vec<_>>>()?;
        turn::run(&app.store, &turn::Options::default(), &mut |_| {})?;
        Ok(taken)
    }
}

/// When the demo's story is told.
struct Story {
    /// The shop's export is of this day; the year begins with it.
    history_until: jiff::civil::Date,
    begins_at: Micros,
    /// First and last day of each turn; the last one is under way today.
    turns: Vec<(Day, Day)>,
    /// The last day that is told: yesterday.
    until: Day,
}

/// How long the last turn of the story has been under way. **Units:** days.
const DAYS_INTO_LAST_TURN: i64 = 17;

impl Story {
    /// The story whose last month is under way today.
    fn ending(now: Micros) -> Result<Story> {
        let today = platform::clock::in_words(now);
        let today: jiff::civil::Date =
            today[..10].parse().map_err(|e| Error::invalid("clock", format!("no date: {e}")))?;
        let last_begins = today.saturating_sub(jiff::Span::new().days(DAYS_INTO_LAST_TURN));
        let day = |date: jiff::civil::Date| Day::parse(&date.to_string());
        let begin = |number: usize| {
            let months_ago = year::N_TURNS as i64 - 1 - number as i64;
            last_begins.saturating_sub(jiff::Span::new().months(months_ago))
        };
        let mut turns = Vec::with_capacity(year::N_TURNS);
        for number in 0..year::N_TURNS {
            turns.push((day(begin(number))?, day(begin(number + 1))?.plus(-1)));
        }
        let begins_at = turns[0].0.start() + 8 * HOUR;
        Ok(Story { history_until: begin(0), begins_at, turns, until: day(today)?.plus(-1) })
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
