//! What is wrong with a field, in plain Chinese: the part that people read of an error that names a field.

use crate::wire::{BadField, Problem};

/// One sentence: which field, what is wrong, and to mend it.
pub(crate) fn chinese(bad: &BadField) -> String {
    format!("“{}”填得不对：{}。请改好再提交。", bad.field, what(&bad.problem))
}

fn what(problem: &Problem) -> String {
    match problem {
        Problem::Missing => "还没有填".to_owned(),
        Problem::OutOfRange { min, max, got } => format!("填的是 {got}，应在 {min} 到 {max} 之间"),
        Problem::Count { min, max, got } => format!("有 {got} 项，应有 {min} 到 {max} 项"),
        Problem::Length { wants, got } => format!("有 {got} 字节，应有 {wants} 字节"),
        Problem::TooLong { max, got } => format!("有 {got} 个字，最多 {max} 个"),
        Problem::Untrimmed => "前后有空格".to_owned(),
        Problem::Invisible(_) => "里面有看不见的字符".to_owned(),
        Problem::Repeated { of } => format!("和第 {} 项重复", of.saturating_add(1)),
        Problem::UnknownWord(number) => format!("没有 {number} 这个选项"),
        Problem::OnlyFor(_) => "这里不该填".to_owned(),
        Problem::Malformed(_) => "格式不对".to_owned(),
        Problem::Json(_) | Problem::Undecodable | Problem::NotCanonical => "内容读不懂".to_owned(),
    }
}
