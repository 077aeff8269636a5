//! Words, and the commands that they ask for.

use civbank::bank::command::*;
use civbank::bank::ids::{Digest, PublicKey};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::words::*;
use civbank::documents::{Address, DocumentKind};

use super::catalogue::catalogue;
use super::desk::{count, day, home, line, sku, staff, village};

const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
fn key() -> PublicKey {
    let mut bytes = [0; 32];
    hex::decode_to_slice(KEY, &mut bytes).unwrap();
    PublicKey(bytes)
}

fn record(content: &[u8]) -> Digest {
    Digest(*Address::of(DocumentKind::Record, content).as_bytes())
}

fn photo(content: &[u8]) -> Digest {
    Digest(*Address::of(DocumentKind::Photo, content).as_bytes())
}

fn public(seed: u8) -> PublicKey {
    PublicKey(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes())
}

/// Words, and the whole body that they ask for. Verbs whose bodies hold something drawn at random (salts, keys)
/// have tests of their own below.
pub fn table() -> Vec<(&'static str, Body)> {
    let declare = Declare {
        household: home(1),
        member: 2,
        item: "G01".parse().unwrap(),
        quantity: 2,
        deed_date: day("2026-11-18"),
        evidence: vec![photo(b"\xff\xd8\xff a deed"), record(b"%PDF a record")],
        note: None,
        channel: Channel::Paper,
    };
    let appoint = Appoint {
        person: staff(3),
        role: Role::Committee,
        branch: village(),
        chair: true,
        households: Vec::new(),
        valid_until: Some(day("2027-12-31")),
    };
    vec![
        (
            "open-branch 370829199201 --title 前进村",
            Body::OpenBranch { branch: village(), title: "前进村".to_owned() },
        ),
        (
            "set-policy --quorum-min 3 --bounds bounds.toml",
            Body::SetPolicy {
                branch: None,
                policy: Policy { quorum_min: 3, ..Policy::DEFAULT },
                bounds: Some(Bounds {
                    min: Policy { notice_days: 5, ..Policy::LEAST },
                    max: Policy { notice_days: 9, ..Policy::MOST },
                }),
            },
        ),
        (
            "set-policy --branch 370829199201 --pin-free-points 60",
            Body::SetPolicy {
                branch: Some(village()),
                policy: Policy { notice_days: 3, pin_free_points: 60, ..Policy::DEFAULT },
                bounds: None,
            },
        ),
        (
            "enrol-key d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a --person 370829199201-00000-3",
            Body::EnrolKey { key: key(), holder: Holder::Person(staff(3)), valid_until: None },
        ),
        (
            "enrol-key one.pem --terminal 370829199201-t7 --until 2027-06-30",
            Body::EnrolKey {
                key: public(1),
                holder: Holder::Terminal("370829199201-t7".parse().unwrap()),
                valid_until: Some(day("2027-06-30")),
            },
        ),
        (
            "revoke-key two.pem --ground stolen",
            Body::RevokeKey { key: public(2), ground: RevocationGround::Stolen },
        ),
        ("rotate-key --key one.pem --new two.pem", Body::RotateKey { old: public(1), new: public(2) }),
        (
            "invite cancel d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            Body::CancelInvitation { invitation: key() },
        ),
        (
            "invite cancel https://bank.example/join#AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI --key one.pem",
            Body::CancelInvitation { invitation: public(2) },
        ),
        (
            "appoint --person 370829199201-00000-3 --role 评价委员 --branch 370829199201 --chair --until 2027-12-31",
            Body::Appoint(appoint.clone()),
        ),
        (
            "appoint --person 370829199201-00000-3 --role liaison --branch 370829199201 \
             --household 370829199201-00001 --household 370829199201-00002",
            Body::Appoint(Appoint {
                role: Role::Liaison,
                chair: false,
                households: vec![home(1), home(2)],
                valid_until: None,
                ..appoint
            }),
        ),
        (
            "dismiss --person 370829199201-00000-3 --role proxy --branch 370829199201 --household 370829199201-00001",
            Body::Dismiss {
                person: staff(3),
                role: Role::Proxy,
                branch: village(),
                household: Some(home(1)),
            },
        ),
        (
            "publish-catalogue catalogue.toml",
            Body::PublishCatalogue { branch: None, valid_from: day("2026-12-01"), items: catalogue() },
        ),
        (
            "publish-catalogue catalogue.toml --branch 370829199201 --from 2027-01-01",
            Body::PublishCatalogue {
                branch: Some(village()),
                valid_from: day("2027-01-01"),
                items: catalogue(),
            },
        ),
        (
            "fund --branch 370829199201 --source county --fen 240000 --points 15000 --voucher paper.pdf",
            Body::FundBudget {
                branch: village(),
                source: FundSource::County,
                fen: 240_000,
                points: 15_000,
                voucher: Some(record(b"%PDF a record")),
            },
        ),
        (
            "close-household 370829199201-00001 --successor 370829199201-00002",
            Body::CloseHousehold { household: home(1), successor: Some(home(2)) },
        ),
        (
            "kin --person 370829199201-00001-1 --other 370829199201-00002-1 --relation in-law",
            Body::DeclareKin {
                person: home(1).member(1).unwrap(),
                other: home(2).member(1).unwrap(),
                relation: KinRelation::InLaw,
            },
        ),
        (
            "declare --household 370829199201-00001 --item G01 --quantity 2 --on 2026-11-18 --member 2 \
             --evidence photo.jpg --evidence paper.pdf --channel paper",
            Body::Declare(declare.clone()),
        ),
        (
            "declare --passbook card.txt --key one.pem --item G01",
            Body::Declare(Declare {
                quantity: 1,
                deed_date: day("2026-11-20"),
                evidence: Vec::new(),
                channel: Channel::App,
                ..declare.clone()
            }),
        ),
        (
            "declare --passbook card.txt --item R01",
            Body::Declare(Declare {
                member: 0,
                item: "R01".parse().unwrap(),
                quantity: 1,
                deed_date: day("2026-11-20"),
                evidence: Vec::new(),
                channel: Channel::App,
                ..declare
            }),
        ),
        (
            "review 40 --endorse",
            Body::Review { declaration: 40, verdict: Verdict::Endorse, ground: None, note: None },
        ),
        (
            "review 40 --return evidence-unclear",
            Body::Review {
                declaration: 40,
                verdict: Verdict::Return,
                ground: Some(Ground::EvidenceUnclear),
                note: None,
            },
        ),
        (
            "review 40 --refuse 没有做这件事",
            Body::Review {
                declaration: 40,
                verdict: Verdict::Refuse,
                ground: Some(Ground::NotDone),
                note: None,
            },
        ),
        (
            "decide 40 41 42 --approve --points 300",
            Body::Decide {
                declarations: vec![40, 41, 42],
                vote: Vote::Approve,
                points: Some(300),
                ground: None,
            },
        ),
        (
            "decide 40 --refuse official-duty",
            Body::Decide {
                declarations: vec![40],
                vote: Vote::Refuse,
                points: None,
                ground: Some(Ground::OfficialDuty),
            },
        ),
        ("withdraw 40", Body::Withdraw { declaration: 40 }),
        (
            "resubmit 40 --evidence photo.jpg",
            Body::Resubmit {
                declaration: 40,
                quantity: 4,
                deed_date: day("2026-11-11"),
                evidence: vec![photo(b"\xff\xd8\xff a deed")],
                note: None,
            },
        ),
        (
            "resubmit 41 --quantity 1 --on 2026-11-12",
            Body::Resubmit {
                declaration: 41,
                quantity: 1,
                deed_date: day("2026-11-12"),
                evidence: Vec::new(),
                note: None,
            },
        ),
        (
            "publicity --household 370829199201-00001 --standings",
            Body::SetPublicity { household: "370829199201-00001".parse().unwrap(), standings: true },
        ),
        (
            "publicity --household 370829199201-00001 --no-standings",
            Body::SetPublicity { household: "370829199201-00001".parse().unwrap(), standings: false },
        ),
        (
            "object 40 --reason favouritism",
            Body::Object {
                declaration: 40,
                household: None,
                ground: ObjectionGround::Favouritism,
                statement: None,
                credited_by: None,
            },
        ),
        (
            "object 40 --reason 是别人做的 --household 370829199201-00001 --credited-by 47",
            Body::Object {
                declaration: 40,
                household: Some(home(1)),
                ground: ObjectionGround::WrongPerson,
                statement: None,
                credited_by: Some(47),
            },
        ),
        (
            "rule 40 --partial 15 --household 370829199201-00001",
            Body::Rule {
                declaration: 40,
                household: Some(home(1)),
                ruling: Ruling::Partial,
                points: 15,
                statement: None,
            },
        ),
        (
            "rule 40 --dismiss",
            Body::Rule {
                declaration: 40,
                household: None,
                ruling: Ruling::Dismiss,
                points: 0,
                statement: None,
            },
        ),
        (
            "rule 40 --uphold",
            Body::Rule {
                declaration: 40,
                household: None,
                ruling: Ruling::Uphold,
                points: 0,
                statement: None,
            },
        ),
        (
            "assess sheet.csv --on 2026-11-19 --record paper.pdf",
            Body::Assess {
                branch: village(),
                date: day("2026-11-19"),
                rows: vec![
                    AssessRow { household: home(1), item: "R01".parse().unwrap(), quantity: 2 },
                    AssessRow { household: home(2), item: "D01".parse().unwrap(), quantity: 1 },
                ],
                record: record(b"%PDF a record"),
            },
        ),
        (
            "stock-in --branch 370829199201 --goods egg=300 --goods soap=20 --cost egg=24000 \
             --best-before egg=2026-12-20 --source collective",
            Body::StockIn {
                branch: village(),
                lines: vec![
                    StockInLine {
                        sku: sku("egg"),
                        quantity: 300,
                        cost_fen: 24_000,
                        best_before: Some(day("2026-12-20")),
                    },
                    StockInLine { sku: sku("soap"), quantity: 20, cost_fen: 0, best_before: None },
                ],
                source: FundSource::Collective,
                receipt: None,
            },
        ),
        (
            "set-price prices.toml --branch 370829199201 --goods egg=6",
            Body::SetPrice {
                branch: village(),
                goods: vec![
                    Price {
                        sku: sku("salt"),
                        title: "盐".to_owned(),
                        measure: "袋".to_owned(),
                        points: 20,
                        month_limit: 2,
                    },
                    Price {
                        sku: sku("egg"),
                        title: "名".to_owned(),
                        measure: "件".to_owned(),
                        points: 6,
                        month_limit: 60,
                    },
                ],
            },
        ),
        (
            "stock-count --branch 370829199201 --goods egg=297",
            Body::StockCount { branch: village(), lines: vec![count("egg", 297)] },
        ),
        (
            "redeem --passbook card.txt --goods egg=2 --goods soap=1",
            Body::Redeem {
                household: home(1),
                lines: vec![line("egg", 2, 3, 5), line("soap", 1, 1, 25)],
                total: 35,
            },
        ),
        (
            "refund 50",
            Body::Refund { redemption: 50, lines: vec![count("egg", 2), count("soap", 1)], restock: true },
        ),
        (
            "refund 50 --goods soap=1 --write-off",
            Body::Refund { redemption: 50, lines: vec![count("soap", 1)], restock: false },
        ),
        (
            "erase d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a --ground requested",
            Body::Erase { document: Digest(key().0), ground: ErasureGround::Requested },
        ),
    ]
}
