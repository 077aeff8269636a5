//! What the demo leaves for its visitor: key files, cards with QR, PINs, and the words that show the way.

use std::path::Path;

use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};

use crate::bank::command::Body;
use crate::documents::DocumentKind;
use crate::engine::hash_pin;

use super::DemoError;
use super::desk::{Asked, Desk};
use super::invitation::Seat;
use super::people::write_key;
use super::town::{Plan, Town};

/// PIN of the first five passbooks of every village.
pub const DEMO_PIN: &str = "2580";
const PINS: usize = 5;

/// The first households of each village set a PIN.
pub(super) async fn set_pins(desk: &mut Desk, town: &Town) -> Result<(), DemoError> {
    for village in &town.villages {
        let mut asked = Vec::new();
        for household in village.households.iter().take(PINS) {
            let hash = tokio::task::spawn_blocking(|| hash_pin(DEMO_PIN));
            let hash = hash.await.map_err(|_| DemoError::Interrupted)?.ok_or(DemoError::Interrupted)?;
            let document = desk.put(DocumentKind::PinHash, vec![hash.into_bytes()]).await?[0];
            let key = town.people.key(&village.resident(*household));
            asked.push(Asked::new(Body::SetPin { household: *household, document }, &[&key]));
        }
        desk.must(asked).await?;
    }
    Ok(())
}

/// Writes `keys/*.pem` and `passbooks/*.txt`, `*.svg`.
///
/// # Errors
///
/// [`DemoError::Io`] or [`DemoError::Qr`].
pub fn write_people(dir: &Path, town: &Town, plan: &Plan, base: &str) -> Result<(), DemoError> {
    let (keys, passbooks) = (dir.join("keys"), dir.join("passbooks"));
    std::fs::create_dir_all(&keys)?;
    std::fs::create_dir_all(&passbooks)?;
    for name in town.keys(plan) {
        write_key(&keys, &name, &town.people.key(&name))?;
    }
    for village in &town.villages {
        for household in &village.households {
            let text = village.card(&town.people, *household).text(base);
            let name = village.name(&format!("{:05}", household.serial()));
            std::fs::write(passbooks.join(format!("{name}.txt")), format!("{text}\n"))?;
            let code = QrCode::with_error_correction_level(&text, EcLevel::M)?;
            let picture = code.render::<svg::Color>().min_dimensions(240, 240).build();
            std::fs::write(passbooks.join(format!("{name}.svg")), picture)?;
        }
    }
    Ok(())
}

/// A card's link that makes whoever opens it that household.
pub fn resident_link(town: &Town, base: &str) -> String {
    let village = town.shown();
    village.card(&town.people, village.households[0]).declare(base)
}

/// The links with which a visitor takes an office, one each.
pub fn show_seats(seats: &[Seat]) -> String {
    let lines: Vec<String> = seats.iter().map(|seat| format!("  {}：{}\n", seat.zh, seat.link)).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "自己来当一当。点开链接，接受邀请，就有了这个职务（每个链接用一次，两天内有效）：\n{}",
        lines.concat()
    )
}

/// A card's QR for a terminal, and the commands that walk one deed from declaration to eggs; `base` is where the
/// bank is served.
///
/// # Errors
///
/// [`DemoError::Qr`].
pub fn show_links(dir: &Path, town: &Town, base: &str) -> Result<String, DemoError> {
    let village = town.shown();
    let household = village.households[0];
    let card = village.card(&town.people, household);
    let qr = QrCode::with_error_correction_level(card.text(base), EcLevel::L)?;
    let qr = qr.render::<unicode::Dense1x2>().quiet_zone(true).build();
    let keys = dir.join("keys");
    let (keys, dir) = (keys.display(), dir.display());
    let (v, branch) = (village.number, village.branch);
    let liaison = village.liaison_of(household);
    let date = crate::engine::Clock::now(&crate::engine::SystemClock).day();
    let (page, declare) = (card.page(base), card.declare(base));
    let trust = if base.starts_with("https:") { "export CIVBANK_CA=签发证书的CA.pem\n" } else { "" };
    Ok(format!(
        "{qr}\n\
存折 {household}（v{v}-00001）。手机扫码，或打开：\n  {page}\n\
当一当这一户：点开就能用存折申报，收银台上也用它（链接里有存折的钥匙，想用几次用几次）：\n  {declare}\n\
谁都能看：\n  首页 {base}/\n  村里的公开栏 {base}/b/{branch}\n\
登录以后办事：\n  登录 {base}/sign-in\n  工作台 {base}/desk\n  评审会 {base}/desk/committee\n  审核 {base}/desk/liaison\n  \
替人申报 {base}/desk/declare\n  收银台 {base}/till\n\
不用登录，拿存折办：\n  申报 {base}/declare\n\n\
一件好事从申报到鸡蛋，五条命令（把 N 换成第一条打印的申报号）：\n\
  export CIVBANK_SERVER={base}\n\
{trust}civbank declare --key {keys}/v{v}-resident-00001.pem --household {household} --member 1 --item Z05 --quantity 1 --on {date} --evidence {dir}/passbooks/v{v}-00001.svg\n\
  civbank review N --endorse --key {keys}/{liaison}.pem\n\
  for n in 2 3 4 5; do civbank decide N --approve --key {keys}/v{v}-committee-$n.pem; done\n\
  civbank statement --passbook {dir}/passbooks/v{v}-00001.txt\n\
  civbank redeem --key {keys}/v{v}-terminal.pem --passbook {dir}/passbooks/v{v}-00001.txt --goods egg=2\n\n\
前五户的密码是 {DEMO_PIN}。钥匙在 {keys}/，存折在 {dir}/passbooks/。\n"
    ))
}
