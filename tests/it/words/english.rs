//! The lines of a book and the steps of a declaration in English, with titles as people wrote them.

use civbank::bank::command::Holder;
use civbank::bank::effects::{Account, Change, Effects, Posting};
use civbank::bank::words::*;
use civbank::words::{Lang, change_in, reason_in};

use super::*;

#[test]
fn the_steps_of_a_declaration_in_english() {
    let midnight = day("2026-11-28").start();
    let until = |of, points, ground| Change::StateChanged {
        declaration: 123,
        household: home(12),
        state: of,
        points,
        until: Some(midnight),
        ground,
    };
    let vote = |points| Change::Voted { declaration: 123, person: person(9), vote: Vote::Approve, points };
    for (of, line) in [
        (until(State::OnNotice, 20, None), "On notice, +20 points, until 27 Nov 2026"),
        (until(State::Submitted, 0, None), "Waiting for review, by 27 Nov 2026 at the latest"),
        (
            until(State::Refused, 0, Some(Ground::NoQuorum)),
            "Refused, because there were too few votes in favour",
        ),
        (vote(Some(20)), "Vote: in favour, 20 points for each"),
        (vote(None), "Vote: in favour"),
        (
            ruled(123, Ruling::Partial, 1),
            "Ruling of the head bank: the objection is upheld in part, what stands: 1 point",
        ),
        (redeemed(12, branch()), "Spent on 鸡蛋×2, 肥皂×1, 35 points (village shop)"),
        (refunded(), "Brought back 肥皂×1, 25 points returned (bought in entry 88)"),
        (
            Change::KeyEnrolled {
                key: KEY,
                holder: Holder::Person(person(12)),
                valid_until: Some(day("2027-01-03")),
            },
            "A key is enrolled: member 2 of household 00012, until 3 Jan 2027",
        ),
        (
            Change::StockMoved { branch: branch(), sku: sku("egg"), amount: -2, stock_after: 118 },
            "Stock: 鸡蛋, 2 fewer, 118 now",
        ),
        (
            Change::CataloguePublished {
                branch: Some(branch()),
                version: 3,
                valid_from: day("2027-01-03"),
                items: vec![],
            },
            "The catalogue of 前进村, version 3, is published: 0 items, in force from 3 Jan 2027",
        ),
    ] {
        assert_eq!(change_in(Lang::En, &of, &Village).as_deref(), Some(line), "{of:?}");
    }
}

#[test]
fn the_book_says_why_in_english() {
    let moved = |amount: i64, changes: Vec<Change>| {
        let posting = |account, amount| Posting {
            account,
            unit: Unit::Points,
            amount,
            balance_after: 0,
            account_sequence: 1,
            account_previous_index: None,
        };
        let postings =
            vec![posting(Account::Household(home(12)), amount), posting(Account::Expired(branch()), -amount)];
        Effects { postings, changes }
    };
    let debt = Change::DebtSet { household: home(12), debt: 15 };
    let many: Vec<Change> = (1..=5).map(|number| state(number, 12, State::Credited, 8)).collect();
    for (effects, line) in [
        (
            moved(20, vec![state(123, 12, State::Credited, 20), debt]),
            "Credited after notice: 志愿服务 ×2 (declaration 123); 15 points are still owed",
        ),
        (
            moved(40, many),
            "Credited after notice: declaration 1; declaration 2; declaration 3 and more, 5 in all",
        ),
        (
            moved(-20, vec![ruled(123, Ruling::Uphold, 0), state(123, 12, State::Reversed, 0)]),
            "Taken back by a ruling: 志愿服务 ×2 (declaration 123)",
        ),
        (
            moved(-35, vec![redeemed(12, "370829199202".parse().unwrap())]),
            "Spent on 土鸡蛋×2, 肥皂×1 (shop of 河东村)",
        ),
        (moved(5, vec![state(123, 12, State::OnNotice, 20)]), "On notice: 志愿服务 ×2 (declaration 123)"),
        (moved(5, vec![]), "The account moved"),
    ] {
        assert_eq!(reason_in(Lang::En, &effects, home(12), &Village), line);
    }
}
