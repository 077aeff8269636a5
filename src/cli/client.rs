//! The client: one connection to a bank, a session kept in memory, and commands sent until their outcome is
//! known.
//!
//! A time-out or a lost connection says nothing about whether a command was written. The same bytes are then
//! sent again, a few times: the bank answers a command that it has written already with its first receipt. The
//! session's token is held here and goes with the process. What a verb means is not known here.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::diagnosis;
use super::failure::{Failure, Refused, Text};
use super::trust::{self, Trust};
use crate::wire::pb::bank_service_client::BankServiceClient;
use crate::wire::pb::document_service_client::DocumentServiceClient;
use crate::wire::pb::ledger_service_client::LedgerServiceClient;
use crate::wire::pb::session_service_client::SessionServiceClient;
use crate::wire::signature::{public_key, sign_one};
use crate::wire::{dsse, limits, pb};

/// How long a connection may take to stand.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long the client waits for one answer: a little longer than the server gives itself.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(12);
/// A session is renewed this long before it ends.
const SESSION_MARGIN: Duration = Duration::from_secs(30);
/// Largest answer that is taken: 500 entries of the largest size and their framing.
const ANSWER_BYTES_MAX: usize = 40 << 20;
/// The domain of the bank's reasons.
const DOMAIN: &str = "civbank";
/// Reasons of a bank that has too much to do: nothing was written, and sending again is right.
const TOO_BUSY: [&str; 3] = ["BUSY", "OVERLOADED", "DISK_FULL"];

/// How often a command whose outcome is unknown is sent again, and after how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Further tries after the first.
    pub retries: u32,
    /// Wait before the first of them; doubled for each after it.
    pub wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { retries: 3, wait: Duration::from_millis(500) }
    }
}

struct Session {
    token: MetadataValue<Ascii>,
    ends: Instant,
}

/// A connection to one bank.
pub struct Client {
    server: String,
    trust: Trust,
    channel: Channel,
    /// The last failure was a connection that was lost.
    lost: AtomicBool,
    patience: Patience,
    /// Opens sessions; without it only what anybody may read can be read.
    reader: Option<SigningKey>,
    session: Option<Session>,
}

impl Client {
    /// A client of the bank at `server`, reading as the holder of `reader`. Connects when it is first used;
    /// inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// `server` is not an address, or [`Trust::apply`] refuses it.
    pub fn new(
        server: &str,
        trust: &Trust,
        reader: Option<SigningKey>,
        patience: Patience,
    ) -> Result<Client, Failure> {
        let endpoint = Endpoint::from_shared(server.to_owned()).map_err(|_| {
            Failure::usage(
                format!("--server 不是网址：{server}"),
                format!("--server is not an address: {server}"),
            )
        })?;
        let channel = trust
            .apply(server, endpoint, CONNECT_TIME_MAX)?
            .connect_timeout(CONNECT_TIME_MAX)
            .timeout(ANSWER_TIME_MAX)
            .tcp_nodelay(true)
            .connect_lazy();
        let (server, trust, lost) = (server.to_owned(), trust.clone(), AtomicBool::new(false));
        Ok(Client { server, trust, channel, lost, patience, reader, session: None })
    }

    /// The bank's reads.
    pub fn reads(&self) -> BankServiceClient<Channel> {
        BankServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The ledger.
    pub fn ledger(&self) -> LedgerServiceClient<Channel> {
        LedgerServiceClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The documents.
    pub fn documents(&self) -> DocumentServiceClient<Channel> {
        DocumentServiceClient::new(self.channel.clone())
            .max_decoding_message_size(limits::DOCUMENT_MESSAGE_BYTES_MAX)
    }

    /// The bank itself, as it is now.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub async fn bank_now(&self) -> Result<pb::GetBankResponse, Failure> {
        let answer = self.reads().get_bank(pb::GetBankRequest {}).await;
        Ok(answer.map_err(|status| self.failure(&status))?.into_inner())
    }

    /// A request under this client's session, opened when it is first needed. Without a key the request goes as
    /// anybody's, and the server says what it wants.
    ///
    /// # Errors
    ///
    /// The session is refused, or the server does not answer.
    pub async fn request<T>(&mut self, message: T) -> Result<Request<T>, Failure> {
        let mut request = Request::new(message);
        if let Some(key) = &self.reader {
            let live = self.session.take().filter(|session| session.ends > Instant::now());
            let session = match live {
                Some(session) => session,
                None => self.open_session(key).await?,
            };
            request.metadata_mut().insert("authorization", session.token.clone());
            self.session = Some(session);
        }
        Ok(request)
    }

    async fn open_session(&self, key: &SigningKey) -> Result<Session, Failure> {
        let mut sessions = SessionServiceClient::new(self.channel.clone());
        let asked = Instant::now();
        let challenge = sessions.create_challenge(pb::CreateChallengeRequest {}).await;
        let challenge = challenge.map_err(|status| self.failure(&status))?.into_inner().challenge;
        let answer = pb::CreateSessionRequest {
            public_key: public_key(key).0.to_vec(),
            signature: sign_one(key, dsse::CHALLENGE, &challenge).to_vec(),
            challenge,
        };
        let session = sessions.create_session(answer).await;
        let session = session.map_err(|status| self.failure(&status))?.into_inner();
        let token = format!("Bearer {}", session.token)
            .parse()
            .map_err(|_| Failure::failed("服务器给的凭证看不懂", "the server's token makes no sense"))?;
        // The bank's clock may be another than this machine's, so its own word on how long tokens live is used.
        Ok(Session { token, ends: asked + (limits::SESSION_LIFE - SESSION_MARGIN) })
    }

    /// Writes a command: sends the same bytes until the outcome is known or patience ends. Each further try is
    /// told to `on_retry`.
    ///
    /// # Errors
    ///
    /// A refusal; [`Failure::Failed`] where no try ever reached the server; otherwise
    /// [`Failure::OutcomeUnknown`].
    pub async fn submit(
        &self,
        envelope: &pb::Envelope,
        pin: &str,
        request_id: &str,
        mut on_retry: impl FnMut(&Text),
    ) -> Result<pb::SubmitResponse, Failure> {
        let mut ledger = self.ledger();
        let mut wait = self.patience.wait;
        let mut tries = 0;
        let mut may_be_written = false;
        loop {
            let request = pb::SubmitRequest { envelope: Some(envelope.clone()), pin: pin.to_owned() };
            let status = match ledger.submit(request).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => status,
            };
            let failure = self.failure(&status);
            let outcome = Outcome::of(&status);
            if outcome == Outcome::Answered {
                return Err(failure);
            }
            may_be_written |= outcome == Outcome::Unknown;
            let hopeless = trust::told(&self.server, &status).is_some();
            if hopeless || tries == self.patience.retries {
                return Err(if may_be_written { unknown(request_id, &failure) } else { failure });
            }
            tries += 1;
            on_retry(&Text::new(
                format!(
                    "没有得到确定的回答，用同样的内容再试（第 {tries} 次，共 {} 次）",
                    self.patience.retries
                ),
                format!(
                    "no certain answer; sending the same bytes again ({tries} of {})",
                    self.patience.retries
                ),
            ));
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }

    /// A failure with its cause, where that was a lost connection and the server says why when it is asked again.
    /// An outcome that is unknown stays so.
    pub async fn explain(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Failed(text) if self.lost.load(Ordering::Relaxed) => {
                Failure::Failed(diagnosis::ask(&self.server, &self.trust).await.unwrap_or(text))
            }
            failure => failure,
        }
    }

    /// What a status says, in words.
    pub fn failure(&self, status: &Status) -> Failure {
        let details = status.get_error_details();
        if let Some(info) = details.error_info().filter(|info| info.domain == DOMAIN) {
            let zh = details.localized_message().map(|text| text.message.clone());
            return Failure::Refused(Refused {
                reason: info.reason.clone(),
                text: Text::new(zh.unwrap_or_else(|| status.message().to_owned()), status.message()),
                numbers: info.metadata.clone().into_iter().collect(),
            });
        }
        let server = &self.server;
        if let Some(text) = trust::told(server, status) {
            return Failure::Failed(text);
        }
        if never_connected(status) {
            return Failure::failed(
                format!("连不上银行 {server}。请看看服务器开了没有、地址对不对。"),
                format!("cannot reach the bank at {server}; is it running, and is the address right?"),
            );
        }
        // A connection that breaks under way shows as any of these.
        if matches!(status.code(), Code::Cancelled | Code::Unavailable | Code::Unknown | Code::Internal) {
            self.lost.store(true, Ordering::Relaxed);
        }
        match status.code() {
            Code::DeadlineExceeded | Code::Cancelled => Failure::failed(
                format!("银行 {server} 没有按时回答"),
                format!("{server} did not answer in time"),
            ),
            Code::Unavailable | Code::Unknown | Code::Internal => Failure::failed(
                format!("和银行 {server} 的连接断了：{}", status.message()),
                format!("the connection to {server} was lost: {}", status.message()),
            ),
            Code::Unimplemented => Failure::failed(
                format!("{server} 上开的不是文明银行，或者版本太旧"),
                format!("{server} serves no civility bank, or one that is too old"),
            ),
            code => Failure::failed(
                format!("银行 {server} 说：{}（{code:?}）", status.message()),
                format!("{server} says: {} ({code:?})", status.message()),
            ),
        }
    }
}

/// What a status says about whether the command was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The bank answered: it was not.
    Answered,
    /// It was not, and may be if it is sent again.
    NotWritten,
    /// It may have been.
    Unknown,
}

impl Outcome {
    fn of(status: &Status) -> Outcome {
        let details = status.get_error_details();
        let reason =
            details.error_info().filter(|info| info.domain == DOMAIN).map(|info| info.reason.as_str());
        match (reason, status.code()) {
            (Some(reason), _) if TOO_BUSY.contains(&reason) => Outcome::NotWritten,
            (None, _) if never_connected(status) || trust::told("", status).is_some() => Outcome::NotWritten,
            (_, Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled) => Outcome::Unknown,
            (_, Code::Unknown | Code::Internal | Code::Aborted) => Outcome::Unknown,
            _ => Outcome::Answered,
        }
    }
}

/// Whether the status was made here because no connection stood: nothing was sent.
fn never_connected(status: &Status) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn unknown(request_id: &str, why: &Failure) -> Failure {
    let why = match why {
        Failure::Failed(text) => text.clone(),
        Failure::Refused(refused) => refused.text.clone(),
        _ => Text::new("", ""),
    };
    Failure::OutcomeUnknown {
        request_id: request_id.to_owned(),
        text: Text::new(
            format!("{}。这份单子（{request_id}）可能已经入账，也可能没有。", why.zh.trim_end_matches('。')),
            format!("{}; the command ({request_id}) may or may not be written", why.en),
        ),
    }
}
