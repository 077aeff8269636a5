//! Pages that sign: joining, signing in, the desk that a signed-in person starts from, and the desks of their offices.
//!
//! What a page shows is rendered here; what it signs is made by its scripts from what it shows. Every page stands
//! in one [`Frame`] and one template, `desk.html`. To add a desk, see `docs/pages.md`.

mod budget;
mod cards;
mod catalogue;
mod committee;
mod countersign;
mod declare;
mod document;
mod facts;
mod frame;
mod home;
mod import;
mod join;
mod liaison;
mod object;
mod officer;
mod remark;
mod roles;
mod rulings;
mod sign_in;
mod start;
mod suggest;
mod suggestions;
mod supervisor;
mod till;

use axum::Router;
use axum::routing::get;

use super::Web;

pub(super) use frame::Frame;
use frame::shown;

/// Every page that signs.
pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(sign_in::page))
        .route("/join", get(join::page))
        .route("/declare", get(declare::page))
        .route("/object", get(object::page))
        .route("/suggest", get(suggest::page))
        .route("/publicity", get(suggest::publicity))
        .route("/till", get(till::page))
        .route("/countersign", get(countersign::page))
        .route("/desk", get(start::page))
        .route("/desk/supervisor", get(supervisor::page))
        .route("/desk/suggestions", get(suggestions::page))
        .route("/desk/committee", get(committee::page))
        .route("/desk/liaison", get(liaison::page))
        .route("/desk/officer", get(officer::page))
        .route("/desk/roles", get(roles::page))
        .route("/desk/catalogue", get(catalogue::page))
        .route("/desk/budget", get(budget::page))
        .route("/desk/rulings", get(rulings::page))
        .route("/desk/import", get(import::page))
        .route("/desk/cards", get(cards::page))
        .route("/desk/declare", get(declare::for_others))
        .route("/desk/document/{address}", get(document::page))
}
