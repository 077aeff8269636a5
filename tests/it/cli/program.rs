//! The real program, run as people run it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// A directory in which the program runs, with no settings from the outside.
pub struct Program {
    dir: TempDir,
    server: Option<String>,
}

/// What a run left behind.
pub struct Run {
    words: String,
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    pub fn new() -> Program {
        Program { dir: TempDir::new().unwrap(), server: None }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The address of the server that was started last.
    pub fn server(&self) -> &str {
        self.server.as_deref().unwrap()
    }

    pub fn talk_to(&mut self, server: &str) {
        self.server = Some(server.to_owned());
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_civbank"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CIVBANK_") {
                command.env_remove(name);
            }
        }
        if let Some(server) = &self.server {
            command.env("CIVBANK_SERVER", server);
        }
        command.current_dir(self.dir()).args(split(words)).stdin(Stdio::null());
        command
    }

    /// Runs the words; quotes keep blanks together.
    pub fn run(&self, words: &str) -> Run {
        let Output { status, stdout, stderr } = self.command(words).output().unwrap();
        Run {
            words: words.to_owned(),
            status: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Runs the words without a word about which server.
    pub fn run_without_server(&self, words: &str) -> Run {
        let Output { status, stdout, stderr } =
            self.command(words).env_remove("CIVBANK_SERVER").output().unwrap();
        Run {
            words: words.to_owned(),
            status: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Runs words that have to succeed.
    pub fn ok(&self, words: &str) -> Run {
        let run = self.run(words);
        assert_eq!(run.status, 0, "{words}\n{}{}", run.stdout, run.stderr);
        run
    }

    /// Runs words that have to succeed, with `--json`.
    pub fn json(&self, words: &str) -> Value {
        let run = self.ok(&format!("{words} --json"));
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{words}: {error}\n{}", run.stdout))
    }

    /// Writes a command that has to be accepted; its entry's index.
    pub fn entry(&self, words: &str) -> u64 {
        self.json(words)["index"].as_u64().unwrap()
    }

    /// Starts a server (`serve` or `demo`, with `--json` and a port of its own) and waits until it serves.
    pub fn serve(&mut self, words: &str) -> Server {
        self.start(&format!("{words} --listen 127.0.0.1:0 --log warn"), Stdio::inherit())
    }

    /// Starts a server with these words and no others but `--json`, whose log is read line by line.
    pub fn serve_and_listen(&mut self, words: &str) -> (Server, Log) {
        let mut server = self.start(words, Stdio::piped());
        let stderr = BufReader::new(server.child.stderr.take().unwrap());
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        (server, Log { lines })
    }

    /// As [`Program::serve`], with its log elsewhere.
    pub fn serve_and_log(&mut self, words: &str, filter: &str, log: Stdio) -> Server {
        self.start(&format!("{words} --listen 127.0.0.1:0 --log {filter}"), log)
    }

    fn start(&mut self, words: &str, stderr: Stdio) -> Server {
        let words = format!("{words} --json");
        let mut child = self.command(&words).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{words}: {error}: {line}"));
        self.talk_to(said["serving"].as_str().unwrap());
        Server { child }
    }
}

impl Run {
    /// Refused or failed (1), or usage (2), with these words on stderr and nothing on stdout.
    pub fn says(&self, status: i32, words: &[&str]) {
        assert_eq!(self.otherwise(status, words), None);
    }

    /// What is otherwise than [`Run::says`] wants it.
    pub fn otherwise(&self, status: i32, words: &[&str]) -> Option<String> {
        let said = words.iter().all(|word| self.stderr.contains(word));
        let right = self.status == status && self.stdout.is_empty() && said;
        (!right).then(|| {
            format!(
                "{}\nexit {}, wanted {status} {words:?}\n{}{}",
                self.words, self.status, self.stdout, self.stderr
            )
        })
    }
}

/// A server that ends with the test.
pub struct Server {
    child: Child,
}

impl Server {
    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) {
        self.signal("-TERM");
        assert!(self.child.wait().unwrap().success());
    }

    /// SIGHUP: asks it to read its certificate again.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

/// What a server logs.
pub struct Log {
    lines: mpsc::Receiver<String>,
}

impl Log {
    /// The next line that holds all of these words.
    pub fn says(&self, words: &[&str]) -> String {
        let mut before = String::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(20)) {
                Ok(line) if words.iter().all(|word| line.contains(word)) => return line,
                Ok(line) => before = before + &line + "\n",
                Err(error) => panic!("{words:?} is not logged ({error}):\n{before}"),
            }
        }
    }
}

impl Server {
    /// `kill -9`: ends it in the middle of whatever it does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Words at blanks, except inside double quotes.
pub fn split(words: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, part) in words.split('"').enumerate() {
        if at % 2 == 1 {
            out.push(part.to_owned());
        } else {
            out.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    out
}
