//! An invitation from the officer's terminal to a key in somebody's hand, by the program's own verbs.

use super::village::{VILLAGE, village};

#[test]
fn a_link_becomes_a_key_in_somebodys_hand() {
    let (bank, _server) = village();
    let person = format!("{VILLAGE}-00001-2");
    let invite = format!("invite --person {person}");
    let made = bank.json(&format!("{invite} --valid-until 2199-12-31 --key bank/admin.pem"));
    let link = made["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/join#", bank.server())), "{link}");
    let told = bank.json(&format!("invitation {link}"));
    assert_eq!(
        (told["holder"].as_str(), told["state"].as_str()),
        (Some(&*person), Some("INVITATION_STATE_OPEN"))
    );
    let shown = bank.ok(&format!("invitation {link}")).stdout;
    assert!(shown.contains("00001 号户 2 号成员") && shown.contains("待接受"), "{shown}");

    // The officer's key lies at hand and signs nothing here.
    let joined = bank.json(&format!("join {link} --new-key mine.pem --key clerk.pem"));
    let envelope = &joined["entry"]["envelope"];
    assert_eq!(envelope["signatures"].as_array().unwrap().len(), 2, "{envelope}");
    let key = bank.json("key mine.pem");
    assert_eq!(
        (key["holder"].as_str(), key["active"].as_bool(), key["validUntil"].as_str()),
        (Some(&*person), Some(true), Some("2199-12-31"))
    );
    bank.entry(&format!("declare --household {VILLAGE}-00001 --item R08 --key mine.pem"));
    assert!(bank.ok(&format!("invitation {link}")).stdout.contains("已接受"));

    // Once; and a key that opens nothing is not left behind, while one that is there stays.
    bank.run(&format!("join {link} --new-key second.pem")).says(1, &["INVITATION_ACCEPTED"]);
    assert!(!bank.path("second.pem").exists());
    let before = bank.read("mine.pem");
    bank.run(&format!("join {link} --new-key mine.pem")).says(1, &["不会覆盖"]);
    assert_eq!(bank.read("mine.pem"), before);

    // The clerk invites with the household's card; the link goes by a file, and the server is the link's own.
    let shown = bank.ok(&format!("{invite} --days 1 --key clerk.pem --passbook 00001.txt")).stdout;
    let link = shown.split_whitespace().find(|word| word.contains("/join#")).unwrap();
    assert!(shown.contains('█') && shown.contains("只发给本人"), "{shown}");
    bank.write("link.txt", link);
    let dry = bank.ok("join link.txt --new-key dry.pem --dry-run").stdout;
    assert!(dry.contains("试办") && !bank.path("dry.pem").exists(), "{dry}");
    let shown = bank.run_without_server("join link.txt --new-key other.pem");
    assert!(shown.status == 0 && shown.stdout.contains("other.pem"), "{}{}", shown.stdout, shown.stderr);
    assert_eq!(bank.json("key other.pem")["holder"].as_str(), Some(&*person));

    // Withdrawn, by its key as well as by its link.
    let made = bank.json(&format!("invite --terminal {VILLAGE}-t2 --key bank/admin.pem"));
    let link = made["link"].as_str().unwrap();
    bank.run(&format!("invite cancel {link} --key clerk.pem")).says(1, &["NOT_AUTHORISED", "取消邀请"]);
    bank.entry(&format!("invite cancel {link} --key bank/admin.pem"));
    bank.run(&format!("join {link} --new-key till.pem")).says(1, &["INVITATION_CANCELLED", "已经取消"]);
    let by_key = bank.json(&format!("invite --terminal {VILLAGE}-t2 --key bank/admin.pem"));
    let shown = bank.ok(&format!("invitation {}", by_key["link"].as_str().unwrap())).stdout;
    let key = shown.split_whitespace().find(|word| word.len() == 64).unwrap();
    bank.entry(&format!("invite cancel {key} --key bank/admin.pem"));
    bank.run(&format!("invite --terminal {VILLAGE}-t2 --key clerk.pem"))
        .says(1, &["NOT_AUTHORISED", "邀请终端"]);
}
