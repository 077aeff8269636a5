//! Health (`grpc.health.v1`): nothing serves while the bank starts, every service as long as the engine does, and says that it does not before
//! the server goes away. While the disk is nearly full the ledger's service says that it does not: whoever sends
//! commands should go elsewhere or wait. The server as a whole and the services that read say that they do, and
//! the ledger's reads are answered too.

use std::time::Duration;

use tonic::server::NamedService;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::engine::{Engine, EngineState};
use crate::wire::pb::bank_service_server::BankServiceServer;
use crate::wire::pb::document_service_server::DocumentServiceServer;
use crate::wire::pb::ledger_service_server::LedgerServiceServer;
use crate::wire::pb::session_service_server::SessionServiceServer;

use super::bank::BankDesk;
use super::document::DocumentDesk;
use super::ledger::LedgerDesk;
use super::session::SessionDesk;

/// How often the engine is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// The whole server, and each service.
const NAMES: [&str; 5] = [
    "",
    <LedgerServiceServer<LedgerDesk> as NamedService>::NAME,
    <BankServiceServer<BankDesk> as NamedService>::NAME,
    <DocumentServiceServer<DocumentDesk> as NamedService>::NAME,
    <SessionServiceServer<SessionDesk> as NamedService>::NAME,
];

/// Says the same of every service.
async fn say(reporter: &HealthReporter, status: ServingStatus) {
    for name in NAMES {
        reporter.set_service_status(name, status).await;
    }
}

/// The server is about to take connections, and the bank is not there yet.
pub(super) async fn recovering(reporter: &HealthReporter) {
    say(reporter, ServingStatus::NotServing).await;
}

/// The bank is there: says that it serves, so that whoever asks first hears no other.
pub(super) async fn begin(reporter: &HealthReporter) {
    say(reporter, ServingStatus::Serving).await;
}

/// Follows the engine's state. Ends once that is `Stopped`, which is for good.
pub(super) async fn follow(engine: Engine, reporter: HealthReporter) {
    let mut said = None;
    loop {
        let state = engine.state();
        if said.replace(state) != Some(state) {
            match state {
                EngineState::Serving => say(&reporter, ServingStatus::Serving).await,
                EngineState::ReadOnly => {
                    say(&reporter, ServingStatus::Serving).await;
                    let ledger = <LedgerServiceServer<LedgerDesk> as NamedService>::NAME;
                    reporter.set_service_status(ledger, ServingStatus::NotServing).await;
                }
                EngineState::Stopped => return say(&reporter, ServingStatus::NotServing).await,
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The server is going away: says so.
pub(super) async fn leave(reporter: &HealthReporter) {
    say(reporter, ServingStatus::NotServing).await;
}

/// Ends the streams of those who watch health; they have heard.
pub(super) async fn end(mut reporter: HealthReporter) {
    for name in NAMES {
        reporter.clear_service_status(name).await;
    }
}
