//! TLS by the real program: who is served, who is turned away, and how the certificate is changed.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use civbank::cli::client::{Client, Patience};
use civbank::cli::failure::{Failure, Lang};
use civbank::cli::trust::Trust;
use civbank::wire::pb;
use tokio::runtime::Runtime;
use tokio_rustls::rustls::{ProtocolVersion, version};

use super::program::{Log, Program, Server};
use crate::it::certificates::{Ca, Issued, Kind, Visitor};

/// A bank with a CA and a certificate for this machine, before it is served.
struct House {
    program: Program,
    ca: Ca,
    own: Issued,
}

impl House {
    fn new() -> House {
        let program = Program::new();
        program.ok("init --dir bank --origin bank.example/tls --head 370829199000 --title 总行");
        let ca = Ca::new("the bank's own");
        let own = ca.issue(&["127.0.0.1", "::1", "localhost"], Kind::Server);
        program.write("ca.pem", ca.pem());
        own.write(program.dir(), "server");
        House { program, ca, own }
    }

    /// Serves with further words.
    fn serve(&mut self, words: &str) -> (Server, Log, SocketAddr) {
        let words = format!(
            "serve --dir bank --log civbank=debug --listen 127.0.0.1:0 --tls-cert server.pem --tls-key server.key {words}"
        );
        let (server, log) = self.program.serve_and_listen(&words);
        let address = self.program.server().strip_prefix("https://").expect("https is said").parse().unwrap();
        (server, log, address)
    }
}

/// Straight to stderr: the test runner would keep `eprintln!` to itself.
fn skip(what: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {what}");
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn grpc_and_pages_are_served_under_tls() {
    let mut house = House::new();
    let (server, log, address) = house.serve("");
    // What is logged is what `openssl x509 -fingerprint -sha256` says of the file.
    use sha2::Digest as _;
    let fingerprint = hex::encode(sha2::Sha256::digest(&house.own.certificate));
    log.says(&["INFO", "TLS certificate loaded", "2099-01-02T00:00:00Z", &fingerprint]);

    let bank = house.program.json("bank --ca ca.pem");
    assert_eq!(bank["origin"], "bank.example/tls");
    let port = address.port();
    house.program.ok(&format!("bank --ca ca.pem --server https://localhost:{port}"));

    runtime().block_on(async {
        for (protocols, version, spoken) in [
            (&["http/1.1"][..], &version::TLS13, Some("http/1.1")),
            (&["http/1.1"], &version::TLS12, Some("http/1.1")),
            // As old programs do it.
            (&[], &version::TLS12, None),
        ] {
            let visitor = Visitor::speaking(&house.ca, protocols, &[version]);
            let mut visit = visitor.connect(address).await.unwrap();
            let wanted = match version.version {
                ProtocolVersion::TLSv1_2 => ProtocolVersion::TLSv1_2,
                _ => ProtocolVersion::TLSv1_3,
            };
            assert_eq!(visit.spoken(), (wanted, spoken));
            let answer = visit.get("/healthz").await.unwrap();
            assert!(answer.starts_with("http/1.1 200") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
        }
        let browser = Visitor::new(&house.ca, &["h2", "http/1.1"]).connect(address).await.unwrap();
        assert_eq!(browser.spoken(), (ProtocolVersion::TLSv1_3, Some("h2")));
        // Who speaks neither is told so in the handshake.
        let refused = Visitor::new(&house.ca, &["imap"]).connect(address).await.map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("NoApplicationProtocol"), "{refused}");
    });
    server.stop();
}

#[test]
fn who_speaks_no_tls_gets_no_answer_and_harms_nobody() {
    let mut house = House::new();
    let (server, _log, address) = house.serve("");
    let mut plain = TcpStream::connect(address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    // At most an alert, which is TLS's.
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
    let run = house.program.run(&format!("bank --server http://{address}"));
    run.says(1, &["失败", "https://"]);
    house.program.ok("bank --ca ca.pem");
    server.stop();
}

#[test]
fn what_is_wrong_with_a_bank_s_certificate_is_said() {
    let mut house = House::new();
    house.program.write("other-ca.pem", Ca::new("another").pem());
    let (server, _log, _) = house.serve("");
    house.program.run("bank --ca other-ca.pem").says(1, &["证书不可信", "--ca"]);
    house.program.run("bank --ca other-ca.pem --lang en").says(1, &["not trusted"]);
    server.stop();
    for (names, kind, zh, en) in [
        (["bank.example"], Kind::Server, "主机名或 IP 对不上", "host name or IP does not match"),
        (["127.0.0.1"], Kind::Expired, "过期", "expired"),
    ] {
        house.ca.issue(&names, kind).write(house.program.dir(), "server");
        let (server, log, _) = house.serve("");
        house.program.run("bank --ca ca.pem").says(1, &[zh]);
        house.program.run("bank --ca ca.pem --lang en").says(1, &[en]);
        if kind == Kind::Expired {
            log.says(&["WARN", "EXPIRED", "2020-01-02"]);
        }
        server.stop();
    }
    // A bank without TLS behind an https address.
    let mut plain = Program::new();
    plain.ok("init --dir bank --origin bank.example/plain --head 370829199000 --title 总行");
    let server = plain.serve("serve --dir bank");
    let address = plain.server().replace("http://", "https://");
    plain.write("ca.pem", house.ca.pem());
    plain.run(&format!("bank --server {address} --ca ca.pem")).says(1, &["不是 TLS", "http://"]);
    server.stop();
}

#[test]
fn a_bank_that_is_not_trusted_is_not_asked_again_and_no_outcome_is_unknown() {
    let mut house = House::new();
    house.program.write("other-ca.pem", Ca::new("another").pem());
    let (server, _log, address) = house.serve("");
    let trust = Trust { ca: Some(house.program.path("other-ca.pem")), ..Trust::default() };
    let result = runtime().block_on(async {
        let client = Client::new(&format!("https://{address}"), &trust, None, Patience::default()).unwrap();
        client.submit(&pb::Envelope::default(), "", "an id", |_| panic!("it was asked again")).await
    });
    assert!(matches!(&result, Err(Failure::Failed(text)) if text.zh.contains("不可信")), "{result:?}");
    server.stop();
}

#[test]
fn a_hangup_swaps_the_certificate_and_a_broken_file_keeps_the_old() {
    let mut house = House::new();
    let (server, log, address) = house.serve("");
    let runtime = runtime();
    let visitor = Visitor::new(&house.ca, &["http/1.1"]);
    let seen = || runtime.block_on(visitor.connect(address)).unwrap().certificate();
    let mut old = runtime.block_on(visitor.connect(address)).unwrap();
    assert_eq!(old.certificate(), house.own.certificate);

    // Each fault is logged with its file, and changes nothing.
    let dir = house.program.dir();
    let next = house.ca.issue(&["127.0.0.1"], Kind::Server);
    std::fs::write(dir.join("server.key"), next.key_pem()).unwrap();
    server.hang_up();
    log.says(&["ERROR", "old one stays", "server.key", "does not belong"]);
    std::fs::write(dir.join("server.pem"), "half a certif").unwrap();
    server.hang_up();
    log.says(&["ERROR", "old one stays", "server.pem", "BEGIN CERTIFICATE"]);
    std::fs::remove_file(dir.join("server.pem")).unwrap();
    server.hang_up();
    log.says(&["ERROR", "old one stays", "server.pem", "cannot be read"]);
    assert_eq!(seen(), house.own.certificate);

    next.write(dir, "server");
    server.hang_up();
    log.says(&["INFO", "TLS certificate reloaded", "2099-01-02"]);
    assert_eq!(seen(), next.certificate);
    // The connection of before lives on.
    assert!(runtime.block_on(old.get("/healthz")).unwrap().starts_with("http/1.1 200"));
    house.program.ok("bank --ca ca.pem");
    server.stop();
}

#[test]
fn fifty_handshakes_that_never_end_slow_nobody() {
    let mut house = House::new();
    let (server, _log, address) = house.serve("");
    let mut hanging: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(address).unwrap()).collect();
    // Half of them say a little: a record's head that announces more than ever comes.
    for stream in hanging.iter_mut().step_by(2) {
        stream.write_all(&[0x16, 3, 1, 2, 0]).unwrap();
    }
    let began = Instant::now();
    runtime().block_on(async {
        let visitor = Visitor::new(&house.ca, &["http/1.1"]);
        for _ in 0..20 {
            visitor.connect(address).await.unwrap().get("/healthz").await.unwrap();
        }
    });
    house.program.ok("bank --ca ca.pem");
    // One handshake behind one that hangs would wait for ten seconds.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(hanging);
    server.stop();
}

#[test]
fn terminals_show_certificates_where_a_ca_asks_for_them() {
    let mut house = House::new();
    let terminals = Ca::new("terminals");
    house.program.write("terminals.pem", terminals.pem());
    terminals.issue(&["t1"], Kind::Terminal).write(house.program.dir(), "t1");
    house.ca.issue(&["t2"], Kind::Terminal).write(house.program.dir(), "foreign");
    // A server's certificate is not a terminal's, whoever signed it.
    terminals.issue(&["s"], Kind::Server).write(house.program.dir(), "server-as-client");
    let shows = |name: &str| format!("bank --ca ca.pem --client-cert {name}.pem --client-key {name}.key");

    for (mode, without) in [("", true), ("--tls-client optional", true), ("--tls-client required", false)] {
        let (server, _log, address) = house.serve(&format!("--tls-client-ca terminals.pem {mode}"));
        house.program.ok(&shows("t1"));
        for name in ["foreign", "server-as-client"] {
            house.program.run(&shows(name)).says(1, &["不认这台终端的证书"]);
        }
        if without {
            house.program.ok("bank --ca ca.pem");
        } else {
            house.program.run("bank --ca ca.pem").says(1, &["终端证书", "--client-cert"]);
            house.program.run("bank --ca ca.pem --lang en").says(1, &["wants a certificate"]);
            // A browser without one gets nothing, one with it a page.
            runtime().block_on(async {
                let visitor = Visitor::new(&house.ca, &["http/1.1"]);
                let answer = match visitor.connect(address).await {
                    Ok(mut visit) => visit.get("/healthz").await.map(|_| ()),
                    Err(error) => Err(error),
                };
                assert!(answer.is_err());
                let own = terminals.issue(&["phone"], Kind::Terminal);
                let visitor = Visitor::showing(&house.ca, &["http/1.1"], &own);
                let answer = visitor.connect(address).await.unwrap().get("/healthz").await.unwrap();
                assert!(answer.starts_with("http/1.1 200"), "{answer}");
            });
        }
        server.stop();
    }
    // Half a pair, and a pair that is none.
    house.program.run("bank --ca ca.pem --client-cert t1.pem").says(2, &["少 --client-key"]);
    house.program.run("bank --ca ca.pem --client-key t1.key").says(2, &["少 --client-cert"]);
    let mixed = "bank --ca ca.pem --client-cert t1.pem --client-key foreign.key";
    house.program.run(mixed).says(1, &["foreign.key", "不是一对", "t1.pem"]);
}

#[test]
fn a_reload_changes_whose_certificates_are_taken() {
    let mut house = House::new();
    let (first, second) = (Ca::new("first"), Ca::new("second"));
    first.issue(&["t1"], Kind::Terminal).write(house.program.dir(), "t1");
    second.issue(&["t2"], Kind::Terminal).write(house.program.dir(), "t2");
    house.program.write("terminals.pem", first.pem());
    let (server, log, _) = house.serve("--tls-client-ca terminals.pem --tls-client required");
    let shows = |name: &str| format!("bank --ca ca.pem --client-cert {name}.pem --client-key {name}.key");
    house.program.ok(&shows("t1"));
    house.program.run(&shows("t2")).says(1, &["不认这台终端的证书"]);
    house.program.write("terminals.pem", second.pem());
    server.hang_up();
    log.says(&["reloaded"]);
    house.program.ok(&shows("t2"));
    house.program.run(&shows("t1")).says(1, &["不认这台终端的证书"]);
    server.stop();
}

#[test]
fn with_a_certificate_the_bank_is_served_beyond_this_machine() {
    let mut house = House::new();
    let words = "serve --dir bank --listen 0.0.0.0:0 --log warn";
    house.program.run(words).says(2, &["--tls-cert", "--tls-key", "--allow-plain"]);
    house.program.run(&format!("{words} --lang en")).says(2, &["--tls-cert", "--tls-key", "--allow-plain"]);
    let words = format!("{words} --tls-cert server.pem --tls-key server.key");
    let (server, _log) = house.program.serve_and_listen(&words);
    let port = house.program.server().rsplit_once(':').unwrap().1.to_owned();
    house.program.ok(&format!("bank --ca ca.pem --server https://127.0.0.1:{port}"));
    server.stop();
}

#[test]
fn an_address_of_version_6_is_found_in_the_certificate() {
    let mut house = House::new();
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        skip("an address of version 6: this machine has no ::1");
        return;
    }
    let words = "serve --dir bank --listen [::1]:0 --log warn --tls-cert server.pem --tls-key server.key";
    let (server, _log) = house.program.serve_and_listen(words);
    house.program.ok("bank --ca ca.pem");
    server.stop();
}

#[test]
fn files_that_make_no_tls_are_refused_at_the_start_and_named() {
    let house = House::new();
    let program = &house.program;
    let other = house.ca.issue(&["127.0.0.1"], Kind::Server);
    other.write(program.dir(), "other");
    program.write("empty", "");
    program.write("locked.key", house.own.key_pem().replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    program.write("broken.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    program.write("nonsense.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    program.write("long.pem", vec![b'\n'; (1 << 20) + 1]);
    for (certificate, key, wants) in [
        ("missing.pem", "server.key", &["missing.pem"][..]),
        ("server.pem", "missing.key", &["missing.key"]),
        ("empty", "server.key", &["empty", "BEGIN CERTIFICATE"]),
        ("broken.pem", "server.key", &["broken.pem", "PEM"]),
        ("nonsense.pem", "server.key", &["nonsense.pem"]),
        ("long.pem", "server.key", &["long.pem"]),
        ("server.pem", "empty", &["empty", "BEGIN PRIVATE KEY"]),
        ("server.pem", "locked.key", &["locked.key", "BEGIN PRIVATE KEY"]),
        ("server.pem", "server.pem", &["server.pem", "BEGIN PRIVATE KEY"]),
        ("server.pem", "other.key", &["other.key", "不是一对", "server.pem"]),
    ] {
        let words = format!("serve --dir bank --listen 127.0.0.1:0 --tls-cert {certificate} --tls-key {key}");
        program.run(&words).says(1, wants);
    }
    let words = "serve --dir bank --listen 127.0.0.1:0 --tls-cert server.pem --tls-key server.key";
    program.run(&format!("{words} --tls-client-ca empty")).says(1, &["empty", "BEGIN CERTIFICATE"]);
    program.run(&format!("{words} --tls-client-ca nonsense.pem")).says(1, &["nonsense.pem"]);
}

#[test]
fn the_file_names_certificates_beside_itself_and_variables_go_over_it() {
    let house = House::new();
    let mut program = house.program;
    std::fs::create_dir(program.path("etc")).unwrap();
    house.own.write(&program.path("etc"), "own");
    program.write(
        "etc/civbank.toml",
        "tls_cert = \"own.pem\"\ntls_key = \"own.key\"\ntls_client_ca = \"../ca.pem\"\ntls_client = \"required\"\n",
    );
    let words = "serve --dir bank --config etc/civbank.toml --listen 127.0.0.1:0 --log warn";
    let (server, _log) = program.serve_and_listen(words);
    program.run("bank --ca ca.pem").says(1, &["--client-cert"]);
    server.stop();
    let (server, _log) = program.serve_and_listen(&format!("{words} --tls-client optional"));
    program.ok("bank --ca ca.pem");
    server.stop();
}

#[test]
fn failures_of_tls_are_said_in_both_languages() {
    let trust = Trust::default();
    let failed = runtime().block_on(async {
        Client::new("https://bank.example", &trust, None, Patience::default()).map(|_| ()).unwrap_err()
    });
    assert_eq!(failed.exit_status(), 2);
    for lang in [Lang::Zh, Lang::En] {
        assert!(failed.for_people(lang).contains("--ca"));
    }
}

/// The commands of `docs/tls.md` that make certificates, paragraph by paragraph.
fn recipes() -> Vec<String> {
    let text = include_str!("../../../docs/tls.md");
    let mut recipes = vec![String::new()];
    for line in text.lines() {
        match (line.strip_prefix("    "), recipes.last_mut()) {
            (Some(command), Some(recipe)) => *recipe += &format!("{command}\n"),
            _ => recipes.push(String::new()),
        }
    }
    recipes.retain(|recipe| recipe.starts_with("openssl"));
    recipes
}

#[test]
fn the_handbook_s_commands_make_certificates_that_work() {
    if let Err(error) = std::process::Command::new("openssl").arg("version").output() {
        assert!(
            std::env::var_os("CIVBANK_TESTS_MUST_RUN").is_none_or(|must| must != "1"),
            "openssl: {error}"
        );
        skip("the handbook's commands: openssl is missing");
        return;
    }
    let mut house = House::new();
    let recipes = recipes();
    let [ca, server, terminal] = recipes.as_slice() else { panic!("{recipes:#?}") };
    let selves = server.replace("-CA ca.pem -CAkey ca.key -CAcreateserial", "-signkey server.key");
    let selves = selves.replace("server.", "self.");
    let here = |recipe: &str| recipe.replace("192.0.2.7", "127.0.0.1");
    for recipe in [ca, &here(server), &ca.replace("ca.", "terminals."), terminal, &here(&selves)] {
        let script = format!("set -eu\n{recipe}");
        let shell =
            std::process::Command::new("sh").args(["-c", &script]).current_dir(house.program.dir()).output();
        let shell = shell.unwrap();
        assert!(shell.status.success(), "{recipe}\n{}", String::from_utf8_lossy(&shell.stderr));
    }
    let (server, log, _) = house.serve("--tls-client-ca terminals.pem --tls-client required");
    let loaded = log.says(&["TLS certificate loaded", "not_after"]);
    assert!(!loaded.contains("unknown"), "{loaded}");
    house.program.ok("bank --ca ca.pem --client-cert shop1.pem --client-key shop1.key");
    server.stop();
    // A certificate that vouches for itself.
    house.program.write("server.pem", house.program.read("self.pem"));
    house.program.write("server.key", house.program.read("self.key"));
    let (server, _log, _) = house.serve("");
    house.program.ok("bank --ca self.pem");
    server.stop();
}
