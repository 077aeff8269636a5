//! Pages that sign: joining, signing in, and the desk that a signed-in person starts from.
//!
//! What a page shows is rendered here; what it signs is made by its scripts from what it shows. Every page stands
//! in one [`Frame`] and one template, `desk.html`. To add a desk, see `docs/pages.md`.

mod frame;
mod join;
mod sign_in;
mod start;

use axum::Router;
use axum::routing::get;

use super::Web;

pub(super) use frame::Frame;

/// Every page that signs.
pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(sign_in::page))
        .route("/join", get(join::page))
        .route("/desk", get(start::page))
}
