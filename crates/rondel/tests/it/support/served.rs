//! The built program as a process of its own, serving on a free port: for what only a real process shows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use platform::Store;

use super::Installation;

/// Longer than anything takes that a test waits for, even on a busy machine.
const AT_MOST: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// `rondel serve`, listening; killed with this value.
pub struct Served {
    child: Child,
    /// `127.0.0.1:41234`
    pub address: String,
}

impl Served {
    /// Comes back when the program listens.
    pub fn start(installation: &Installation) -> Self {
        Self::run(installation.rondel())
    }

    /// The same with a file of settings.
    pub fn start_with(installation: &Installation, config: &Path) -> Self {
        let mut command = installation.rondel();
        command.arg("--config").arg(config);
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        command.args(["--json", "serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("\"listen\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let Some(address) = address.map(str::to_string) else {
            let mut words = String::new();
            child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
            panic!("the program does not serve: {line}{words}");
        };
        Self { child, address }
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Status line, headers and body of a page.
    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits until something is so in the database; fails where the program ends before, or does not come to it.
    pub fn wait_until(&self, store: &Store, is_so: impl Fn(&Store) -> bool) {
        let begun = Instant::now();
        while !is_so(store) {
            assert!(begun.elapsed() < AT_MOST, "what is waited for does not come");
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Asks it to stop (SIGTERM) and waits until it has; with what it had logged.
    pub fn stop(mut self) -> (ExitStatus, String) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended already
        self.child.wait().ok();
    }
}
