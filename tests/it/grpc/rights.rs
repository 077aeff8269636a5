//! Who may read what, cell by cell: each kind of reader asks each method about the household `HOME` and its
//! village. `+` is an answer, `-` PERMISSION_DENIED, `u` UNAUTHENTICATED, `0` NOT_FOUND.

use civbank::documents::DocumentKind;
use civbank::grpc::reader::Read;
use civbank::wire::pb;
use tonic::{Code, Status};

use super::errors::reason;
use super::world::*;

const READERS: [&str; 15] = [
    "nobody",
    "member",
    "passbook",
    "proxy",
    "liaison",
    "idle liaison",
    "committee",
    "clerk",
    "supervisor",
    "neighbour",
    "cashier",
    "terminal",
    "other clerk",
    "officer",
    "auditor",
];

const RIGHTS: &str = "
                               no me pa pr li id co cl su ne ca te oc of au
    GetBank                     +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    ListBranches                +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    ListCatalogue               +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    ListGoods                   +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetBoard                    +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetFunds                    +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    ListAppointments            +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetPassbook                 +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetInvitation               0  0  0  0  0  0  0  0  0  0  0  0  0  0  0
    GetKey                      +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetCheckpoint               +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetInclusionProof           +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetConsistencyProof         +  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetHousehold                u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    ListStatement               u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    ListHouseholds              u  -  -  -  +  +  +  +  +  -  -  -  -  +  +
    GetDeclaration              u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    ListHouseholdDeclarations   u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    ListBranchDeclarations      u  -  -  -  +  +  +  +  +  -  -  -  -  +  +
    GetEntry                    u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    GetReceipt                  u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    ListEntries                 u  -  -  -  -  -  -  -  -  -  -  -  -  +  +
    WatchEntries                u  -  -  -  -  -  -  -  -  -  -  -  -  +  +
    PutDocument                 u  +  +  +  +  +  +  +  +  +  +  +  +  +  +
    GetEvidence                 u  -  -  -  +  +  +  +  +  -  -  -  -  +  +
    GetSealedDocument           u  -  -  -  -  -  -  -  -  -  -  -  -  +  +
    GetPinDocument              u  -  -  -  -  -  -  -  -  -  -  -  -  -  -
";

/// What is not there: only those who may look hear so.
const UNKNOWN: &str = "
                               no me pa pr li id co cl su ne ca te oc of au
    household of the village    u  -  -  -  -  -  0  0  0  -  -  -  -  0  0
    household elsewhere         u  -  -  -  -  -  -  -  -  -  -  -  0  0  0
    statement of the village    u  -  -  -  -  -  0  0  0  -  -  -  -  0  0
    branch                      u  -  -  -  -  -  -  -  -  -  -  -  -  0  0
    declaration                 u  -  -  -  -  -  -  -  -  -  -  -  -  0  0
    entry that files nothing    u  -  -  -  -  -  -  -  -  -  -  -  -  0  0
    entry past the end          u  -  -  -  -  -  -  -  -  -  -  -  -  0  0
    document                    u  -  -  -  -  -  -  -  -  -  -  -  -  0  0
";

/// Entries that concern only some: a redemption its shop's terminal, a vote its voter and the village.
const CONCERNED: &str = "
                               no me pa pr li id co cl su ne ca te oc of au
    redemption                  u  +  +  +  +  -  +  +  +  -  -  +  -  +  +
    vote                        u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
    opening of the bank         u  -  -  -  -  -  -  -  -  -  -  -  -  +  +
    enrolment of the neighbour  u  -  -  -  -  -  +  +  +  +  -  -  -  +  +
    appointment of the liaison  u  +  +  +  +  -  +  +  +  -  -  -  -  +  +
";

struct Subjects {
    town: Town,
    photo: Vec<u8>,
    identity: Vec<u8>,
    pin: Vec<u8>,
}

impl Subjects {
    async fn new() -> Subjects {
        let mut town = Town::new().await;
        town.live().await;
        let document = |kind, content: &[u8]| town.document(kind, content).0.to_vec();
        let photo = document(DocumentKind::Photo, b"a swept yard");
        let identity = document(DocumentKind::Identity, b"salt and name");
        let pin = document(DocumentKind::PinHash, b"$argon2id$");
        town.write(town.deed("E01", 1, &[town.document(DocumentKind::Photo, b"a swept yard")]), &["member"])
            .await;
        Subjects { photo, identity, pin, town }
    }

    /// Asks one method in the name of a reader.
    async fn ask(&self, what: &str, token: &str) -> Result<(), Status> {
        let town = &self.town;
        let mut bank = town.bank().await;
        let mut ledger = town.ledger().await;
        let mut documents = town.documents().await;
        let branch = VILLAGE.to_owned();
        let household = HOME.to_owned();
        let filed = town.numbers["filed"];
        let elsewhere = "370829199202-00077".to_owned();
        let index_of_vote = town.numbers["credited"] + 2;
        let document =
            |address: &[u8]| signed_in(pb::GetDocumentRequest { address: address.to_vec() }, token);
        let entry = |index| signed_in(pb::GetEntryRequest { index }, token);
        macro_rules! done {
            ($client:ident.$method:ident($message:expr)) => {
                $client.$method(signed_in($message, token)).await.map(drop)
            };
        }
        match what {
            "GetBank" => done!(bank.get_bank(pb::GetBankRequest {})),
            "ListBranches" => done!(bank.list_branches(pb::ListBranchesRequest::default())),
            "ListCatalogue" => done!(bank.list_catalogue(pb::ListCatalogueRequest::default())),
            "ListGoods" => done!(bank.list_goods(pb::ListGoodsRequest { branch })),
            "GetBoard" => done!(bank.get_board(pb::GetBoardRequest { branch })),
            "GetFunds" => done!(bank.get_funds(pb::GetFundsRequest { branch })),
            "ListAppointments" => {
                done!(bank.list_appointments(pb::ListAppointmentsRequest { branch, role: 0 }))
            }
            "GetPassbook" => {
                let view_token = VIEW_TOKEN_TEXT.into();
                done!(bank.get_passbook(pb::GetPassbookRequest { view_token }))
            }
            "GetInvitation" => {
                done!(bank.get_invitation(pb::GetInvitationRequest { invitation_key: public("clerk") }))
            }
            "GetKey" => done!(bank.get_key(pb::GetKeyRequest { public_key: public("clerk") })),
            "GetCheckpoint" => done!(ledger.get_checkpoint(pb::GetCheckpointRequest {})),
            "GetInclusionProof" => {
                done!(ledger.get_inclusion_proof(pb::GetInclusionProofRequest { index: 0, tree_size: 0 }))
            }
            "GetConsistencyProof" => {
                let request = pb::GetConsistencyProofRequest { old_size: 1, new_size: 0 };
                done!(ledger.get_consistency_proof(request))
            }
            "GetHousehold" => done!(bank.get_household(pb::GetHouseholdRequest { household })),
            "ListStatement" => {
                let request = pb::ListStatementRequest { household, ..Default::default() };
                done!(bank.list_statement(request))
            }
            "ListHouseholds" => {
                let request = pb::ListHouseholdsRequest { branch, ..Default::default() };
                done!(bank.list_households(request))
            }
            "GetDeclaration" => {
                done!(bank.get_declaration(pb::GetDeclarationRequest { declaration: filed }))
            }
            "ListHouseholdDeclarations" => {
                let request = pb::ListDeclarationsRequest { household, ..Default::default() };
                done!(bank.list_declarations(request))
            }
            "ListBranchDeclarations" => {
                let request = pb::ListDeclarationsRequest { branch, ..Default::default() };
                done!(bank.list_declarations(request))
            }
            "GetEntry" => ledger.get_entry(entry(filed)).await.map(drop),
            "GetReceipt" => done!(ledger.get_receipt(pb::GetReceiptRequest { index: filed })),
            "ListEntries" => done!(ledger.list_entries(pb::ListEntriesRequest::default())),
            "WatchEntries" => done!(ledger.watch_entries(pb::WatchEntriesRequest { first_index: 0 })),
            "PutDocument" => {
                let request = pb::PutDocumentRequest { kind: 1, content: vec![1] };
                done!(documents.put_document(request))
            }
            "GetEvidence" => documents.get_document(document(&self.photo)).await.map(drop),
            "GetSealedDocument" => documents.get_document(document(&self.identity)).await.map(drop),
            "GetPinDocument" => documents.get_document(document(&self.pin)).await.map(drop),

            "household of the village" => {
                let household = "370829199201-00077".into();
                done!(bank.get_household(pb::GetHouseholdRequest { household }))
            }
            "household elsewhere" => {
                done!(bank.get_household(pb::GetHouseholdRequest { household: elsewhere }))
            }
            "statement of the village" => {
                let household = "370829199201-00077".into();
                let request = pb::ListStatementRequest { household, ..Default::default() };
                done!(bank.list_statement(request))
            }
            "branch" => {
                let branch = "370829199299".into();
                done!(bank.list_households(pb::ListHouseholdsRequest { branch, ..Default::default() }))
            }
            "declaration" => {
                done!(bank.get_declaration(pb::GetDeclarationRequest { declaration: 1_000_000 }))
            }
            "entry that files nothing" => {
                done!(bank.get_declaration(pb::GetDeclarationRequest { declaration: 2 }))
            }
            "entry past the end" => ledger.get_entry(entry(1_000_000)).await.map(drop),
            "document" => documents.get_document(document(&[7; 32])).await.map(drop),

            "redemption" => ledger.get_entry(entry(town.numbers["redemption"])).await.map(drop),
            "vote" => ledger.get_entry(entry(index_of_vote)).await.map(drop),
            "opening of the bank" => ledger.get_entry(entry(0)).await.map(drop),
            "enrolment of the neighbour" => ledger.get_entry(entry(self.enrolment())).await.map(drop),
            "appointment of the liaison" => ledger.get_entry(entry(self.appointment())).await.map(drop),
            _ => panic!("nobody knows how to ask {what}"),
        }
    }

    fn find(&self, wanted: impl Fn(&civbank::bank::Change) -> bool) -> u64 {
        let entries = self.town.engine.entries(0, 10_000).unwrap();
        let mut entries = entries.iter().map(|bytes| civbank::wire::Entry::decode(bytes).unwrap());
        entries.find(|entry| entry.effects.changes.iter().any(&wanted)).expect("it was written").index
    }

    fn enrolment(&self) -> u64 {
        use civbank::bank::Change::KeyEnrolled;
        use civbank::bank::command::Holder::Person;
        let neighbour = person("neighbour");
        self.find(|change| matches!(change, KeyEnrolled { holder: Person(p), .. } if *p == neighbour))
    }

    fn appointment(&self) -> u64 {
        let liaison = person("liaison");
        self.find(|change| matches!(change, civbank::bank::Change::Appointed(a) if a.person == liaison))
    }

    async fn check(&self, table: &str) {
        let tokens = tokens(&self.town).await;
        let mut wrong = Vec::new();
        for line in table.lines().skip(2).filter(|line| !line.trim().is_empty()) {
            let (what, cells) = line.trim().split_at_checked(26).expect("a name and its cells");
            let cells: Vec<&str> = cells.split_whitespace().collect();
            assert_eq!(cells.len(), READERS.len(), "{what}");
            for ((reader, token), wanted) in READERS.iter().zip(&tokens).zip(cells) {
                let got = cell(self.ask(what.trim(), token).await);
                if got != wanted {
                    wrong.push(format!("{} for {reader}: {got}, not {wanted}", what.trim()));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// A token for each reader.
async fn tokens(town: &Town) -> Vec<String> {
    let mut tokens = Vec::new();
    for reader in READERS {
        tokens.push(town.token(reader).await);
    }
    tokens
}

fn cell(answer: Result<(), Status>) -> &'static str {
    let Err(status) = answer else { return "+" };
    let reason = reason(&status);
    match (status.code(), reason.as_str()) {
        (Code::PermissionDenied, "READ_DENIED") => "-",
        (Code::Unauthenticated, "SESSION_MISSING") => "u",
        (Code::NotFound, _) => "0",
        _ => panic!("{status:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reader_reads_what_is_theirs() {
    Subjects::new().await.check(RIGHTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_told_to_those_who_may_look() {
    Subjects::new().await.check(UNKNOWN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_read_by_those_they_concern() {
    Subjects::new().await.check(CONCERNED).await;
}

/// The table above has a line for each row of the server's own.
#[test]
fn every_read_has_its_line() {
    let listed: Vec<&str> =
        RIGHTS.lines().skip(2).filter_map(|line| line.split_whitespace().next()).collect();
    let mut known: Vec<&str> = Read::ALL.iter().map(|read| read.name()).collect();
    known.sort_unstable();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, known);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_review_is_seen_by_every_liaison_of_the_village() {
    let town = Town::new().await;
    let declaration = town.declare("G01", 1).await;
    let mut bank = town.bank().await;
    let token = town.token("idle liaison").await;
    let request = pb::GetDeclarationRequest { declaration };
    let answer = bank.get_declaration(signed_in(request, &token)).await;
    assert_eq!(cell(answer.map(drop)), "-");
    let all = pb::ListDeclarationsRequest { branch: VILLAGE.into(), ..Default::default() };
    assert!(ok(bank.list_declarations(signed_in(all.clone(), &token))).await.declarations.is_empty());

    town.days_pass(7).await;
    let token = town.token("idle liaison").await;
    let told = ok(bank.get_declaration(signed_in(request, &token))).await.declaration.unwrap();
    assert_eq!(told.escalated, 1);
    assert_eq!(ok(bank.list_declarations(signed_in(all, &token))).await.declarations.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_that_ends_takes_its_rights_along() {
    let town = Town::new().await;
    let token = town.token("liaison").await;
    let mut bank = town.bank().await;
    let request = || signed_in(pb::GetHouseholdRequest { household: HOME.into() }, &token);
    ok(bank.get_household(request())).await;
    let dismiss = civbank::bank::command::Body::Dismiss {
        person: person("liaison"),
        role: civbank::bank::words::Role::Liaison,
        branch: village(),
        household: None,
    };
    town.write(dismiss, &["officer"]).await;
    assert_eq!(cell(bank.get_household(request()).await.map(drop)), "-");
}
