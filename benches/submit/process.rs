//! Processes of one run: this program again, in a role, spoken to in lines of JSON over its standard input and
//! output. A child ends when its standard input closes, so no run leaves one behind.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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
}

impl Role {
    const ALL: [(Role, &'static str); 4] = [
        (Role::Make, "--role=make"),
        (Role::Bank, "--role=bank"),
        (Role::Null, "--role=null"),
        (Role::Client, "--role=client"),
    ];
}

/// The role that the arguments name first, and what follows it.
pub fn role(given: &[String]) -> Option<(Role, &[String])> {
    let (first, rest) = given.split_first()?;
    Role::ALL.iter().find(|(_, flag)| flag == first).map(|(role, _)| (*role, rest))
}

/// A child in its role.
pub struct Process {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this program again.
    pub fn start(role: Role, args: &[&str]) -> anyhow::Result<Process> {
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
        // After `end` there is nothing left to stop; on the way out of a failure there is.
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
