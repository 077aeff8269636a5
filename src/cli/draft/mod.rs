//! From the words on the command line to the body of a command: one type a verb, one `draft` each.
//!
//! A draft is made before anything is signed or sent. What a verb must look up first (a price, a household
//! behind a card) it asks through [`Desk`], so that tests can answer. Nothing here signs, writes or prints.

mod declaration;
mod dispute;
mod household;
mod invitation;
mod passbook;
mod public;
mod settings;
mod setup;
mod sheet;
mod shop;
mod staff;

pub mod catalogue_file;

use std::future::Future;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use ed25519_dalek::SigningKey;

use super::card::Card;
use super::failure::Failure;
use super::link::Link;
use super::value::Pin;
use crate::bank::command::Body;
use crate::bank::ids::{Branch, Digest, HouseholdId, PublicKey};
use crate::bank::time::{Day, Time};
use crate::documents::{Address, DocumentKind, seal};
use crate::wire::{Entry, pb};

pub use passbook::IssuePassbook;

/// The verbs that write: one for each command but `OpenBank`, which is `init`.
#[derive(Debug, Subcommand)]
pub enum Write {
    /// 开设支行 · A village or community joins.
    OpenBranch(setup::OpenBranch),
    /// 调整规则 · Change settings; what is not named stays as it is.
    SetPolicy(setup::SetPolicy),
    /// 发布积分目录 · Publish a version of the catalogue from a TOML file.
    PublishCatalogue(setup::PublishCatalogue),
    /// 拨付积分预算 · Issue points against money.
    Fund(setup::Fund),
    /// 登记密钥 · Enrol a key for a person or a terminal.
    EnrolKey(staff::EnrolKey),
    /// 作废密钥 · Revoke a key.
    RevokeKey(staff::RevokeKey),
    /// 更换密钥 · Replace the key given by --key; old and new sign.
    RotateKey(staff::RotateKey),
    /// 邀请登记密钥 · Offer a key to be by a link, for a person or a terminal.
    Invite(invitation::Invite),
    /// 接受邀请 · Make a key and enrol it by an invitation's link.
    Join(invitation::Join),
    /// 任命 · Give a person an office.
    Appoint(staff::Appoint),
    /// 免职 · End a person's office.
    Dismiss(staff::Dismiss),
    /// 开户 · Open a household's book.
    OpenHousehold(household::OpenHousehold),
    /// 销户 · Close a household's book.
    CloseHousehold(household::CloseHousehold),
    /// 登记亲属 · Say that two people are kin.
    Kin(household::Kin),
    /// 设置密码 · Set a passbook's PIN.
    SetPin(passbook::SetPin),
    /// 申报 · Declare a good deed.
    Declare(declaration::Declare),
    /// 审核 · A liaison's verdict.
    Review(declaration::Review),
    /// 评审 · A committee member's vote.
    Decide(declaration::Decide),
    /// 撤回申报 · Take a declaration back.
    Withdraw(declaration::Withdraw),
    /// 补充申报 · Complete a returned declaration.
    Resubmit(declaration::Resubmit),
    /// 提出异议 · Object to a declaration or to what was credited.
    Object(dispute::Object),
    /// 裁定 · Rule on an objection.
    Rule(dispute::Rule),
    /// 录入检查表 · Enter an inspection sheet from a CSV file.
    Assess(sheet::Assess),
    /// 进货 · Goods arrive.
    StockIn(shop::StockIn),
    /// 定价 · Goods get prices.
    SetPrice(shop::SetPrice),
    /// 盘点 · Goods are counted.
    StockCount(shop::StockCount),
    /// 兑换 · Points buy goods, at the prices shown now.
    Redeem(shop::Redeem),
    /// 退货 · Goods come back.
    Refund(shop::Refund),
    /// 删除文件 · Erase a document, on the record.
    Erase(staff::Erase),
    /// 上不上光荣榜 · Whether a household's points may stand on the board.
    Publicity(public::Publicity),
    /// 提建议 · A suggestion to the village.
    Suggest(public::Suggest),
    /// 答复建议 · Answer a suggestion.
    Answer(public::Answer),
}

impl Write {
    /// The command that the verb asks for.
    ///
    /// # Errors
    ///
    /// A file that cannot be used, a look-up that failed, or words that do not fit together.
    pub async fn draft(&self, desk: &mut impl Desk, hand: &Hand) -> Result<Draft, Failure> {
        match self {
            Write::OpenBranch(verb) => Ok(verb.draft()),
            Write::SetPolicy(verb) => verb.draft(desk).await,
            Write::PublishCatalogue(verb) => verb.draft(desk).await,
            Write::Fund(verb) => verb.draft(),
            Write::EnrolKey(verb) => verb.draft(),
            Write::RevokeKey(verb) => verb.draft(),
            Write::RotateKey(verb) => verb.draft(hand),
            Write::Invite(verb) => verb.draft(desk, hand).await,
            Write::Join(verb) => verb.draft(),
            Write::Appoint(verb) => Ok(verb.draft()),
            Write::Dismiss(verb) => Ok(verb.draft()),
            Write::OpenHousehold(verb) => verb.draft(),
            Write::CloseHousehold(verb) => Ok(verb.draft()),
            Write::Kin(verb) => Ok(verb.draft()),
            Write::SetPin(verb) => verb.draft(desk, hand).await,
            Write::Declare(verb) => verb.draft(desk, hand).await,
            Write::Review(verb) => verb.draft(),
            Write::Decide(verb) => Ok(verb.draft()),
            Write::Withdraw(verb) => Ok(verb.draft()),
            Write::Resubmit(verb) => verb.draft(desk).await,
            Write::Object(verb) => verb.draft(),
            Write::Rule(verb) => verb.draft(),
            Write::Assess(verb) => verb.draft(desk).await,
            Write::StockIn(verb) => verb.draft(),
            Write::SetPrice(verb) => verb.draft(desk).await,
            Write::StockCount(verb) => Ok(verb.draft()),
            Write::Redeem(verb) => verb.draft(desk, hand).await,
            Write::Refund(verb) => verb.draft(desk).await,
            Write::Erase(verb) => Ok(verb.draft()),
            Write::Publicity(verb) => verb.draft(desk, hand).await,
            Write::Suggest(verb) => verb.draft(),
            Write::Answer(verb) => verb.draft(),
        }
    }
}

/// What a verb makes of its words.
pub struct Draft {
    /// What is asked.
    pub body: Body,
    /// Documents that the command points at; to be put first.
    pub papers: Vec<Paper>,
    /// Keys that sign beside those of the caller's hand.
    pub cosigners: Vec<SigningKey>,
    /// The passbook's PIN, to travel beside the command.
    pub pin: Option<Pin>,
    /// Only the cosigners sign: the caller's hand has nothing to do with it.
    pub alone: bool,
    /// A card to print if the command is written.
    pub card: Option<NewCard>,
    /// A link to hand on if the command is written.
    pub link: Option<Link>,
    /// A key to keep if the command is written.
    pub new_key: Option<NewKey>,
}

/// A key that is good once its command is written, and where it goes.
pub struct NewKey {
    /// The key.
    pub key: SigningKey,
    /// Its file.
    pub path: PathBuf,
}

/// A card that is good once its command is written, and where it goes.
pub struct NewCard {
    /// The card.
    pub card: Card,
    /// File of its text; the QR code goes beside it as `.svg`.
    pub path: PathBuf,
}

impl From<Body> for Draft {
    fn from(body: Body) -> Draft {
        Draft {
            body,
            papers: Vec::new(),
            cosigners: Vec::new(),
            pin: None,
            alone: false,
            card: None,
            link: None,
            new_key: None,
        }
    }
}

impl Draft {
    fn with(body: Body, papers: Vec<Paper>) -> Draft {
        Draft { papers, ..Draft::from(body) }
    }
}

/// A document on its way to the bank. Has no `Debug`: it may be about a person.
pub struct Paper {
    /// What kind.
    pub kind: DocumentKind,
    /// Its bytes, sealed where the kind wants it.
    pub bytes: Vec<u8>,
}

impl Paper {
    /// Where the bank will keep it.
    pub fn address(&self) -> Digest {
        Digest(*Address::of(self.kind, &self.bytes).as_bytes())
    }

    /// A file as it is.
    fn file(path: &Path, kind: DocumentKind) -> Result<Paper, Failure> {
        let bytes = read_up_to(path, kind.size_max())?;
        Ok(Paper { kind, bytes })
    }

    /// A file that shows a deed: a picture is a photo, everything else is a record.
    fn evidence(path: &Path) -> Result<Paper, Failure> {
        let bytes = read_up_to(path, DocumentKind::Photo.size_max())?;
        let kind = if is_picture(&bytes) { DocumentKind::Photo } else { DocumentKind::Record };
        Ok(Paper { kind, bytes })
    }

    /// A content sealed with a fresh salt, and the commitment that goes into the command.
    fn sealed(kind: DocumentKind, content: &[u8]) -> Result<(Digest, Paper), Failure> {
        let sealed = seal(content).map_err(|error| {
            Failure::failed(format!("文件封不上：{error}"), format!("cannot seal a document: {error}"))
        })?;
        Ok((Digest(*sealed.commitment.as_bytes()), Paper { kind, bytes: sealed.bytes }))
    }

    /// A text sealed, where there is one.
    fn text(text: Option<&str>, papers: &mut Vec<Paper>) -> Result<Option<Digest>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let (commitment, paper) = Paper::sealed(DocumentKind::Text, text.as_bytes())?;
        papers.push(paper);
        Ok(Some(commitment))
    }

    /// A record as it is, where there is one.
    fn record(path: Option<&Path>, papers: &mut Vec<Paper>) -> Result<Option<Digest>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let paper = Paper::file(path, DocumentKind::Record)?;
        let address = paper.address();
        papers.push(paper);
        Ok(Some(address))
    }
}

/// The files that show a deed, as addresses and papers.
fn evidence(paths: &[PathBuf]) -> Result<(Vec<Digest>, Vec<Paper>), Failure> {
    let papers = paths.iter().map(|path| Paper::evidence(path)).collect::<Result<Vec<_>, _>>()?;
    Ok((papers.iter().map(Paper::address).collect(), papers))
}

/// The bytes of a file, if it is not larger than `most`.
pub(super) fn read_up_to(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(|error| Failure::reading(path, error))?.len();
    if size > most as u64 {
        return Err(Failure::malformed(
            path,
            format!("有 {size} 字节，最多 {most} 字节"),
            format!("{size} bytes, at most {most} are allowed"),
        ));
    }
    std::fs::read(path).map_err(|error| Failure::reading(path, error))
}

/// JPEG, PNG, WebP or HEIF, by their first bytes.
fn is_picture(bytes: &[u8]) -> bool {
    let at = |from: usize, wanted: &[u8]| bytes.get(from..from + wanted.len()) == Some(wanted);
    at(0, &[0xff, 0xd8, 0xff]) || at(0, b"\x89PNG") || (at(0, b"RIFF") && at(8, b"WEBP")) || at(4, b"ftyp")
}

/// What the caller holds.
#[derive(Default)]
pub struct Hand {
    /// Signing keys in the order given; the first opens sessions.
    pub keys: Vec<SigningKey>,
    /// A passbook's card.
    pub card: Option<Card>,
    /// Address of the bank, as the caller knows it.
    pub server: String,
}

/// What a verb asks the bank before it can write its command.
pub trait Desk {
    /// The bank itself.
    fn bank(&mut self) -> impl Future<Output = Result<pb::GetBankResponse, Failure>>;
    /// One branch; none where the bank has no such branch.
    fn branch(&mut self, branch: Branch) -> impl Future<Output = Result<Option<pb::Branch>, Failure>>;
    /// Goods of a branch.
    fn goods(&mut self, branch: Branch) -> impl Future<Output = Result<Vec<pb::Goods>, Failure>>;
    /// Items in force on a day.
    fn catalogue(
        &mut self,
        branch: Branch,
        on: Day,
    ) -> impl Future<Output = Result<Vec<pb::CatalogueItem>, Failure>>;
    /// Whose key this is, as its text.
    fn holder(&mut self, key: PublicKey) -> impl Future<Output = Result<String, Failure>>;
    /// The household behind a card.
    fn passbook(&mut self, card: &Card) -> impl Future<Output = Result<HouseholdId, Failure>>;
    /// A declaration.
    fn declaration(&mut self, number: u64) -> impl Future<Output = Result<pb::Declaration, Failure>>;
    /// An entry.
    fn entry(&mut self, index: u64) -> impl Future<Output = Result<Entry, Failure>>;
}

/// The day that was named, or the bank's today.
async fn day_or_today(day: Option<Day>, desk: &mut impl Desk) -> Result<Day, Failure> {
    match day {
        Some(day) => Ok(day),
        None => Ok(Time(desk.bank().await?.time_unix_ms).day()),
    }
}

/// The household that was named, or the one behind the card.
async fn household_or_card(
    household: Option<HouseholdId>,
    desk: &mut impl Desk,
    hand: &Hand,
) -> Result<HouseholdId, Failure> {
    match (household, &hand.card) {
        (Some(household), _) => Ok(household),
        (None, Some(card)) => desk.passbook(card).await,
        (None, None) => Err(Failure::usage(
            "要写明哪一户：--household 户号，或 --passbook 存折文件",
            "name the household: --household NUMBER or --passbook FILE",
        )),
    }
}

/// An answer of the server that is not what the protocol says.
pub(super) fn strange_answer(what: &str) -> Failure {
    Failure::failed(
        format!("服务器的回答看不懂：{what}"),
        format!("the server's answer makes no sense: {what}"),
    )
}
