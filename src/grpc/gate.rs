//! The gate before every route: how many requests are at work at once, how long a gRPC call may take, and what
//! becomes of a panic.
//!
//! A gRPC caller gets a status with its details, a browser an HTTP status. Deadlines are kept here and not by
//! tonic, which answers CANCELLED where clients are promised DEADLINE_EXCEEDED; to be first, the gate's deadline
//! falls a little before the client's. Pages keep their own time: an upload from a village takes what it takes.
//! A deadline bounds the time to the answer's head, not the life of a stream.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tower::{Layer, Service};

use crate::access::Denial;

use super::sending::{Kind, Senders};

/// Putting a document: it is large, and may take longer than other calls.
const UPLOAD_PATH: &str = "/civbank.v1.DocumentService/PutDocument";
/// A batch of commands: it is large.
const BATCH_PATH: &str = "/civbank.v1.LedgerService/SubmitBatch";
/// A page of entries: the one answer of megabytes, read on a thread of its own.
pub(super) const ENTRIES_PATH: &str = "/civbank.v1.LedgerService/ListEntries";
/// How much earlier than the client's deadline the gate's falls, at most.
const EARLIER_MAX: Duration = Duration::from_millis(20);
/// How long a place is waited for that somebody was told to give up.
const HANDED_ON: Duration = Duration::from_secs(1);

/// Puts the gate before a router.
#[derive(Clone)]
pub(super) struct GateLayer {
    /// Places for requests at work.
    pub(super) places: Arc<Semaphore>,
    /// Places for requests of megabytes among them, so that they do not fill the memory.
    pub(super) large_places: Arc<Semaphore>,
    /// Places for pages of entries among them: each works a thread, and many would take the processor from everybody.
    pub(super) page_places: Arc<Semaphore>,
    /// Longest time of a gRPC call.
    pub(super) request_time: Duration,
    /// Longest time of an upload.
    pub(super) upload_time: Duration,
    /// Longest time in which the body of a page's request comes.
    pub(super) body_time: Duration,
    /// Requests that are still being sent; they give their places up to others.
    pub(super) senders: Arc<Senders>,
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, layer: self.clone() }
    }
}

/// The gate.
#[derive(Clone)]
pub(super) struct Gate<S> {
    inner: S,
    layer: GateLayer,
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let layer = self.layer.clone();
        Box::pin(async move {
            let answer = async |request| match inner.call(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            Ok(layer.pass(request, answer).await)
        })
    }
}

/// Held by a request while it is at work.
type Place = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

impl GateLayer {
    /// Answers one request, if there is a place for it.
    pub(super) async fn pass<F>(
        &self,
        request: Request<Body>,
        answer: impl FnOnce(Request<Body>) -> F,
    ) -> Response
    where
        F: Future<Output = Response>,
    {
        let caller = Caller::of(request.headers());
        let time = self.time(&caller, &request);
        let kind = kind(request.uri().path());
        let Some(place) = self.place(kind).await else { return caller.deny(Denial::Overloaded) };
        let (request, sending) = self.senders.watch(request, kind);
        let answer = Caught(pin!(answer(request)));
        let answer = async {
            match time {
                Some(time) => {
                    tokio::time::timeout(time, answer).await.unwrap_or(Err(Denial::DeadlineExceeded))
                }
                None => answer.await,
            }
        };
        let answered = match sending {
            None => answer.await,
            Some(sending) => {
                // A call's own time holds for its body too.
                let body_time = time.is_none().then_some(self.body_time);
                tokio::select! {
                    biased;
                    answered = answer => answered,
                    denial = sending.given_up(body_time) => Err(denial),
                }
            }
        };
        drop(place);
        answered.unwrap_or_else(|denial| caller.deny(denial))
    }

    /// A place for a request; none where all are taken by requests that came whole.
    async fn place(&self, kind: Kind) -> Option<Place> {
        let further = match kind {
            Kind::Large => Some(self.one_of(&self.large_places, Some(kind)).await?),
            Kind::Page => Some(self.one_of(&self.page_places, Some(kind)).await?),
            Kind::Small => None,
        };
        Some((self.one_of(&self.places, None).await?, further))
    }

    /// One of these places; where all are taken, that of a request (of this kind) which is still being sent.
    async fn one_of(&self, places: &Arc<Semaphore>, kind: Option<Kind>) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = places.clone().try_acquire_owned() {
            return Some(place);
        }
        if !self.senders.one_gives_way(kind) {
            return None;
        }
        tokio::time::timeout(HANDED_ON, places.clone().acquire_owned()).await.ok()?.ok()
    }

    /// How long this request may take; none for pages.
    fn time(&self, caller: &Caller, request: &Request<Body>) -> Option<Duration> {
        let Caller::Grpc { .. } = caller else { return None };
        let own = match request.uri().path() {
            UPLOAD_PATH => self.upload_time,
            _ => self.request_time,
        };
        let theirs = request.headers().get("grpc-timeout").and_then(read_timeout);
        Some(theirs.map_or(own, |theirs| own.min(theirs - EARLIER_MAX.min(theirs / 10))))
    }
}

/// Which places a path wants.
fn kind(path: &str) -> Kind {
    match path {
        UPLOAD_PATH | BATCH_PATH => Kind::Large,
        ENTRIES_PATH => Kind::Page,
        _ => Kind::Small,
    }
}

/// Who is answered, and in which form.
pub(super) enum Caller {
    /// gRPC or gRPC-web, with the content type that was sent.
    Grpc {
        /// As received.
        content_type: HeaderValue,
    },
    /// Everything else.
    Browser,
}

impl Caller {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match headers.get(header::CONTENT_TYPE) {
            Some(sent) if sent.as_bytes().starts_with(b"application/grpc") => {
                Caller::Grpc { content_type: sent.clone() }
            }
            _ => Caller::Browser,
        }
    }

    /// The denial as this caller understands it.
    pub(super) fn deny(self, denial: Denial) -> Response {
        let retry_after = super::status::retry_after(&denial);
        match self {
            Caller::Grpc { .. } => self.answer(Status::from(denial)),
            Caller::Browser => {
                let code = match denial {
                    Denial::Overloaded | Denial::Recovering => StatusCode::SERVICE_UNAVAILABLE,
                    // Pages keep their own time: here it was the request that did not come.
                    Denial::DeadlineExceeded => StatusCode::REQUEST_TIMEOUT,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                let mut response = Response::new(Body::from(denial.chinese()));
                *response.status_mut() = code;
                let headers = response.headers_mut();
                let text = HeaderValue::from_static("text/plain; charset=utf-8");
                headers.insert(header::CONTENT_TYPE, text);
                if let Some(delay) = retry_after {
                    headers.insert(header::RETRY_AFTER, HeaderValue::from(delay.as_secs()));
                }
                response
            }
        }
    }

    /// A status in the caller's own content type: gRPC-web clients look for theirs.
    pub(super) fn answer(self, status: Status) -> Response {
        let mut response = status.into_http::<Body>();
        if let Caller::Grpc { content_type } = self {
            response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        }
        response
    }
}

/// A route's answer, or `Internal` where it panicked.
struct Caught<'a, F>(Pin<&'a mut F>);

impl<F: Future<Output = Response>> Future for Caught<'_, F> {
    type Output = Result<Response, Denial>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // A future that panicked is not polled again: this answer is its last.
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(response)) => Poll::Ready(Ok(response)),
            Err(_) => {
                tracing::error!("a request panicked; the panic's own message says where");
                Poll::Ready(Err(Denial::Internal))
            }
        }
    }
}

/// `grpc-timeout`: at most 8 digits and a unit. Whatever else is no deadline, as in tonic.
fn read_timeout(value: &HeaderValue) -> Option<Duration> {
    let (digits, unit) = value.to_str().ok()?.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_read_as_grpc_writes_them() {
        for (text, wanted) in [
            ("1H", Some(Duration::from_secs(3_600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("99999999m", Some(Duration::from_millis(99_999_999))),
            ("5u", Some(Duration::from_micros(5))),
            ("6n", Some(Duration::from_nanos(6))),
            ("0S", Some(Duration::ZERO)),
            ("123456789m", None),
            ("", None),
            ("S", None),
            ("10", None),
            ("+1S", None),
            ("1.5S", None),
            ("1s", None),
            ("1秒", None),
        ] {
            let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
            assert_eq!(read_timeout(&value), wanted, "{text}");
        }
    }
}
