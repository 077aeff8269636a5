//! Running the store's code where its panics and its waits cannot reach us.
//!
//! sled 0.34 panics on some damage, and waits for ever when it is dropped after its own
//! flushing thread has panicked. Promises that neither leaves this file.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::error::IndexError;

/// Runs `work` here; a panic in it becomes [`IndexError::Panicked`].
///
/// `AssertUnwindSafe` holds because the caller closes the index after such an answer, so no
/// half-changed value is looked at again.
pub(super) fn caught<T>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = message_of(panic.as_ref());
        Err(IndexError::Panicked { doing, message })
    })
}

/// Runs `work` in a thread of its own and waits for it at most `deadline`. A thread that is
/// late is left behind; what it brings after all is dropped in that thread.
pub(super) fn caught_within<T: Send + 'static>(
    doing: &'static str,
    deadline: Duration,
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().name("index".to_owned());
    let spawned = thread.spawn(move || {
        // Nobody may be listening any more, which is no failure.
        let _ = sender.send(caught(doing, work));
    });
    if let Err(source) = spawned {
        let source = sled::Error::Io(source);
        return Err(IndexError::Store { doing, source });
    }
    receiver.recv_timeout(deadline).unwrap_or_else(|_| {
        let seconds = deadline.as_secs();
        Err(IndexError::TooSlow { seconds })
    })
}

/// What a panic said, if it said it in words.
fn message_of(panic: &(dyn Any + Send)) -> String {
    if let Some(message) = panic.downcast_ref::<&str>() {
        return (*message).to_owned();
    }
    match panic.downcast_ref::<String>() {
        Some(message) => message.clone(),
        None => "no message".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_answer() {
        for (text, work) in [
            ("plain words", (|| panic!("plain words")) as fn() -> Result<(), IndexError>),
            ("number 7", || panic!("number {}", 7)),
            ("no message", || std::panic::panic_any(7)),
        ] {
            let answers = [caught("test", work), caught_within("test", Duration::from_secs(60), work)];
            for answer in answers {
                assert!(matches!(
                    answer,
                    Err(IndexError::Panicked { doing: "test", message }) if message == text
                ));
            }
        }
    }

    #[test]
    fn what_never_ends_is_left_behind() {
        let (release, wait) = mpsc::channel::<()>();
        let answer = caught_within("test", Duration::from_millis(1), move || {
            let _ = wait.recv();
            Ok(())
        });
        assert!(matches!(answer, Err(IndexError::TooSlow { seconds: 0 })));
        drop(release);
    }

    #[test]
    fn what_ends_in_time_is_answered() {
        let answer = caught_within("test", Duration::from_secs(60), || Ok(7));
        assert!(matches!(answer, Ok(7)));
    }
}
