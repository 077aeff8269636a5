//! The catalogue and the goods with which a new town may begin: 38 items of the five beauties, 12 deductions,
//! 8 vetoes, and what the supermarket keeps. Every number is a setting that a town may change; five points buy
//! an egg.

use crate::bank::command::{Item, Price};
use crate::bank::words::{CapWindow, EvidenceKind, ItemKind, ItemSubject, Pillar, Unit};

use CapWindow::{Event, Month, Once, Quarter, Year};
use EvidenceKind::{Attendance, Certificate, Photo, Record, ServedPerson, System};
use ItemSubject::{Household, Person};
use Pillar::{Development, Family, Governance, Living, Service};

type Deed = (
    &'static str,
    Pillar,
    &'static str,
    (u32, u32),
    ItemSubject,
    &'static str,
    (CapWindow, u32),
    &'static [EvidenceKind],
);

/// Code, beauty, name, points for one unit (least, most), whose, unit, cap, evidence.
const DEEDS: [Deed; 38] = [
    ("R01", Living, "门前三包月检合格", (20, 20), Household, "次", (Month, 1), &[Record]),
    ("R02", Living, "美丽庭院月度最清洁", (30, 30), Household, "次", (Month, 1), &[Record, Photo]),
    ("R03", Living, "垃圾分类月检正确", (15, 15), Household, "次", (Month, 1), &[System, Record]),
    ("R04", Living, "回收农膜农药瓶等有害垃圾", (5, 5), Household, "公斤", (Month, 30), &[System]),
    ("R05", Living, "参加村庄清洁日", (20, 20), Person, "次", (Month, 2), &[Attendance]),
    ("R06", Living, "完成改厕或污水接入", (100, 100), Household, "处", (Once, 1), &[Certificate, Photo]),
    ("R07", Living, "自行拆除乱搭乱建", (150, 150), Household, "处", (Event, 0), &[Photo, Record]),
    ("R08", Living, "房前屋后绿化管护一季", (30, 30), Household, "季", (Quarter, 1), &[Photo]),
    ("J01", Family, "评为村级孝老之星好媳妇好婆婆", (100, 100), Person, "次", (Year, 1), &[Certificate]),
    ("J02", Family, "评为文明家庭（按最高一级）", (50, 500), Household, "次", (Year, 1), &[Certificate]),
    ("J03", Family, "每月照料分住老人", (15, 15), Household, "月", (Month, 1), &[ServedPerson]),
    ("J04", Family, "调解邻里纠纷并签字", (50, 50), Person, "起", (Quarter, 3), &[Certificate, Record]),
    ("J05", Family, "主办或讲述家风家训", (20, 20), Person, "次", (Quarter, 1), &[Attendance]),
    ("J06", Family, "子女升学", (50, 80), Household, "人", (Event, 0), &[Certificate]),
    ("J07", Family, "婚事新办丧事简办", (200, 200), Household, "次", (Event, 0), &[Certificate, Record]),
    ("F01", Development, "参加技能或农技培训", (15, 15), Person, "次", (Month, 2), &[Attendance]),
    ("F02", Development, "带动三户以上种养", (200, 200), Household, "次", (Year, 1), &[Record]),
    ("F03", Development, "配合土地流转或集体项目", (80, 80), Household, "次", (Year, 2), &[Certificate]),
    ("F04", Development, "绿色种植整季不烧秸秆", (40, 40), Household, "季", (Year, 2), &[Record]),
    ("F05", Development, "返乡创业满六个月", (300, 300), Person, "次", (Once, 1), &[Certificate]),
    ("F06", Development, "电商直播销售本村产品", (20, 20), Person, "次", (Month, 1), &[Certificate]),
    ("F07", Development, "合理化建议被采纳", (50, 50), Person, "条", (Quarter, 2), &[Record]),
    ("G01", Service, "志愿服务（签到签退）", (10, 10), Person, "小时", (Month, 40), &[Attendance, System]),
    (
        "G02",
        Service,
        "志愿服务（组织者证明）",
        (5, 5),
        Person,
        "小时",
        (Month, 8),
        &[Attendance, ServedPerson],
    ),
    ("G03", Service, "巡逻防汛防火值班", (25, 25), Person, "班", (Month, 4), &[Attendance]),
    ("G04", Service, "助老助残上门", (15, 15), Person, "小时", (Month, 20), &[ServedPerson]),
    ("G05", Service, "无偿献血", (100, 100), Person, "次", (Year, 2), &[Certificate]),
    ("G06", Service, "捐款捐物（按次不按额）", (20, 20), Household, "次", (Year, 2), &[Certificate]),
    ("G07", Service, "见义勇为或抢险", (200, 500), Person, "次", (Event, 0), &[Certificate, Record]),
    ("G08", Service, "拾金不昧", (20, 20), Person, "次", (Month, 2), &[ServedPerson]),
    ("Z01", Governance, "参加村民会议议事", (15, 15), Household, "次", (Month, 2), &[Attendance]),
    ("Z02", Governance, "一季无违反村规民约", (30, 30), Household, "季", (Quarter, 1), &[System]),
    ("Z03", Governance, "参加反诈普法学习", (10, 10), Person, "次", (Month, 1), &[Attendance, System]),
    ("Z04", Governance, "帮邻里了解医保养老", (10, 10), Person, "次", (Quarter, 2), &[ServedPerson]),
    ("Z05", Governance, "上报隐患属实", (20, 20), Person, "条", (Month, 3), &[Photo, Record]),
    ("Z06", Governance, "交通劝导值班", (20, 20), Person, "班", (Month, 2), &[Attendance]),
    ("Z07", Governance, "全年平安家庭", (100, 100), Household, "年", (Year, 1), &[System]),
    ("Z08", Governance, "红白理事会履职", (30, 30), Person, "次", (Month, 2), &[Record]),
];

/// Code, beauty, name, score taken. Deductions act on the score, never on points that were earned.
const DEDUCTIONS: [(&str, Pillar, &str, u32); 12] = [
    ("D01", Living, "乱堆乱放逾期未改", 5),
    ("D02", Living, "乱倒垃圾", 5),
    ("D03", Living, "焚烧秸秆垃圾", 5),
    ("D04", Living, "散养家禽犬只污染道路", 3),
    ("D05", Living, "占道或破坏公物", 10),
    ("D06", Family, "辱骂殴打邻里（未立案）", 10),
    ("D07", Governance, "高价彩礼大操大办", 20),
    ("D08", Governance, "封建迷信危害公共", 10),
    ("D09", Governance, "虚假申报", 30),
    ("D10", Service, "代人签到", 20),
    ("D11", Service, "季度内第三次无故缺席值班", 5),
    ("D12", Governance, "恶意异议（镇裁定）", 10),
];

/// Code, beauty, name. A veto takes the year's stars and honours, nothing else.
const VETOES: [(&str, Pillar, &str); 8] = [
    ("V1", Governance, "刑事犯罪"),
    ("V2", Governance, "涉赌涉毒涉暴治安处罚"),
    ("V3", Family, "家庭暴力告诫"),
    ("V4", Family, "查实遗弃虐待老人"),
    ("V5", Living, "违建责令后拒不拆除"),
    ("V6", Governance, "贿选或宗族胁迫"),
    ("V7", Governance, "积分造假二百分以上或两次"),
    ("V8", Living, "环保行政处罚"),
];

/// Code, name, unit, points, pieces a household may take in a month.
const GOODS: [(&str, &str, &str, u32, u32); 26] = [
    ("egg", "鸡蛋", "枚", 5, 60),
    ("salt", "食盐", "400克/袋", 20, 2),
    ("soap", "肥皂", "块", 25, 4),
    ("toothbrush", "牙刷", "支", 25, 4),
    ("toothpaste", "牙膏", "支", 45, 2),
    ("tissue", "抽纸", "3包", 45, 4),
    ("towel", "毛巾", "条", 60, 2),
    ("dish-soap", "洗洁精", "1公斤/瓶", 50, 2),
    ("washing-powder", "洗衣粉", "1公斤/袋", 60, 2),
    ("laundry-liquid", "洗衣液", "2公斤/瓶", 125, 2),
    ("soy-sauce", "酱油", "500毫升/瓶", 45, 2),
    ("vinegar", "醋", "瓶", 35, 2),
    ("noodles", "挂面", "1公斤/把", 45, 4),
    ("rice-5kg", "大米", "5公斤/袋", 180, 2),
    ("oil-1800ml", "菜籽油", "1.8升/桶", 190, 1),
    ("oil-5l", "食用油", "5升/桶", 480, 1),
    ("exercise-book", "练习本", "5本", 30, 4),
    ("pen-set", "文具笔", "套", 30, 4),
    ("led-bulb", "节能灯泡", "只", 50, 4),
    ("thermos", "保温壶", "个", 180, 1),
    ("seed-packet", "菜种", "包", 20, 4),
    ("fertiliser-5kg", "化肥", "5公斤/袋", 150, 2),
    ("umbrella", "雨伞", "把", 120, 1),
    ("rice-cooker", "电饭煲", "个", 900, 1),
    ("haircut", "理发券", "张", 90, 1),
    ("phone-credit", "话费", "10元", 65, 2),
];

/// The items of the first catalogue.
pub fn items() -> Vec<Item> {
    let blank = |code: &str, pillar, kind, title: &str| Item {
        code: code.parse().expect("a code of the table"),
        pillar,
        kind,
        title: title.to_owned(),
        points_min: 0,
        points_max: 0,
        unit: Unit::Points,
        score_effect: 0,
        subject: Household,
        measure: "次".to_owned(),
        cap_window: Event,
        cap_count: 0,
        evidence: Vec::new(),
        valid_from: None,
        valid_to: None,
    };
    let deeds = DEEDS.iter().map(|(code, pillar, title, points, subject, measure, cap, evidence)| {
        // Honours and rescues come on top of the yearly index.
        let kind = if matches!(*code, "J02" | "G07") { ItemKind::Bonus } else { ItemKind::Deed };
        Item {
            points_min: points.0,
            points_max: points.1,
            score_effect: i32::from(*code == "Z07") * 10,
            subject: *subject,
            measure: (*measure).to_owned(),
            cap_window: cap.0,
            cap_count: cap.1,
            evidence: evidence.to_vec(),
            ..blank(code, *pillar, kind, title)
        }
    });
    let deductions = DEDUCTIONS.iter().map(|(code, pillar, title, score)| Item {
        points_min: *score,
        points_max: *score,
        unit: Unit::Score,
        evidence: vec![Record],
        ..blank(code, *pillar, ItemKind::Deduction, title)
    });
    let vetoes = VETOES.iter().map(|(code, pillar, title)| Item {
        evidence: vec![Certificate],
        ..blank(code, *pillar, ItemKind::Veto, title)
    });
    deeds.chain(deductions).chain(vetoes).collect()
}

/// The first prices.
pub fn goods() -> Vec<Price> {
    GOODS
        .iter()
        .map(|(sku, title, measure, points, month_limit)| Price {
            sku: sku.parse().expect("a sku of the table"),
            title: (*title).to_owned(),
            measure: (*measure).to_owned(),
            points: *points,
            month_limit: *month_limit,
        })
        .collect()
}
