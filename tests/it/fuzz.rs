//! Fuzzing on the stable compiler: every parser that reads bytes from outside, and every command body into `decide`.
//!
//! Blind to coverage, but not to structure (`mutate.rs`), and what a parser accepts is mutated on. The parsers run in
//! a process of their own, so that an overflowed stack, an abort or a hang is a finding with its input, and memory
//! has a bound. `docs/reliability.md` says how to let it run on; what it found is a case in `found.rs`.

mod bodies;
mod doors;
mod files;
mod found;
mod mutate;
mod texts;
mod wire;

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mutate::{Dice, Shape, mutated};

/// Rounds of a parser that costs nothing.
const ROUNDS: u64 = 4_000;
/// Inputs that are kept besides the seeds.
const KEPT_MAX: usize = 300;
/// Longer inputs are tried, not kept: they would only grow.
const KEPT_BYTES_MAX: usize = 8_192;
/// Bytes of a finding that are shown.
const SHOWN_MAX: usize = 2_000;
/// How far a target may make the process grow, in bytes of address space: what a length that lies would take.
const GROWTH_MAX: u64 = 256 << 20;
/// The same for everything together, in KiB; a hard limit of the process.
const ADDRESS_SPACE_KIB: u64 = 12 << 20;
/// The longest that one input may take, on a machine that others use as well.
const INPUT_TIME_MAX: Duration = Duration::from_secs(60);
/// The process's directory: set in it alone.
const CHILD: &str = "FUZZ_CHILD";

/// What a parser made of an input; everything else that it must keep, the target asserts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Accepted,
    Refused,
}

impl Seen {
    fn of<T, E: std::fmt::Display>(result: &Result<T, E>) -> Seen {
        match result {
            Ok(_) => Seen::Accepted,
            Err(error) => {
                // What is wrong is told to somebody.
                assert!(!error.to_string().is_empty());
                Seen::Refused
            }
        }
    }
}

/// Offers an input to a parser.
pub type Door = Box<dyn FnMut(&[u8]) -> Seen>;

/// A parser.
pub struct Target {
    pub name: &'static str,
    pub shape: Shape,
    /// How much dearer a round is than one of the cheapest.
    pub cost: u64,
    /// Whether the process may grow by no more than [`GROWTH_MAX`]; not asked where threads come and go.
    pub is_bounded: bool,
    /// Good inputs, and the door.
    pub make: fn() -> (Vec<Vec<u8>>, Door),
}

/// One line of the tables.
const fn target(name: &'static str, shape: Shape, cost: u64, make: fn() -> (Vec<Vec<u8>>, Door)) -> Target {
    Target { name, shape, cost, is_bounded: true, make }
}

/// The same for a parser behind a server or an engine.
const fn behind(name: &'static str, shape: Shape, cost: u64, make: fn() -> (Vec<Vec<u8>>, Door)) -> Target {
    Target { name, shape, cost, is_bounded: false, make }
}

fn targets() -> impl Iterator<Item = &'static Target> {
    [wire::TARGETS, texts::TARGETS, files::TARGETS, doors::TARGETS].into_iter().flatten()
}

/// What was asked for by the environment.
struct Asked {
    /// 0: for ever. `None`: not asked.
    rounds: Option<u64>,
    seed: u64,
    target: Option<String>,
}

impl Asked {
    fn read() -> Asked {
        let number = |name| {
            let text: String = std::env::var(name).ok()?;
            Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
        };
        Asked {
            rounds: number("FUZZ_ROUNDS"),
            seed: number("FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one("seed")),
            target: std::env::var("FUZZ_TARGET").ok(),
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.target.as_deref().is_none_or(|target| target == name)
    }
}

#[test]
fn no_parser_breaks() {
    let asked = Asked::read();
    if let Ok(dir) = std::env::var(CHILD) {
        return parse_all(&asked, Path::new(&dir));
    }
    if !targets().any(|target| asked.wants(target.name)) {
        assert_eq!(asked.target.as_deref(), Some(bodies::NAME), "there is no such target");
        return;
    }
    println!("FUZZ_SEED={}", asked.seed);
    let dir = tempfile::tempdir().expect("a directory");
    let mut child = Command::new("bash");
    child.args(["-c", &format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$@\""), "fuzz"]);
    child.arg(std::env::current_exe().expect("this program"));
    child.args(["--exact", "it::fuzz::no_parser_breaks", "--nocapture", "--test-threads=1"]);
    child.env(CHILD, dir.path()).env("FUZZ_SEED", asked.seed.to_string()).env("TMPDIR", dir.path());
    child.stdin(Stdio::null());
    // Whoever asks for rounds wants to see them go by.
    let (status, said) = if asked.rounds.is_some() {
        (child.status().expect("bash"), String::new())
    } else {
        let output = child.output().expect("bash");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status, said.concat())
    };
    println!("{said}");
    if !status.success() {
        let trying = fs::read(dir.path().join(TRYING)).unwrap_or_default();
        let (length, trying) = trying.split_first_chunk().unwrap_or((&[0; 8], &[]));
        let trying = &trying[..trying.len().min(u64::from_be_bytes(*length) as usize)];
        let at = fs::read_to_string(dir.path().join(AT)).unwrap_or_default();
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{at}"));
        fs::write(&kept, trying).expect("the input is kept");
        let shown = trying[..trying.len().min(SHOWN_MAX)].escape_ascii();
        panic!(
            "{status} at {at} (FUZZ_SEED={}), an input of {} bytes, kept in {}:\n{shown}",
            asked.seed,
            trying.len(),
            kept.display()
        );
    }
}

/// The input that is being tried (after its length), and of which target.
const TRYING: &str = "trying";
const AT: &str = "at";

fn open_trying(dir: &Path) -> fs::File {
    let opened = fs::File::options().write(true).create(true).truncate(false).open(dir.join(TRYING));
    opened.expect("a file for the input")
}

/// In the process of its own.
fn parse_all(asked: &Asked, dir: &Path) {
    // Whatever the wait, the one that waits is told: a hang is a finding.
    let watch = watch(dir.join(TRYING));
    let mut running: Vec<Running> = Vec::new();
    for target in targets().filter(|target| asked.wants(target.name)) {
        fs::write(dir.join(AT), target.name).expect("a file");
        let mut one = Running::new(target, asked.seed, dir);
        one.try_seeds();
        for (_, input) in found::CASES.iter().filter(|(name, _)| *name == target.name) {
            one.offer(&input());
        }
        match asked.rounds {
            Some(0) => running.push(one),
            rounds => {
                one.go(rounds.unwrap_or(ROUNDS) / target.cost);
                one.tell();
            }
        }
    }
    // For ever, if there is anything.
    while !running.is_empty() {
        for one in &mut running {
            fs::write(dir.join(AT), one.target.name).expect("a file");
            one.go(100_000 / one.target.cost);
            one.tell();
        }
    }
    drop(watch);
}

/// Ends the process if one input is tried for too long. The handle ends the watch.
fn watch(trying: PathBuf) -> std::sync::mpsc::Sender<()> {
    let (end, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let written = || fs::metadata(&trying).and_then(|file| file.modified()).ok();
        let mut seen = (written(), Instant::now());
        while ended.recv_timeout(Duration::from_secs(1)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            if written() != seen.0 {
                seen = (written(), Instant::now());
            } else if seen.1.elapsed() > 2 * INPUT_TIME_MAX {
                eprintln!("one input is tried for more than two minutes");
                std::process::abort();
            }
        }
    });
    end
}

/// A target on its way.
struct Running {
    target: &'static Target,
    dice: Dice,
    door: Door,
    corpus: Vec<Vec<u8>>,
    seeds: usize,
    trying: fs::File,
    rounds: u64,
    accepted: u64,
    begun: Instant,
    /// Address space at the beginning.
    size: u64,
    slowest: Duration,
}

impl Running {
    fn new(target: &'static Target, seed: u64, dir: &Path) -> Running {
        let (corpus, door) = (target.make)();
        let seeds = corpus.len();
        let salt = target.name.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Running {
            target,
            dice: Dice(salt),
            door,
            corpus,
            seeds,
            trying: open_trying(dir),
            rounds: 0,
            accepted: 0,
            begun: Instant::now(),
            size: address_space(),
            slowest: Duration::ZERO,
        }
    }

    /// A target whose seeds are refused tests nothing.
    fn try_seeds(&mut self) {
        for at in 0..self.seeds {
            let seed = self.corpus[at].clone();
            assert_eq!(self.offer(&seed), Seen::Accepted, "{}: seed {at} is refused", self.target.name);
        }
    }

    fn go(&mut self, rounds: u64) {
        for _ in 0..rounds.max(1) {
            let input = mutated(&mut self.dice, self.target.shape, &self.corpus);
            let seen = self.offer(&input);
            self.rounds += 1;
            self.accepted += u64::from(seen == Seen::Accepted);
            if seen == Seen::Accepted && input.len() <= KEPT_BYTES_MAX {
                if self.corpus.len() < self.seeds + KEPT_MAX {
                    self.corpus.push(input);
                } else {
                    let at = self.seeds + self.dice.below(KEPT_MAX);
                    self.corpus[at] = input;
                }
            }
            if self.rounds.is_multiple_of(64) {
                self.measure();
            }
        }
        self.measure();
    }

    fn offer(&mut self, input: &[u8]) -> Seen {
        // Its length first, so that the file never has to be cut.
        let length = (input.len() as u64).to_be_bytes();
        self.trying.write_all_at(&[&length, input].concat(), 0).expect("the input is put down");
        let start = Instant::now();
        let seen = (self.door)(input);
        let took = start.elapsed();
        self.slowest = self.slowest.max(took);
        assert!(took < INPUT_TIME_MAX, "{}: {took:?} for one input", self.target.name);
        seen
    }

    fn measure(&self) {
        let grown = address_space().saturating_sub(self.size);
        assert!(
            !self.target.is_bounded || grown <= GROWTH_MAX,
            "{}: the process grew by {grown} bytes in the last 64 rounds up to {}",
            self.target.name,
            self.rounds
        );
    }

    fn tell(&self) {
        println!(
            "{:<22} {:>9} rounds, {:>8} accepted, {:>7.1} s, slowest {:>6.1} ms",
            self.target.name,
            self.rounds,
            self.accepted,
            self.begun.elapsed().as_secs_f64(),
            self.slowest.as_secs_f64() * 1e3
        );
    }
}

/// The most address space that this process ever had, in bytes; 0 where the system does not say.
fn address_space() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
