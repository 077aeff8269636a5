//! The world in which every case begins: a town, two villages of six households with three members each, and
//! everybody in office. Built by commands like any other, and checked like any other.
//!
//! In v1 five sit on the committee: `chair1` and `seat1` without a passbook, `seat2` of v1-4, `seat3` of v1-5,
//! `seat4` of v1-6. `liaison1` (of v1-3) has v1-1, v1-2, v1-4, v1-5; `liaison2` (of v1-5) has v1-3 and v1-6.
//! `cashier1` and `proxy1` live in v1-6; `proxy1` serves v1-1. In v2 three sit on the committee.

use std::sync::OnceLock;

use civbank::bank::time::Day;

use super::script::Script;
use super::world::World;

const OPENING: &str = "
    branch v1 by officer1
    branch v2 by officer1
    enrol officer2 for officer2 by officer1
    appoint officer2 as officer in town by officer1
    enrol auditor for auditor by officer1
    appoint auditor as auditor in town by officer1
    enrol clerk1 for clerk1 by officer1
    enrol clerk2 for clerk2 by officer1
    appoint clerk1 as clerk in v1 by officer1
    appoint clerk2 as clerk in v2 by officer1
    households v1 by clerk1
    households v2 by clerk2
    enrol chair1 for chair1 by officer1
    enrol seat1 for seat1 by officer1
    enrol supervisor1 for supervisor1 by officer1
    enrol cashier1 for cashier1 by officer1
    enrol liaison2 for liaison2 by officer1
    enrol proxy1 for proxy1 by officer1
    enrol chair2 for chair2 by officer1
    enrol second2 for second2 by officer1
    enrol supervisor2 for supervisor2 by officer1
    enrol cashier2 for cashier2 by officer1
    enrol far-proxy for far-proxy by officer1
    enrol t:v1-1 for t:v1-1 by officer1
    enrol t:v2-1 for t:v2-1 by officer1
    appoint chair1 as committee in v1 chair by officer1
    appoint seat1 as committee in v1 by officer1
    appoint seat2 as committee in v1 by officer1
    appoint seat3 as committee in v1 by officer1
    appoint seat4 as committee in v1 by officer1
    appoint supervisor1 as supervisor in v1 by officer1
    appoint cashier1 as cashier in v1 by officer1
    appoint liaison1 as liaison in v1 for v1-1,v1-2,v1-4,v1-5 by officer1
    appoint liaison2 as liaison in v1 for v1-3,v1-6 by officer1
    appoint proxy1 as proxy in v1 for v1-1 by card:v1-1
    appoint chair2 as committee in v2 chair by officer1
    appoint second2 as committee in v2 by officer1
    appoint third2 as committee in v2 by officer1
    appoint supervisor2 as supervisor in v2 by officer1
    appoint cashier2 as cashier in v2 by officer1
    appoint far-liaison as liaison in v2 for v2-1,v2-2 by officer1
    appoint far-proxy as proxy in v2 for v2-1 by card:v2-1
    pin v1-1 by v1-1.1
    publish town from 2026-11-02 G01=person,10,month:40 R01=20,month:1,record R04=5,month:30 \
        F02=200,year:1 J02=50-500,year:1,evidence X01=1-500,event X02=person,1-500,event Z01=15,month:2 \
        B01=bonus,30,quarter:2 R06=100,once:1 S01=10,event,score:3 D01=deduction,5,score \
        D02=deduction,1-30,points V01=veto,0 OLD=10,event,to:2026-11-10 by officer1
    fund v1 10000 fen=160000 by officer1
    fund v2 1000 by officer1
    price v1 egg=5/60 salt=20/2 rice=180 oil=480/1 by clerk1
    price v2 egg=6/60 by clerk2
    stockin v1 egg=100 salt=10 rice=5 oil=3 by t:v1-1
    stockin v2 egg=100 by clerk2
";

/// A copy of the world.
pub fn world() -> World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(build).clone()
}

fn build() -> World {
    let monday: Day = "2026-11-02".parse().expect("a date");
    let mut script = Script::on(World::new(monday.start().plus_minutes(9 * 60)));
    let mut opening = String::from("bank by officer1\n");
    opening.push_str(OPENING);
    for line in opening.lines().map(str::trim).filter(|line| !line.is_empty()) {
        script.place = format!("fixture: {line}");
        match line.strip_prefix("households ") {
            Some(rest) => open_households(&mut script, rest.split(' ').next().unwrap_or("")),
            None => script.accept(line),
        }
    }
    script.accept("at 2026-11-16");
    script.world
}

/// Six households, a card for each, and a key for each first member.
fn open_households(script: &mut Script, village: &str) {
    let clerk = village.replace('v', "clerk");
    for serial in 1..=6 {
        let id = format!("{village}-{serial}");
        script.accept(&format!("open {id} by {clerk}"));
        script.accept(&format!("passbook {id} #1 by {clerk}"));
        script.accept(&format!("enrol {id}.1 for {id}.1 by {clerk}+card:{id}"));
    }
}
