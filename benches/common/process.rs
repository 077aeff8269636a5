//! Processes of one run: this program again, in a role, spoken to in lines of JSON over its standard input and
//! output. A child ends when its standard input closes, so no run leaves one behind.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Makes the town and ends.
    Make,
    /// Serves the bank.
    Bank,
    /// Serves the null service.
    Null,
    /// Sends redemptions.
    Client,
    /// Runs a PostgreSQL of its own.
    Postgres,
    /// Lets a bank grow, and ends.
    Grow,
}

impl Role {
    const ALL: [(Role, &'static str); 6] = [
        (Role::Make, "--role=make"),
        (Role::Bank, "--role=bank"),
        (Role::Null, "--role=null"),
        (Role::Client, "--role=client"),
        (Role::Postgres, "--role=postgres"),
        (Role::Grow, "--role=grow"),
    ];
}

/// The role that the arguments name first, and what follows it.
pub fn role(given: &[String]) -> Option<(Role, &[String])> {
    let (first, rest) = given.split_first()?;
    Role::ALL.iter().find(|(_, flag)| flag == first).map(|(role, _)| (*role, rest))
}

/// The value of `--name=value` among the arguments.
pub fn option<'a>(given: &'a [String], name: &str) -> Option<&'a str> {
    given.iter().find_map(|arg| arg.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
}

/// The number that `--name=number` gives.
pub fn number<T: std::str::FromStr>(given: &[String], name: &str) -> anyhow::Result<Option<T>> {
    option(given, name)
        .map(|text| text.parse().map_err(|_| anyhow::anyhow!("--{name}={text}: not a number in range")))
        .transpose()
}

/// Whether `--name` is among the arguments.
pub fn flag(given: &[String], name: &str) -> bool {
    given.iter().any(|arg| arg.strip_prefix("--") == Some(name))
}

/// Whether a tiny run is wanted. Cargo gives `--bench` to a benchmark and nothing to a test of one.
pub fn is_smoke(given: &[String]) -> bool {
    flag(given, "smoke") || !flag(given, "bench")
}

/// How long a child may take to end once its input is closed, on the way out of a failure.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// A child in its role.
pub struct Process {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this program again.
    pub fn start<A: AsRef<std::ffi::OsStr>>(role: Role, args: &[A]) -> anyhow::Result<Process> {
        let flag = Role::ALL.iter().find(|(known, _)| *known == role).map_or("", |(_, flag)| flag);
        let mut child = Command::new(std::env::current_exe()?)
            .arg(flag)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {role:?}"))?;
        let to = child.stdin.take();
        let from = child.stdout.take().context("the child has an output")?;
        Ok(Process { child, to, from: BufReader::new(from) })
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it says.
    pub fn hear(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            bail!("a process of the benchmark ended early");
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, question: &Value) -> anyhow::Result<Value> {
        let to = self.to.as_mut().context("the child listens")?;
        writeln!(to, "{question}")?;
        to.flush()?;
        self.hear()
    }

    /// Closes its input and waits for its orderly end.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.to = None;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("a process of the benchmark failed: {status}") }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After `end` there is nothing left to stop; on the way out of a failure there is. A child that has one of
        // its own gets the time to stop it.
        self.to = None;
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < END_PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says one line to whoever started this process.
pub fn say(answer: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}

/// Waits until whoever started this process closes its input.
pub async fn told_to_end() {
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().count());
    let _ = closed.await;
}
