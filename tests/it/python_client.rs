//! The client in another language: `examples/python/terminal.py`, which knows the bank only by its `.proto`
//! files, at the counter of a real server.
//!
//! Needs python3 with what `examples/python/requirements.txt` lists; `CIVBANK_PYTHON` names another interpreter.
//! Where that is missing the tests say so on stderr and do nothing, unless `CIVBANK_TESTS_MUST_RUN=1`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use crate::it::certificates::{Ca, Kind};

/// Longest wait for a demo to be made: an unoptimised build on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(300);

#[test]
fn the_terminal_stands_its_own_checks() {
    let Some(python) = python() else { return };
    let output = terminal(&python).arg("--self-test").output().expect("python runs");
    assert!(said(&output).starts_with("自检通过"), "{output:?}");
}

/// One server for both: a demo takes its seconds to be made.
#[test]
fn a_terminal_that_knows_only_the_proto_serves_at_a_real_bank() {
    let Some(python) = python() else { return };
    let mut demo = Demo::start();
    goods_are_paid_once_and_the_receipt_holds(&demo, &python);
    refusals_reach_the_customer_and_cost_nothing(&demo, &python);
    under_tls_it_is_the_same_bank(&mut demo, &python);
}

fn under_tls_it_is_the_same_bank(demo: &mut Demo, python: &Path) {
    let before = after(&said(&demo.serve(python, &[])), "可兑积分：").to_owned();
    let ca = Ca::new("the town's");
    ca.issue(&["127.0.0.1"], Kind::Server).write(demo.dir.path(), "server");
    std::fs::write(demo.dir.path().join("ca.pem"), ca.pem()).expect("a file");
    demo.restart(&["--tls-cert", "server.pem", "--tls-key", "server.key"]);
    assert!(demo.url.starts_with("https://"), "{}", demo.url);
    assert_eq!(after(&said(&demo.serve(python, &[])), "可兑积分："), before);
    // Whoever does not trust the town's CA is served by nobody.
    std::fs::write(demo.dir.path().join("ca.pem"), Ca::new("another").pem()).expect("a file");
    let refused = demo.serve(python, &[]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

fn goods_are_paid_once_and_the_receipt_holds(demo: &Demo, python: &Path) {
    let before: i64 = after(&said(&demo.serve(python, &[])), "可兑积分：").parse().expect("a balance");
    assert!(before >= 10, "the demo's first household has {before} points, too few for two eggs");

    let receipts = demo.dir.path().join("receipts");
    let receipts = receipts.to_str().expect("a plain path");
    let shopping = said(&demo.serve(python, &["--goods", "egg=2", "--save-receipt", receipts]));
    assert_eq!(after(&shopping, "现有可兑积分："), (before - 10).to_string(), "{shopping}");
    let index = after(&shopping, "已入账：第 ").split(' ').next().expect("a number").to_owned();
    assert!(shopping.contains(&format!("同样的字节再发一次：还是第 {index} 条，没有再扣分")), "{shopping}");
    // Four checks of the receipt, once for each answer.
    assert_eq!(shopping.matches('✓').count(), 8, "{shopping}");

    // A second opinion on the same receipt, and on the key that the terminal was told.
    let vkey = after(&shopping, "日志公钥：").split('（').next().expect("a key").to_owned();
    let proof = format!("{receipts}/{index}.tlog-proof");
    let leaf = format!("{receipts}/{index}.leaf");
    let verify = ["verify-proof", &proof, "--leaf", &leaf, "--vkey", &vkey];
    let ours = civbank().args(verify).output().expect("it runs");
    assert!(ours.status.success(), "{ours:?}");
    let pinned = said(&demo.serve(python, &["--vkey", &vkey]));
    assert_eq!(after(&pinned, "可兑积分："), (before - 10).to_string());
}

fn refusals_reach_the_customer_and_cost_nothing(demo: &Demo, python: &Path) {
    let before = after(&said(&demo.serve(python, &[])), "可兑积分：").to_owned();
    for (asked, reasons) in [
        (vec!["--goods", "egg=1", "--pin", "0000"], &["PIN_WRONG"][..]),
        (vec!["--goods", "egg=1000"], &["OUT_OF_STOCK", "MONTH_LIMIT_REACHED", "INSUFFICIENT_POINTS"][..]),
    ] {
        let refused = demo.serve(python, &asked);
        assert_eq!(refused.status.code(), Some(1), "{asked:?}: {refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        let (reason, text) = told.split_once('：').expect("reason and text");
        assert!(reasons.contains(&reason), "{asked:?}: {told}");
        assert!(text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "no Chinese: {told}");
    }
    assert_eq!(after(&said(&demo.serve(python, &[])), "可兑积分："), before);
    let forged = demo.serve(python, &["--vkey", "civbank.example/other+00000000+AAAA", "--goods", "egg=1"]);
    assert_eq!(forged.status.code(), Some(1), "{forged:?}");
    assert_eq!(after(&said(&demo.serve(python, &[])), "可兑积分："), before);
}

/// A demo bank in a process of its own; ends with the test.
struct Demo {
    server: Child,
    url: String,
    dir: TempDir,
}

impl Demo {
    fn start() -> Demo {
        Demo::in_dir(TempDir::new().expect("a directory"), &[])
    }

    /// Ends the server and starts another in the same directory.
    fn restart(&mut self, more: &[&str]) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let nowhere = TempDir::new().expect("a directory");
        let dir = std::mem::replace(&mut self.dir, nowhere);
        *self = Demo::in_dir(dir, more);
    }

    fn in_dir(dir: TempDir, more: &[&str]) -> Demo {
        let errors = std::fs::File::create(dir.path().join("stderr")).expect("a file");
        let server = civbank()
            .args(["demo", "--json", "--listen", "127.0.0.1:0", "--dir"])
            .arg(dir.path().join("bank"))
            .args(more)
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the server starts");
        // Held from here on, so that a panic below ends the server too.
        let mut demo = Demo { server, url: String::new(), dir };
        let stdout = demo.server.stdout.take().expect("it is piped");
        let (tell, told) = mpsc::channel();
        // Reads on to the end: a server whose output nobody reads would come to a halt.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                if let Some(url) = said["serving"].as_str() {
                    let _ = tell.send(url.to_owned());
                }
            }
        });
        demo.url = told.recv_timeout(READY_WITHIN).unwrap_or_else(|_| {
            let errors = std::fs::read_to_string(demo.dir.path().join("stderr")).unwrap_or_default();
            panic!("the demo does not say where it serves; stderr: {errors}")
        });
        demo
    }

    /// One errand of the first household of village 1 at its village's terminal.
    fn serve(&self, python: &Path, more: &[&str]) -> Output {
        let bank = self.dir.path().join("bank");
        terminal(python)
            .args(["--server", &self.url])
            .arg("--terminal-key")
            .arg(bank.join("keys/v1-terminal.pem"))
            .arg("--passbook")
            .arg(bank.join("passbooks/v1-00001.txt"))
            .args(more)
            // Only asked under https.
            .env("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", self.dir.path().join("ca.pem"))
            .output()
            .expect("python runs")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Both fail only where the server has ended by itself, and then the test has said why.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn civbank() -> Command {
    Command::new(env!("CARGO_BIN_EXE_civbank"))
}

fn terminal(python: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python/terminal.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null());
    command
}

/// An interpreter with everything that the terminal imports; none: the tests cannot run here.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("CIVBANK_PYTHON").unwrap_or_else(|| "python3".into()));
    let imports = "import grpc, grpc_tools.protoc, google.rpc.error_details_pb2, nacl.signing";
    let problem = match Command::new(&python).args(["-c", imports]).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => return Some(python),
        Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!(
        "{} cannot run examples/python/terminal.py: {problem} (see examples/python/requirements.txt)",
        python.display()
    );
    assert!(std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_none_or(|must| must != "1"), "{message}");
    // Straight to stderr: the test runner would keep `eprintln!` to itself.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED the Python client: {message}");
    None
}

/// What was printed by an errand that went well.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The rest of the line that begins with `start`.
fn after<'a>(text: &'a str, start: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_else(|| panic!("no line begins with {start:?}:\n{text}"))
}
