//! The money that came in, and where the points are that it paid for.

use crate::bank::BranchState;
use crate::bank::effects::Account;
use crate::bank::ids::Branch;
use crate::bank::words::Unit;
use crate::engine::View;
use crate::words::Lang;

/// A branch's funds. All but `sources` in points.
pub(in crate::web) struct Funds {
    pub(in crate::web) sources: Vec<Source>,
    /// Issued against all sources together.
    pub(in crate::web) issued: i64,
    /// Not yet given to anybody.
    pub(in crate::web) budget: i64,
    /// Given, and still on notice.
    pub(in crate::web) notice: i64,
    /// In households' books.
    pub(in crate::web) outstanding: i64,
    pub(in crate::web) redeemed: i64,
    pub(in crate::web) expired: i64,
    /// Taken back from households after a ruling.
    pub(in crate::web) recovered: i64,
    /// The points above come to what was issued.
    pub(in crate::web) adds_up: bool,
}

/// Money in from one kind of giver.
pub(in crate::web) struct Source {
    pub(in crate::web) name: &'static str,
    pub(in crate::web) money: String,
    pub(in crate::web) points: i64,
}

impl Funds {
    pub(in crate::web) fn of(view: &View, lang: Lang, branch: Branch, state: &BranchState) -> Funds {
        let points = |account| view.bank.account(account, Unit::Points).balance;
        let sources = state.funds.iter().map(|(source, (fen, points))| Source {
            name: lang.name(*source),
            money: lang.yuan(*fen),
            points: *points,
        });
        let issued = state.funds.values().map(|(_, points)| points).sum();
        let (budget, notice) = (points(Account::Budget(branch)), points(Account::Notice(branch)));
        let (redeemed, expired) = (points(Account::Redeemed(branch)), points(Account::Expired(branch)));
        let recovered = points(Account::Recovered(branch));
        let outstanding = state.outstanding;
        let adds_up = issued == budget + notice + outstanding + redeemed + expired + recovered;
        let sources = sources.collect();
        Funds { sources, issued, budget, notice, outstanding, redeemed, expired, recovered, adds_up }
    }
}
