//! Every setting of the program, with type, unit, default and meaning; the only place that reads the environment.
//!
//! A command-line flag comes before the environment, the environment before the file, the file before the default. What
//! people change while the program runs (currency, time zone …) is in the database and on the page Settings instead.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cycle::act::deliver::Outgoing;
use cycle::analyze::FactsCache;
use mail::smtp;
use platform::store::Place;
use platform::{Error, Result};
use serde::Deserialize;

/// What the administrator sets once per machine. The file `config.default.toml` shows the same with its defaults.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of everything that the program keeps: the database, files that were handed in, the lock.
    pub data: PathBuf,
    /// Address of a PostgreSQL database, `postgres://user@host/name`. Empty: a file in the data folder (SQLite).
    pub database_url: String,
    /// Address and port on which the pages are served.
    pub listen: SocketAddr,
    /// Address under which browsers reach the program, where that is not `listen`. With https, cookies are sent by
    /// https only.
    pub public_url: String,
    /// Largest file that may be handed in by the browser. **Units:** megabytes (1,000,000 bytes).
    pub max_upload_mb: u64,
    /// Memory that the analyses of a turn may take; they refuse more data than fits, before they begin. 0: half of what the
    /// machine has. **Units:** MiB.
    pub analysis_memory_mb: u64,
    /// Lets another machine read /metrics with `Authorization: Bearer …`. Empty: only this machine may.
    pub metrics_token: String,
    /// How long requests and a running job may go on after the program was told to stop. **Units:** seconds.
    pub stop_within_s: u64,
    /// The mail server that takes our mail. Empty: mail goes to the folder `outbox` in the data folder and to nobody.
    pub smtp_host: String,
    pub smtp_port: u16,
    /// How the way to it is closed to others: starttls, implicit (TLS from the first byte), or plain (this machine only).
    pub smtp_security: SmtpSecurity,
    /// Name and password of the sign-in; an empty name is none. Better give the password in the environment.
    pub smtp_user: String,
    pub smtp_password: String,
    /// Connections at the same time.
    pub smtp_connections: usize,
    /// Mails to one recipient domain. **Units:** a minute; 0 is without limit.
    pub smtp_per_domain_per_minute: u32,
    /// File with certificates in PEM that are believed beside the public ones.
    pub smtp_roots_file: PathBuf,
    /// What we call ourselves to the server: a domain that leads to this machine. Empty: `localhost`.
    pub smtp_hello_name: String,
    /// How long a mail that the server does not take is tried. **Units:** hours.
    pub mail_give_up_after_h: u32,
    /// Where mail that cannot be delivered comes back to; each mail gets a part of its own, `bounces+KEY@…`. Empty: to the
    /// sender of the campaign.
    pub bounce_address: String,
    /// Domain, selector and private key (PEM) with which mail is signed (DKIM). Empty: it is not signed.
    pub dkim_domain: String,
    pub dkim_selector: String,
    pub dkim_key_file: PathBuf,
    /// What is logged: error, warn, info, debug, trace; also per part, as in `info,rondel::request=warn`.
    pub log: String,
    /// Form of the log: text or json (one object per line).
    pub log_format: LogFormat,
    /// For those who change the program: the folder `crates/web/browser` of its sources, so that an edit of a style
    /// sheet shows on reload. Empty: styles come from the program itself.
    pub browser_dir: PathBuf,
}

/// How the way to the mail server is closed to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    StartTls,
    Implicit,
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("rondel-data"),
            database_url: String::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            public_url: String::new(),
            max_upload_mb: 20_000,
            analysis_memory_mb: 0,
            metrics_token: String::new(),
            stop_within_s: 20,
            smtp_host: String::new(),
            smtp_port: 587,
            smtp_security: SmtpSecurity::StartTls,
            smtp_user: String::new(),
            smtp_password: String::new(),
            smtp_connections: 4,
            smtp_per_domain_per_minute: 0,
            smtp_roots_file: PathBuf::new(),
            smtp_hello_name: String::new(),
            mail_give_up_after_h: 48,
            bounce_address: String::new(),
            dkim_domain: String::new(),
            dkim_selector: String::new(),
            dkim_key_file: PathBuf::new(),
            log: "info".to_string(),
            log_format: LogFormat::Text,
            browser_dir: PathBuf::new(),
        }
    }
}

/// The memory of the machine, or of the container that the program runs in where that has less; None where the system does
/// not tell. **Units:** MiB.
fn memory_mib() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let machine = line.split_whitespace().next()?.parse::<u64>().ok()? / 1024;
    let container = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let container = container.and_then(|bytes| bytes.trim().parse::<u64>().ok()).map(|bytes| bytes >> 20);
    Some(container.map_or(machine, |container| container.min(machine)))
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Globals {
    /// Folder of everything that the program keeps [default: ./rondel-data]
    #[arg(long, global = true, value_name = "DIR", env = "RONDEL_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Address of a PostgreSQL database, instead of a file in the data folder
    #[arg(long, global = true, value_name = "URL", env = "RONDEL_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File with settings; `config.default.toml` shows them all
    #[arg(long, global = true, value_name = "FILE", env = "RONDEL_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Folder of the sources of styles, while they are being edited
    #[arg(long, global = true, value_name = "DIR", env = "RONDEL_BROWSER_DIR", hide = true)]
    pub browser_dir: Option<PathBuf>,
    /// Password of the sign-in to the mail server
    #[arg(
        long,
        global = true,
        value_name = "TEXT",
        env = "RONDEL_SMTP_PASSWORD",
        hide = true,
        hide_env_values = true
    )]
    pub smtp_password: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

impl Config {
    /// The settings of a command.
    ///
    /// **Errors** with file, line and name where the file has a setting that does not exist or has the wrong type.
    pub fn load(globals: &Globals) -> Result<Self> {
        let mut config = match &globals.config {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        if let Some(data) = &globals.data {
            config.data.clone_from(data);
        }
        if let Some(url) = &globals.database_url {
            config.database_url.clone_from(url);
        }
        if let Some(password) = &globals.smtp_password {
            config.smtp_password.clone_from(password);
        }
        if let Some(folder) = &globals.browser_dir {
            config.browser_dir.clone_from(folder);
        }
        config.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
        toml::from_str(&text).map_err(|error| Error::file(path, error))
    }

    /// The facts of the analyses, within the memory that they may take.
    pub fn facts(&self) -> FactsCache {
        match self.analysis_memory_mb {
            0 => memory_mib().map_or_else(FactsCache::default, |all| FactsCache::within(all / 2)),
            most => FactsCache::within(most),
        }
    }

    fn check(&self) -> Result<()> {
        let url = &self.database_url;
        if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::invalid("database_url", format!("“{url}” does not begin with postgres://")));
        }
        let public = &self.public_url;
        if !public.is_empty() && !public.starts_with("https://") && !public.starts_with("http://") {
            return Err(Error::invalid(
                "public_url",
                format!("“{public}” does not begin with https:// or http://"),
            ));
        }
        Ok(())
    }

    /// Where the database is.
    pub fn place(&self) -> Place {
        match self.database_url.as_str() {
            "" => Place::File(self.data.join("rondel.db")),
            url => Place::Server(url.to_string()),
        }
    }

    /// True where the data folder holds the database, so that whoever holds the folder is alone with it.
    pub fn is_embedded(&self) -> bool {
        self.database_url.is_empty()
    }

    pub fn files(&self) -> PathBuf {
        self.data.join("files")
    }

    /// Under which address browsers and readers of mails reach the program, without a slash at its end.
    pub fn base_url(&self) -> String {
        match self.public_url.as_str() {
            "" => format!("http://{}", self.listen),
            public => public.trim_end_matches('/').to_string(),
        }
    }

    /// The mail server; None where none is named.
    /// Whether mail goes to the outbox, or to a server on this machine.
    pub fn mail_stays_here(&self) -> bool {
        let host = self.smtp_host.trim_matches(['[', ']']);
        let is_loopback = host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        host.is_empty() || host == "localhost" || is_loopback
    }

    fn smtp(&self) -> Result<Option<smtp::Settings>> {
        if self.smtp_host.is_empty() {
            return Ok(None);
        }
        let security = match self.smtp_security {
            SmtpSecurity::StartTls => smtp::Security::StartTls,
            SmtpSecurity::Implicit => smtp::Security::Implicit,
            SmtpSecurity::Plain => smtp::Security::Plain,
        };
        let roots = &self.smtp_roots_file;
        let extra_roots = match roots.as_os_str().is_empty() {
            true => None,
            false => Some(std::fs::read_to_string(roots).map_err(|error| Error::file(roots, error))?),
        };
        let hello_name = if self.smtp_hello_name.is_empty() { "localhost" } else { &self.smtp_hello_name };
        let login = (!self.smtp_user.is_empty())
            .then(|| smtp::Login { user: self.smtp_user.clone(), password: self.smtp_password.clone() });
        Ok(Some(smtp::Settings {
            login,
            extra_roots,
            max_connections: self.smtp_connections,
            per_domain_per_minute: self.smtp_per_domain_per_minute,
            ..smtp::Settings::new(&self.smtp_host, self.smtp_port, security, hello_name)
        }))
    }

    /// Where mail goes and how.
    ///
    /// **Errors** where a file with a key or certificates cannot be read, or a setting of mail is wrong.
    pub fn outgoing(&self) -> Result<Outgoing> {
        let text = |path: &Path| std::fs::read_to_string(path).map_err(|error| Error::file(path, error));
        let dkim = match self.dkim_key_file.as_os_str().is_empty() {
            true => None,
            false => Some((self.dkim_domain.clone(), self.dkim_selector.clone(), text(&self.dkim_key_file)?)),
        };
        Ok(Outgoing {
            smtp: self.smtp()?,
            dkim,
            bounce_address: self.bounce_address.clone(),
            outbox: self.data.join("outbox"),
            returned: self.data.join("returned"),
            base_url: self.base_url(),
            give_up_after: i64::from(self.mail_give_up_after_h) * platform::clock::HOUR,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = include_str!("../../../config.default.toml");

    #[test]
    fn the_documented_file_holds_every_setting_with_its_default() {
        assert_eq!(toml::from_str::<Config>(SHOWN).unwrap(), Config::default());
        let shown: toml::Table = toml::from_str(SHOWN).unwrap();
        let source = include_str!("config.rs");
        let fields = source.split("pub struct Config {").nth(1).unwrap().split("\n}").next().unwrap();
        for field in fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next()) {
            assert!(shown.contains_key(field), "config.default.toml does not show `{field}`");
        }
    }

    #[test]
    fn mail_of_a_simulation_stays_on_this_machine() {
        let to = |host: &str| Config { smtp_host: host.to_string(), ..Config::default() }.mail_stays_here();
        assert!(["", "localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]"].into_iter().all(to));
        assert!(!["smtp.example.com", "10.0.0.1", "127.0.0.1.example.com", "::2"].into_iter().any(to));
    }

    #[test]
    fn a_setting_that_does_not_exist_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rondel.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nlisten_port = 3\n").unwrap();
        let globals = Globals { config: Some(path), ..Globals::default() };
        let error = Config::load(&globals).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("listen_port"), "{error}");
    }
}
