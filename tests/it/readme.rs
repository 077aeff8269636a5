//! The README's session, run as it is written, by a shell, against a demo that the README's first command made.
//! Both languages carry the same commands.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const README: &str = include_str!("../../README.md");
const README_ZH: &str = include_str!("../../README.zh-CN.md");
/// The line that sets the reader's shell up; here the program and the port are others.
const SET_UP: &str = "export PATH=\"$PWD/target/release:$PATH\" CIVBANK_SERVER=http://127.0.0.1:7070";

/// Lines of the `sh` block, without comments.
fn session(readme: &str) -> Vec<&str> {
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let block = block.expect("a block of sh");
    block.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// A demo that ends with the test.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `civbank demo` in a directory and answers the address it serves on.
fn start_demo(dir: &Path) -> (Demo, String) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_civbank"))
        .args(["demo", "--json", "--listen", "127.0.0.1:0"])
        .current_dir(dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = demo.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let said: serde_json::Value = serde_json::from_str(&line).expect("json");
    let url = said["serving"].as_str().expect("an address").to_owned();
    for office in ["cashier", "committee", "liaison", "officer"] {
        let link = said["invitations"][office].as_str().expect("a link for visitors");
        assert!(link.starts_with(&format!("{url}/join#")), "{link}");
    }
    let resident = said["resident"].as_str().expect("a link for visitors");
    assert!(resident.starts_with(&format!("{url}/declare#")), "{resident}");
    (Demo(demo), url)
}

#[test]
fn both_readmes_carry_the_same_session() {
    assert_eq!(session(README), session(README_ZH));
}

#[test]
fn the_session_runs_as_written_and_ends_in_eggs() {
    let dir = tempfile::tempdir().expect("a directory");
    let (demo, url) = start_demo(dir.path());
    let lines = session(README);
    assert_eq!(lines.first(), Some(&SET_UP), "the session begins by setting the shell up");

    let program = Path::new(env!("CARGO_BIN_EXE_civbank"));
    let bin = program.parent().expect("a directory").display();
    let script = format!("export PATH=\"{bin}:$PATH\" CIVBANK_SERVER={url}\n{}\n", lines[1..].join("\n"));
    let run = Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &script])
        .current_dir(dir.path())
        .output()
        .expect("a shell");
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{told}\n{}", String::from_utf8_lossy(&run.stderr));
    for wanted in ["联户党员审核：通过", "已入账，+20 分", "鸡蛋×2", "成立"] {
        assert!(told.contains(wanted), "{wanted} is missing from:\n{told}");
    }

    drop(demo);
    let audit = Command::new(program)
        .args(["verify", "--dir", "demo-bank"])
        .current_dir(dir.path())
        .output()
        .expect("the program runs");
    let told = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(audit.status.success(), "{told}{}", String::from_utf8_lossy(&audit.stderr));
    assert!(told.contains("全部相符"), "{told}");
}
