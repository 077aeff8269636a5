//! Words and the command that they ask for: every verb that writes, against a desk that answers from a table.

mod catalogue;
mod desk;
mod table;

use std::collections::BTreeSet;

use civbank::bank::command::{Body, Declare, Holder, Kind};
use civbank::bank::ids::PublicKey;
use civbank::bank::words::ObjectionGround;
use civbank::cli::failure::{Failure, Lang};
use civbank::cli::link::{BadLink, Link};
use civbank::cli::{Draft, draft, key_file};
use civbank::documents::{Commitment, DocumentKind, open_sealed};
use tempfile::TempDir;

use super::program::split;
use catalogue::CATALOGUE;
use desk::{CARD, LINK, Table, day, home};
use table::table;

/// A directory with the files that the words name.
fn files() -> TempDir {
    let dir = TempDir::new().unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(dir.path().join(name), content).unwrap();
    write("card.txt", CARD.as_bytes());
    write("photo.jpg", b"\xff\xd8\xff a deed");
    write("paper.pdf", b"%PDF a record");
    write("id.txt", "王某".as_bytes());
    write("catalogue.toml", CATALOGUE.as_bytes());
    write(
        "prices.toml",
        "[[goods]]\nsku=\"salt\"\ntitle=\"盐\"\nmeasure=\"袋\"\npoints=20\nmonth_limit=2\n".as_bytes(),
    );
    write("bounds.toml", b"[min]\nnotice_days = 5\n[max]\nnotice_days = 9\n");
    write(
        "sheet.csv",
        "\u{feff}户号,项目,数量\n370829199201-00001,R01,2\n# 注\n\n370829199201-00002 , D01\n".as_bytes(),
    );
    for (name, seed) in [("one.pem", 1), ("two.pem", 2)] {
        key_file::create(&dir.path().join(name), &ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
            .unwrap();
    }
    dir
}

/// Drafts the words; names of files are found in `dir`.
fn drafted(dir: &TempDir, words: &str) -> Result<Draft, Failure> {
    let here = |word: String| match dir.path().join(&word) {
        path if !word.is_empty() && path.exists() => path.to_str().unwrap().to_owned(),
        _ => word,
    };
    let args: Vec<String> =
        std::iter::once("civbank".to_owned()).chain(split(words).into_iter().map(here)).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(draft(&args, &mut Table))
}

#[test]
fn words_become_the_command_that_they_ask_for() {
    let dir = files();
    for (words, wants) in table() {
        let draft = drafted(&dir, words).unwrap_or_else(|failure| panic!("{words}: {failure:?}"));
        assert_eq!(draft.body, wants, "{words}");
    }
}

#[test]
fn every_command_has_its_verb() {
    let made: BTreeSet<Kind> = table().iter().map(|(_, body)| body.kind()).collect();
    // The bank's first entry is `init`'s; the others draw something at random and are tested by themselves.
    let random = [
        Kind::OpenHousehold,
        Kind::IssuePassbook,
        Kind::SetPin,
        Kind::Invite,
        Kind::AcceptInvitation,
        Kind::Suggest,
        Kind::AnswerSuggestion,
    ];
    let elsewhere = [&[Kind::OpenBank][..], &random].concat();
    let missing: Vec<_> =
        Kind::ALL.iter().filter(|kind| !made.contains(kind) && !elsewhere.contains(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_pin_travels_beside_the_command() {
    let draft = drafted(&files(), "redeem --passbook card.txt --goods egg=2 --pin 1234").unwrap();
    assert_eq!(draft.pin.unwrap().as_str(), "1234");
}

#[test]
fn a_new_key_signs_its_own_rotation() {
    let draft = drafted(&files(), "rotate-key --key one.pem --new two.pem").unwrap();
    let cosigners: Vec<_> = draft.cosigners.iter().map(|key| key.to_bytes()).collect();
    assert_eq!(cosigners, [[2; 32]]);
}

#[test]
fn names_leave_this_machine_sealed() {
    let words = "open-household 370829199201-00001 --member id.txt --member id.txt --consent paper.pdf";
    let draft = drafted(&files(), words).unwrap();
    let Body::OpenHousehold { household, members, consent } = draft.body else { panic!() };
    assert_eq!((household, members.len(), draft.papers.len()), (home(1), 2, 3));
    assert_ne!(members[0], members[1], "each member has a salt of their own");
    let contents = ["王某".as_bytes(), "王某".as_bytes(), b"%PDF a record"];
    for ((commitment, paper), content) in members.iter().chain([&consent]).zip(&draft.papers).zip(contents) {
        assert_eq!(open_sealed(&paper.bytes, &Commitment::from_bytes(commitment.0)).unwrap(), content);
    }
    let kinds: Vec<_> = draft.papers.iter().map(|paper| paper.kind).collect();
    assert_eq!(kinds, [DocumentKind::Identity, DocumentKind::Identity, DocumentKind::Record]);
}

#[test]
fn texts_leave_this_machine_sealed() {
    let cases = [
        ("review 40 --endorse --note 属实", "属实"),
        ("declare --passbook card.txt --item R01 --note 属实", "属实"),
        ("resubmit 40 --note 属实", "属实"),
        ("object 40 --reason 我没看见", "我没看见"),
        ("object 40 --reason \"favouritism: 他是文书的弟弟\"", "他是文书的弟弟"),
        ("object 40 --reason \"优亲厚友：他是文书的弟弟\"", "他是文书的弟弟"),
        ("object 40 --reason \"看这里: 没有\" --ground forged", "看这里: 没有"),
        ("rule 40 --dismiss --statement 查无此事", "查无此事"),
    ];
    for (words, wants) in cases {
        let draft = drafted(&files(), words).unwrap();
        let commitment = match draft.body {
            Body::Review { note, .. } | Body::Resubmit { note, .. } => note,
            Body::Declare(Declare { note, .. }) => note,
            Body::Object { statement, .. } | Body::Rule { statement, .. } => statement,
            other => panic!("{other:?}"),
        };
        let commitment = Commitment::from_bytes(commitment.unwrap().0);
        let [paper] = draft.papers.as_slice() else { panic!("{words}") };
        assert_eq!(paper.kind, DocumentKind::Text);
        assert_eq!(open_sealed(&paper.bytes, &commitment).unwrap(), wants.as_bytes(), "{words}");
    }
}

/// The entry names the address of the words, which whoever answers must find.
#[test]
fn suggestions_and_answers_name_where_their_words_lie() {
    for (words, wants) in
        [("suggest --branch 370829199201 --text 修路灯", "修路灯"), ("answer 40 --text 月底修好", "月底修好")]
    {
        let draft = drafted(&files(), words).unwrap();
        let (Body::Suggest { document, .. } | Body::AnswerSuggestion { document, .. }) = draft.body else {
            panic!("{words}")
        };
        let [paper] = draft.papers.as_slice() else { panic!("{words}") };
        assert_eq!((paper.kind, paper.address()), (DocumentKind::Text, document));
        assert_eq!(&paper.bytes[32..], wants.as_bytes());
        assert!(paper.bytes[..32].iter().any(|byte| *byte != 0), "a salt");
    }
}

#[test]
fn an_objections_ground_is_its_first_word_or_not_done() {
    let cases = [
        ("object 40 --reason \"favouritism: 他是文书的弟弟\"", ObjectionGround::Favouritism),
        ("object 40 --reason 我没看见", ObjectionGround::NotDone),
        ("object 40 --reason \"看这里: 没有\" --ground forged", ObjectionGround::Forged),
        ("object 40 --reason duplicate --ground forged", ObjectionGround::Forged),
    ];
    for (words, wants) in cases {
        let Body::Object { ground, .. } = drafted(&files(), words).unwrap().body else { panic!() };
        assert_eq!(ground, wants, "{words}");
    }
}

#[test]
fn a_new_card_is_the_one_that_the_command_names() {
    let words = "passbook issue --household 370829199201-00001 --out new.txt --site https://bank.example";
    let draft = drafted(&files(), words).unwrap();
    let new = draft.card.unwrap();
    assert!(new.card.text().starts_with("https://bank.example/p/"));
    let wants = Body::IssuePassbook {
        household: home(1),
        key: PublicKey(new.card.key().verifying_key().to_bytes()),
        view_token_hash: new.card.view_token_hash(),
    };
    assert_eq!(draft.body, wants);
}

#[test]
fn a_new_link_is_the_one_that_the_command_names() {
    let words = "invite --person 370829199201-00001-2 --valid-until 2027-06-30 --site https://bank.example/";
    let draft = drafted(&files(), words).unwrap();
    let link = draft.link.unwrap();
    assert!(link.text().starts_with("https://bank.example/join#"));
    assert_eq!(Link::parse(&link.text()).unwrap().public(), link.public());
    let noon = day("2026-11-20").start().plus_minutes(600);
    let wants = |holder, until, days| Body::Invite {
        invitation: link.public(),
        holder,
        key_valid_until: until,
        expires: noon.plus_days(days),
    };
    let person = Holder::Person(home(1).member(2).unwrap());
    assert_eq!(draft.body, wants(person, Some(day("2027-06-30")), 7));
    assert!(draft.cosigners.is_empty() && !draft.alone);

    let draft = drafted(&files(), "invite --terminal 370829199201-t7 --days 30").unwrap();
    let Body::Invite { holder, key_valid_until, expires, .. } = draft.body else { panic!() };
    let terminal = Holder::Terminal("370829199201-t7".parse().unwrap());
    assert_eq!((holder, key_valid_until, expires), (terminal, None, noon.plus_days(30)));
    assert!(draft.link.unwrap().text().starts_with("http://127.0.0.1:7070/join#"));
}

#[test]
fn who_joins_signs_with_the_link_and_a_key_of_their_own() {
    let dir = files();
    std::fs::write(dir.path().join("link.txt"), format!("{LINK}\n")).unwrap();
    for given in [LINK, "link.txt"] {
        let draft = drafted(&dir, &format!("join {given} --new-key mine.pem --key one.pem")).unwrap();
        let new = draft.new_key.unwrap();
        let [of_link, own] = draft.cosigners.as_slice() else { panic!() };
        assert_eq!((of_link.to_bytes(), own.to_bytes()), ([2; 32], new.key.to_bytes()));
        let key = PublicKey(new.key.verifying_key().to_bytes());
        let invitation = PublicKey(of_link.verifying_key().to_bytes());
        assert_eq!(draft.body, Body::AcceptInvitation { invitation, key });
        assert!(draft.alone, "no other key signs along");
        assert!(new.path.ends_with("mine.pem") && !new.path.exists(), "nothing is written yet");
    }
}

#[test]
fn links_that_are_none_are_named_without_their_secret() {
    let secret = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
    let long = format!("https://{}/join#{secret}", "a".repeat(500));
    let cases = [
        (long.as_str(), BadLink::TooLong),
        ("bank.example/join#AgI", BadLink::NotALink),
        ("https://bank.example/join", BadLink::NotAnInvitation),
        ("https://bank.example/p/x#AgI", BadLink::NotAnInvitation),
        ("https://bank.example/join#AgI", BadLink::BadSeed),
        ("https://bank.example/join#AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=", BadLink::BadSeed),
    ];
    for (text, wants) in cases {
        assert_eq!(Link::parse(text).unwrap_err(), wants, "{text}");
        assert!(!wants.to_string().contains("AgI") && !wants.zh().is_empty());
    }
    let link = Link::parse(&format!(" https://bank.example/join#{secret}\n")).unwrap();
    assert_eq!((link.base(), link.key().to_bytes()), ("https://bank.example", [2; 32]));
    assert!(!format!("{link:?}").contains("AgI"));
}

#[test]
fn a_pins_document_is_an_argon2_string() {
    let draft = drafted(&files(), "set-pin --passbook card.txt --pin 2580").unwrap();
    let [paper] = draft.papers.as_slice() else { panic!() };
    assert_eq!(draft.body, Body::SetPin { household: home(1), document: paper.address() });
    assert_eq!(paper.kind, DocumentKind::PinHash);
    assert!(paper.bytes.starts_with(b"$argon2id$"));
}

/// Words that do not become a command, the exit status, and what is said.
#[test]
fn words_that_do_not_fit_are_named() {
    let dir = files();
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write("empty.csv", "户号,项目,数量\n");
    write("bad.csv", "370829199201-00001,R01,2\n370829199201-00002,R01,two\n");
    write("five.csv", "370829199201-00001,R01,2,3\n");
    write(
        "unknown.toml",
        "[[item]]\ncode = \"G01\"\npillar = \"service\"\ntitle = \"x\"\nmeasure = \"次\"\npints = 1\n",
    );
    write(
        "pillar.toml",
        "[[item]]\ncode = \"G01\"\npillar = \"six\"\ntitle = \"x\"\nmeasure = \"次\"\npoints = 1\n",
    );
    write(
        "range.toml",
        "[[item]]\ncode = \"G01\"\npillar = \"service\"\ntitle = \"x\"\nmeasure = \"次\"\npoints = 1\npoints_max = 2\n",
    );
    write("day.toml", "valid_from = \"2026-02-30\"\nitem = []\n");
    write("setting.toml", "[min]\nnotice_day = 1\n");
    write("sku.toml", "[[goods]]\nsku=\"EGG\"\ntitle=\"蛋\"\nmeasure=\"枚\"\npoints=5\n");
    std::fs::write(dir.path().join("latin.csv"), b"\xff\xfe").unwrap();
    let cases = [
        ("declare --item R01", 2, "--passbook"),
        ("declare --passbook card.txt --item G01", 2, "--member"),
        ("redeem --passbook card.txt --goods rice=1", 1, "GOODS_UNKNOWN"),
        ("redeem --passbook card.txt --goods egg=4294967295", 1, "AMOUNT_OVERFLOW"),
        ("redeem --passbook one.pem --goods egg=1", 1, "https://"),
        ("redeem --passbook card.txt --key card.txt --goods egg=1", 1, "private key"),
        ("refund 51", 1, "CITATION_WRONG"),
        ("rotate-key --new two.pem", 2, "--key"),
        ("stock-in --branch 370829199201 --goods egg=1 --cost soap=5 --source town", 2, "soap"),
        ("set-price --branch 370829199201 --goods rice=5", 1, "GOODS_UNKNOWN"),
        ("set-price sku.toml --branch 370829199201", 1, "sku"),
        ("publish-catalogue unknown.toml", 1, "pints"),
        ("publish-catalogue pillar.toml", 1, "governance"),
        ("publish-catalogue range.toml", 1, "points_min"),
        ("publish-catalogue day.toml", 1, "YYYY-MM-DD"),
        ("publish-catalogue no-such-file.toml", 1, "no-such-file.toml"),
        ("set-policy --bounds setting.toml", 1, "notice_day"),
        ("assess empty.csv", 1, "no rows"),
        ("assess bad.csv", 1, "line 2"),
        ("assess five.csv", 1, "line 1"),
        ("assess latin.csv", 1, "UTF-8"),
        ("declare --passbook card.txt --item R01 --evidence no-such-photo.jpg", 1, "no-such-photo.jpg"),
        ("passbook issue --household 370829199201-00001 --out new.txt --site bank.example", 2, "--site"),
        ("invite --person 370829199201-00001-1 --site bank.example", 2, "--site"),
        ("invite --person 370829199201-00001-1 --terminal 370829199201-t1", 2, "--terminal"),
        ("invite", 2, "--person"),
        ("invite --person 370829199201-00001-1 --days 31", 2, "1..=30"),
        ("invite --person 370829199201-00001-1 --days 0", 2, "1..=30"),
        ("invite cancel https://bank.example/join#AgI", 2, "base64url"),
        ("join https://bank.example/p/x#AgI --new-key mine.pem", 2, "/join#"),
        ("join no-such-link.txt --new-key mine.pem", 1, "no-such-link.txt"),
        ("join card.txt --new-key mine.pem", 1, "/join#"),
    ];
    for (words, status, wants) in cases {
        let failure = drafted(&dir, words).map(|draft| draft.body).expect_err(words);
        assert_eq!(failure.exit_status(), status, "{words}: {failure:?}");
        let text = failure.for_people(Lang::En);
        assert!(text.contains(wants), "{words}: {text}");
    }
}
