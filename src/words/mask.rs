//! Names and household numbers as boards and public pages show them: enough for neighbours to follow the
//! notice, too little for strangers. Whether somebody may read more is not known here.

use crate::bank::ids::HouseholdId;

/// Surnames of two characters.
const COMPOUND: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "司徒",
    "司空", "夏侯", "轩辕", "端木", "百里", "东郭", "南宫", "独孤", "呼延", "闻人", "澹台", "公冶", "宗政",
    "濮阳", "淳于", "单于", "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "赫连", "拓跋", "第五", "左丘",
    "东门", "西门", "南门", "万俟", "公羊", "谷梁", "梁丘", "乐正", "公西", "巫马", "漆雕", "壤驷", "亓官",
    "司寇", "颛孙", "段干", "即墨",
];

/// A name: its surname and two stars, whatever its length. 王小明 and 王明 are both `王**`, 欧阳修 is `欧阳**`.
/// A name of two characters has a surname of one: 司马 alone may be 司 the surname. An empty name is `**`.
pub fn name(full: &str) -> String {
    let full = full.trim();
    let compound = COMPOUND.iter().find(|surname| full.starts_with(**surname) && full.len() > surname.len());
    match (compound, full.chars().next()) {
        (Some(surname), _) => format!("{surname}**"),
        (None, Some(first)) => format!("{first}**"),
        (None, None) => "**".to_owned(),
    }
}

/// A household's number where it agreed to be seen: the last two digits alone, `***12`.
pub fn household_tail(id: HouseholdId) -> String {
    format!("***{:02}", id.serial() % 100)
}

/// A household's number on its branch's board, the last two digits hidden: `001**`. The board is one branch's,
/// so the branch's code is left out.
pub fn household(id: HouseholdId) -> String {
    format!("{:03}**", id.serial() / 100)
}
