//! The one line in a passbook that says why the household's book moved in an entry.
//!
//! It is read off the entry's effects: which changes concern this household, and which way its postings went.
//! It does not say how much (the line stands beside the amount) and never tells of other households but a
//! closed book's successor.

use super::lang::{Lang, sentence};
use super::titles::{self, Titles};
use crate::bank::effects::{Account, Change, Effects};
use crate::bank::ids::HouseholdId;
use crate::bank::words::{Ruling, State, Unit};

/// How many declarations of one kind a line lists; the rest is counted.
const LISTED_MAX: usize = 3;

/// The line: 兑换 鸡蛋×2、肥皂×1（文明超市）, 公示期满入账：志愿服务 ×2（申报 123 号）, 积分到期. An entry that says
/// nothing about this household is 账户变动.
pub fn reason(effects: &Effects, household: HouseholdId, titles: &dyn Titles) -> String {
    reason_in(Lang::Zh, effects, household, titles)
}

/// The same in either language: `Spent on 鸡蛋×2, 肥皂×1 (village shop)`, `Credited after notice: 志愿服务 ×2
/// (declaration 123)`. Titles stay as people wrote them.
pub fn reason_in(lang: Lang, effects: &Effects, household: HouseholdId, titles: &dyn Titles) -> String {
    let book = Book { lang, effects, household, titles };
    let line = book
        .direct()
        .or_else(|| book.cases())
        .or_else(|| book.expired())
        .unwrap_or_else(|| lang.t("账户变动", "The account moved").to_owned());
    format!("{line}{}", book.debt())
}

/// One household's part in an entry.
struct Book<'a> {
    lang: Lang,
    effects: &'a Effects,
    household: HouseholdId,
    titles: &'a dyn Titles,
}

impl Book<'_> {
    /// Changes that say it all by themselves.
    fn direct(&self) -> Option<String> {
        let lang = self.lang;
        self.effects.changes.iter().find_map(|change| match change {
            Change::Redeemed { household, terminal, lines, .. } if *household == self.household => {
                let shop = terminal.branch();
                let goods = lines.iter().map(|line| (line.sku, line.quantity));
                Some(lang.with_two(
                    "兑换 {}（{}）",
                    "Spent on {} ({})",
                    titles::goods_list(lang, self.titles, shop, goods),
                    titles::shop(lang, self.titles, shop, household.branch()),
                ))
            }
            Change::Refunded { redemption, household, lines, .. } if *household == self.household => {
                let goods = lines.iter().map(|line| (line.sku, line.quantity));
                Some(lang.with_two(
                    "退货 {}（兑换 {} 号）",
                    "Brought back {} (bought in entry {})",
                    titles::goods_list(lang, self.titles, household.branch(), goods),
                    redemption,
                ))
            }
            Change::HouseholdOpened { household, .. } if *household == self.household => {
                Some(lang.t("设立账户", "The book was opened").to_owned())
            }
            Change::HouseholdClosed { household, successor } if *household == self.household => {
                Some(match successor {
                    Some(next) => lang.with(
                        "销户，积分转给{}",
                        "The book was closed, its points went to {}",
                        lang.household(*next),
                    ),
                    None => {
                        lang.t("销户，剩余积分作废", "The book was closed, what was left lapsed").to_owned()
                    }
                })
            }
            Change::HouseholdClosed { household, successor: Some(next) } if *next == self.household => {
                let from = lang.household(*household);
                Some(lang.with("{}销户，积分转入", "Points from the closed book of {}", from))
            }
            _ => None,
        })
    }

    /// Declarations and rows that came to another state, under a heading for each way in which they did.
    fn cases(&self) -> Option<String> {
        let lang = self.lang;
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        let veto = self.veto();
        for change in &self.effects.changes {
            let Change::StateChanged { declaration, household, state, points, .. } = change else {
                continue;
            };
            // A veto moves no points; its own line says more than that its row was credited.
            if *household != self.household || (*points == 0 && veto.is_some()) {
                continue;
            }
            let heading = self.heading(*declaration, *state, *points);
            let case = self.case(*declaration, *points);
            match groups.iter_mut().find(|(of, _)| *of == heading) {
                Some((_, cases)) => cases.push(case),
                None => groups.push((heading, vec![case])),
            }
        }
        let mut lines: Vec<String> = groups
            .into_iter()
            .map(|(heading, cases)| {
                let listed = lang.clauses(&cases[..cases.len().min(LISTED_MAX)]);
                let line = lang.with_two("{}：{}", "{}: {}", heading, listed);
                match cases.len() {
                    count if count > LISTED_MAX => {
                        line + &lang.with(" 等 {} 项", " and more, {} in all", count)
                    }
                    _ => line,
                }
            })
            .collect();
        lines.extend(veto);
        (!lines.is_empty()).then(|| lang.clauses(&lines))
    }

    /// A veto of this household's year.
    fn veto(&self) -> Option<String> {
        self.effects.changes.iter().find_map(|change| match change {
            Change::Vetoed { household, year, item } if *household == self.household => {
                let item = titles::item(self.titles, *item);
                Some(self.lang.with_two(
                    "一票否决：{}（取消 {} 年评星评优）",
                    "Veto: {} (no stars and honours of {})",
                    item,
                    year,
                ))
            }
            _ => None,
        })
    }

    /// In which way a case came to its state; `points` are negative for deductions.
    fn heading(&self, declaration: u64, state: State, points: i64) -> String {
        let moved = self.moved().signum();
        let (zh, en) = match (state, self.ruling(declaration)) {
            (State::Credited, Some(_)) => match (points < 0, moved) {
                (false, 1) => ("经裁定入账", "Credited by a ruling"),
                (false, -1) => ("经裁定收回一部分", "Partly taken back by a ruling"),
                (true, 1) => ("经裁定减轻扣分", "Deduction lessened by a ruling"),
                (true, -1) => ("经裁定扣分", "Deducted by a ruling"),
                _ => ("经裁定维持", "Upheld by a ruling"),
            },
            (State::Credited, None) if points < 0 => ("扣分", "Deducted"),
            (State::Credited, None) if self.voted(declaration) => ("评审通过入账", "Credited after the vote"),
            (State::Credited, None) => ("公示期满入账", "Credited after notice"),
            (State::Reversed, _) => match moved {
                1 => ("经裁定撤销扣分", "Deduction undone by a ruling"),
                -1 => ("经裁定收回积分", "Taken back by a ruling"),
                _ => ("经裁定撤销", "Undone by a ruling"),
            },
            (
                State::Submitted
                | State::Returned
                | State::Endorsed
                | State::OnNotice
                | State::Objected
                | State::Refused
                | State::Withdrawn
                | State::Voided
                | State::Disputed,
                _,
            ) => return sentence(self.lang.name(state)),
        };
        self.lang.t(zh, en).to_owned()
    }

    /// What a case is about, and its number.
    fn case(&self, declaration: u64, points: i64) -> String {
        match self.titles.declared(declaration, self.household) {
            Some(declared) => titles::slip(self.lang, self.titles, declared, declaration),
            // Deductions come by sheet only.
            None if points < 0 => self.lang.with("检查表 {} 号", "sheet {}", declaration),
            None => self.lang.with("申报 {} 号", "declaration {}", declaration),
        }
    }

    /// Lots that lapsed.
    fn expired(&self) -> Option<String> {
        let lapsed = self.effects.changes.iter().any(|change| {
            matches!(change, Change::LotMoved { household, amount, .. }
                if *household == self.household && *amount < 0)
        });
        let to_expired = self
            .effects
            .postings
            .iter()
            .any(|posting| matches!(posting.account, Account::Expired(_)) && posting.amount > 0);
        (lapsed && to_expired).then(|| self.lang.t("积分到期", "Points lapsed").to_owned())
    }

    /// What became of a debt.
    fn debt(&self) -> String {
        let debt = self.effects.changes.iter().rev().find_map(|change| match change {
            Change::DebtSet { household, debt } if *household == self.household => Some(*debt),
            _ => None,
        });
        match debt {
            None => String::new(),
            Some(..=0) => self.lang.t("，欠分已还清", "; the debt is paid").to_owned(),
            Some(debt) => self.lang.with("，还欠 {} 分", "; {} points are still owed", debt),
        }
    }

    /// What the household owes after the entry; none where that did not change.
    fn owed(&self) -> Option<i64> {
        self.effects.changes.iter().rev().find_map(|change| match change {
            Change::DebtSet { household, debt } if *household == self.household => Some(*debt),
            _ => None,
        })
    }

    fn ruling(&self, declaration: u64) -> Option<Ruling> {
        self.effects.changes.iter().find_map(|change| match change {
            Change::Ruled { declaration: of, household, ruling, .. }
                if *of == declaration && *household == self.household =>
            {
                Some(*ruling)
            }
            _ => None,
        })
    }

    fn voted(&self, declaration: u64) -> bool {
        self.effects
            .changes
            .iter()
            .any(|change| matches!(change, Change::Voted { declaration: of, .. } if *of == declaration))
    }

    /// What came into the household's book: points, or score where no points moved.
    fn moved(&self) -> i64 {
        let sum = |unit| {
            self.effects
                .postings
                .iter()
                .filter(|p| p.account == Account::Household(self.household) && p.unit == unit)
                .fold(0_i64, |sum, p| sum.saturating_add(p.amount))
        };
        match (sum(Unit::Points), self.owed()) {
            // All of it was spent already: what a ruling takes back became a debt.
            (0, Some(1..)) => -1,
            (0, _) => sum(Unit::Score),
            (points, _) => points,
        }
    }
}
