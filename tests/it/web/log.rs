//! Everything that is logged while a test looks, at the level that says most. Server and client share the test's one
//! thread (`#[tokio::test]` without a flavor), so that nothing is logged elsewhere.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Kept until it is dropped.
pub struct Log {
    written: Written,
    _guard: DefaultGuard,
}

impl Log {
    /// From now on.
    pub fn start() -> Log {
        let written = Written::default();
        let to = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || to.clone())
            .finish();
        let log = Log { written, _guard: tracing::subscriber::set_default(subscriber) };
        tracing::trace!("listening");
        log
    }

    /// So far; that anything is kept at all is checked.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.written.0.lock().expect("a log")).into_owned();
        assert!(text.contains("listening"), "the log is kept");
        text
    }
}
