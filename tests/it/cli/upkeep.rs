//! Backup, restore and the doctor as people run them, beside a bank that is open.

use super::program::Program;
use super::village::village;

#[test]
fn a_village_is_copied_while_it_is_open_and_comes_back() {
    let (mut bank, server) = village();
    let said = bank.ok("backup --dir bank --to copy").stdout;
    for words in ["备份完成，已写入磁盘", "没有备份私钥：admin.pem log.key", "不能开门营业"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert!(!bank.path("copy/log.key").exists());
    let entries = bank.json("bank")["treeSize"].as_str().map(str::to_owned);
    let again = bank.json("backup --dir bank --to copy --with-key");
    assert_eq!((again["new_entries"].as_u64(), again["can_serve"].as_bool()), (Some(0), Some(true)));
    if let Some(entries) = entries {
        assert_eq!(again["entries"].to_string(), entries);
    }
    let vkey = again["vkey"].as_str().unwrap().to_owned();

    // A bank that is open is healthy, and said to be open.
    let seen = bank.json("doctor --dir bank");
    assert_eq!(
        (seen["healthy"].as_bool(), seen["findings"][0]["code"].as_str()),
        (Some(true), Some("LOCK_HELD"))
    );
    server.stop();

    let back = bank.ok(&format!("restore --from copy --dir back --vkey {vkey}")).stdout;
    assert!(back.contains("恢复完成，全部相符") && !back.contains("--vkey"), "{back}");
    bank.run("restore --from copy --dir back").says(1, &["失败", "不是空目录"]);
    bank.run("restore --from bank --dir new").says(1, &["没有做完的备份"]);
    bank.run("backup --dir back --to bank").says(1, &["不是备份目录"]);
    bank.run("backup --dir bank --to bank/copy --lang en").says(1, &["must lie apart"]);
    assert_eq!(bank.json("verify --dir back")["entries"], again["entries"]);
    let server = bank.serve("serve --dir back");
    assert!(bank.ok("household --passbook 00001.txt").status == 0);
    server.stop();
    assert!(bank.ok("doctor --dir back").stdout.contains("没有需要人处理的问题"));
}

#[test]
fn the_doctor_says_what_is_wrong_and_exits_1() {
    let bank = Program::new();
    bank.ok("init --dir bank --origin civbank.example/cli");
    std::fs::remove_file(bank.path("bank/log.key")).unwrap();
    bank.write("bank/civbank.toml", "listne = 1\n");
    let run = bank.run("doctor --dir bank");
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
    for words in ["[要处理] KEY_MISSING", "log.key", "[要处理] CONFIG_BAD", "listne", "有 2 处需要人处理"]
    {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    assert!(
        bank.run("doctor --dir bank --lang en").stdout.contains("[act] KEY_MISSING the log's key is missing")
    );
    let run = bank.run("doctor --dir nowhere --json");
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, said["healthy"].as_bool()), (1, Some(false)));
    assert_eq!(said["findings"][0]["code"], "NO_BANK");
    assert!(!bank.path("nowhere").exists());
}
