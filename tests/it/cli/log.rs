//! The server's log: every request's lines carry its id, and no secret that was used stands in it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::program::Program;
use super::village::{VILLAGE, credited, village};

/// Many digits, so that no time or number is taken for it.
const PIN: &str = "730519";

/// One page asked for: its head.
fn get(server: &str, path: &str, id: &str) -> String {
    let mut stream = TcpStream::connect(server.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n{id}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split("\r\n\r\n").next().unwrap().to_lowercase()
}

/// Whether a word stands in a text by itself.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let outside = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
        outside(text[..at].chars().next_back()) && outside(text[at + word.len()..].chars().next())
    })
}

#[test]
fn a_log_names_requests_and_tells_no_secret() {
    let (mut bank, server) = village();
    server.stop();
    let log = File::create(bank.path("log")).unwrap();
    let server = bank.serve_and_log("serve --dir bank", "info,civbank=trace", log.into());

    // Everything secret is used: card key and view token, PIN (right and wrong), session, page.
    bank.entry(&format!("set-pin --passbook 00001.txt --key clerk.pem --pin {PIN}"));
    credited(&bank, &format!("--household {VILLAGE}-00001 --item R06"), "--points 150");
    let redeem = "redeem --passbook 00001.txt --key terminal.pem --goods soap=1";
    bank.entry(&format!("{redeem} --pin {PIN}"));
    assert_eq!(bank.run(&format!("{redeem} --pin 730518")).status, 1);
    bank.ok("household --passbook 00001.txt");
    let card = String::from_utf8(bank.read("00001.txt")).unwrap();
    let (page, seed) = card.trim().split_once('#').unwrap();
    let token = page.rsplit('/').next().unwrap();
    let head = get(bank.server(), &format!("/p/{token}"), "x-request-id: from-the-proxy.7\r\n");
    assert!(head.contains("200 ok") && head.contains("x-request-id: from-the-proxy.7"), "{head}");
    let head = get(bank.server(), &format!("/p/{}x", &token[1..]), "x-request-id: two words\r\n");
    let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().to_owned();
    let parsed: uuid::Uuid = id.parse().unwrap();
    assert_eq!(parsed.get_version_num(), 7);
    server.stop();

    let log = String::from_utf8(bank.read("log")).unwrap();
    for id in ["from-the-proxy.7", id.as_str()] {
        assert!(log.lines().any(|line| line.contains(id) && line.contains("answered")), "{id}: {log}");
    }
    assert!(!log.contains("two words"));
    for secret in [token, seed, &token[1..], PIN, "730518", "Bearer", "bearer", "authorization", "/p/"] {
        assert!(!has_word(&log, secret), "{secret} is in the log:\n{log}");
    }
    assert!(!log.contains(token) && !log.contains(seed));
}

/// A bank of its own, made by the real program.
fn small_bank() -> Program {
    let bank = Program::new();
    bank.ok("init --dir bank --origin bank.example/town");
    bank
}

#[test]
fn a_log_that_is_piped_has_no_colours_whatever_the_terminal_is_called() {
    let mut bank = small_bank();
    for (format, words) in [("text", "INFO"), ("json", "\"level\":\"INFO\"")] {
        let log = File::create(bank.path("log")).unwrap();
        let server =
            bank.serve_and_log(&format!("serve --dir bank --log-format {format}"), "info", log.into());
        server.hang_up();
        server.stop();
        let log = String::from_utf8(bank.read("log")).unwrap();
        assert!(log.contains(words) && log.contains("going away"), "{log}");
        assert!(!log.contains('\u{1b}'), "{log:?}");
    }
}

#[test]
fn on_a_terminal_a_log_is_coloured_unless_it_is_told_not_to() {
    let bank = small_bank();
    // `script` gives a program a terminal of its own; where there is none, nothing can be seen.
    if std::process::Command::new("script").arg("--version").output().is_err() {
        return;
    }
    for (told, coloured) in [("", true), ("NO_COLOR=1", false), ("NO_COLOR=", true)] {
        let program = env!("CARGO_BIN_EXE_civbank");
        let serve = format!(
            "env {told} timeout -s TERM 3 {program} serve --dir bank --listen 127.0.0.1:0 --log info"
        );
        let mut script = std::process::Command::new("script");
        script.args(["-q", "-e", "-c", &serve, "typescript"]).current_dir(bank.dir());
        script.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        script.status().unwrap();
        let log = String::from_utf8_lossy(&bank.read("typescript")).into_owned();
        assert!(log.contains("going away"), "{log}");
        assert_eq!(log.contains("\u{1b}[32m"), coloured, "{told}: {log:?}");
    }
}

#[test]
fn a_hangup_without_a_certificate_changes_nothing_and_says_so() {
    let mut bank = small_bank();
    let (server, log) = bank.serve_and_listen("serve --dir bank --listen 127.0.0.1:0 --log info");
    for _ in 0..2 {
        server.hang_up();
        log.says(&["INFO", "SIGHUP", "nothing to read again"]);
        bank.ok("bank");
    }
    server.stop();
}
