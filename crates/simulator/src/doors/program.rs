//! A fresh product as a process of its own: its folder, its owner, its token, its held clock.

use super::http::{Client, Refusal};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Who the simulator is to the product.
const EMAIL: &str = "simulator@rondel.example";

/// Where the product's program is.
#[derive(Clone, Debug)]
pub struct Where(PathBuf);

impl Where {
    /// The given program, or the one beside this process' own.
    ///
    /// **Errors** with what to do where there is none.
    pub fn find(given: Option<&Path>) -> Result<Where, String> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => {
                let own = std::env::current_exe().map_err(|error| format!("no path of my own: {error}"))?;
                own.with_file_name(format!("rondel{}", std::env::consts::EXE_SUFFIX))
            }
        };
        match path.is_file() {
            true => Ok(Where(path)),
            false => Err(format!(
                "the program is not at {}: build it with `cargo build --release -p rondel`, or name it with --rondel PATH",
                path.display()
            )),
        }
    }

    /// Runs a command of the product; its answer as JSON.
    pub fn run(&self, data: &Path, words: &[&str]) -> Result<Value, String> {
        let mut command = self.command(data);
        let done = command.args(words).output().map_err(|error| format!("{}: {error}", self.0.display()))?;
        let said = String::from_utf8_lossy(&done.stdout);
        let answer = serde_json::from_str(said.trim()).unwrap_or(Value::Null);
        match done.status.success() {
            true => Ok(answer),
            false => Err(format!(
                "`rondel {}` fails: {said}{}",
                words.join(" "),
                String::from_utf8_lossy(&done.stderr)
            )),
        }
    }

    fn command(&self, data: &Path) -> Command {
        let mut command = Command::new(&self.0);
        // Nothing of the machine's own settings.
        command.env_clear().arg("--data").arg(data).arg("--json");
        command
    }
}

/// A product that serves; it ends with this value.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// What it wrote beside the answers is read away, so that it never waits for a reader.
    pub client: Client,
}

impl Program {
    /// Makes a product in an empty folder, with its clock held at `at`.
    pub fn start(program: &Where, data: &Path, at: &str) -> Result<Program, String> {
        program.run(data, &["user", "add", EMAIL, "--name", "Simulator", "--role", "owner"])?;
        let token = program.run(data, &["user", "token", EMAIL, "--name", "world", "--role", "owner"])?;
        let token = token["token"].as_str().or(token["secret"].as_str());
        let token = token.ok_or("the command `user token` tells no token")?.to_owned();
        let mut child = program
            .command(data)
            .args(["serve", "--listen", "127.0.0.1:0", "--held-clock", at])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the program does not start: {error}"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let told: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
        let Some(address) = told["listen"].as_str() else {
            child.kill().ok(); // it may have ended already
            child.wait().ok();
            return Err(format!("the program does not serve: {line}"));
        };
        let client = Client::new(address, token);
        Ok(Program { child, client })
    }

    /// Moves the clock; comes back when everything that became due is done.
    pub fn move_clock(&mut self, at: &str) -> Result<(), Refusal> {
        let path = "/clock";
        let stands = self.client.put(path, &json!({ "at": at, "wait_s": 600 }))?;
        match stands["is_idle"] == true {
            true => Ok(()),
            false => {
                Err(Refusal::Lacks { path: path.to_owned(), wanted: "rest", answer: stands.to_string() })
            }
        }
    }

    /// Waits until the background has nothing to do.
    pub fn wait(&mut self) -> Result<(), Refusal> {
        self.client.get("/clock?wait_s=600").map(drop)
    }

    /// Imports a file and waits for it; the import's record.
    pub fn import(&mut self, kind: &str, name: &str, content: &[u8]) -> Result<Value, Refusal> {
        let made = self.client.hand_in("/imports", &[("kind", kind)], name, content)?;
        let id = made["id"].as_str().unwrap_or_default();
        self.client.post(&format!("/imports/{id}/run"), &json!({}))?;
        self.wait()?;
        let done = self.client.get(&format!("/imports/{id}"))?;
        match done["state"] == "done" {
            true => Ok(done),
            false => {
                Err(Refusal::Lacks { path: name.to_owned(), wanted: "a good end", answer: done.to_string() })
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended already
        self.child.wait().ok();
    }
}
