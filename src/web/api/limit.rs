//! How long a script waits, and how many may send documents at once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::access::Denial;

use super::no::No;

/// Gives an answer up when its time is over. A command that was accepted by then is written all the same.
pub(super) async fn within(time: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => No::from(Denial::DeadlineExceeded).into_response(),
    }
}

/// One place of those for large requests; who finds none comes again.
pub(super) async fn in_turn(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire_owned() {
        Ok(_place) => next.run(request).await,
        Err(_) => No::from(Denial::Overloaded).into_response(),
    }
}
