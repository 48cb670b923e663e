//! Sending to a real SMTP server (aiosmtpd): killed in the middle of ten thousand mails, refused by half, not there at all.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use cycle::act::campaigns::{self, State};
use cycle::act::deliver::{self, Found};
use cycle::plan::preflight::LawfulBasis;
use libtest_mimic::Trial;
use platform::clock::{MINUTE, SECOND};
use platform::{By, Store, Tx, params};
use records::people::{self, Person};
use rondel::config::{Config, SmtpSecurity};

use super::firm::{self, campaign, content, counts, state};
use crate::support::app::TestApp;
use crate::support::served::Served;
use crate::support::{Engine, Installation, on_both_engines, skip};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        nobody_gets_two_and_nobody_is_forgotten_when_ten_thousand_sends_are_killed,
        a_server_that_refuses_half_is_told_by_reason_and_the_others_get_it,
        a_server_that_is_not_there_holds_nobody_up_for_ever,
        a_server_that_says_later_is_asked_again_and_in_the_end_given_up,
    ]
}

/// What the server does beside taking mail: each line of its log is `address message-id`, written before it answers.
const SINK: &str = r#"
import asyncio, random, sys
from aiosmtpd.smtp import SMTP

log, mode = open(sys.argv[1], "a"), sys.argv[2]

class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        odd = sum(address.encode()) % 2 == 1
        if mode == "half" and odd:
            return "550 5.1.1 no such mailbox"
        if mode == "later":
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace")
        name = next(line for line in head.split("\r\n") if line.lower().startswith("message-id:"))
        await asyncio.sleep(random.random() * 0.002)
        log.write(envelope.rcpt_tos[0] + " " + name.split(":", 1)[1].strip() + "\n")
        log.flush()
        await asyncio.sleep(random.random() * 0.002)
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), enable_SMTPUTF8=True), "127.0.0.1", int(sys.argv[3]))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"#;

/// A mail server in a process of its own; killed with this value.
struct Sink {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Sink {
    fn start(folder: &Path, mode: &str) -> Self {
        Self::start_at(folder, mode, 0)
    }

    fn start_at(folder: &Path, mode: &str, port: u16) -> Self {
        let (script, log) = (folder.join("sink.py"), folder.join("sink.log"));
        std::fs::write(&script, SINK).unwrap();
        std::fs::write(&log, "").unwrap();
        let python = ["/usr/bin/python3", "python3"].into_iter().find(|python| {
            let look = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
            look.is_ok_and(|status| status.success())
        });
        let Some(python) = python else {
            skip("there is no aiosmtpd (Debian: python3-aiosmtpd) for python3")
        };
        let mut command = Command::new(python);
        command.arg(script).arg(&log).arg(mode).arg(port.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap(), log }
    }

    /// How many mails the server has taken, by address.
    fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for line in std::fs::read_to_string(&self.log).unwrap().lines() {
            if let Some((address, _)) = line.split_once(' ') {
                *taken.entry(address.to_string()).or_default() += 1;
            }
        }
        taken
    }

    fn n_taken(&self) -> usize {
        std::fs::read_to_string(&self.log).unwrap().lines().count()
    }

    fn config(&self) -> impl FnOnce(&mut Config) + use<> {
        let port = self.port;
        move |config| {
            config.smtp_host = "127.0.0.1".to_string();
            config.smtp_port = port;
            config.smtp_security = SmtpSecurity::Plain;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended already
        self.child.wait().ok();
    }
}

/// People so many that about ten thousand of them are treated: a fifth is held out, and some are in the global control.
const PEOPLE: usize = 13_000;
const CONNECTIONS: usize = 4;
const KILLS: usize = 4;

fn nobody_gets_two_and_nobody_is_forgotten_when_ten_thousand_sends_are_killed(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(folder.path(), "plain");
    let config = folder.path().join("rondel.toml");
    let text = format!(
        "smtp_host = \"127.0.0.1\"\nsmtp_port = {}\nsmtp_security = \"plain\"\nsmtp_connections = {CONNECTIONS}\n",
        sink.port
    );
    std::fs::write(&config, text).unwrap();
    let id = launched(&installation.store());

    let mut chance = 0x9E37_79B9_7F4A_7C15_u64;
    for part in 0..KILLS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let least = 10_000 * part / KILLS + (chance >> 33) as usize % (9_000 / KILLS);
        let served = Served::start_with(installation, &config);
        wait_until(|| sink.n_taken() > least);
        drop(served); // kill -9
        time_passes(installation);
    }
    let served = Served::start_with(installation, &config);
    served.wait_until(&installation.store(), |store| state(store, &id) == State::Done);
    served.stop();

    let store = installation.store();
    let found = counts(&store, &id);
    let taken = sink.taken();
    let twice: Vec<_> = taken.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "somebody got two: {twice:?}");
    assert!(found.planned > 9_500, "{found:?}");
    assert_eq!(found.accepted + found.doubtful, found.planned, "somebody is forgotten: {found:?}");
    assert!(found.doubtful as usize <= KILLS * CONNECTIONS, "{found:?}");
    for (address, message_state) in states(&store, &id) {
        let n = taken.get(&address).copied().unwrap_or(0);
        match message_state.as_str() {
            "accepted" => assert_eq!(n, 1, "{address} is told to have it"),
            _ => assert!(n <= 1, "{address}: {message_state}"),
        }
    }
    println!("killed {KILLS} times: {} of {} in doubt", found.doubtful, found.planned);
    the_doubts_are_ended(installation, &sink, &config, &id);
}

/// As somebody does it who looks into the server's log; then everybody has it once.
fn the_doubts_are_ended(installation: &Installation, sink: &Sink, config: &Path, id: &str) {
    let store = installation.store();
    let (wanted, taken) = (id.to_string(), sink.taken());
    let doubts = store.read(move |s| deliver::doubtful(s, &wanted)).wait().unwrap();
    for doubt in doubts {
        let found = if taken.contains_key(&doubt.address) { Found::WasTaken } else { Found::WasNotTaken };
        store.write(By::system(), move |tx| deliver::resolve(tx, &doubt.message_id, found)).wait().unwrap();
    }
    drop(store);
    let served = Served::start_with(installation, config);
    served.wait_until(&installation.store(), |store| state(store, id) == State::Done);
    served.stop();
    let found = counts(&installation.store(), id);
    let taken = sink.taken();
    assert_eq!((found.accepted, found.doubtful), (found.planned, 0));
    assert_eq!(taken.len() as i64, found.planned);
    assert!(taken.values().all(|n| *n == 1), "somebody got two after all");
}

/// A campaign of ten thousand, launched: the worker has to plan and to send.
fn launched(store: &Store) -> String {
    store
        .write(By::system(), |tx| {
            let now = tx.now();
            let people: Vec<Person> = (0..PEOPLE)
                .map(|number| Person {
                    id: tx.new_id("per"),
                    name: format!("P{number}"),
                    given_name: Some(format!("P{number}")),
                    email: Some(format!("p{number}@example.org")),
                    country: Some("DE".to_string()),
                    created_at: now,
                    updated_at: now,
                    ..Person::default()
                })
                .collect();
            people::insert_many(tx, &people)?;
            let rows: Vec<_> = people
                .iter()
                .flat_map(|person| {
                    params![person.id, "marketing", "email", "granted", "consent", now]
                        .map(platform::Param::into_owned)
                })
                .collect();
            let columns = ["person_id", "purpose", "channel", "state", "lawful_basis", "stated_at"];
            tx.insert_rows("consents", &columns, "", &rows).map(drop)
        })
        .wait()
        .unwrap();
    let campaign = store
        .write(By::system(), |tx| {
            firm::state_basis(tx, LawfulBasis::Consent)?;
            let action = firm::action(tx, "Spring", &[])?;
            campaigns::create(tx, &action.id, &content())
        })
        .wait()
        .unwrap();
    firm::allow_small(store, &campaign.action_id);
    let id = campaign.id.clone();
    store
        .write(By::system(), move |tx: &mut Tx<'_>| {
            let checked = campaigns::checked(tx, &campaign.id, campaign.version)?;
            campaigns::approve(tx, &checked.id)?;
            campaigns::launch(tx, &checked.id).map(drop)
        })
        .wait()
        .unwrap();
    id
}

/// The address and the state of every message.
fn states(store: &Store, id: &str) -> Vec<(String, String)> {
    let id = id.to_string();
    let read = store.read(move |s| {
        let sql = "SELECT coalesce(p.email, ''), m.state FROM messages m JOIN people p ON p.id = m.person_id WHERE m.campaign_id = $1";
        s.query(sql, &params![id], |row| Ok((row.get(0)?, row.get(1)?)))
    });
    read.wait().unwrap()
}

/// On a database server several programs share the queue: what a killed one held is free when enough time has passed.
fn time_passes(installation: &Installation) {
    if installation.engine() == Engine::Sqlite {
        return;
    }
    let write = |tx: &mut Tx<'_>| {
        tx.execute("UPDATE jobs SET lease_until = 1 WHERE state = 'running'", &[])?;
        tx.execute("UPDATE messages SET handed_at = 1 WHERE state = 'handed'", &[])
    };
    installation.store().write(By::system(), write).wait().unwrap();
}

fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(300), "what is waited for does not come");
        std::thread::park_timeout(Duration::from_millis(3));
    }
}

fn send(app: &TestApp, id: &str) {
    for deed in ["check", "launch"] {
        let answer = app.post(&format!("/campaigns/{id}/{deed}"), &[]);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{deed}: {}", answer.body);
        app.run_jobs();
    }
}

fn with_server(installation: &Installation, sink: &Sink) -> TestApp {
    let app = TestApp::with(installation, sink.config());
    app.sign_in_as(platform::auth::Role::Owner);
    app
}

fn a_server_that_refuses_half_is_told_by_reason_and_the_others_get_it(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(folder.path(), "half");
    let app = with_server(installation, &sink);
    let (id, _) = campaign(app.store(), 60, content());
    send(&app, &id);
    let found = counts(app.store(), &id);
    assert_eq!(state(app.store(), &id), State::Done);
    assert!(found.refused > 10 && found.accepted > 10, "{found:?}");
    assert_eq!(found.refused + found.accepted, found.planned);
    assert_eq!(sink.taken().len() as i64, found.accepted);
    app.get(&format!("/campaigns/{id}")).ok().shows("No such mailbox");
    let refused: HashMap<_, _> =
        states(app.store(), &id).into_iter().filter(|(_, s)| s == "refused").collect();
    let list = app.get("/suppressions").ok().shows("Does not exist");
    assert!(refused.keys().all(|address| list.body.contains(address.as_str())));
}

fn a_server_that_is_not_there_holds_nobody_up_for_ever(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(folder.path(), "plain");
    let port = sink.port;
    let app = with_server(installation, &sink);
    drop(sink);
    let (id, _) = campaign(app.store(), 60, content());
    send(&app, &id);
    assert_eq!(state(app.store(), &id), State::Sending);
    app.get(&format!("/campaigns/{id}")).ok().shows("cannot be reached; it is tried again by itself");
    let sink = Sink::start_at(folder.path(), "plain", port);
    app.wait(40 * SECOND);
    app.run_jobs();
    let found = counts(app.store(), &id);
    assert_eq!((state(app.store(), &id), found.accepted), (State::Done, found.planned));
    assert_eq!(sink.taken().len() as i64, found.planned);
}

fn a_server_that_says_later_is_asked_again_and_in_the_end_given_up(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(folder.path(), "later");
    let app = with_server(installation, &sink);
    let (id, _) = campaign(app.store(), 60, content());
    send(&app, &id);
    let found = counts(app.store(), &id);
    assert_eq!((found.queued, state(app.store(), &id)), (found.planned, State::Sending));
    for _ in 0..40 {
        app.wait(250 * MINUTE);
        app.run_jobs();
    }
    let found = counts(app.store(), &id);
    assert_eq!((found.refused, state(app.store(), &id)), (found.planned, State::Done));
    app.get(&format!("/campaigns/{id}")).ok().shows("Refused by policy");
}
