//! Mistakes at the keyboard, before any bank is asked: the exit status and what stderr says.

use super::program::Program;

#[test]
fn words_that_clap_refuses_exit_2_and_say_why() {
    let program = Program::new();
    let cases = [
        ("", "Usage"),
        ("fly", "fly"),
        ("keygen", "--out"),
        ("init --dir d", "--origin"),
        ("review 1", "--endorse"),
        ("review 1 --endorse --refuse not-done", "cannot be used with"),
        ("review 1 --return nonsense", "evidence-unclear (凭证看不清)"),
        ("review one --endorse", "invalid"),
        ("decide --approve", "DECLARATION"),
        ("decide 1", "--approve"),
        ("decide 1 --refuse not-done --points 5", "cannot be used with"),
        ("rule 1", "--uphold"),
        ("rule 1 --dismiss --uphold", "cannot be used with"),
        ("object 1", "--reason"),
        ("redeem --passbook x", "--goods"),
        ("redeem --passbook x --goods egg", "egg=2"),
        ("redeem --passbook x --goods egg=two", "egg=2"),
        ("redeem --passbook x --goods egg=-1", "egg=2"),
        ("redeem --passbook x --goods EGG=1", "1 to 16"),
        ("redeem --passbook x --goods egg=1 --pin 12", "4 to 6 digits"),
        ("redeem --passbook x --goods egg=1 --pin 12a4", "4 to 6 digits"),
        ("declare --household 37-1 --item G01", "5 digits"),
        ("declare --household 370829199201-00000 --item G01", "5 digits"),
        ("declare --household 370829199201-00001 --item g01", "A-Z"),
        ("declare --household 370829199201-00001 --item G01 --on 2026-02-30", "YYYY-MM-DD"),
        ("declare --household 370829199201-00001 --item G01 --quantity 0x1", "invalid"),
        ("appoint --person 370829199201-1 --role clerk --branch 370829199201", "a person"),
        ("appoint --person 370829199201-00000-1 --role king --branch 370829199201", "committee (评价委员)"),
        ("appoint --person 370829199201-00000-1 --role clerk --branch 3708", "12 digits"),
        ("enrol-key 00", "--person"),
        ("enrol-key 00 --person 370829199201-00000-1 --terminal 370829199201-t1", "cannot be used with"),
        ("enrol-key 00 --terminal 370829199201-t0", "a terminal"),
        ("set-policy --quorum-min -1", "-1"),
        ("set-policy --branch 370829199201 --bounds x.toml", "cannot be used with"),
        ("erase 00 --ground requested", "64 hexadecimal digits"),
        ("branches --request-id 1234", "UUID"),
        ("branches --request-id 6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "version 7"),
        ("branches --lang fr", "fr"),
        ("statement", "--passbook"),
        ("declarations", "--branch"),
        ("passbook", "Usage"),
        ("passbook show", "--passbook"),
        ("verify-proof p --leaf l", "--vkey"),
        ("verify --dir d --vkey a+b+c", "vkey"),
        ("serve --dir d --listen 0.0.0.0:0", "--allow-plain"),
        ("serve --dir d --listen 0.0.0.0:0", "--tls-cert"),
        ("serve --dir d --listen here", "here"),
        ("serve --dir d --tls-cert c.pem", "少 tls_key"),
        ("serve --dir d --tls-key k.pem", "少 tls_cert"),
        ("serve --dir d --tls-key k.pem --lang en", "tls_cert is missing"),
        ("serve --dir d --tls-client-ca a.pem", "少 tls_cert"),
        ("serve --dir d --tls-client required", "少 tls_client_ca"),
        ("serve --dir d --tls-cert c --tls-key k --tls-client required", "少 tls_client_ca"),
        ("serve --dir d --tls-cert c --tls-key k --tls-client-ca a --tls-client maybe", "required"),
        ("bank --server https://bank.example", "--ca"),
        ("bank --server https://bank.example --lang en", "the CA that vouches for the bank"),
        ("bank --server http://127.0.0.1:1 --ca ca.pem", "https://"),
        ("bank --server http://127.0.0.1:1 --client-key k.pem", "https://"),
        ("open-branch 370829199201 --title 前进村", "--key"),
        ("branches --server nonsense:/x", "--server"),
    ];
    let wrong: Vec<_> =
        cases.iter().filter_map(|(words, wants)| program.run(words).otherwise(2, &[wants])).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn help_is_no_mistake() {
    let program = Program::new();
    for words in ["--help", "--version", "redeem --help", "passbook issue --help"] {
        let run = program.ok(words);
        assert!(run.stdout.contains("civbank") && run.stderr.is_empty(), "{words}");
    }
}

#[test]
fn files_that_cannot_be_used_exit_1_and_are_named() {
    let program = Program::new();
    program.write("text", "no key");
    let cases = [
        ("branches --key missing.pem", "missing.pem"),
        ("branches --key text", "text"),
        ("branches --cosign text", "text"),
        ("statement --passbook text", "https://"),
        ("submit missing.command", "missing.command"),
        ("submit text", "保存的单子"),
        ("serve --dir nowhere --listen 127.0.0.1:0", "civbank init"),
        ("serve --dir nowhere --config missing.toml", "missing.toml"),
        ("bank --server https://127.0.0.1:1 --ca missing.pem", "missing.pem"),
        ("bank --server https://127.0.0.1:1 --ca text", "BEGIN CERTIFICATE"),
        ("verify --dir nowhere", "civbank init"),
        ("export --dir nowhere --out x", "civbank init"),
        ("reindex --dir nowhere", "civbank init"),
    ];
    let wrong: Vec<_> =
        cases.iter().filter_map(|(words, wants)| program.run(words).otherwise(1, &[wants])).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!program.path("x").exists() && !program.path("nowhere").exists());
}

#[test]
fn keygen_refuses_to_overwrite() {
    let program = Program::new();
    let made = program.json("keygen --out a.pem");
    assert_eq!(made["public_key"].as_str().unwrap().len(), 64);
    let before = program.read("a.pem");
    program.run("keygen --out a.pem").says(1, &["失败", "a.pem", "不会覆盖"]);
    program.run("keygen --out a.pem --lang en").says(1, &["failed", "a.pem", "not overwritten"]);
    assert_eq!(program.read("a.pem"), before);
}

#[test]
fn nobody_at_the_address_is_said_plainly() {
    let mut program = Program::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    program.talk_to(&format!("http://127.0.0.1:{port}"));
    program.run("bank").says(1, &["连不上", &port.to_string()]);
    let run = program.run("bank --json");
    let error: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!((run.status, error["error"]["kind"].as_str()), (1, Some("failed")));
}
