//! Invitations: a link from which somebody makes their own key.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::staff::HolderArgs;
use super::{Desk, Draft, Hand, NewKey};
use crate::bank::INVITATION_DAYS_MAX;
use crate::bank::command::Body;
use crate::bank::time::{Day, Time};
use crate::cli::failure::Failure;
use crate::cli::key_file;
use crate::cli::link::{Link, invitation_key};
use crate::wire::signature::public_key;

/// A key to be is offered by a link, or an offer is withdrawn.
#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true)]
pub struct Invite {
    #[command(subcommand)]
    verb: Option<OfInvitation>,
    #[command(flatten)]
    holder: HolderArgs,
    /// Last day of validity of the key to be.
    #[arg(long, value_name = "DATE")]
    valid_until: Option<Day>,
    /// Days in which it can be accepted.
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=INVITATION_DAYS_MAX))]
    days: i64,
    /// Scheme and host of the bank's pages, as in the link; without it the server's address.
    #[arg(long, value_name = "URL")]
    site: Option<String>,
}

/// What can be done with an invitation.
#[derive(Debug, Subcommand)]
enum OfInvitation {
    /// 取消邀请 · Withdraw an open invitation.
    Cancel(Cancel),
}

/// An offer is withdrawn.
#[derive(Debug, Args)]
struct Cancel {
    /// The invitation: its link, or its public key (64 hexadecimal digits).
    #[arg(value_name = "LINK|KEY")]
    invitation: String,
}

impl Invite {
    pub(super) async fn draft(&self, desk: &mut impl Desk, hand: &Hand) -> Result<Draft, Failure> {
        if let Some(OfInvitation::Cancel(cancel)) = &self.verb {
            return Ok(Body::CancelInvitation { invitation: invitation_key(&cancel.invitation)? }.into());
        }
        let holder = self.holder.holder()?;
        let link = Link::generate(self.site.as_deref().unwrap_or(&hand.server))?;
        Link::parse(&link.text())
            .map_err(|bad| Failure::usage(format!("--site 不对：{}", bad.zh()), format!("--site: {bad}")))?;
        let expires = Time(desk.bank().await?.time_unix_ms).plus_days(self.days);
        let (invitation, key_valid_until) = (link.public(), self.valid_until);
        let body = Body::Invite { invitation, holder, key_valid_until, expires };
        Ok(Draft { link: Some(link), ..Draft::from(body) })
    }
}

/// An offer is taken: a key is made here and enrolled.
#[derive(Debug, Args)]
pub struct Join {
    /// The invitation's link, or a file that holds it.
    #[arg(value_name = "LINK")]
    link: String,
    /// File for the new signing key, never overwritten.
    #[arg(long, value_name = "FILE")]
    new_key: PathBuf,
}

impl Join {
    /// The link.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn link(&self) -> Result<Link, Failure> {
        Link::given(&self.link)
    }

    pub(super) fn draft(&self) -> Result<Draft, Failure> {
        let link = self.link()?;
        let key = key_file::generate()?;
        let body = Body::AcceptInvitation { invitation: link.public(), key: public_key(&key) };
        Ok(Draft {
            cosigners: vec![link.key(), key.clone()],
            alone: true,
            new_key: Some(NewKey { key, path: self.new_key.clone() }),
            ..Draft::from(body)
        })
    }
}
