//! Files that people hand over: cards, keys, settings.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;

use civbank::cli::card::{BadCard, Card};
use civbank::cli::config::{Config, Flags, LogFormat, Metrics};
use civbank::cli::failure::{Failure, Lang};
use civbank::cli::{key_file, output};
use tempfile::TempDir;

/// 32 bytes of 1 and of 2.
const TOKEN: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const SEED: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

#[test]
fn a_card_reads_back_and_signs_with_its_seed() {
    let text = format!("https://bank.example/p/{TOKEN}#{SEED}");
    let card = Card::parse(&format!("  {text}\n")).unwrap();
    assert_eq!(*card.text(), text);
    assert_eq!(card.view_token(), TOKEN);
    assert_eq!(card.view_token_hash().0, *blake3::hash(&[1; 32]).as_bytes());
    assert_eq!(card.key().to_bytes(), [2; 32]);
    assert!(!format!("{card:?}").contains("AgIC"));
    let new = Card::generate("http://127.0.0.1:7070/").unwrap();
    assert_eq!(*Card::parse(&new.text()).unwrap().text(), *new.text());
    assert!(new.text().starts_with("http://127.0.0.1:7070/p/"));
    assert!(new.svg().contains("<svg"));
    assert!(new.for_terminal().lines().count() > 15);
}

#[test]
fn texts_that_are_no_card_say_what_is_wrong() {
    let long = format!("https://bank.example/p/{TOKEN}#{SEED}{}", " x".repeat(300));
    let cases = [
        ("".to_owned(), BadCard::NotALink),
        (long, BadCard::TooLong),
        (format!("ftp://bank.example/p/{TOKEN}#{SEED}"), BadCard::NotALink),
        (format!("{TOKEN}#{SEED}"), BadCard::NotALink),
        (format!("https://bank.example/{TOKEN}#{SEED}"), BadCard::NotAPassbook),
        (format!("https://bank.example/p/{TOKEN}"), BadCard::NoSeed),
        (format!("https://bank.example/p/#{SEED}"), BadCard::BadViewToken),
        (format!("https://bank.example/p/{}#{SEED}", &TOKEN[1..]), BadCard::BadViewToken),
        (format!("https://bank.example/p/{TOKEN}=#{SEED}"), BadCard::BadViewToken),
        (format!("https://bank.example/p/{TOKEN}#"), BadCard::BadSeed),
        (format!("https://bank.example/p/{TOKEN}#{SEED}A"), BadCard::BadSeed),
        (format!("https://bank.example/p/{TOKEN}#{}", SEED.replace('g', "+")), BadCard::BadSeed),
    ];
    for (text, wants) in cases {
        assert_eq!(Card::parse(&text).err(), Some(wants), "{text}");
        assert!(!wants.zh().contains(SEED) && !wants.to_string().contains(SEED));
    }
}

#[test]
fn a_key_file_is_the_owners_alone_and_never_overwritten() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.pem");
    let key = key_file::generate().unwrap();
    key_file::create(&path, &key).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(key_file::load(&path).unwrap().to_bytes(), key.to_bytes());
    let before = std::fs::read(&path).unwrap();
    let again = key_file::create(&path, &key_file::generate().unwrap()).unwrap_err();
    assert!(again.for_people(Lang::Zh).contains("不会覆盖"), "{again:?}");
    assert!(again.for_people(Lang::En).contains("not overwritten"), "{again:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_public_key_is_64_digits_or_a_file() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.pem");
    let key = key_file::generate().unwrap();
    key_file::create(&path, &key).unwrap();
    let public = key.verifying_key().to_bytes();
    assert_eq!(key_file::public(&hex::encode(public)).unwrap().0, public);
    assert_eq!(key_file::public(path.to_str().unwrap()).unwrap().0, public);
    let wrong = dir.path().join("wrong.pem");
    std::fs::write(&wrong, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    for text in [wrong.to_str().unwrap(), &"g".repeat(64), &"0".repeat(63), "no-such-file"] {
        assert_eq!(key_file::public(text).unwrap_err().exit_status(), 1, "{text}");
    }
    assert!(key_file::load(&wrong).unwrap_err().for_people(Lang::En).contains("not an Ed25519 private key"));
}

/// Settings of file, environment and flags, merged.
fn config(file: &str, environment: &[(&str, &str)], flags: &Flags) -> Result<Config, Failure> {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("civbank.toml"), file).unwrap();
    let found =
        |name: &str| environment.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
    Config::load(dir.path(), flags, found)
}

#[test]
fn the_public_address_is_scheme_and_host() {
    let none = Flags::default();
    let told = |url: &str| config(&format!("public_url = \"{url}\"\n"), &[], &none);
    for (url, means) in [
        ("https://bank.example", "https://bank.example"),
        ("https://bank.example/", "https://bank.example"),
        ("http://127.0.0.1:7070", "http://127.0.0.1:7070"),
    ] {
        assert_eq!(told(url).unwrap().public_url.as_deref(), Some(means));
    }
    for url in ["bank.example", "https://", "https://a/b", "ftp://a", "https://a?x", "https://a b"] {
        assert!(told(url).unwrap_err().for_people(Lang::Zh).contains("public_url"), "{url}");
    }
    let over = config("public_url = \"https://a\"\n", &[("CIVBANK_PUBLIC_URL", "https://b")], &none).unwrap();
    assert_eq!(over.public_url.as_deref(), Some("https://b"));
}

#[test]
fn flags_go_over_the_environment_and_that_over_the_file() {
    let none = Flags::default();
    assert_eq!(config("", &[], &none).unwrap(), Config::default());
    let file = "listen = \"127.0.0.1:1\"\nallow_plain = true\nlog = \"warn\"\nlog_format = \"json\"\nmetrics = \"off\"\nconnections = 1\nsegment_bytes = 1\ndisk_reserve = 1\n";
    let from_file = config(file, &[], &none).unwrap();
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(from_file.listen, address(1));
    assert_eq!(
        (from_file.allow_plain, from_file.log.as_str(), from_file.log_format),
        (true, "warn", LogFormat::Json)
    );
    assert_eq!(from_file.metrics, Metrics::Off);
    assert_eq!((from_file.segment_bytes, from_file.disk_reserve, from_file.connections), (1, 1, 1));
    let environment = [
        ("CIVBANK_METRICS", "all"),
        ("CIVBANK_CONNECTIONS", "2"),
        ("CIVBANK_SEGMENT_BYTES", "2"),
        ("CIVBANK_DISK_RESERVE", "2"),
        ("CIVBANK_LISTEN", "127.0.0.1:2"),
        ("CIVBANK_ALLOW_PLAIN", "false"),
        ("CIVBANK_LOG", "debug"),
        ("CIVBANK_LOG_FORMAT", "text"),
    ];
    let over = config(file, &environment, &none).unwrap();
    assert_eq!((over.listen, over.metrics), (address(2), Metrics::All));
    assert_eq!((over.allow_plain, over.log.as_str(), over.log_format), (false, "debug", LogFormat::Text));
    assert_eq!((over.segment_bytes, over.disk_reserve, over.connections), (2, 2, 2));
    let flags = Flags {
        connections: Some(3),
        segment_bytes: Some(3),
        disk_reserve: Some(3),
        listen: Some(address(3)),
        allow_plain: true,
        metrics: Some(Metrics::Loopback),
        log: Some("error".to_owned()),
        log_format: Some(LogFormat::Json),
        ..Flags::default()
    };
    let over = config(file, &environment, &flags).unwrap();
    assert_eq!((over.listen, over.metrics), (address(3), Metrics::Loopback));
    assert_eq!((over.allow_plain, over.log.as_str(), over.log_format), (true, "error", LogFormat::Json));
}

#[test]
fn settings_that_cannot_be_understood_are_named() {
    let none = Flags::default();
    type Variables = &'static [(&'static str, &'static str)];
    let cases: [(&str, Variables, &str); 8] = [
        ("metrics = \"some\"", &[], "some"),
        ("", &[("CIVBANK_METRICS", "some")], "CIVBANK_METRICS"),
        ("listne = \"127.0.0.1:1\"", &[], "listne"),
        ("listen = \"here\"", &[], "listen"),
        ("allow_plain = \"yes\"", &[], "allow_plain"),
        ("[serve]\nlisten = \"127.0.0.1:1\"", &[], "serve"),
        ("", &[("CIVBANK_LISTEN", "here")], "CIVBANK_LISTEN"),
        ("", &[("CIVBANK_LOG_FORMAT", "xml")], "CIVBANK_LOG_FORMAT"),
    ];
    for (file, environment, wants) in cases {
        let text = config(file, environment, &none).unwrap_err().for_people(Lang::En);
        assert!(text.contains(wants), "{file}: {text}");
    }
    let missing = Flags { config: Some("no-such-file.toml".into()), ..Flags::default() };
    assert_eq!(config("", &[], &missing).unwrap_err().exit_status(), 1);
}

#[test]
fn plain_text_leaves_the_machine_only_when_told() {
    let config = |listen: &str, allow_plain| Config {
        listen: listen.parse().unwrap(),
        allow_plain,
        ..Config::default()
    };
    assert!(config("127.0.0.1:7070", false).check_plain().is_ok());
    assert!(config("[::1]:7070", false).check_plain().is_ok());
    assert!(config("0.0.0.0:7070", true).check_plain().is_ok());
    let refused = config("0.0.0.0:7070", false).check_plain().unwrap_err();
    assert_eq!(refused.exit_status(), 2);
    assert!(refused.for_people(Lang::Zh).contains("--allow-plain"));
}

#[test]
fn a_chinese_character_takes_two_columns() {
    for (text, columns) in [("", 0), ("egg", 3), ("鸡蛋", 4), ("G01 志愿服务", 12), ("（%）", 5)] {
        assert_eq!(output::width(text), columns, "{text}");
    }
}
