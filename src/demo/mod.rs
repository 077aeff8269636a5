//! The demo: a town with three villages and two months behind it, made by signed commands through the engine
//! that then serves it. Nothing in it is faked; only the people are made up.

pub mod catalogue;
pub mod clock;
pub mod desk;
pub mod dice;
pub mod invitation;
pub mod life;
pub mod people;
pub mod town;

mod market;
mod show;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bank::time::{Day, Time};
use crate::engine::{Engine, Home, HomeError, StartError, SubmitError, SystemClock};

use clock::DemoClock;
use desk::Desk;
use life::Life;
use town::{Plan, Town, morning};

pub use show::{resident_link, show_links, show_seats, write_people};

pub(super) const MS_PER_HOUR: i64 = 3_600_000;

/// Days of life before today.
const DAYS: i32 = 61;
/// The demo's origin.
pub const ORIGIN: &str = "civbank.example/demo";

/// Why a demo cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The engine.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A command that had to succeed did not.
    #[error("a command of the demo's set-up was not written: {0}")]
    Submit(#[from] SubmitError),
    /// A document.
    #[error(transparent)]
    Documents(#[from] crate::documents::DocumentError),
    /// Key files and cards.
    #[error("writing keys and passbooks: {0}")]
    Io(#[from] std::io::Error),
    /// The card does not fit a QR code.
    #[error("a passbook does not fit a QR code: {0}")]
    Qr(#[from] qrcode::types::QrError),
    /// The system gave no randomness.
    #[error("no randomness from the system: {0}")]
    Random(getrandom::Error),
    /// The engine stopped under it.
    #[error("the engine stopped")]
    Interrupted,
    /// The directory holds a demo that was not finished.
    #[error("{} holds a demo that was not finished: remove it and start again", .0.display())]
    Unfinished(PathBuf),
    /// The first day is not before today.
    #[error("the demo's first day {0} is not in the past")]
    StartInFuture(Day),
}

/// A demo bank ready to serve.
pub struct Demo {
    /// The engine, on the machine's clock.
    pub engine: Engine,
    /// The town.
    pub town: Town,
    /// The directory was there already.
    pub resumed: bool,
}

/// Opens the demo in `dir`, or makes it: the town, then its life from `clock_start` on (61 days before today
/// where none is given). `base` is the address that the cards carry. `on_progress` hears days done and in all.
///
/// # Errors
///
/// [`DemoError`].
pub async fn open(
    dir: &Path,
    clock_start: Option<Day>,
    base: &str,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Demo, DemoError> {
    let home = Home::at(dir);
    let seed_file = dir.join("demo.seed");
    let done_file = dir.join("demo.done");
    let plan = Plan::demo();
    if home.exists() {
        if !done_file.exists() {
            return Err(DemoError::Unfinished(dir.to_owned()));
        }
        let seed = std::fs::read(&seed_file)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| DemoError::Unfinished(dir.to_owned()))?;
        let (parts, _) = home.open(Arc::new(SystemClock), None)?;
        let engine = Engine::start(parts, &mut |_, _, _| {})?;
        let mut town = Town::new(&plan, seed);
        let lost = town.villages[0].households[16];
        town.villages[0].cards.insert(lost, 2);
        return Ok(Demo { engine, town, resumed: true });
    }

    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(DemoError::Random)?;
    std::fs::create_dir_all(dir)?;
    home.create(ORIGIN)?;
    std::fs::write(&seed_file, seed)?;
    let today = crate::engine::Clock::now(&SystemClock).day();
    let first = clock_start.unwrap_or(today.plus(-DAYS));
    if first >= today {
        return Err(DemoError::StartInFuture(first));
    }
    let clock = Arc::new(DemoClock::default());
    clock.set(morning(first));
    let (parts, _) = home.open(clock.clone(), None)?;
    let engine = Engine::start(parts, &mut |_, _, _| {})?;
    let town = make(&engine, &clock, &plan, seed, first, first.plus(DAYS).min(today), on_progress).await?;
    write_people(dir, &town, &plan, base)?;
    std::fs::write(&done_file, format!("{today}\n"))?;
    Ok(Demo { engine, town, resumed: false })
}

/// Founds a town and lives its days, `first` to `end` (exclusive); then the clock is let go.
///
/// # Errors
///
/// [`DemoError`].
pub async fn make(
    engine: &Engine,
    clock: &DemoClock,
    plan: &Plan,
    seed: [u8; 32],
    first: Day,
    end: Day,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Town, DemoError> {
    let mut town = Town::new(plan, seed);
    let mut desk = Desk::new(engine.clone(), town.people.dice("request ids"));
    town.found(plan, &mut desk).await?;
    show::set_pins(&mut desk, &town).await?;
    let days = (end.0 - first.0).max(0);
    let mut life = Life::new(&mut town, &mut desk, clock);
    for number in 0..days {
        on_progress(number as u64, days as u64);
        life.day(first.plus(number), number as usize).await?;
    }
    on_progress(days as u64, days as u64);
    clock.set(Time(end.start().0));
    engine.tick().await.map_err(|_| DemoError::Interrupted)?;
    clock.let_go();
    engine.tick().await.map_err(|_| DemoError::Interrupted)?;
    Ok(town)
}
