//! One writer per directory: a lock that the operating system takes back when its holder ends,
//! however it ends. The lock file says who holds it, for the error of whoever comes second.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::OpenError;

const NAME: &str = "LOCK";
/// How much of the lock file is shown to whoever comes second.
const HOLDER_BYTES_MAX: u64 = 200;

/// Held as long as the writer lives. The file stays behind: to remove it would let a third
/// process lock a new file while a second one still waits for the old.
pub(super) struct Lock {
    file: File,
}

/// To close the file is not enough: a process that is being started at this moment holds a copy of it until it has
/// begun its own program, and the lock with it.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Locks `dir`, or says who has.
    pub fn take(dir: &Path) -> Result<Lock, OpenError> {
        let path = dir.join(NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| OpenError::io("opening", &path, e))?;
        match file.try_lock() {
            Ok(()) => {
                sign(&mut file).map_err(|e| OpenError::io("writing", &path, e))?;
                Ok(Lock { file })
            }
            Err(TryLockError::WouldBlock) => {
                let holder = holder(file);
                Err(OpenError::Locked { path, holder })
            }
            Err(TryLockError::Error(e)) => Err(OpenError::io("locking", &path, e)),
        }
    }
}

/// Who holds the lock of the journal in `dir`, in their own words; `None` if nobody does. Nothing is changed; the
/// lock is tried for a moment, together with any others who look.
pub(super) fn held_by(dir: &Path) -> io::Result<Option<String>> {
    let file = match File::open(dir.join(NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| None),
        Err(TryLockError::WouldBlock) => Ok(Some(holder(file))),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Writes who holds the lock. Not synced: after a power cut nobody does.
fn sign(file: &mut File) -> io::Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let holder = format!("process {}, since {}\n", std::process::id(), utc(since.as_secs()));
    file.write_all(holder.as_bytes())?;
    file.set_len(holder.len() as u64)
}

/// What the holder wrote. It may not have come to it yet.
fn holder(file: File) -> String {
    let mut bytes = Vec::new();
    let read = file.take(HOLDER_BYTES_MAX).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    match text.trim() {
        "" => "another process".to_owned(),
        text if read.is_ok() => text.to_owned(),
        _ => "another process".to_owned(),
    }
}

/// The date and time in UTC, as RFC 3339 writes it, of a number of seconds since 1970.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years are counted from March, so that a leap day is the last day of its year; 719,468 days
    // lie between March 1st of the year 0 and 1970, and 146,097 in 400 years.
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn seconds_are_written_as_dates() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (1_798_761_600, "2027-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(seconds), date);
        }
    }
}
