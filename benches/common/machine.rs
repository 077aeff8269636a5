//! What the machine says: memory of a process, bytes of a directory, the price of a synced append.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

/// Bytes of memory that a process holds now.
pub fn resident_bytes(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Processor time that a process has used, in seconds, to a hundredth.
pub fn processor_seconds(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold anything; the numbers come after it.
    let (_, numbers) = stat.rsplit_once(')').context("stat")?;
    let ticks = |at: usize| -> anyhow::Result<u64> {
        Ok(numbers.split_whitespace().nth(at).context("stat")?.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) as f64 / TICKS_PER_SECOND)
}

/// What Linux counts in, on every machine of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// Bytes of all files below a directory.
pub fn directory_bytes(dir: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for file in std::fs::read_dir(dir)? {
        let file = file?;
        let metadata = file.metadata()?;
        bytes += if metadata.is_dir() { directory_bytes(&file.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

/// The median time of appending 1 KiB to a file in `dir` and of making it durable, write and sync apart.
pub fn sync_time(dir: &Path, times: usize) -> anyhow::Result<Duration> {
    let path = dir.join("sync.probe");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        file.write_all(&[0x5a; 1024])?;
        let start = Instant::now();
        file.sync_data()?;
        taken.push(start.elapsed());
    }
    std::fs::remove_file(&path)?;
    taken.sort();
    Ok(taken[taken.len() / 2])
}

/// Processor, cores and system, for the report.
pub fn description() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo");
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} x {model}, Linux {}", kernel.trim())
}

/// The one-minute load, before the run adds its own.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}
