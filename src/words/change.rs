//! One change of the log as one line of Chinese, for a declaration's timeline or a statement's detail.
//!
//! The line is fit for everybody who may see the entry: it names offices and numbers, never people's names,
//! and never who objected. Facts that are of no use to a reader (lots) have no line.

use super::titles::{self, Titles};
use super::{amount, date, names};
use crate::bank::command::{Appoint, Price};
use crate::bank::effects::Change;
use crate::bank::ids::PersonId;
use crate::bank::time::Day;
use crate::bank::words::{Ground, Role, State};

/// The line; none for changes that only keep the books in order.
pub fn change(change: &Change, titles: &dyn Titles) -> Option<String> {
    Some(match change {
        Change::BankOpened { head, .. } => format!("银行开业：{}", titles::branch(titles, *head)),
        Change::BranchOpened { title, .. } => format!("支行开业：{title}"),
        Change::PolicySet { branch, bounds, .. } => {
            let of = branch.map_or("全行".to_owned(), |branch| titles::branch(titles, branch));
            let bounds = if bounds.is_some() { "和支行可调范围" } else { "" };
            format!("调整{of}规则{bounds}")
        }
        Change::KeyEnrolled { holder, valid_until, .. } => {
            format!("登记密钥：{}{}", names::holder(*holder), term(*valid_until))
        }
        Change::KeyRevoked { key } => format!("密钥作废（{}…）", names::key(key)),
        Change::Appointed(appoint) => appointed(appoint),
        Change::Dismissed { person, role, household, .. } => match household {
            Some(home) => {
                format!("{}不再由{}代办", names::household(*home), names::person(*person))
            }
            None => format!("免去{}：{}", names::role(*role), names::person(*person)),
        },
        Change::CataloguePublished { branch, version, valid_from, items } => {
            let of = branch.map_or(String::new(), |branch| titles::branch(titles, branch));
            format!("发布{of}积分目录第 {version} 版，共 {} 项，{}起用", items.len(), date::day(*valid_from))
        }
        Change::BudgetFunded { branch, source, fen, points } => format!(
            "拨付{}积分预算 {}（{} {}）",
            titles::branch(titles, *branch),
            amount::points(*points),
            names::fund_source(*source),
            amount::yuan(*fen)
        ),
        Change::HouseholdOpened { members, .. } => format!("设立账户，登记 {members} 人"),
        Change::HouseholdClosed { successor: Some(home), .. } => {
            format!("销户，积分转给{}", names::household(*home))
        }
        Change::HouseholdClosed { successor: None, .. } => "销户，剩余积分作废".to_owned(),
        Change::KinDeclared { person, other } => {
            format!("登记亲属：{}与{}", names::person(*person), names::person(*other))
        }
        Change::PassbookIssued { card: 0 | 1, .. } => "发放存折".to_owned(),
        Change::PassbookIssued { card, .. } => format!("换发第 {card} 本存折，旧存折作废"),
        Change::PinSet { .. } => "设置存折密码".to_owned(),
        Change::PinLocked { .. } => "密码错误太多，存折密码锁住".to_owned(),
        Change::DeclarationFiled { member, item, quantity, deed_date, evidence, channel, proxy, .. } => {
            format!(
                "申报：{} ×{quantity}{}，{}做的，{}申报{}{}",
                titles::item(titles, *item),
                if *member == 0 { String::new() } else { format!("（{member} 号成员）") },
                date::day(*deed_date),
                names::channel(*channel),
                by_proxy(*proxy),
                with_evidence(evidence.len())
            )
        }
        Change::DeclarationResubmitted { quantity, deed_date, evidence, proxy, .. } => format!(
            "补充后再报：×{quantity}，{}做的{}{}",
            date::day(*deed_date),
            by_proxy(*proxy),
            with_evidence(evidence.len())
        ),
        Change::SheetFiled { date: on, rows, .. } => {
            format!("录入检查表：{}检查，共 {} 户", date::day(*on), rows.len())
        }
        Change::Reviewed { verdict, ground, .. } => {
            format!("联户党员审核：{}{}", names::verdict(*verdict), because(*ground))
        }
        Change::Voted { vote, points, .. } => {
            let each = points.map_or(String::new(), |points| format!("，每份 {points} 分"));
            format!("评委投票：{}{each}", names::vote(*vote))
        }
        Change::StateChanged { state, points, until, ground, .. } => {
            let points = match points {
                0 => String::new(),
                points => format!("，{}", amount::signed_points(*points)),
            };
            let until = until.map(date::last_before);
            let until = match (state, until) {
                (State::OnNotice, Some(until)) => format!("，公示到{until}"),
                (State::Submitted | State::Endorsed, Some(until)) => format!("，最晚{until}办"),
                _ => String::new(),
            };
            format!("{}{points}{until}{}", names::state(*state), because(*ground))
        }
        Change::Objected { ground, credit, .. } => {
            let credit = credit.map_or(String::new(), |credit| {
                format!("，涉及第 {} 号账目的 {}", credit.credited_by, amount::points(credit.points))
            });
            format!("有人提出异议：{}{credit}", names::objection_ground(*ground))
        }
        Change::Ruled { ruling, points, .. } => {
            format!("总行裁定：{}，认定 {}", names::ruling(*ruling), amount::points(*points))
        }
        Change::Escalated { level, .. } => format!("超过期限，第 {level} 次催办"),
        Change::LotMoved { .. } => return None,
        Change::DebtSet { debt: ..=0, .. } => "欠分已还清".to_owned(),
        Change::DebtSet { debt, .. } => format!("还欠 {debt} 分，以后得分时抵扣"),
        Change::Vetoed { year, item, .. } => {
            format!("一票否决：{}，取消 {year} 年评星评优", titles::item(titles, *item))
        }
        Change::PriceSet { price, version, .. } => priced(price, *version),
        Change::StockMoved { branch, sku, amount, stock_after } => {
            stock(titles::goods(titles, *branch, *sku), *amount, *stock_after)
        }
        Change::Redeemed { household, terminal, lines, total, .. } => format!(
            "兑换 {}，共 {total} 分（{}）",
            titles::goods_list(titles, terminal.branch(), lines.iter().map(|line| (line.sku, line.quantity))),
            titles::shop(titles, terminal.branch(), household.branch())
        ),
        Change::Refunded { redemption, household, lines, total } => format!(
            "退货 {}，退回 {total} 分（兑换 {redemption} 号）",
            titles::goods_list(
                titles,
                household.branch(),
                lines.iter().map(|line| (line.sku, line.quantity))
            )
        ),
        Change::Invited { holder, key_valid_until, expires, .. } => format!(
            "邀请登记密钥：{}{}，邀请{}截止",
            names::holder(*holder),
            term(*key_valid_until),
            date::time(*expires)
        ),
        Change::InvitationAccepted { key } => format!("接受邀请（{}…）", names::key(key)),
        Change::InvitationCancelled { key } => format!("取消邀请（{}…）", names::key(key)),
        Change::PublicitySet { standings: true, .. } => "同意积分上公开栏的光荣榜".to_owned(),
        Change::PublicitySet { standings: false, .. } => "积分不上公开栏的光荣榜".to_owned(),
        Change::Suggested { .. } => "向村里提了一条建议".to_owned(),
        Change::SuggestionAnswered { suggestion, .. } => format!("答复 {suggestion} 号建议"),
        Change::DocumentErased { ground, .. } => {
            format!("删除资料（{}）", names::erasure_ground(*ground))
        }
    })
}

/// An office taken.
fn appointed(appoint: &Appoint) -> String {
    let chair = if appoint.chair { "（主任）" } else { "" };
    let homes = match (appoint.households.len(), appoint.role) {
        (0, _) => String::new(),
        (count, Role::Proxy) => format!("，代办 {count} 户"),
        (count, _) => format!("，联系 {count} 户"),
    };
    format!(
        "任命{}{chair}：{}{homes}{}",
        names::role(appoint.role),
        names::person(appoint.person),
        term(appoint.valid_until)
    )
}

/// Until when something holds.
fn term(valid_until: Option<Day>) -> String {
    valid_until.map_or(String::new(), |last| format!("，到{}为止", date::day(last)))
}

fn by_proxy(proxy: Option<PersonId>) -> &'static str {
    if proxy.is_some() { "（代办员代报）" } else { "" }
}

fn with_evidence(count: usize) -> String {
    if count == 0 { String::new() } else { format!("，凭证 {count} 份") }
}

fn because(ground: Option<Ground>) -> String {
    ground.map_or(String::new(), |ground| format!("，因为{}", names::ground(ground)))
}

fn priced(price: &Price, version: u32) -> String {
    let limit = match price.month_limit {
        0 => String::new(),
        limit => format!("，每户每月限 {limit} 件"),
    };
    format!("定价：{}（{}）每件 {} 分{limit}（第 {version} 版）", price.title, price.measure, price.points)
}

fn stock(goods: String, amount: i64, after: i64) -> String {
    let verb = if amount < 0 { "减少" } else { "增加" };
    format!("库存：{goods} {verb} {} 件，现有 {after} 件", amount.unsigned_abs())
}
