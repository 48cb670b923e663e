//! `rondel serve`: the pages, the worker and the timetable in one process, until it is told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use platform::ids::IdMaker;
use platform::jobs::Worker;
use platform::{By, Clock, Error, Result, Store, auth};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Outcome, Program};
use crate::app;
use crate::schedule;

/// How often the timetable is looked at.
const TICK: Duration = Duration::from_secs(30);

/// Serve the pages and do the work in the background
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel serve
  rondel --data /srv/rondel serve --listen 0.0.0.0:7070
  rondel --config /etc/rondel.toml serve

  rondel --data play serve --held-clock 2026-01-01T08:00:00Z     for simulations: the time moves when it is told to

Stop it with Ctrl-C or SIGTERM: open requests and the running job may end first.")]
pub(super) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR", env = "RONDEL_LISTEN", hide_env_values = true)]
    listen: Option<SocketAddr>,
    /// Simulate: the clock stands at this time until PUT /api/v1/clock moves it
    #[arg(long, value_name = "TIME")]
    held_clock: Option<String>,
}

impl Serve {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let mut config = program.config.clone();
        config.listen = self.listen.unwrap_or(config.listen);
        let clock = match &self.held_clock {
            None => Clock::System,
            Some(_) if !config.mail_stays_here() => {
                let words = format!(
                    "with a held clock mail may only go to the outbox or to this machine, not to {}: nobody in life shall \
                     get a mail from a simulation; leave smtp_host empty",
                    config.smtp_host
                );
                return Err(Error::invalid("smtp_host", words));
            }
            Some(at) => Clock::held_at(platform::clock::read(at).map_err(|e| Error::invalid("held-clock", e))?),
        };
        platform::quiet::make_pool_quiet();
        let app = app::build(config, clock, IdMaker::random())?;
        serve(program, app, "")
    }
}

/// Serves until the process is told to stop; `note` is printed below the address.
pub(super) fn serve(program: &Program, app: app::App, note: &str) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::database(format!("the program cannot start its threads: {error}")))?;
    let served = runtime.block_on(serve_until_stopped(program, app, note));
    // What was to end has ended, or has had its time.
    runtime.shutdown_background();
    served.map(|()| Outcome::Done)
}

async fn serve_until_stopped(program: &Program, app: app::App, note: &str) -> Result<()> {
    let listen = app.config.listen;
    let stop_within = Duration::from_secs(app.config.stop_within_s);
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Error::invalid("listen", format!("{listen} cannot be listened on: {error}; choose another with --listen"))
    })?;
    let address = listener.local_addr().unwrap_or(listen);
    let worker = Worker::start(&app.store, app.registry.clone());
    let (stop, stopped) = watch::channel(false);
    let timetable = tokio::spawn(keep_timetable(app.store.clone(), stopped.clone()));
    tokio::spawn(async move {
        wait_for_stop().await;
        stop.send_replace(true);
        wait_for_stop().await;
        // Told twice: somebody does not want to wait. What is cut off goes on at the next start.
        std::process::exit(130);
    });
    greet(program, &app, address, note).await?;

    let requests = tokio::spawn(web::serve(listener, app.web.clone(), until(stopped.clone())));
    until(stopped).await;
    tracing::info!("stopping: open requests and the running job may end within {} s", stop_within.as_secs());
    let work = tokio::task::spawn_blocking(move || worker.stop());
    let ended = async {
        let (requests, timetable, work) = (requests.await, timetable.await, work.await);
        requests.is_ok() && timetable.is_ok() && work.is_ok()
    };
    match tokio::time::timeout(stop_within, ended).await {
        Ok(true) => tracing::info!("stopped"),
        Ok(false) => tracing::error!("stopped, after an internal error"),
        Err(_) => tracing::warn!("stopped before everything had ended; it goes on at the next start"),
    }
    Ok(())
}

async fn greet(program: &Program, app: &app::App, address: SocketAddr, note: &str) -> Result<()> {
    let url = match app.config.public_url.as_str() {
        "" => format!("http://{address}"),
        public => public.to_string(),
    };
    let nobody = app.store.read(auth::is_empty).await?;
    let first = match (nobody, address.ip().is_loopback()) {
        (false, _) => "",
        (true, true) => "\nNobody has been added yet: open the address and add the first user.",
        (true, false) => "\nNobody has been added yet: run `rondel user add EMAIL --name NAME --role owner` first.",
    };
    let ready_ms = program.started.elapsed().as_micros() as f64 / 1000.0;
    tracing::info!(%address, ready_ms, "serving");
    let held_at = app.store.clock().is_held().then(|| platform::clock::in_words(app.store.now()));
    let json = json!({ "url": url, "listen": address.to_string(), "data": app.config.data, "setup": nobody,
                       "ready_ms": ready_ms, "held_at": held_at });
    let held = held_at.map(|at| format!("\nSimulated time: the clock stands at {at}.")).unwrap_or_default();
    program.answer(&json, &format!("Rondel serves on {url}{held}{first}{note}"));
    Ok(())
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a reason to stop as well.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Ctrl-C or SIGTERM.
async fn wait_for_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}

async fn keep_timetable(store: Store, stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = until(stopped.clone()) => return,
        }
        if let Err(error) = store.write(By::system(), schedule::tick).await {
            tracing::error!(%error, "the timetable could not be looked at");
        }
    }
}
