//! One chromedriver for all tests of a run, on a port of its own. It ends with the process that runs the tests,
//! however that ends: a shell beside it reads the pipe whose other end the tests hold.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Starts both, and ends them once its input ends, with the browsers' profiles. Signals go to its own group, which is
/// the driver and its browsers.
const SHELL: &str = "chromedriver --port=0 & cat >/dev/null; trap '' TERM; kill -TERM 0; wait; \
                     rm -rf \"$1\"; kill -KILL 0";

struct Driver {
    port: u16,
    /// Where browsers' profiles lie.
    profiles: PathBuf,
    /// Its input ends with this process.
    _shell: Child,
}

/// The port, and where browsers' profiles lie until the run ends; none where there is no browser, which is said aloud.
pub fn port() -> Option<(u16, PathBuf)> {
    static DRIVER: OnceLock<Option<Driver>> = OnceLock::new();
    DRIVER.get_or_init(start).as_ref().map(|driver| (driver.port, driver.profiles.clone()))
}

fn start() -> Option<Driver> {
    for program in ["chromium", "chromedriver"] {
        if let Err(error) = Command::new(program).arg("--version").output() {
            let message = format!("{program}: {error}");
            let must = std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_some_and(|must| must == "1");
            assert!(!must, "{message}");
            // Straight to stderr: the test runner would keep `eprintln!` to itself.
            let _ = writeln!(std::io::stderr(), "\nSKIPPED the pages in a browser: {message}");
            return None;
        }
    }
    let profiles = tempfile::tempdir().expect("a directory").keep();
    let mut driver = Command::new("setsid")
        .args(["sh", "-c", SHELL, "sh"])
        .arg(&profiles)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a driver");
    let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
    let port = loop {
        let line = lines.next().expect("a line that names the port").expect("UTF-8");
        if let Some((_, port)) = line.split_once("successfully on port ") {
            break port.trim_end_matches('.').parse().expect("a port");
        }
    };
    // Whatever else it says is read away: a full pipe would stop it.
    std::thread::spawn(move || lines.for_each(drop));
    Some(Driver { port, profiles, _shell: driver })
}
