//! Lists: pages, their tokens, their filters.

use civbank::bank::command::Body;
use civbank::bank::words::{Role, Verdict, Vote};
use civbank::wire::{Entry, pb};
use tonic::Code;

use super::errors::{denied, number};
use super::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_households_follow_each_other() {
    let town = Town::new().await;
    let token = town.token("clerk").await;
    let mut bank = town.bank().await;
    let mut told = Vec::new();
    let mut page_token = String::new();
    let mut pages = 0;
    loop {
        let request = pb::ListHouseholdsRequest { branch: VILLAGE.into(), page_size: 3, page_token };
        let page = ok(bank.list_households(signed_in(request, &token))).await;
        told.extend(page.households.into_iter().map(|household| household.household));
        page_token = page.next_page_token;
        pages += 1;
        if page_token.is_empty() {
            break;
        }
    }
    let wanted: Vec<String> = (1..=8).map(|serial| format!("{VILLAGE}-{serial:05}")).collect();
    assert_eq!((told, pages), (wanted, 3));

    // A liaison sees their own, in pages too.
    let linked = [2, 5, 7].map(|serial| village().household(serial).unwrap());
    town.appoint("liaison", Role::Liaison, village(), &linked).await;
    let token = town.token("liaison").await;
    let page = |page_token| pb::ListHouseholdsRequest { branch: VILLAGE.into(), page_size: 2, page_token };
    let first = ok(bank.list_households(signed_in(page(String::new()), &token))).await;
    let second = ok(bank.list_households(signed_in(page(first.next_page_token), &token))).await;
    assert!(second.next_page_token.is_empty());
    let own = first.households.iter().chain(&second.households);
    let own: Vec<String> = own.map(|household| household.household[13..].to_owned()).collect();
    assert_eq!(own, ["00001", "00002", "00005", "00007"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_tokens_are_good_for_their_list_only() {
    let town = Town::new().await;
    let token = town.token("officer").await;
    let mut bank = town.bank().await;
    let page = |branch: &str, page_token: &str| {
        let (branch, page_token) = (branch.to_owned(), page_token.to_owned());
        signed_in(pb::ListHouseholdsRequest { branch, page_size: 3, page_token }, &token)
    };
    let next = ok(bank.list_households(page(VILLAGE, ""))).await.next_page_token;
    ok(bank.list_households(page(VILLAGE, &next))).await;

    // Of another branch, of another list, with one character changed, cut, or made up.
    let foreign = bank.list_households(page(OTHER, &next)).await;
    denied(foreign, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    let request = pb::ListBranchesRequest { page_size: 1, page_token: next.clone() };
    denied(bank.list_branches(request).await, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    let other = if next.starts_with('B') { "C" } else { "B" };
    let changed = format!("{other}{}", &next[1..]);
    for forged in [changed.as_str(), &next[..8], "3", "*", &"A".repeat(300)] {
        let answer = bank.list_households(page(VILLAGE, forged)).await;
        denied(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID");
    }
    // A token is no right: the next page is asked for by whoever may.
    let request = pb::ListHouseholdsRequest { branch: VILLAGE.into(), page_size: 3, page_token: next };
    let stranger = town.token("neighbour").await;
    let answer = bank.list_households(signed_in(request, &stranger)).await;
    denied(answer, Code::PermissionDenied, "READ_DENIED");

    let request =
        pb::ListHouseholdsRequest { branch: VILLAGE.into(), page_size: -1, page_token: String::new() };
    let answer = bank.list_households(signed_in(request, &token)).await;
    let status = denied(answer, Code::InvalidArgument, "BAD_FIELD");
    assert_eq!(number(&status, "field"), "page_size");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_complete_over_its_pages() {
    let mut town = Town::new().await;
    town.live().await;
    town.redeem(1).await;
    let token = town.token("passbook").await;
    let mut bank = town.bank().await;
    let mut sequences = Vec::new();
    let mut balances = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListStatementRequest { household: HOME.into(), page_size: 2, page_token };
        let page = ok(bank.list_statement(signed_in(request, &token))).await;
        sequences.extend(page.lines.iter().map(|line| line.account_sequence));
        balances.extend(page.lines.iter().map(|line| line.balance_after));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        // What is written meanwhile does not shift the pages.
        town.redeem(1).await;
    }
    assert_eq!((sequences, balances), (vec![3, 2, 1], vec![5, 10, 20]));

    let request = pb::ListStatementRequest { household: "370829199201-00002".into(), ..Default::default() };
    let token = town.token("neighbour").await;
    let empty = ok(bank.list_statement(signed_in(request, &token))).await;
    assert!(empty.lines.is_empty() && empty.next_page_token.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn declarations_are_listed_by_household_branch_and_state() {
    let town = Town::new().await;
    let credited = town.declare("G01", 1).await;
    town.approve(credited).await;
    town.days_pass(9).await;
    let refused = town.declare("G01", 2).await;
    town.endorse(refused).await;
    // Of two members one is enough to refuse: no quorum can be reached any more.
    let ground = Some(civbank::bank::words::Ground::NotDone);
    let vote = Body::Decide { declarations: vec![refused], vote: Vote::Refuse, points: None, ground };
    town.write(vote, &["chair"]).await;
    let noticed = town.declare("G01", 3).await;
    town.approve(noticed).await;
    let returned = town.declare("G01", 4).await;
    let ground = Some(civbank::bank::words::Ground::WrongDate);
    let back = Body::Review { declaration: returned, verdict: Verdict::Return, ground, note: None };
    town.write(back, &["liaison"]).await;
    let again = Body::Resubmit {
        declaration: returned,
        quantity: 5,
        deed_date: town.today(),
        evidence: Vec::new(),
        note: None,
    };
    town.write(again, &["member"]).await;
    let filed = town.declare("G01", 6).await;

    let token = town.token("clerk").await;
    let mut bank = town.bank().await;
    use pb::DeclarationState as S;
    let cases: [(S, &[u64]); 7] = [
        (S::Unspecified, &[filed, returned, noticed, refused, credited]),
        (S::Submitted, &[filed, returned]),
        (S::OnNotice, &[noticed]),
        (S::Credited, &[credited]),
        (S::Refused, &[refused]),
        (S::Returned, &[]),
        (S::Disputed, &[]),
    ];
    for (state, wanted) in cases {
        for (household, branch, page_size) in [(HOME, "", 2), ("", VILLAGE, 2), ("", VILLAGE, 1)] {
            let mut told = Vec::new();
            let mut page_token = String::new();
            loop {
                let request = pb::ListDeclarationsRequest {
                    household: household.into(),
                    branch: branch.into(),
                    state: state as i32,
                    page_size,
                    page_token,
                };
                let page = ok(bank.list_declarations(signed_in(request, &token))).await;
                assert!(page.declarations.len() <= page_size as usize);
                told.extend(page.declarations);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let numbers: Vec<u64> = told.iter().map(|declaration| declaration.declaration).collect();
            assert_eq!(numbers, wanted, "{state:?} of {household}{branch}");
            // A resubmission's quantity is the one that counts.
            for declaration in told.iter().filter(|declaration| declaration.declaration == returned) {
                assert_eq!(declaration.rows[0].quantity, 5);
            }
        }
    }
    let neither = pb::ListDeclarationsRequest::default();
    let answer = bank.list_declarations(signed_in(neither, &token)).await;
    denied(answer, Code::InvalidArgument, "BAD_FIELD");
    let both =
        pb::ListDeclarationsRequest { household: HOME.into(), branch: VILLAGE.into(), ..Default::default() };
    denied(bank.list_declarations(signed_in(both, &token)).await, Code::InvalidArgument, "BAD_FIELD");
    let state = pb::ListDeclarationsRequest { branch: VILLAGE.into(), state: 99, ..Default::default() };
    denied(bank.list_declarations(signed_in(state, &token)).await, Code::InvalidArgument, "BAD_FIELD");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_listed_whole_and_in_order() {
    let town = Town::new().await;
    let token = town.token("auditor").await;
    let mut ledger = town.ledger().await;
    let size = town.engine.published().size;
    let mut told = Vec::new();
    let mut request = pb::ListEntriesRequest { first_index: 3, page_size: 7, page_token: String::new() };
    loop {
        let page = ok(ledger.list_entries(signed_in(request.clone(), &token))).await;
        told.extend(page.entries);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let indexes: Vec<u64> = told.iter().map(|bytes| Entry::decode(bytes).unwrap().index).collect();
    assert_eq!(indexes, (3..size).collect::<Vec<_>>());
    let past = pb::ListEntriesRequest { first_index: size, page_size: 0, page_token: String::new() };
    let past = ok(ledger.list_entries(signed_in(past, &token))).await;
    assert!(past.entries.is_empty() && past.next_page_token.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_come_by_code_without_the_head_bank() {
    let town = Town::new().await;
    let mut bank = town.bank().await;
    let first =
        ok(bank.list_branches(pb::ListBranchesRequest { page_size: 1, page_token: String::new() })).await;
    assert_eq!(first.branches[0].branch, VILLAGE);
    let request = pb::ListBranchesRequest { page_size: 1, page_token: first.next_page_token };
    let second = ok(bank.list_branches(request)).await;
    assert_eq!(second.branches[0].branch, OTHER);
    assert!(second.next_page_token.is_empty());
}
