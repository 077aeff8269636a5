//! The passbook's view models, without an engine: stages and their deadlines, the bars, the lines, what is
//! known of declarations, how far history is read.

use super::beauties::{chart, earned};
use super::history::{History, Wanted};
use super::lines::{LINES, REASON_BYTES, fitting, line, weight};
use super::past::Past;
use super::refusals::refusals;
use super::token_hash;
use crate::bank::effects::CatalogueVersion;
use crate::bank::effects::{Account, Change, DisputedCredit, Effects, Posting, SheetRow};
use crate::bank::ids::{Digest, HouseholdId, PersonId};
use crate::bank::time::{Day, Time};
use crate::bank::words::*;
use crate::words::Lang;

mod stages;

const VERSION: CatalogueVersion = CatalogueVersion { number: 1, of_branch: false };

fn home(serial: u32) -> HouseholdId {
    format!("370829199201-{serial:05}").parse().unwrap()
}

fn person() -> PersonId {
    "370829199201-00009-1".parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Nine in the morning.
fn morning(text: &str) -> Time {
    day(text).start().plus_minutes(9 * 60)
}

fn past(index: u64, on: &str, postings: Vec<Posting>, changes: Vec<Change>) -> Past {
    Past { index, time: morning(on), effects: Effects { postings, changes } }
}

fn posting(unit: Unit, amount: i64, balance_after: i64, sequence: u64, earlier: Option<u64>) -> Posting {
    Posting {
        account: Account::Household(home(1)),
        unit,
        amount,
        balance_after,
        account_sequence: sequence,
        account_previous_index: earlier,
    }
}

fn moved(declaration: u64, state: State, points: i64) -> Change {
    Change::StateChanged { declaration, household: home(1), state, points, until: None, ground: None }
}

fn ended(declaration: u64, state: State, ground: Option<Ground>) -> Change {
    Change::StateChanged { declaration, household: home(1), state, points: 0, until: None, ground }
}

fn ruled(declaration: u64, ruling: Ruling, points: i64) -> Change {
    Change::Ruled { declaration, household: home(1), person: person(), ruling, points }
}

fn filed(item: &str, quantity: u32, on: &str) -> Change {
    Change::DeclarationFiled {
        household: home(1),
        member: 0,
        item: item.parse().unwrap(),
        quantity,
        deed_date: day(on),
        evidence: Vec::new(),
        channel: Channel::App,
        proxy: None,
        version: VERSION,
    }
}

#[test]
fn bars_show_what_stands_of_this_years_credits() {
    let entry = |index, on, changes| past(index, on, Vec::new(), changes);
    let objected = Change::Objected {
        declaration: 6,
        household: home(1),
        person: None,
        by_household: None,
        ground: ObjectionGround::NotDone,
        credit: Some(DisputedCredit { points: 80, credited_by: 16 }),
    };
    // Newest first.
    let pasts = [
        // Credited last year, taken back this year: neither counts.
        entry(40, "2026-11-20", vec![ruled(1, Ruling::Uphold, 0), moved(1, State::Reversed, 0)]),
        // A part of a credit of this year stands.
        entry(39, "2026-11-19", vec![ruled(6, Ruling::Partial, 30), moved(6, State::Credited, 30)]),
        // Taken back in full.
        entry(38, "2026-11-18", vec![ruled(7, Ruling::Uphold, 0), moved(7, State::Reversed, 0)]),
        entry(30, "2026-10-02", vec![objected, moved(6, State::Disputed, 80)]),
        // Two at once, with a deduction that is no beauty.
        entry(
            20,
            "2026-05-01",
            vec![moved(2, State::Credited, 40), moved(3, State::Credited, 20), moved(4, State::Credited, -5)],
        ),
        entry(17, "2026-04-01", vec![moved(7, State::Credited, 10)]),
        entry(16, "2026-03-01", vec![moved(6, State::Credited, 80)]),
        entry(15, "2026-01-01", vec![moved(5, State::Credited, 15), moved(8, State::OnNotice, 500)]),
        entry(9, "2025-12-31", vec![moved(1, State::Credited, 100)]),
    ];
    let pillar = |number| match number {
        2 | 5 | 6 => Some(Pillar::Service),
        3 => Some(Pillar::Living),
        _ => Some(Pillar::Family),
    };
    let sums = earned(&pasts, 2026, pillar);
    let sums: Vec<(Pillar, i64)> = sums.into_iter().collect();
    assert_eq!(sums, [(Pillar::Living, 20), (Pillar::Service, 40 + 15 + 30)]);
}

#[test]
fn the_longest_bar_fills_the_width_and_none_is_lost() {
    let sums = [(Pillar::Living, 1), (Pillar::Service, 300), (Pillar::Governance, 150)].into();
    let drawn = chart(Lang::Zh, 2026, &sums);
    let widths: Vec<i64> = drawn.bars.iter().map(|bar| bar.width).collect();
    assert_eq!(widths, [2, 0, 0, 100, 50]);
    assert_eq!(drawn.total, 451);
    assert_eq!(drawn.bars[3].name, "公益奉献美");
    let empty = chart(Lang::Zh, 2026, &[].into());
    assert!(empty.bars.iter().all(|bar| bar.width == 0 && bar.points == 0));
}

#[test]
fn a_line_tells_points_and_score_apart() {
    let both = past(
        30,
        "2026-11-20",
        vec![posting(Unit::Points, 40, 120, 7, Some(25)), posting(Unit::Score, 3, 98, 2, Some(25))],
        Vec::new(),
    );
    let shown = line(Lang::Zh, &both, "公示期满入账".to_owned(), Some(morning("2026-02-01")));
    assert_eq!(shown.day, "2026年11月20日");
    let told: Vec<_> =
        shown.amounts.iter().map(|a| (a.score, a.moved.as_str(), a.balance, a.sequence, a.down)).collect();
    assert_eq!(told, [(false, "+40 分", 120, 7, false), (true, "+3 分", 98, 2, false)]);
}

#[test]
fn the_score_moves_from_100_in_every_new_year() {
    // Amount, balance after, time of the posting before, and what people see.
    let cases = [
        // The account's first posting carries the base.
        (95, 95, None, "-5 分"),
        (103, 103, None, "+3 分"),
        (-5, 90, Some("2026-03-01"), "-5 分"),
        // Stood at 90 in December: back to 100, less 5.
        (5, 95, Some("2025-12-31"), "-5 分"),
        // Floored at zero.
        (-3, 0, Some("2026-03-01"), "-3 分"),
    ];
    for (amount, balance, before, shown) in cases {
        let one = past(9, "2026-11-20", vec![posting(Unit::Score, amount, balance, 1, None)], Vec::new());
        let line = line(Lang::Zh, &one, String::new(), before.map(morning));
        assert_eq!(line.amounts[0].moved, shown, "{amount} to {balance}");
        assert_eq!(line.amounts[0].down, shown.starts_with('-'));
    }
}

#[test]
fn a_page_ends_at_thirty_lines_or_when_its_reasons_are_too_heavy() {
    let short = vec!["兑换 鸡蛋×2"; 50];
    assert_eq!(fitting(short.iter().copied()), LINES);
    assert_eq!(fitting(short.iter().copied().take(7)), 7);
    // A redemption of twenty goods with the longest names.
    let long = format!("兑换 {}", "长".repeat(20 * 40));
    let count = fitting(std::iter::repeat_n(long.as_str(), 40));
    assert_eq!(count, REASON_BYTES / weight(&long));
    // One line is always shown, whatever it weighs.
    let huge = "<".repeat(REASON_BYTES);
    assert_eq!(fitting([huge.as_str(), "短"]), 1);
    assert_eq!(weight("<a&'\">汉"), 5 + 1 + 5 + 5 + 5 + 5 + 3);
}

#[test]
fn an_entry_is_cut_down_to_one_household() {
    let neighbours = posting(Unit::Points, 9, 9, 1, None);
    let theirs = Posting { account: Account::Household(home(2)), ..neighbours };
    let budget = Posting { account: Account::Expired(home(1).branch()), ..neighbours };
    let row = |serial, code: &str| SheetRow {
        household: home(serial),
        item: code.parse().unwrap(),
        quantity: serial,
        version: VERSION,
    };
    let vote =
        |declaration| Change::Voted { declaration, person: person(), vote: Vote::Approve, points: None };
    let of_neighbour = Change::StateChanged {
        declaration: 8,
        household: home(2),
        state: State::Credited,
        points: 9,
        until: None,
        ground: None,
    };
    let sheet = Change::SheetFiled {
        branch: home(1).branch(),
        date: day("2026-11-01"),
        clerk: person(),
        rows: vec![row(2, "D01"), row(1, "R01")],
        record: Digest([5; 32]),
    };
    let closed = Change::HouseholdClosed { household: home(2), successor: Some(home(1)) };
    let effects = Effects {
        postings: vec![theirs, neighbours, budget],
        changes: vec![vote(7), vote(8), moved(7, State::OnNotice, 40), of_neighbour, sheet, closed.clone()],
    };
    let cut = Past::of(50, morning("2026-11-20"), effects, home(1));
    assert_eq!(cut.effects.postings, [neighbours, budget]);
    let ours = Change::SheetFiled {
        branch: home(1).branch(),
        date: day("2026-11-01"),
        clerk: person(),
        rows: vec![row(1, "R01")],
        record: Digest([5; 32]),
    };
    assert_eq!(cut.effects.changes, [vote(7), moved(7, State::OnNotice, 40), ours, closed]);
    assert!(cut.is_line());
}

#[test]
fn a_resubmission_says_how_much_and_when() {
    let again = |quantity, on: &str| Change::DeclarationResubmitted {
        declaration: 10,
        quantity,
        deed_date: day(on),
        evidence: Vec::new(),
        proxy: None,
    };
    let mut history = History::default();
    history.take(past(40, "2026-11-20", Vec::new(), vec![moved(10, State::Credited, 20)]));
    assert_eq!(history.slips.unknown(&history.pasts), [10]);
    history.take(past(30, "2026-11-12", Vec::new(), vec![again(2, "2026-11-02")]));
    history.take(past(20, "2026-11-11", Vec::new(), vec![again(5, "2026-11-03")]));
    assert_eq!(history.slips.get(10), None);
    history.take(past(10, "2026-11-10", Vec::new(), vec![filed("G01", 4, "2026-11-01")]));
    let slip = history.slips.get(10).unwrap();
    assert_eq!((slip.quantity, slip.deed_date, slip.by_sheet), (2, day("2026-11-02"), false));
    assert!(history.slips.unknown(&history.pasts).is_empty());
}

#[test]
fn history_is_read_until_all_that_is_wanted_is_there() {
    let wanted = Wanted { before: 100, lines: 2, since: morning("2026-11-01"), disputes: 1 };
    let line = |index, on| past(index, on, vec![posting(Unit::Points, 5, 5, 1, None)], Vec::new());
    let mut history = History::default();
    assert!(!history.is_enough(&wanted));
    history.take(line(90, "2026-11-20"));
    // Ruled since: no open dispute.
    history.take(past(80, "2026-11-15", Vec::new(), vec![moved(3, State::Credited, 10)]));
    history.take(past(70, "2026-11-14", Vec::new(), vec![moved(3, State::Disputed, 10)]));
    history.take(line(60, "2026-10-30"));
    assert!(!history.is_enough(&wanted), "no dispute yet");
    history.take(past(50, "2026-10-01", Vec::new(), vec![moved(4, State::Disputed, 10)]));
    assert!(history.is_enough(&wanted));
    let open: Vec<u64> = history.disputes.iter().map(|disputed| disputed.declaration).collect();
    assert_eq!(open, [4]);
    // Cut off here, the months read in full may still be summed up.
    history.cut = true;
    assert!(history.reaches(morning("2026-10-02")));
    assert!(!history.reaches(morning("2026-09-30")));
}

#[test]
fn refusals_say_who_and_why() {
    let reviewed = Change::Reviewed {
        declaration: 5,
        person: person(),
        verdict: Verdict::Refuse,
        ground: Some(Ground::NotDone),
    };
    let voted = Change::Voted { declaration: 6, person: person(), vote: Vote::Refuse, points: None };
    let entry = |index, on, changes| past(index, on, Vec::new(), changes);
    let pasts = [
        entry(40, "2026-11-20", vec![reviewed, ended(5, State::Refused, Some(Ground::NotDone))]),
        entry(39, "2026-11-19", vec![voted, ended(6, State::Refused, None)]),
        entry(
            38,
            "2026-11-18",
            vec![ruled(7, Ruling::Uphold, 0), ended(7, State::Voided, Some(Ground::ObjectionUpheld))],
        ),
        entry(37, "2026-11-17", vec![ended(8, State::Refused, Some(Ground::TimedOut))]),
        entry(36, "2026-11-16", vec![ended(9, State::Withdrawn, None), moved(10, State::Credited, 5)]),
        entry(35, "2026-08-01", vec![ended(4, State::Refused, Some(Ground::False))]),
    ];
    let shown = refusals(Lang::Zh, &pasts, morning("2026-09-01"), |number| format!("{number}"));
    let told: Vec<_> = shown.iter().map(|r| (r.what.as_str(), r.state, r.why.as_str(), r.index)).collect();
    assert_eq!(
        told,
        [
            ("5", "未通过", "联户党员：没有做这件事", 40),
            ("6", "未通过", "评价委员会：没有写明原因，可以去问", 39),
            ("7", "已作废", "总行裁定：异议成立", 38),
            ("8", "未通过", "系统：超过办理期限", 37),
        ]
    );
}

#[test]
fn only_a_whole_token_is_hashed() {
    let token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let bytes: Vec<u8> = (0..32).collect();
    assert_eq!(token_hash(token), Some(Digest(*blake3::hash(&bytes).as_bytes())));
    for wrong in [
        "",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        // A second spelling of the same bytes.
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A",
        " AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "++ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ] {
        assert_eq!(token_hash(wrong), None, "{wrong:?}");
    }
}
