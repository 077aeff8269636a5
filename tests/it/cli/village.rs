//! A village's bank, founded by the program's own verbs and served: what sessions begin with.

use super::program::{Program, Server};

/// The village's code.
pub const VILLAGE: &str = "370829199201";
const CATALOGUE: &str = r#"
[[item]]
code = "G01"
pillar = "service"
title = "志愿服务"
points = 10
subject = "person"
measure = "小时"
cap_window = "month"
cap_count = 6
evidence = ["attendance"]
[[item]]
code = "R06"
pillar = "living"
title = "改厕接入"
points_min = 100
points_max = 200
measure = "次"
cap_window = "once"
cap_count = 1
[[item]]
code = "R08"
pillar = "living"
title = "房前屋后绿化"
points = 30
measure = "次"
cap_window = "quarter"
cap_count = 1
[[item]]
code = "D01"
pillar = "living"
kind = "deduction"
title = "乱堆乱放"
points = 5
measure = "次"
"#;
const PRICES: &str = r#"
[[goods]]
sku = "egg"
title = "鸡蛋"
measure = "枚"
points = 5
month_limit = 60
[[goods]]
sku = "soap"
title = "肥皂"
measure = "块"
points = 25
month_limit = 2
"#;

/// A served bank with one village: clerk, supervisor, liaison, committee of three, terminal, two households,
/// catalogue, prices and stock. Keys lie in files named for their holders.
pub fn village() -> (Program, Server) {
    let mut bank = Program::new();
    bank.write("catalogue.toml", CATALOGUE);
    bank.write("prices.toml", PRICES);
    for name in ["id.txt", "consent.txt", "minutes.txt"] {
        bank.write(name, name);
    }
    for number in 0..6 {
        bank.write(&format!("photo{number}.jpg"), [&b"\xff\xd8\xff"[..], &[number]].concat());
    }
    let made = bank.json("init --dir bank --origin civbank.example/cli --head 370829199000 --title 镇总行");
    assert_eq!(made["head_branch"], "370829199000");
    let server = bank.serve("serve --dir bank");
    let admin = |words: String| bank.entry(&format!("{words} --key bank/admin.pem"));
    admin(format!("open-branch {VILLAGE} --title 前进村"));
    admin(format!("set-policy --branch {VILLAGE} --notice-days 0 --pin-free-points 20"));
    admin("publish-catalogue catalogue.toml".to_owned());
    admin(format!("fund --branch {VILLAGE} --source county --fen 48000 --points 600 --voucher minutes.txt"));
    let staff = ["clerk", "supervisor", "liaison", "chair", "committee-1", "committee-2"];
    for (name, number) in staff.into_iter().zip(1..) {
        let person = format!("{VILLAGE}-00000-{number}");
        bank.ok(&format!("keygen --out {name}.pem"));
        admin(format!("enrol-key {name}.pem --person {person}"));
        let role = match name {
            "chair" => "committee --chair",
            name => name.split('-').next().unwrap(),
        };
        if name != "liaison" {
            admin(format!("appoint --person {person} --role {role} --branch {VILLAGE}"));
        }
    }
    bank.ok("keygen --out terminal.pem");
    admin(format!("enrol-key terminal.pem --terminal {VILLAGE}-t1"));
    let clerk = |words: String| bank.entry(&format!("{words} --key clerk.pem"));
    for household in ["00001", "00002"] {
        let id = format!("{VILLAGE}-{household}");
        clerk(format!("open-household {id} --member id.txt --member id.txt --consent consent.txt"));
        clerk(format!("passbook issue --household {id} --out {household}.txt --site https://bank.example"));
    }
    admin(format!(
        "appoint --person {VILLAGE}-00000-3 --role liaison --branch {VILLAGE} \
         --household {VILLAGE}-00001 --household {VILLAGE}-00002"
    ));
    bank.ok("keygen --out resident.pem");
    clerk(format!("enrol-key resident.pem --person {VILLAGE}-00001-1 --passbook 00001.txt"));
    clerk(format!("set-price prices.toml --branch {VILLAGE}"));
    bank.entry(&format!(
        "stock-in --branch {VILLAGE} --goods egg=30 --goods soap=3 --cost egg=2400 --source collective --key terminal.pem"
    ));
    (bank, server)
}

/// Declares, endorses and approves: the declaration's number.
pub fn credited(bank: &Program, words: &str, points: &str) -> u64 {
    let number = bank.entry(&format!("declare {words} --key resident.pem"));
    bank.entry(&format!("review {number} --endorse --key liaison.pem"));
    for member in ["committee-1", "committee-2"] {
        bank.entry(&format!("decide {number} --approve {points} --key {member}.pem"));
    }
    number
}

/// What the first household can spend.
pub fn points(bank: &Program) -> i64 {
    let household = bank.json("household --passbook 00001.txt");
    household["household"]["points"].as_str().map_or(0, |points| points.parse().unwrap())
}
