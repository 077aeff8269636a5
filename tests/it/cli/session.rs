//! A village's bank from its first entry on, run by nothing but the program's verbs, and every mistake on the
//! way with the text that people get.

use serde_json::Value;

use super::program::Program;
use super::village::{VILLAGE, credited, points, village};

#[test]
fn a_deed_becomes_eggs_and_everything_can_be_proved() {
    let (mut bank, server) = village();
    let household = format!("{VILLAGE}-00001");
    let today = bank.ok("bank").stdout;
    assert!(today.contains("civbank.example/cli") && today.contains("每天免密积分"), "{today}");

    // A deed, from the declaration to the book.
    let deed = credited(
        &bank,
        &format!("--household {household} --item G01 --quantity 2 --evidence photo0.jpg --note 巡河"),
        "",
    );
    assert_eq!(points(&bank), 20);
    let shown = bank.json(&format!("declaration {deed} --key resident.pem"));
    let row = &shown["declaration"]["rows"][0];
    assert_eq!(
        (row["state"].as_str(), row["member"].as_u64()),
        (Some("DECLARATION_STATE_CREDITED"), Some(1))
    );
    assert!(shown["timeline"].as_array().unwrap().len() >= 4, "{shown}");
    let table = bank.ok(&format!("declarations --branch {VILLAGE} --state credited --key clerk.pem")).stdout;
    assert!(table.contains("志愿服务") && table.contains("已入账"), "{table}");
    assert!(bank.ok("statement --passbook 00001.txt").stdout.contains("+20 分"));

    // Eggs without a PIN, soap with it, some of it back.
    bank.entry("set-pin --passbook 00001.txt --key clerk.pem --pin 2580");
    credited(&bank, &format!("--household {household} --item R06"), "--points 150");
    let redeem = "redeem --passbook 00001.txt --key terminal.pem";
    let eggs = bank.json(&format!("{redeem} --goods egg=2"));
    assert_eq!((points(&bank), eggs["repeated"].as_bool()), (160, Some(false)));
    assert!(bank.ok("passbook show --passbook 00001.txt").stdout.contains("160"));
    let soap = bank.entry(&format!("{redeem} --goods soap=1 --goods egg=1 --pin 2580"));
    bank.entry(&format!("refund {soap} --goods soap=1 --write-off --passbook 00001.txt --key terminal.pem"));
    assert_eq!(points(&bank), 155);
    let goods = bank.json(&format!("goods --branch {VILLAGE}"));
    assert_eq!(
        (goods["goods"][0]["stock"].as_str(), goods["goods"][1]["stock"].as_str()),
        (Some("27"), Some("2"))
    );
    bank.entry(&format!(
        "stock-count --branch {VILLAGE} --goods egg=26 --key terminal.pem --cosign clerk.pem"
    ));
    bank.entry(&format!("set-price --branch {VILLAGE} --goods egg=6 --key clerk.pem"));

    // Sent back, completed, taken back; disputed and ruled.
    let green = bank.entry(&format!("declare --household {household} --item R08 --key resident.pem"));
    bank.entry(&format!("review {green} --return evidence-missing --note 请补照片 --key liaison.pem"));
    bank.entry(&format!("resubmit {green} --evidence photo1.jpg --passbook 00001.txt"));
    bank.entry(&format!("withdraw {green} --key resident.pem"));
    let by = shown["declaration"]["creditedBy"].as_str().unwrap();
    bank.entry(&format!(
        "object {deed} --reason \"favouritism: 他是主任的弟弟\" --credited-by {by} --passbook 00002.txt"
    ));
    bank.entry(&format!(
        "rule {deed} --partial 5 --household {household} --statement 只认半小时 --key bank/admin.pem"
    ));
    assert_eq!(points(&bank), 140);

    // An inspection, decided by the committee.
    bank.write("sheet.csv", format!("户号,项目,数量\n{household},D01,1\n"));
    let sheet = bank.entry("assess sheet.csv --record minutes.txt --key clerk.pem");
    bank.entry(&format!("decide {sheet} --approve --key chair.pem"));
    bank.entry(&format!("decide {sheet} --approve --key committee-1.pem"));
    assert_eq!(bank.json("household --passbook 00001.txt")["household"]["score"], "95");

    // People, keys, documents.
    bank.entry(&format!(
        "kin --person {household}-1 --other {VILLAGE}-00002-1 --relation sibling --key clerk.pem"
    ));
    bank.entry(&format!(
        "appoint --person {VILLAGE}-00002-2 --role proxy --branch {VILLAGE} --household {household} --passbook 00001.txt"
    ));
    bank.ok("keygen --out resident-2.pem");
    bank.entry("rotate-key --key resident.pem --new resident-2.pem");
    bank.run("statement --household 370829199201-00001 --key resident.pem").says(1, &["KEY_REVOKED"]);
    bank.entry("revoke-key committee-2.pem --ground left --key bank/admin.pem");
    bank.entry(&format!(
        "dismiss --person {VILLAGE}-00000-6 --role committee --branch {VILLAGE} --key bank/admin.pem"
    ));
    let offices = bank.json(&format!("appointments --branch {VILLAGE} --role committee"));
    assert_eq!(offices["appointments"].as_array().unwrap().len(), 2);
    assert_eq!(bank.json("key clerk.pem")["holder"], format!("{VILLAGE}-00000-1"));
    let put = bank.json("put-document photo2.jpg --kind photo --key clerk.pem");
    let address = put["address"].as_str().unwrap();
    bank.ok(&format!("get-document {address} --out back.jpg --key bank/admin.pem"));
    assert_eq!(bank.read("back.jpg"), bank.read("photo2.jpg"));
    bank.entry(&format!("erase {address} --ground mistake --key bank/admin.pem"));
    bank.run(&format!("get-document {address} --out gone.jpg --key bank/admin.pem"))
        .says(1, &["DOCUMENT_UNKNOWN"]);
    bank.entry(&format!("close-household {VILLAGE}-00002 --successor {household} --key bank/admin.pem"));

    // What anybody reads.
    for words in ["branches", "catalogue", "checkpoint"] {
        assert!(!bank.ok(words).stdout.is_empty(), "{words}");
    }
    for words in ["board", "funds", "goods"] {
        assert!(!bank.ok(&format!("{words} --branch {VILLAGE} --lang en")).stdout.is_empty(), "{words}");
    }
    let households = bank.json(&format!("households --branch {VILLAGE} --key clerk.pem --limit 1"));
    assert_eq!(households["households"].as_array().unwrap().len(), 1);

    prove(&bank, soap);
    let size = bank.json("bank")["entryCount"].as_str().unwrap().parse::<u64>().unwrap();
    server.stop();
    audit(&mut bank, size);
}

/// Receipts, proofs and streams while the bank is served.
fn prove(bank: &Program, index: u64) {
    let vkey = bank.json("bank")["vkey"].as_str().unwrap().to_owned();
    bank.ok(&format!("receipt {index} --out r --key bank/admin.pem --vkey {vkey}"));
    bank.ok(&format!("entry {index} --leaf leaf --proof proof --key bank/admin.pem"));
    assert_eq!(bank.read("leaf"), bank.read("r.leaf"));
    let held = bank.ok(&format!("verify-proof proof --leaf leaf --vkey {vkey}"));
    assert!(held.stdout.contains("成立"), "{}", held.stdout);
    let mut leaf = bank.read("leaf");
    leaf[40] ^= 1;
    bank.write("bent", leaf);
    bank.run(&format!("verify-proof proof --leaf bent --vkey {vkey}")).says(1, &["收据不对"]);
    let other = vkey.replace("civbank.example/cli", "civbank.example/other");
    assert_ne!(bank.run(&format!("verify-proof proof --leaf leaf --vkey {other}")).status, 0);
    bank.ok(&format!("inclusion {index}"));
    bank.ok("consistency 3 9");
    bank.run("consistency 9 3").says(1, &["拒绝"]);
    let watched = bank.ok("watch --from 2 --count 3 --json --key bank/admin.pem").stdout;
    let indexes: Vec<u64> = watched
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indexes, [2, 3, 4]);
    let entries = bank.json("entries --from 5 --limit 2 --key bank/admin.pem");
    assert_eq!(entries.as_array().unwrap().len(), 2);
}

/// What works on the files alone, once nobody serves them.
fn audit(bank: &mut Program, size: u64) {
    let report = bank.json("verify --dir bank");
    assert_eq!(report["entries"].as_u64(), Some(size));
    bank.ok("export --dir bank --out all.jsonl");
    let lines = String::from_utf8(bank.read("all.jsonl")).unwrap();
    assert_eq!(lines.lines().count() as u64, size);
    for (line, index) in lines.lines().zip(0u64..) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["index"].as_u64(), Some(index));
        assert!(line["raw"].is_string() && line["entry"]["effects"].is_object());
    }
    assert_eq!(bank.json("reindex --dir bank")["entries"].as_u64(), Some(size));
    let journal = std::fs::read_dir(bank.path("bank/journal")).unwrap();
    let segment =
        journal.map(|file| file.unwrap().path()).find(|path| path.metadata().unwrap().len() > 1000).unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    bank.run("verify --dir bank").says(1, &["审计没有通过：第一处不对在第"]);
    bank.run("verify --dir bank --lang en").says(1, &["the first bad index is"]);
}

#[test]
fn every_mistake_is_answered_with_its_reason_and_numbers() {
    let (bank, _server) = village();
    let household = format!("{VILLAGE}-00001");
    credited(&bank, &format!("--household {household} --item G01 --quantity 5 --evidence photo0.jpg"), "");
    bank.entry("set-pin --passbook 00001.txt --key clerk.pem --pin 2580");
    let open = bank.entry(&format!("declare --household {household} --item R06 --key resident.pem"));
    bank.entry(&format!("review {open} --endorse --key liaison.pem"));
    bank.entry(&format!("decide {open} --approve --points 100 --key committee-1.pem"));
    bank.ok("keygen --out stranger.pem");
    let declare = format!("declare --household {household} --key resident.pem");
    let redeem = "redeem --passbook 00001.txt --key terminal.pem";
    let cases: Vec<(String, &[&str])> = vec![
        (format!("{declare} --item G09"), &["ITEM_UNKNOWN", "G09"]),
        (format!("{declare} --item D01"), &["ITEM_NOT_DECLARABLE"]),
        (format!("{declare} --item G01 --evidence photo0.jpg"), &["EVIDENCE_REUSED"]),
        (format!("{declare} --item G01"), &["EVIDENCE_WANTED", "凭证"]),
        (
            format!("{declare} --item G01 --quantity 2 --evidence photo1.jpg"),
            &["CAP_REACHED", "cap=6", "used=5"],
        ),
        (format!("{declare} --item R08 --quantity 0"), &["BAD_FIELD", "declare.quantity"]),
        (format!("{declare} --item R08 --on 2199-01-01"), &["DEED_IN_FUTURE"]),
        (format!("{declare} --item R08 --on 2020-01-01"), &["ITEM_NOT_IN_FORCE", "2020-01-01"]),
        (format!("{declare} --item G01 --member 9 --evidence photo1.jpg"), &["MEMBER_UNKNOWN"]),
        (
            format!("declare --household {VILLAGE}-00009 --item R08 --key resident.pem"),
            &["HOUSEHOLD_UNKNOWN", "00009"],
        ),
        (format!("declare --household {household} --item R08 --key stranger.pem"), &["KEY_UNKNOWN"]),
        (format!("declare --household {household} --item R08 --key clerk.pem"), &["NOT_AUTHORISED", "申报"]),
        (format!("review {open} --endorse --key liaison.pem"), &["WRONG_STATE", "ENDORSED"]),
        ("review 3 --endorse --key liaison.pem".to_owned(), &["DECLARATION_NOT_OPEN", "declaration=3"]),
        (format!("decide {open} --approve --points 100 --key committee-1.pem"), &["ALREADY_VOTED"]),
        (format!("decide {open} --approve --key committee-2.pem"), &["POINTS_WANTED", "min=100", "max=200"]),
        (format!("decide {open} --approve --points 201 --key committee-2.pem"), &["POINTS_OUT_OF_RANGE"]),
        (format!("{redeem} --goods egg=99"), &["OUT_OF_STOCK", "has=30", "asked=99"]),
        (format!("{redeem} --goods soap=3 --pin 2580"), &["MONTH_LIMIT_REACHED", "limit=2"]),
        (
            format!("{redeem} --goods soap=2 --goods egg=1 --pin 2580"),
            &["INSUFFICIENT_POINTS", "has=50", "asked=55"],
        ),
        (format!("{redeem} --goods soap=1"), &["PIN_REQUIRED", "free=20", "asked=25"]),
        (format!("{redeem} --goods soap=1 --pin 0000"), &["PIN_WRONG", "misses_left=4"]),
        ("redeem --passbook 00001.txt --goods egg=1".to_owned(), &["SIGNATURE_MISSING", "终端"]),
        (
            format!("redeem --household {household} --goods egg=1 --key terminal.pem"),
            &["SIGNATURE_MISSING", "存折"],
        ),
        (format!("{redeem} --goods egg=1 --origin civbank.example/other"), &["WRONG_ORIGIN"]),
        (
            format!("{redeem} --goods egg=1 --request-id 017f22e2-79b0-7cc3-98c4-dc0c0c07398f"),
            &["COMMAND_EXPIRED"],
        ),
        (format!("open-branch {VILLAGE} --title 前进村 --key bank/admin.pem"), &["BRANCH_EXISTS"]),
        (
            "open-branch 370829199202 --title \"北\u{200b}村\" --key bank/admin.pem".to_owned(),
            &["BAD_FIELD", "open_branch.title", "看不见"],
        ),
        (format!("enrol-key {} --person {household}-2 --key clerk.pem", "00".repeat(32)), &["KEY_WEAK"]),
        (format!("enrol-key clerk.pem --person {household}-2 --key bank/admin.pem"), &["KEY_IN_USE"]),
        (
            format!("set-policy --branch {VILLAGE} --notice-days 31 --key bank/admin.pem"),
            &["BAD_FIELD", "notice_days"],
        ),
        (
            format!("fund --branch {VILLAGE} --source county --fen 0 --points 0 --key bank/admin.pem"),
            &["BAD_FIELD", "fund_budget.points"],
        ),
        ("statement --household 370829199201-00002 --key resident.pem".to_owned(), &["READ_DENIED"]),
        (format!("statement --household {household}"), &["SESSION_MISSING"]),
        ("entries --key resident.pem".to_owned(), &["READ_DENIED"]),
        ("entry 9999 --key bank/admin.pem".to_owned(), &["ENTRY_UNKNOWN"]),
        ("goods --branch 370829199209".to_owned(), &["BRANCH_UNKNOWN"]),
        ("inclusion 9999".to_owned(), &["PROOF_OUT_OF_RANGE"]),
    ];
    let entries = || bank.json("bank")["entryCount"].as_str().unwrap().to_owned();
    let before = entries();
    let mut wrong = Vec::new();
    for (words, wants) in cases {
        let run = bank.run(&words);
        wrong.extend(run.otherwise(1, wants));
        let reason = wants[0];
        if !run.stderr.starts_with(&format!("拒绝 {reason}：")) {
            wrong.push(format!("{words}: {}", run.stderr));
        }
        let english = bank.run(&format!("{words} --lang en"));
        if !english.stderr.starts_with(&format!("refused {reason}: ")) {
            wrong.push(format!("{words}: {}", english.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let json = bank.run(&format!("{declare} --item G09 --json"));
    let json: Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(
        (json["error"]["kind"].as_str(), json["error"]["reason"].as_str()),
        (Some("refused"), Some("ITEM_UNKNOWN"))
    );
    assert_eq!(entries(), before, "a refusal writes nothing");

    // A card that was replaced is dead, and a refused card leaves no file behind.
    bank.run(&format!("passbook issue --household {household} --out new.txt --key clerk.pem"))
        .says(1, &["SIGNATURE_MISSING"]);
    assert!(!bank.path("new.txt").exists() && !bank.path("new.svg").exists());
    bank.entry(&format!(
        "passbook issue --household {household} --out new.txt --key clerk.pem --cosign liaison.pem"
    ));
    bank.run(&format!("{redeem} --goods egg=1")).says(1, &["拒绝"]);
    bank.ok("redeem --passbook new.txt --key terminal.pem --goods egg=1");
    bank.run(&format!(
        "passbook issue --household {household} --out new.txt --key clerk.pem --cosign liaison.pem"
    ))
    .says(1, &["不会覆盖"]);
}

#[test]
fn the_same_command_is_written_once() {
    let (bank, _server) = village();
    let id = uuid::Uuid::now_v7();
    let fund = format!("fund --branch {VILLAGE} --source town --fen 100 --points 10 --key bank/admin.pem");
    let first = bank.json(&format!("{fund} --request-id {id}"));
    let again = bank.json(&format!("{fund} --request-id {id}"));
    assert_eq!((first["index"].as_u64(), again["repeated"].as_bool()), (again["index"].as_u64(), Some(true)));
    assert_eq!(first["entry"], again["entry"]);
    let other = fund.replace("--points 10", "--points 11");
    bank.run(&format!("{other} --request-id {id}")).says(1, &["REQUEST_ID_REUSED"]);

    // Saved before it was sent, and sent again from the file.
    let saved = bank.json(&format!("{fund} --save-command fund.command --receipt kept"));
    let again = bank.json("submit fund.command");
    assert_eq!((saved["index"].as_u64(), again["repeated"].as_bool()), (again["index"].as_u64(), Some(true)));
    assert!(bank.ok("submit fund.command").stdout.contains("早已入账"));
    let vkey = bank.json("bank")["vkey"].as_str().unwrap().to_owned();
    bank.ok(&format!("verify-proof kept --leaf kept.leaf --vkey {vkey}"));
    bank.run(&format!("{fund} --save-command fund.command")).says(1, &["不会覆盖"]);

    // A dry run says what would happen and writes nothing.
    let size = bank.json("bank")["entryCount"].clone();
    let preview = bank.ok(&format!("{fund} --voucher id.txt --dry-run")).stdout;
    assert!(preview.contains("没有入账") && preview.contains("积分预算"), "{preview}");
    assert_eq!(bank.json("bank")["entryCount"], size);

    // Whoever trusts another log sends nothing to this one.
    let other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    bank.run(&format!("{fund} --vkey {other}")).says(1, &["不能相信"]);
    bank.run(&format!("{fund} --vkey {}", &other[1..])).says(2, &["vkey"]);
    assert_eq!(bank.json("bank")["entryCount"], size);
}

#[test]
fn a_second_server_on_one_directory_is_told_who_holds_it() {
    let mut bank = Program::new();
    bank.ok("init --dir bank --origin civbank.example/cli");
    bank.run("init --dir bank --origin civbank.example/cli").says(1, &["已经有一家银行"]);
    let _server = bank.serve("serve --dir bank");
    bank.run("serve --dir bank --listen 127.0.0.1:0").says(1, &["locked by process"]);
    bank.run("reindex --dir bank").says(1, &["locked by process"]);
}
