//! How long a script waits, how much it may send, and how many may send documents at once.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::access::Denial;

use super::super::Web;
use super::no::No;

/// Gives an answer up when its time is over. A command that was accepted by then is written all the same.
pub(super) async fn within(time: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => No::from(Denial::DeadlineExceeded).into_response(),
    }
}

/// Routes to which nobody announces more bytes than this. What comes unannounced is counted as it is read
/// (`DefaultBodyLimit`).
pub(super) fn sized(routes: Router<Web>, most: usize) -> Router<Web> {
    routes.layer(middleware::from_fn_with_state(most, announced))
}

/// Says no to a body that says of itself that it is too long, before any of it comes.
async fn announced(State(most): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > most as u64 => No::too_large().into_response(),
        _ => next.run(request).await,
    }
}

/// One place of those for large requests; who finds none comes again.
pub(super) async fn in_turn(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire_owned() {
        Ok(_place) => next.run(request).await,
        Err(_) => No::from(Denial::Overloaded).into_response(),
    }
}
