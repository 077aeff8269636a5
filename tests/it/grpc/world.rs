//! A village and its server. Every key comes from its holder's name, every request id from a counter, and the
//! clock moves by hand, so a run reads the same each time.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use civbank::bank::command::{Body, Command};
use civbank::bank::ids::{Branch, Digest, HouseholdId, PersonId};
use civbank::bank::time::{Day, Time};
use civbank::documents::{DocumentKind, Documents};
use civbank::engine::{Clock, Engine, Parts};
use civbank::grpc::{Options, ServeError, serve};
use civbank::journal::{Journal, MemoryJournal};
use civbank::tlog;
use civbank::wire::pb::bank_service_client::BankServiceClient;
use civbank::wire::pb::document_service_client::DocumentServiceClient;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use civbank::wire::pb::session_service_client::SessionServiceClient;
use civbank::wire::{PayloadType, dsse, encode_command, pb, sign, signature};
use ed25519_dalek::SigningKey;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

pub const ORIGIN: &str = "bank.example/county/town";
pub const HEAD: &str = "370829199000";
pub const VILLAGE: &str = "370829199201";
pub const OTHER: &str = "370829199202";
/// The household whose books are read.
pub const HOME: &str = "370829199201-00001";
/// The view token on its card,
pub const VIEW_TOKEN: [u8; 32] = [0xA5; 32];
/// and as its link has it.
pub const VIEW_TOKEN_TEXT: &str = "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU";

/// 2026-11-20 10:00 in Shanghai, a Friday.
const BEGINNING: i64 = 1_795_140_000_000;

/// Who holds a key: the household's people, the village's offices, the head bank, and outsiders.
pub const PEOPLE: [(&str, &str); 14] = [
    ("officer", "370829199000-00000-1"),
    ("auditor", "370829199000-00000-2"),
    ("clerk", "370829199201-00000-1"),
    ("cashier", "370829199201-00000-2"),
    ("member", "370829199201-00001-1"),
    ("neighbour", "370829199201-00002-1"),
    ("liaison", "370829199201-00003-1"),
    ("chair", "370829199201-00004-1"),
    ("committee", "370829199201-00005-1"),
    ("supervisor", "370829199201-00006-1"),
    ("proxy", "370829199201-00007-1"),
    ("idle liaison", "370829199201-00008-1"),
    ("other clerk", "370829199202-00000-1"),
    ("other villager", "370829199202-00001-1"),
];

/// A clock that stands until it is moved.
pub struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::Acquire))
    }
}

/// The key of a name.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

pub fn public(name: &str) -> Vec<u8> {
    signature::public_key(&key(name)).0.to_vec()
}

pub fn village() -> Branch {
    VILLAGE.parse().unwrap()
}

pub fn home() -> HouseholdId {
    HOME.parse().unwrap()
}

pub fn person(name: &str) -> PersonId {
    let (_, id) = PEOPLE.iter().find(|(known, _)| *known == name).expect("a name of the village");
    id.parse().unwrap()
}

pub fn digest(name: &str) -> Digest {
    Digest(*blake3::hash(name.as_bytes()).as_bytes())
}

/// A served bank.
pub struct Town {
    pub address: SocketAddr,
    pub engine: Engine,
    clock: Arc<HandClock>,
    requests: AtomicU64,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Result<(), ServeError>>>,
    /// Entries by what the village calls them.
    pub numbers: BTreeMap<&'static str, u64>,
    _dir: tempfile::TempDir,
}

impl Town {
    /// An empty bank over a journal.
    pub async fn found(journal: impl Journal + 'static, web: Option<axum::Router>, options: Options) -> Town {
        Town::found_in(tempfile::tempdir().unwrap(), journal, web, options).await
    }

    /// The same in a directory of the caller's: the index is to lie in `index`, the documents in `documents`.
    pub async fn found_in(
        dir: tempfile::TempDir,
        journal: impl Journal + 'static,
        web: Option<axum::Router>,
        options: Options,
    ) -> Town {
        let clock = Arc::new(HandClock(AtomicI64::new(BEGINNING)));
        let parts = Parts {
            journal: Box::new(journal),
            index_dir: dir.path().join("index"),
            documents: Documents::open(&dir.path().join("documents")).unwrap(),
            signer: tlog::Signer::new(ORIGIN, key("log")).unwrap(),
            clock: clock.clone(),
        };
        let engine = Engine::start(parts, &mut |_, _, _| {}).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let served = serve(listener, engine.clone(), web, options, shutdown);
        Town {
            address,
            engine,
            clock,
            requests: AtomicU64::new(0),
            stop: Some(stop),
            serving: Some(tokio::spawn(served)),
            numbers: BTreeMap::new(),
            _dir: dir,
        }
    }

    /// A village with every kind of reader, in default settings.
    pub async fn new() -> Town {
        Town::with(quick(), None).await
    }

    pub async fn with(options: Options, web: Option<axum::Router>) -> Town {
        let mut town = Town::found(MemoryJournal::new(), web, options).await;
        town.open().await;
        town
    }

    pub fn document(&self, kind: DocumentKind, content: &[u8]) -> Digest {
        Digest(*self.engine.documents().put(kind, content).unwrap().as_bytes())
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    pub fn today(&self) -> Day {
        self.now().day()
    }

    pub fn time_passes(&self, by: Duration) {
        self.clock.0.fetch_add(by.as_millis() as i64, Ordering::AcqRel);
    }

    /// Days pass, and the bank does what has fallen due.
    pub async fn days_pass(&self, days: u64) {
        self.time_passes(Duration::from_secs(days * 86_400));
        self.engine.tick().await.unwrap();
    }

    /// A command under a new request id.
    pub fn command(&self, body: Body) -> Command {
        let number = self.requests.fetch_add(1, Ordering::AcqRel);
        let mut request_id = [0; 16];
        request_id[8..].copy_from_slice(&number.to_be_bytes());
        request_id[6] = 0x70;
        request_id[8] = 0x80;
        Command { origin: ORIGIN.into(), request_id, not_after: self.now().plus_days(1), body }
    }

    /// A signed envelope.
    pub fn envelope(&self, body: Body, signers: &[&str]) -> pb::Envelope {
        sealed(&self.command(body), signers)
    }

    /// Writes a command that the bank takes.
    pub async fn write(&self, body: Body, signers: &[&str]) -> u64 {
        let what = format!("{body:?}");
        match self.engine.submit(self.envelope(body, signers), "").await {
            Ok(submitted) => submitted.index,
            Err(error) => panic!("{what}: {error}"),
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap()
    }

    pub async fn channel(&self) -> Channel {
        self.endpoint().connect().await.unwrap()
    }

    pub async fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel().await)
    }

    pub async fn bank(&self) -> BankServiceClient<Channel> {
        BankServiceClient::new(self.channel().await)
    }

    pub async fn documents(&self) -> DocumentServiceClient<Channel> {
        DocumentServiceClient::new(self.channel().await)
    }

    pub async fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel().await)
    }

    /// A bearer token for a name; empty for "nobody".
    pub async fn token(&self, name: &str) -> String {
        if name == "nobody" {
            return String::new();
        }
        let mut sessions = self.sessions().await;
        let challenge = sessions.create_challenge(pb::CreateChallengeRequest {}).await.unwrap();
        let challenge = challenge.into_inner().challenge;
        sessions.create_session(answer(challenge, name)).await.unwrap().into_inner().token
    }

    /// Tells the server to end; the handle answers what `serve` answers.
    pub fn begin_to_stop(&mut self) -> JoinHandle<Result<(), ServeError>> {
        drop(self.stop.take());
        self.serving.take().expect("it serves")
    }
}

/// The default settings, but for the moment that load balancers get.
pub fn quick() -> Options {
    Options { drain: Duration::ZERO, ..Options::default() }
}

pub fn sealed(command: &Command, signers: &[&str]) -> pb::Envelope {
    let keys: Vec<SigningKey> = signers.iter().map(|name| key(name)).collect();
    sign(encode_command(command), PayloadType::Protobuf, &keys.iter().collect::<Vec<_>>())
}

pub fn submit(envelope: pb::Envelope) -> pb::SubmitRequest {
    pb::SubmitRequest { envelope: Some(envelope), pin: String::new() }
}

/// A challenge, signed by a name.
pub fn answer(challenge: Vec<u8>, name: &str) -> pb::CreateSessionRequest {
    let signature = signature::sign_one(&key(name), dsse::CHALLENGE, &challenge).to_vec();
    pb::CreateSessionRequest { challenge, public_key: public(name), signature }
}

/// A request under a session; without one where the token is empty.
pub fn signed_in<M>(message: M, token: &str) -> Request<M> {
    let mut request = Request::new(message);
    if !token.is_empty() {
        let value = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    request
}

/// An answer, or a panic with the denial's reason.
pub async fn ok<M>(call: impl Future<Output = Result<tonic::Response<M>, Status>>) -> M {
    match call.await {
        Ok(response) => response.into_inner(),
        Err(status) => panic!("{} {}", status.code(), status.message()),
    }
}
