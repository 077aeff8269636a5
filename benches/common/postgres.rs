//! A PostgreSQL of the run's own: a new cluster of the system's package beside the bank's directory, spoken to over
//! a Unix socket, its settings the package's own (so `fsync` is on) but for as many connections as the widest load
//! has. Ends, and leaves nothing, when whoever started this process closes its input.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;

use super::process::say;

/// Where Debian puts it, a directory for each version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// Who runs it where this program is run by root, which it refuses. Both names are usual.
const OWNERS: [&str; 2] = ["postgres", "nobody"];
/// Most connections: 256 clients, and some to spare. The default is 100.
const CONNECTIONS: &str = "max_connections=300";
/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose processes these are, where it must not be root.
type Owner = Option<(u32, u32)>;

/// Starts it in the directory that the arguments name and says `{"socket": …}`, or `{"missing": …}` where there is
/// none at hand; then waits until its input is closed.
pub fn serve(args: &[String]) -> anyhow::Result<()> {
    let dir = Path::new(args.first().context("a directory")?);
    let Some(bin) = newest() else {
        say(&json!({ "missing": format!("nothing at {PACKAGES}") }))?;
        return wait();
    };
    let mut server = match Server::start(&bin, dir) {
        Ok(server) => server,
        Err(error) => {
            say(&json!({ "missing": format!("{error:#}") }))?;
            return wait();
        }
    };
    say(&json!({ "socket": server.socket.path() }))?;
    wait()?;
    server.stop()
}

fn wait() -> anyhow::Result<()> {
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    Ok(())
}

/// The programs of the newest version that is installed.
fn newest() -> Option<PathBuf> {
    let version = |path: &PathBuf| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let dirs = fs::read_dir(PACKAGES).ok()?.flatten().map(|dir| dir.path().join("bin"));
    dirs.filter(|bin| ["initdb", "postgres", "pg_ctl"].iter().all(|name| bin.join(name).exists()))
        .max_by_key(version)
}

struct Server {
    child: Child,
    bin: PathBuf,
    data: PathBuf,
    owner: Owner,
    /// Short: a socket's path has 107 bytes at most.
    socket: tempfile::TempDir,
}

impl Server {
    fn start(bin: &Path, dir: &Path) -> anyhow::Result<Server> {
        let is_root = fs::metadata(dir)?.uid() == 0;
        let owner = is_root.then(owner).transpose()?;
        // The other user must be let through to its own directory.
        fs::set_permissions(dir, fs::Permissions::from_mode(0o711))?;
        let data = dir.join("postgres");
        fs::create_dir(&data)?;
        let socket = tempfile::tempdir()?;
        for path in [data.as_path(), socket.path()] {
            if let Some((user, group)) = owner {
                chown(path, Some(user), Some(group))?;
            }
        }
        let made = program(bin, "initdb", owner)
            .arg("--pgdata")
            .arg(&data)
            .args(["--username=bench", "--auth=trust", "--encoding=UTF8", "--no-locale"])
            .output()?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
        let child = program(bin, "postgres", owner)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(socket.path())
            .args(["-c", "listen_addresses=", "-c", CONNECTIONS])
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.join("postgres.log"))?)
            .spawn()?;
        let (bin, start) = (bin.to_owned(), Instant::now());
        let mut server = Server { child, bin, data, owner, socket };
        while !server.is_ready()? {
            if let Some(status) = server.child.try_wait()? {
                bail!("postgres ended: {status}");
            }
            if start.elapsed() > PATIENCE {
                server.stop()?;
                bail!("postgres does not begin");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn is_ready(&self) -> anyhow::Result<bool> {
        let mut asked = program(&self.bin, "pg_isready", self.owner);
        Ok(asked.arg("--quiet").arg("--host").arg(self.socket.path()).status()?.success())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        let mut stop = program(&self.bin, "pg_ctl", self.owner);
        stop.arg("-D").arg(&self.data).args(["-m", "fast", "-w", "stop"]).stdout(Stdio::null());
        let stopped = stop.status()?.success();
        if !stopped {
            self.child.kill()?;
        }
        self.child.wait()?;
        Ok(())
    }
}

fn program(bin: &Path, name: &str, owner: Owner) -> Command {
    let mut command = Command::new(bin.join(name));
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    // What the caller set for another server must not lead this one astray, nor may its directory be closed to it.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// User and group of the first of [`OWNERS`] that the system knows.
fn owner() -> anyhow::Result<(u32, u32)> {
    let known = fs::read_to_string("/etc/passwd")?;
    let of = |name: &&str| {
        let line = known.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    OWNERS.iter().find_map(of).context("no user but root to run PostgreSQL as")
}
