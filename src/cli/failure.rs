//! Why a verb did not do what it was asked: the bank refused, something failed, the outcome is unknown, or the
//! words on the command line do not fit together.
//!
//! Each carries its sentence in Chinese and in English, and knows its exit status: 1 refused or failed, 2 usage.
//! Nothing here prints.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde_json::json;

use crate::bank::Refusal;
use crate::words;

pub use crate::words::Lang;

impl ValueEnum for Lang {
    fn value_variants<'a>() -> &'a [Lang] {
        &[Lang::Zh, Lang::En]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Lang::Zh => PossibleValue::new("zh").help("中文"),
            Lang::En => PossibleValue::new("en").help("English"),
        })
    }
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A sentence in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text { zh: zh.into(), en: en.into() }
    }

    /// The sentence in one of them.
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The bank's answer "no": nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Stable reason, UPPER_SNAKE_CASE.
    pub reason: String,
    /// What to tell people.
    pub text: Text,
    /// The numbers behind it.
    pub numbers: BTreeMap<String, String>,
}

/// Why a verb ended without having done what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The bank refused. Exit 1.
    Refused(Refused),
    /// Something failed, and nothing was written. Exit 1.
    Failed(Text),
    /// The command was sent and no answer came: it may or may not be written. Exit 1.
    OutcomeUnknown {
        /// The command's request id, as a UUID.
        request_id: String,
        /// What happened, and how to find out.
        text: Text,
    },
    /// Options that do not fit together. Exit 2.
    Usage(Text),
    /// What was asked for is done, and its answer, which is printed, is that something is wrong. Exit 1.
    Found,
    /// Whoever read the output has gone; nobody is left to be told. Exit 0.
    OutputClosed,
}

impl Failure {
    /// A failure with its sentence.
    pub fn failed(zh: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure::Failed(Text::new(zh, en))
    }

    /// A usage error with its sentence.
    pub fn usage(zh: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure::Usage(Text::new(zh, en))
    }

    /// A file that could not be read.
    pub fn reading(path: &Path, error: impl Display) -> Failure {
        let path = path.display();
        Failure::failed(format!("读不了文件 {path}：{error}"), format!("cannot read {path}: {error}"))
    }

    /// A file that could not be written.
    pub fn writing(path: &Path, error: impl Display) -> Failure {
        let path = path.display();
        Failure::failed(format!("写不了文件 {path}：{error}"), format!("cannot write {path}: {error}"))
    }

    /// A file that is not what it should be; `wants` says what it should be, in both languages.
    pub fn malformed(path: &Path, zh: impl Display, en: impl Display) -> Failure {
        let path = path.display();
        Failure::failed(format!("文件 {path} 不对：{zh}"), format!("{path} is not usable: {en}"))
    }

    /// The process's exit status.
    pub fn exit_status(&self) -> u8 {
        match self {
            Failure::Refused(_) | Failure::Failed(_) | Failure::OutcomeUnknown { .. } | Failure::Found => 1,
            Failure::Usage(_) => 2,
            Failure::OutputClosed => 0,
        }
    }

    /// What goes to stderr, for people. Empty where nobody is left to read it.
    pub fn for_people(&self, lang: Lang) -> String {
        let word = |zh: &str, en: &str| match lang {
            Lang::Zh => format!("{zh}："),
            Lang::En => format!("{en}: "),
        };
        match self {
            Failure::Refused(refused) => {
                let head = match lang {
                    Lang::Zh => format!("拒绝 {}：", refused.reason),
                    Lang::En => format!("refused {}: ", refused.reason),
                };
                let numbers: Vec<String> =
                    refused.numbers.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let below =
                    if numbers.is_empty() { String::new() } else { format!("\n  {}", numbers.join(" ")) };
                format!("{head}{}{below}", refused.text.of(lang))
            }
            Failure::Failed(text) => word("失败", "failed") + text.of(lang),
            Failure::OutcomeUnknown { text, .. } => word("结果不明", "outcome unknown") + text.of(lang),
            Failure::Usage(text) => word("用法不对", "usage") + text.of(lang),
            Failure::Found | Failure::OutputClosed => String::new(),
        }
    }

    /// What goes to stderr with `--json`: one object.
    pub fn for_programs(&self) -> String {
        let body = match self {
            Failure::Refused(refused) => json!({
                "kind": "refused", "reason": refused.reason, "message": refused.text.en,
                "message_zh": refused.text.zh, "numbers": refused.numbers,
            }),
            Failure::Failed(text) => json!({"kind": "failed", "message": text.en, "message_zh": text.zh}),
            Failure::OutcomeUnknown { request_id, text } => json!({
                "kind": "outcome_unknown", "request_id": request_id,
                "message": text.en, "message_zh": text.zh,
            }),
            Failure::Usage(text) => json!({"kind": "usage", "message": text.en, "message_zh": text.zh}),
            Failure::Found | Failure::OutputClosed => return String::new(),
        };
        json!({ "error": body }).to_string()
    }
}

/// A refusal that is seen before anything is sent, in the bank's own words.
impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Failure {
        let numbers = refusal.numbers().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Failure::Refused(Refused {
            reason: refusal.reason().to_owned(),
            text: Text::new(words::refusal(refusal), words::english(refusal)),
            numbers,
        })
    }
}

/// Writing to stdout.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => {
                Failure::failed(format!("输出写不出去：{error}"), format!("cannot write the output: {error}"))
            }
        }
    }
}
