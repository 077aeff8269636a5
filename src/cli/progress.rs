//! Progress of long work, on stderr and only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that shows nothing where stderr is not a terminal, and goes away when it is dropped.
pub struct Bar {
    bar: ProgressBar,
    what: String,
}

impl Bar {
    /// A bar that nothing was drawn of yet.
    pub fn new() -> Bar {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {eta}");
        bar.set_style(style.expect("the template is a constant that is known to parse"));
        Bar { bar, what: String::new() }
    }

    /// Shows how far `what` got.
    pub fn show(&mut self, what: &str, done: u64, total: u64) {
        if self.what != what {
            what.clone_into(&mut self.what);
            self.bar.reset();
            self.bar.set_message(what.to_owned());
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
    }
}

impl Default for Bar {
    fn default() -> Self {
        Bar::new()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
