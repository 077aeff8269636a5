//! File descriptors: each connection is one. A server raises its own limit as far as it may, and takes in no more
//! connections than leave enough for the bank's files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors kept for the journal, the index, documents and what a moment needs beyond.
const KEPT: u64 = 256;
/// With fewer than this an operator should hear of it.
const FEW: u64 = 4_096;

/// Raises the soft limit to the hard one, says so, and answers how many connections there may be of `wanted`.
pub(super) fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    // No limit is one that is never met.
    let soft = limit.current.unwrap_or(u64::MAX);
    let hard = limit.maximum.unwrap_or(u64::MAX);
    let mut have = soft;
    if soft < hard {
        match setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
            Ok(()) => {
                tracing::info!(from = soft, to = hard, "limit of open files raised");
                have = hard;
            }
            Err(error) => tracing::warn!(%error, soft, hard, "the limit of open files cannot be raised"),
        }
    }
    let connections = within(have, wanted);
    if have < FEW {
        tracing::warn!(
            open_files = have,
            connections,
            "few open files are allowed; raise the limit (LimitNOFILE=) for more connections"
        );
    } else if connections < wanted {
        tracing::warn!(
            open_files = have,
            wanted,
            connections,
            "fewer connections than set: too few open files"
        );
    }
    connections
}

/// Connections that `descriptors` allow; at least one.
fn within(descriptors: u64, wanted: usize) -> usize {
    // Below twice what is kept, half of what there is.
    let room = descriptors.saturating_sub(KEPT).max(descriptors / 2).max(1);
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_files() {
        for (descriptors, wanted, connections) in [
            (u64::MAX, 10_000, 10_000),
            (20_000, 10_000, 10_000),
            (10_256, 10_000, 10_000),
            (10_255, 10_000, 9_999),
            (1_024, 10_000, 768),
            (512, 10_000, 256),
            (64, 10_000, 32),
            (1, 10_000, 1),
            (0, 10_000, 1),
            (1_024, 100, 100),
        ] {
            assert_eq!(within(descriptors, wanted), connections, "{descriptors} {wanted}");
        }
    }
}
