//! strace as a tool that breaks things: lists the calls by which a program writes, and makes one of them fail.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Calls that change a file, a name, or what is durable; opening is among them because it makes files.
const CALLS: &str = "openat,?mkdir,mkdirat,write,pwrite64,writev,pwritev,ftruncate,fallocate,fsync,fdatasync,\
                     sync_file_range,?rename,?renameat,renameat2,?unlink,unlinkat,?rmdir";

/// One call that a program made on one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// As strace names it.
    pub name: String,
    /// The file, absolute.
    pub path: String,
    /// Which of the thread's calls of this name on this file, from 1.
    pub nth: u32,
}

/// How a call is made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does nothing and reports an error of the device.
    Eio,
    /// It does nothing and reports a full disk.
    Enospc,
    /// It does nothing: the process is killed on entering it.
    Kill,
}

pub const FAULTS: [Fault; 3] = [Fault::Eio, Fault::Enospc, Fault::Kill];

impl Fault {
    pub fn name(self) -> &'static str {
        match self {
            Fault::Eio => "EIO",
            Fault::Enospc => "ENOSPC",
            Fault::Kill => "SIGKILL",
        }
    }
}

/// What strace is told: list everything that writes, or fail one call.
pub fn arguments(log: &Path, failing: Option<(&Call, Fault)>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-f", "-y", "-s", "1", "-o"].map(OsString::from).into();
    arguments.push(log.into());
    match failing {
        None => arguments.push(format!("--trace={CALLS}").into()),
        Some((Call { name, path, nth }, fault)) => {
            let how = match fault {
                Fault::Kill => "signal=KILL".to_owned(),
                error => format!("error={}", error.name()),
            };
            arguments.extend(["-P".into(), path.into(), format!("--trace={name}").into()]);
            arguments.push(format!("--inject={name}:{how}:when={nth}").into());
        }
    }
    arguments
}

/// The writing calls of a log on files under `dir`, each once, in the order in which they came.
pub fn calls(log: &str, dir: &Path) -> Vec<Call> {
    let mut seen: BTreeMap<(&str, &str, &str), u32> = BTreeMap::new();
    let mut found = Vec::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim_start();
        let Some((name, arguments)) = rest.split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let Some(path) = path_of(arguments).filter(|path| Path::new(path).starts_with(dir)) else { continue };
        let nth = seen.entry((thread, name, path)).or_default();
        *nth += 1;
        let only_reads =
            name == "openat" && !arguments.contains("O_CREAT") && !arguments.contains("O_WRONLY");
        let is_dir = Path::new(path).extension().is_none() && Path::new(path).is_dir();
        let call = Call { name: name.to_owned(), path: path.to_owned(), nth: *nth };
        if (!only_reads || is_dir) && !found.contains(&call) {
            found.push(call);
        }
    }
    found
}

/// The file that a call is about: that of its descriptor (`3</path>`), else its first name in quotes.
fn path_of(arguments: &str) -> Option<&str> {
    let by_descriptor = arguments.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('<');
    match by_descriptor {
        Some(rest) => rest.split_once('>').map(|(path, _)| path),
        None => arguments.split('"').nth(1),
    }
}

/// Whether the log shows that the fault came to pass.
pub fn has_struck(log: &str) -> bool {
    log.contains("(INJECTED)") || log.contains("killed by SIGKILL")
}

/// Whether strace may be used here; where it may not, says so, or fails if tests must run.
pub fn is_usable() -> bool {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let problem = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!("strace cannot be used: {problem}");
    assert!(std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_none_or(|must| must != "1"), "{message}");
    // Straight to stderr: the test runner would keep `eprintln!` to itself.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED the sweep of system calls: {message}");
    false
}
