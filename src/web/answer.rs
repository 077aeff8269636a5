//! What leaves the room: rendered pages, the pages for trouble, and the headers that all of them carry.

use std::any::Any;

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::words::Lang;

use super::stylesheet;

/// Nothing but our own stylesheet is loaded; an inline `data:` icon keeps browsers from asking for one.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Of pages that sign: scripts of our own, which talk to nobody else; photographs that were just taken.
const SIGNING_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                              connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What no page may ask of the device.
const NO_DEVICES: &str = "camera=(), microphone=(), geolocation=()";
/// The same, but for the camera.
const CAMERA_ONLY: &str = "camera=(self), microphone=(), geolocation=()";
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// Headers of every answer. Addresses of passbooks must reach no other host, no cache and no search engine.
const HEADERS: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
];

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No such path.
    NoSuchPage,
    /// No passbook in force has this link. Whether one ever had it is not told.
    NoSuchPassbook,
    /// The same, after too many.
    TooManyMisses,
    /// The board has no such row (any more).
    NotOnNotice,
    /// Under which address others reach the bank is not known.
    NoAddress,
    /// The person who is signed in does not hold the office that this is for.
    NotYours,
    /// No such document, or none that is shown here.
    NoSuchDocument,
    /// A document that is no picture.
    NotAPicture,
    /// Pages are only read.
    WrongMethod,
    /// The bank has stopped or is too slow.
    Unavailable,
    /// A bug of ours.
    Broken,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    stylesheet: String,
    lang: Lang,
    heading: &'static str,
    what: &'static str,
    steps: Vec<&'static str>,
}

/// What a page for trouble says.
struct Told {
    heading: &'static str,
    what: &'static str,
    steps: Vec<&'static str>,
}

/// Of a link that opens no passbook: the holder of an old card and the finder of a wrong link read the same.
fn no_passbook(lang: Lang) -> Told {
    Told {
        heading: lang.t("没有打开存折", "No passbook was opened"),
        what: lang.t(
            "这个网址打不开任何一本存折。可能是二维码没有扫全，也可能这张卡已经换过。",
            "This address opens no passbook. The code may not have been scanned whole, or the card was replaced.",
        ),
        steps: vec![
            lang.t(
                "把卡放平、擦干净，在亮处重新扫一次；不要手抄网址。",
                "Lay the card flat, wipe it, and scan it again in good light; do not copy the address by hand.",
            ),
            lang.t(
                "家里如果换过新卡，请用最新的那一张。",
                "If the household got a new card, use the newest one.",
            ),
            lang.t(
                "还是打不开，带上身份证或户口本，到村里找支行文书，可以查账，也可以换卡。",
                "If that does not help, see the branch clerk with your identity card or household register: the book can be looked up there, and the card replaced.",
            ),
        ],
    }
}

impl Trouble {
    fn status(self) -> StatusCode {
        match self {
            Trouble::NoSuchPage
            | Trouble::NoSuchPassbook
            | Trouble::NoSuchDocument
            | Trouble::NotOnNotice => StatusCode::NOT_FOUND,
            Trouble::NotYours => StatusCode::FORBIDDEN,
            Trouble::NotAPicture => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Trouble::TooManyMisses => StatusCode::TOO_MANY_REQUESTS,
            Trouble::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Trouble::NoAddress => StatusCode::BAD_REQUEST,
            Trouble::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Heading, what is the matter, what to do.
    fn words(self, lang: Lang) -> Told {
        match self {
            Trouble::NoSuchPassbook => no_passbook(lang),
            Trouble::TooManyMisses => Told {
                heading: no_passbook(lang).heading,
                what: lang.t(
                    "打不开的网址试得太多了，请歇一会儿。",
                    "Too many addresses were tried that open nothing; please rest a little.",
                ),
                steps: vec![
                    lang.t(
                        "等一分钟，再用手里最新的那张卡扫一次。",
                        "Wait a minute, then scan the newest card that you have once more.",
                    ),
                    lang.t("还是打不开，请到村里找支行文书。", "If that does not help, see the branch clerk in the village."),
                ],
            },
            Trouble::NoSuchPage => Told { heading: lang.t("没有这个页面", "There is no such page"), what: lang.t("网址可能写错了，或者这个页面已经不在。", "The address may be wrong, or the page is no more."), steps: vec![lang.t("看自己的存折，请扫存折上的二维码。", "To see your passbook, scan its code."), lang.t("也可以回到首页看看。", "Or look at the front page.")] },
            Trouble::NotOnNotice => Told { heading: lang.t("这一条不在公示了", "This is no longer on notice"), what: lang.t("可能公示已经期满，也可能网址不完整。", "The notice may have ended, or the address is not whole."), steps: vec![lang.t("回到村里的公开栏，看看现在公示的有哪些。", "Look at the village's board for what is on notice now."), lang.t("已经入账的，两年以内还可以提争议：请拿存折到支行办，或者找村务监督。", "What was credited can be disputed for two years: at the branch with the passbook, or through the supervisors.")] },
            Trouble::NoAddress => Told { heading: lang.t("不知道本行的网址", "The bank's own address is not known"), what: lang.t("海报上的二维码要写本行的网址，这次请求里没有。", "The poster's code holds the bank's address, and this request did not say it."), steps: vec![lang.t("请管理员在配置里写明 public_url，再打开一次。", "Have the operator set public_url, and open it again.")] },
            Trouble::NotYours => Told { heading: lang.t("这里不归您办", "This is not yours to do"), what: lang.t("您登录的这个身份现在没有这里要的职务：可能任期到了，也可能用错了密钥。", "Whom you signed in as does not hold the office that this wants: the term may be over, or it is the wrong key."), steps: vec![lang.t("回到工作台，看看您有哪些职务。", "Look at the desk for the offices that you hold."), lang.t("刚刚任命的，请重新登录再试。", "If you were appointed just now, sign in anew.")] },
            Trouble::NoSuchDocument => Told { heading: lang.t("没有这份凭证", "There is no such document"), what: lang.t("网址可能不完整，这份凭证也可能已经按规定删除。", "The address may not be whole, or the document was erased by the rules."), steps: vec![lang.t("回到工作台，重新打开一次。", "Go back to the desk and open it again.")] },
            Trouble::NotAPicture => Told { heading: lang.t("这份凭证不是照片", "This document is no photograph"), what: lang.t("页面上只看照片。这份凭证是别的格式（例如 PDF），没有在这里打开。", "Pages show photographs only. This one has another format (such as PDF) and is not opened here."), steps: vec![lang.t("请支行文书用命令行导出，再一起看原件。", "Have the branch clerk export it with the command line, and look at the original together.")] },
            Trouble::WrongMethod => Told { heading: lang.t("这里只能看", "This can only be read"), what: lang.t("这个页面只能查看，不能提交。", "This page can be read; nothing can be sent to it."), steps: vec![lang.t("办业务请到村里的支行或文明超市。", "For all else see the village's branch or shop.")] },
            Trouble::Unavailable => Told { heading: lang.t("银行正在维护", "The bank is under maintenance"), what: lang.t("现在暂时查不了账。已经记下的账都在，一笔也不会少。", "The books cannot be read just now. All that was written is there, and nothing will be missing."), steps: vec![lang.t("过几分钟再打开一次。", "Open it again in some minutes."), lang.t("一直打不开，请告诉支行文书。", "If it stays so, please tell the branch clerk.")] },
            Trouble::Broken => Told { heading: lang.t("页面出了毛病", "Something is wrong with this page"), what: lang.t("是我们的程序出了错，不是您的问题，账也没有变。", "Our program made a mistake. It is not your fault, and the books did not change."), steps: vec![lang.t("过一会儿再打开一次。", "Open it again in a while."), lang.t("还是这样，请告诉支行文书。", "If it stays so, please tell the branch clerk.")] },
        }
    }
}

/// The page for trouble, in Chinese; whoever reads English gets it anew on its way out.
pub(super) fn trouble(trouble: Trouble) -> Response {
    let mut response = trouble_in(Lang::Zh, trouble);
    response.extensions_mut().insert(trouble);
    response
}

/// The page for trouble.
pub(super) fn trouble_in(lang: Lang, trouble: Trouble) -> Response {
    let Told { heading, what, steps } = trouble.words(lang);
    let page = TroublePage { stylesheet: stylesheet::path(), lang, heading, what, steps };
    let mut response = (trouble.status(), render(&page)).into_response();
    response.extensions_mut().insert(lang);
    let wait = match trouble {
        Trouble::TooManyMisses | Trouble::Unavailable => Some("60"),
        Trouble::NoSuchPage
        | Trouble::NoSuchPassbook
        | Trouble::NotOnNotice
        | Trouble::NoAddress
        | Trouble::NotYours
        | Trouble::NoSuchDocument
        | Trouble::NotAPicture
        | Trouble::WrongMethod
        | Trouble::Broken => None,
    };
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    response
}

/// A page, or the page that says we are broken: a template that fails is a bug.
pub(super) fn page(page: &impl Template) -> Response {
    render(page).into_response()
}

/// A page that was made in the reader's language.
pub(super) fn page_in(lang: Lang, page: &impl Template) -> Response {
    let mut response = self::page(page);
    response.extensions_mut().insert(lang);
    response
}

/// A page that signs, made in the reader's language: it may run our scripts; the camera is for pages that scan cards.
pub(super) fn signing_page_in(lang: Lang, page: &impl Template, camera: bool) -> Response {
    let mut response = page_in(lang, page);
    let permissions = if camera { CAMERA_ONLY } else { NO_DEVICES };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SIGNING_POLICY));
    headers.insert(PERMISSIONS, HeaderValue::from_static(permissions));
    response
}

fn render(page: &impl Template) -> Result<Html<String>, (StatusCode, &'static str)> {
    page.render().map(Html).map_err(|error| {
        tracing::error!(%error, "rendering a page");
        (StatusCode::INTERNAL_SERVER_ERROR, "页面出错，请过一会儿再试。\n")
    })
}

/// A handler panicked. What it said is not shown, and not logged either: it may quote a view token.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a page panicked");
    trouble(Trouble::Broken)
}

/// Adds the headers that every answer carries. Only the stylesheet says of itself that it may be kept.
pub(super) async fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(PERMISSIONS).or_insert(HeaderValue::from_static(NO_DEVICES));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
