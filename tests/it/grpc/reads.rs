//! `BankService`: what reads say.

use civbank::bank::command::Body;
use civbank::bank::words::{Ground, ObjectionGround, Ruling, Verdict};
use civbank::documents::DocumentKind;
use civbank::wire::pb;
use tonic::Code;

use super::errors::denied;
use super::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_bank_its_branches_and_its_shops() {
    let town = Town::new().await;
    let mut bank = town.bank().await;
    let about = ok(bank.get_bank(pb::GetBankRequest {})).await;
    assert_eq!((about.origin.as_str(), about.head_branch.as_str()), (ORIGIN, HEAD));
    assert_eq!((about.branch_count, about.household_count), (2, 9));
    assert_eq!(about.entry_count, town.engine.published().size);
    assert_eq!(about.time_unix_ms, town.now().0);
    assert_eq!(about.policy.unwrap().notice_days, 7);

    let branches = ok(bank.list_branches(pb::ListBranchesRequest::default())).await.branches;
    let told: Vec<_> = branches.iter().map(|b| (b.branch.as_str(), b.title.as_str())).collect();
    assert_eq!(told, [(VILLAGE, "前进村"), (OTHER, "西河村")]);
    assert_eq!((branches[0].committee_seated, branches[0].budget), (2, 15_000));

    let catalogue = ok(bank.list_catalogue(pb::ListCatalogueRequest::default())).await;
    let codes: Vec<_> = catalogue.items.iter().map(|item| item.code.as_str()).collect();
    assert_eq!((codes, catalogue.version, catalogue.branch_version), (vec!["D01", "E01", "G01"], 1, 0));
    let before = pb::ListCatalogueRequest { branch: VILLAGE.into(), on: "2026-11-19".into() };
    assert!(ok(bank.list_catalogue(before)).await.items.is_empty());

    let goods = ok(bank.list_goods(pb::ListGoodsRequest { branch: VILLAGE.into() })).await.goods;
    let told: Vec<_> = goods.iter().map(|g| (g.price.as_ref().unwrap().sku.as_str(), g.stock)).collect();
    assert_eq!(told, [("egg", 30), ("soap", 0)]);

    let request = pb::ListAppointmentsRequest { branch: VILLAGE.into(), role: pb::Role::Committee as i32 };
    let offices = ok(bank.list_appointments(request)).await.appointments;
    let told: Vec<_> = offices.iter().map(|o| (o.person.as_str(), o.chair)).collect();
    assert_eq!(told, [("370829199201-00004-1", true), ("370829199201-00005-1", false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_or_field_that_is_not_is_said_to_be_not() {
    let town = Town::new().await;
    let mut bank = town.bank().await;
    let nowhere = "370829199999".to_owned();
    let goods = bank.list_goods(pb::ListGoodsRequest { branch: nowhere.clone() }).await;
    denied(goods, Code::NotFound, "BRANCH_UNKNOWN");
    let board = bank.get_board(pb::GetBoardRequest { branch: nowhere.clone() }).await;
    denied(board, Code::NotFound, "BRANCH_UNKNOWN");
    let funds = bank.get_funds(pb::GetFundsRequest { branch: "village".into() }).await;
    denied(funds, Code::InvalidArgument, "BAD_FIELD");
    let request = pb::ListCatalogueRequest { branch: String::new(), on: "2026-02-30".into() };
    denied(bank.list_catalogue(request).await, Code::InvalidArgument, "BAD_FIELD");
    let request = pb::ListAppointmentsRequest { branch: VILLAGE.into(), role: 99 };
    denied(bank.list_appointments(request).await, Code::InvalidArgument, "BAD_FIELD");
    let request = pb::GetBoardRequest::default();
    denied(bank.get_board(request).await, Code::InvalidArgument, "BAD_FIELD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_says_whose_it_is_and_what_it_is_good_for() {
    let town = Town::new().await;
    let mut bank = town.bank().await;
    let key = |name: &str| pb::GetKeyRequest { public_key: public(name) };
    let liaison = ok(bank.get_key(key("liaison"))).await;
    assert_eq!((liaison.holder.as_str(), liaison.active), ("370829199201-00003-1", true));
    assert_eq!(liaison.appointments[0].households, [HOME]);
    let passbook = ok(bank.get_key(key("passbook"))).await;
    assert_eq!((passbook.holder.as_str(), passbook.active), (HOME, true));
    let terminal = ok(bank.get_key(key("terminal"))).await;
    assert_eq!((terminal.holder.as_str(), terminal.active), ("370829199201-t1", true));
    denied(bank.get_key(key("thief")).await, Code::NotFound, "KEY_NOT_ENROLLED");

    let revoke = Body::RevokeKey {
        key: civbank::bank::ids::PublicKey(public("liaison").try_into().unwrap()),
        ground: civbank::bank::words::RevocationGround::Lost,
    };
    town.write(revoke, &["officer"]).await;
    assert!(!ok(bank.get_key(key("liaison"))).await.active);

    // The key of a card that a newer one replaced.
    let card = Body::IssuePassbook {
        household: home(),
        key: civbank::wire::signature::public_key(&super::world::key("second card")),
        view_token_hash: digest("another link"),
    };
    town.write(card, &["clerk", "supervisor"]).await;
    let passbook = ok(bank.get_key(key("passbook"))).await;
    assert_eq!((passbook.holder.as_str(), passbook.active), (HOME, false));
    assert!(ok(bank.get_key(key("second card"))).await.active);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_shows_a_terminal_what_it_needs_and_no_more() {
    let mut town = Town::new().await;
    town.live().await;
    let mut bank = town.bank().await;
    let view_token = VIEW_TOKEN_TEXT.to_owned();
    let card = ok(bank.get_passbook(pb::GetPassbookRequest { view_token: view_token.clone() })).await;
    let wanted = pb::GetPassbookResponse {
        household: HOME.into(),
        points: 10,
        pin_free_points: 90,
        pin_set: false,
        pin_locked: false,
    };
    assert_eq!(card, wanted);
    let unknown = pb::GetPassbookRequest { view_token: view_token.replace("paWl", "paWk") };
    denied(bank.get_passbook(unknown).await, Code::NotFound, "VIEW_TOKEN_UNKNOWN");
    for view_token in ["", "paWl", &format!("{view_token}=")] {
        let request = pb::GetPassbookRequest { view_token: view_token.into() };
        denied(bank.get_passbook(request).await, Code::InvalidArgument, "BAD_FIELD");
    }
    // The card of a book that is closed says so.
    let withdraw = Body::Withdraw { declaration: town.numbers["filed"] };
    town.write(withdraw, &["member"]).await;
    let close = Body::CloseHousehold { household: home(), successor: None };
    town.write(close, &["officer"]).await;
    let closed = bank.get_passbook(pb::GetPassbookRequest { view_token }).await;
    denied(closed, Code::FailedPrecondition, "HOUSEHOLD_CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_shows_what_stands_and_why() {
    let mut town = Town::new().await;
    town.live().await;
    let token = town.token("member").await;
    let mut bank = town.bank().await;
    let request = pb::GetHouseholdRequest { household: HOME.into() };
    let book = ok(bank.get_household(signed_in(request, &token))).await.household.unwrap();
    assert_eq!((book.points, book.score, book.card, book.debt), (10, 100, 1, 0));
    assert_eq!(book.liaison, "370829199201-00003-1");
    // Credited on the 29th of November 2026, good for 24 months to a month's end.
    assert_eq!(book.lots, [pb::Lot { last_day: "2028-11-30".into(), points: 10 }]);

    let request = pb::ListStatementRequest { household: HOME.into(), ..Default::default() };
    let lines = ok(bank.list_statement(signed_in(request, &token))).await.lines;
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (line.index, line.amount, line.balance_after, line.account_sequence, line.reason.as_str())
        })
        .collect();
    let credited = format!("公示期满入账：志愿服务 ×2（申报 {} 号）", town.numbers["credited"]);
    let wanted = [
        (town.numbers["redemption"], -10, 10, 2, "兑换 鸡蛋×2（文明超市）"),
        (town.numbers["credit"], 20, 20, 1, credited.as_str()),
    ];
    assert_eq!(told, wanted);
    // The shop's stock is not the household's business.
    assert_eq!(lines[0].changes.len(), 2, "{:?}", lines[0].changes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_that_was_completed_is_booked_as_completed() {
    let town = Town::new().await;
    let declaration = town.declare("G01", 1).await;
    let (verdict, ground) = (Verdict::Return, Some(Ground::EvidenceUnclear));
    town.write(Body::Review { declaration, verdict, ground, note: None }, &["liaison"]).await;
    let (quantity, deed_date, evidence) = (3, town.today(), Vec::new());
    let again = Body::Resubmit { declaration, quantity, deed_date, evidence, note: None };
    town.write(again, &["member"]).await;
    town.approve(declaration).await;
    town.days_pass(9).await;
    let token = town.token("member").await;
    let request = pb::ListStatementRequest { household: HOME.into(), ..Default::default() };
    let lines = ok(town.bank().await.list_statement(signed_in(request, &token))).await.lines;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].amount, 30);
    assert_eq!(lines[0].reason, format!("公示期满入账：志愿服务 ×3（申报 {declaration} 号）"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_tells_its_whole_way() {
    let mut town = Town::new().await;
    town.live().await;
    let token = town.token("member").await;
    let mut bank = town.bank().await;
    let declaration = town.numbers["credited"];
    let request = pb::GetDeclarationRequest { declaration };
    let answer = ok(bank.get_declaration(signed_in(request, &token))).await;
    let told = answer.declaration.unwrap();
    assert_eq!((told.votes_for, told.votes_against, told.votes_needed, told.due_unix_ms), (2, 0, 0, 0));
    assert_eq!(told.credited_by, Some(town.numbers["credit"]));
    let row = &told.rows[0];
    assert_eq!((row.title.as_str(), row.quantity, row.points), ("志愿服务", 2, 20));
    assert_eq!((row.state(), row.unit()), (pb::DeclarationState::Credited, pb::Unit::Points));
    let texts: Vec<&str> = answer.timeline.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(texts.len(), 5, "{texts:?}");
    assert!(texts[0].starts_with("申报：志愿服务 ×2"), "{texts:?}");
    assert!(texts[1].contains("联户党员审核") && texts[2].contains("评委投票"), "{texts:?}");
    assert!(texts[4].contains("+20 分"), "{texts:?}");
    assert_eq!(answer.timeline[4].index, town.numbers["credit"]);

    // One that is open: who is waited for, and until when.
    let request = pb::GetDeclarationRequest { declaration: town.numbers["filed"] };
    let open = ok(bank.get_declaration(signed_in(request, &token))).await.declaration.unwrap();
    assert_eq!((open.rows[0].state(), open.votes_needed), (pb::DeclarationState::Submitted, 2));
    assert!(open.due_unix_ms > town.now().0 && open.credited_by.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_objected_is_told_to_those_who_watch_the_village_only() {
    let town = Town::new().await;
    let declaration = town.declare("G01", 2).await;
    town.approve(declaration).await;
    let ground = ObjectionGround::Exaggerated;
    let object = Body::Object { declaration, household: None, ground, statement: None, credited_by: None };
    town.write(object, &["neighbour"]).await;
    let rule =
        Body::Rule { declaration, household: None, ruling: Ruling::Partial, points: 10, statement: None };
    town.write(rule, &["officer"]).await;

    let mut bank = town.bank().await;
    for (name, told) in [("member", ""), ("liaison", ""), ("supervisor", "370829199201-00002")] {
        let token = town.token(name).await;
        let request = pb::GetDeclarationRequest { declaration };
        let answer = ok(bank.get_declaration(signed_in(request, &token))).await;
        let objections: Vec<pb::Objected> = answer
            .timeline
            .iter()
            .flat_map(|step| &step.changes)
            .filter_map(|change| match change.body.as_ref()? {
                pb::change::Body::Objected(objected) => Some(objected.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(objections.len(), 1);
        assert_eq!(objections[0].by_household, told, "{name}");
        assert_eq!(objections[0].person.is_empty(), told.is_empty(), "{name}");
        let declaration = answer.declaration.unwrap();
        assert_eq!(declaration.rows[0].points, 10);
        assert_eq!(declaration.rows[0].state(), pb::DeclarationState::OnNotice);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_masks_households_and_only_counts_deductions() {
    let town = Town::new().await;
    let deed = town.declare("G01", 2).await;
    town.approve(deed).await;
    town.declare("G01", 1).await;
    let record = town.document(DocumentKind::Record, b"inspection of the 20th");
    let sheet = town.sheet(&[(HOME, "D01"), ("370829199201-00002", "G01")], record);
    let sheet = town.write(sheet, &["clerk"]).await;
    for member in ["chair", "committee"] {
        town.write(town.vote(&[sheet]), &[member]).await;
    }
    let board = ok(town.bank().await.get_board(pb::GetBoardRequest { branch: VILLAGE.into() })).await;
    let told: Vec<_> =
        board.lines.iter().map(|l| (l.declaration, l.household_masked.as_str(), l.points)).collect();
    assert_eq!(told, [(deed, "000**", 20), (sheet, "000**", 10)]);
    assert_eq!((board.deductions, board.waiting_review, board.waiting_decision), (1, 1, 0));
    assert_eq!(board.checkpoint, &*town.engine.published().checkpoint);

    let funds = ok(town.bank().await.get_funds(pb::GetFundsRequest { branch: VILLAGE.into() })).await;
    assert_eq!((funds.budget, funds.on_notice, funds.outstanding), (14_970, 30, 0));
    let line = pb::FundLine { source: pb::FundSource::Town as i32, fen: 240_000, points: 15_000 };
    assert_eq!(funds.lines, [line]);
}

/// Standings of those who agreed, the record, suggestions and answers: what the page at `/b/` shows.
#[tokio::test(flavor = "multi_thread")]
async fn a_board_tells_who_agreed_what_became_of_rows_and_what_was_answered() {
    let mut town = Town::new().await;
    town.live().await;
    let read = async || {
        let request = pb::GetBoardRequest { branch: VILLAGE.into() };
        let board = ok(town.bank().await.get_board(request)).await;
        let token = town.token("member").await;
        let request = pb::GetHouseholdRequest { household: HOME.into() };
        let book = ok(town.bank().await.get_household(signed_in(request, &token))).await.household.unwrap();
        (board, book)
    };
    let (board, book) = read().await;
    let standings = board.standings.expect("standings");
    assert_eq!((standings.agreed, standings.unnamed, standings.year.len()), (0, 1, 0));
    assert_eq!((book.publicity, book.earned_month, book.earned_year), (false, 20, 20));
    let counts = pb::RecordCounts { approved: 1, credited: 1, ..Default::default() };
    assert_eq!(board.record, Some(pb::Record { month: Some(counts), total: Some(counts) }));
    assert_eq!(board.suggestions, Some(pb::Suggestions::default()));

    let sealed = |text: &str| town.document(DocumentKind::Text, &[&[7; 32], text.as_bytes()].concat());
    town.write(Body::SetPublicity { household: home(), standings: true }, &["passbook"]).await;
    let branch = village();
    let mut answered = Vec::new();
    for round in 0..6 {
        let who = if round < 3 { "member" } else { "liaison" };
        let asked = Body::Suggest { branch, document: sealed(&format!("路灯 {round}")) };
        let suggestion = town.write(asked, &[who]).await;
        let answer = Body::AnswerSuggestion { suggestion, document: sealed(&format!("修好了 {round}")) };
        town.write(answer, &["clerk"]).await;
        answered.push(suggestion);
    }
    let open = Body::Suggest { branch, document: sealed("秘密") };
    town.write(open, &["passbook"]).await;
    let (board, book) = read().await;
    let standings = board.standings.expect("standings");
    let line = pb::StandingsLine { rank: 1, household_tail: "***01".into(), points: 20 };
    assert_eq!((standings.month, standings.year), (vec![line.clone()], vec![line]));
    assert_eq!((standings.agreed, standings.unnamed, book.publicity), (1, 0, true));
    let heard = board.suggestions.expect("suggestions");
    assert_eq!((heard.received, heard.answered, heard.open), (7, 6, 1));
    let told: Vec<_> = heard.answers.iter().map(|one| (one.suggestion, one.text.as_str())).collect();
    let newest = ["修好了 5", "修好了 4", "修好了 3", "修好了 2", "修好了 1"];
    let wanted: Vec<_> = answered.iter().rev().copied().zip(newest).collect();
    assert_eq!(told, wanted, "the five newest, and not what was suggested");

    // An answer that was erased has its place, and no words.
    let document = heard.answers[0].document.as_slice().try_into().map(civbank::bank::ids::Digest).unwrap();
    let ground = civbank::bank::words::ErasureGround::Requested;
    town.write(Body::Erase { document, ground }, &["officer"]).await;
    let answers = read().await.0.suggestions.expect("suggestions").answers;
    assert_eq!((answers[0].text.as_str(), answers[1].text.as_str()), ("", "修好了 4"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_sheet_a_household_sees_its_own_row() {
    let town = Town::new().await;
    let record = town.document(DocumentKind::Record, b"inspection of the 20th");
    let sheet = town.sheet(&[(HOME, "D01"), ("370829199201-00002", "D01")], record);
    let sheet = town.write(sheet, &["clerk"]).await;
    for member in ["chair", "committee"] {
        town.write(town.vote(&[sheet]), &[member]).await;
    }
    let mut bank = town.bank().await;
    for (name, rows) in [("member", 1), ("liaison", 1), ("neighbour", 1), ("clerk", 2), ("auditor", 2)] {
        let token = town.token(name).await;
        let request = pb::GetDeclarationRequest { declaration: sheet };
        let answer = ok(bank.get_declaration(signed_in(request, &token))).await;
        let told = answer.declaration.unwrap();
        assert!(told.sheet);
        assert_eq!(told.evidence, [record.0.to_vec()]);
        assert_eq!(told.rows.len(), rows, "{name}");
        assert_eq!(told.rows[0].unit(), pb::Unit::Score);
        let household = if name == "neighbour" { "370829199201-00002" } else { HOME };
        assert_eq!(told.rows[0].household, household);
        let mut filed = 0;
        for change in answer.timeline.iter().flat_map(|step| &step.changes) {
            match change.body.as_ref().unwrap() {
                pb::change::Body::SheetFiled(m) => filed += m.rows.len(),
                pb::change::Body::StateChanged(m) => {
                    assert!(rows == 2 || m.household == household, "{name} {m:?}");
                }
                _ => {}
            }
        }
        assert_eq!(filed, rows, "{name}");
    }
    let token = town.token("other villager").await;
    let request = pb::GetDeclarationRequest { declaration: sheet };
    denied(bank.get_declaration(signed_in(request, &token)).await, Code::PermissionDenied, "READ_DENIED");
}
