//! What the doctor can find: each kind by a stable code, and where it was found.

use std::error::Error;
use std::path::{Path, PathBuf};

/// Kinds of findings, each with its stable code.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $person:literal;)*) => {
        /// What kind of finding it is. The codes are stable; new ones may come.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The stable code, UPPER_SNAKE_CASE.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// Whether a person has something to do; a note otherwise.
            pub fn needs_a_person(self) -> bool {
                match self { $(Code::$name => $person,)* }
            }
        }
    };
}

codes! {
    /// The directory or its origin's file is missing.
    NoBank = "NO_BANK", true;
    /// The origin cannot be read, or no log can have it.
    OriginBad = "ORIGIN_BAD", true;
    /// A file that should be readable is not.
    FileUnreadable = "FILE_UNREADABLE", true;
    /// The settings cannot be used.
    ConfigBad = "CONFIG_BAD", true;
    /// The log's key is missing.
    KeyMissing = "KEY_MISSING", true;
    /// The log's key cannot be read or is no key.
    KeyUnreadable = "KEY_UNREADABLE", true;
    /// Others than its owner may read a private key.
    KeyOpen = "KEY_OPEN", true;
    /// Somebody has the journal open for writing.
    LockHeld = "LOCK_HELD", false;
    /// The journal's directory or its files are missing.
    JournalMissing = "JOURNAL_MISSING", true;
    /// A file of the journal cannot be read.
    JournalUnreadable = "JOURNAL_UNREADABLE", true;
    /// The journal has no entry yet.
    JournalEmpty = "JOURNAL_EMPTY", true;
    /// Bytes of the journal are not what was written.
    JournalDamaged = "JOURNAL_DAMAGED", true;
    /// The unfinished write of a batch that nobody was told of.
    TornTail = "TORN_TAIL", false;
    /// Entries do not link, or are not the tree that the checkpoint speaks of.
    ChainBroken = "CHAIN_BROKEN", true;
    /// The newest checkpoint is not by the log's key.
    CheckpointOtherKey = "CHECKPOINT_OTHER_KEY", true;
    /// The clock is behind the newest entry.
    ClockBehind = "CLOCK_BEHIND", true;
    /// There is no index.
    IndexMissing = "INDEX_MISSING", false;
    /// The index has not all entries yet.
    IndexBehind = "INDEX_BEHIND", false;
    /// The index is not of this journal, or damaged.
    IndexBroken = "INDEX_BROKEN", false;
    /// A document that an entry names is not there.
    DocumentMissing = "DOCUMENT_MISSING", true;
    /// A document does not hash to its name.
    DocumentDamaged = "DOCUMENT_DAMAGED", true;
    /// A document that the log erased is still there.
    DocumentNotErased = "DOCUMENT_NOT_ERASED", true;
    /// Documents whose writing was never finished.
    DocumentUnfinished = "DOCUMENT_UNFINISHED", false;
    /// The documents' directory cannot be read.
    DocumentsUnreadable = "DOCUMENTS_UNREADABLE", true;
    /// A backup that was not finished.
    UnfinishedBackup = "UNFINISHED_BACKUP", true;
    /// A restore that was not finished.
    UnfinishedRestore = "UNFINISHED_RESTORE", true;
    /// A demo that was not finished.
    UnfinishedDemo = "UNFINISHED_DEMO", true;
    /// The directory is a backup, not a bank that is served.
    IsABackup = "IS_A_BACKUP", false;
    /// There is little room on the disk.
    DiskNearlyFull = "DISK_NEARLY_FULL", true;
    /// How much room there is cannot be asked.
    DiskUnknown = "DISK_UNKNOWN", false;
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// The file or directory.
    pub path: Option<PathBuf>,
    /// Where in the file, in bytes.
    pub offset: Option<u64>,
    /// The entry's index.
    pub index: Option<u64>,
    /// What exactly, in English, for whoever mends it; may be empty.
    pub what: String,
}

impl Finding {
    /// A finding of this kind, nowhere yet.
    pub fn of(code: Code) -> Finding {
        Finding { code, path: None, offset: None, index: None, what: String::new() }
    }

    /// In this file or directory.
    #[must_use]
    pub fn at(self, path: &Path) -> Finding {
        Finding { path: Some(path.to_owned()), ..self }
    }

    /// At this entry.
    #[must_use]
    pub fn entry(self, index: u64) -> Finding {
        Finding { index: Some(index), ..self }
    }

    /// With an error's words and those of its causes.
    #[must_use]
    pub fn because(self, error: &dyn Error) -> Finding {
        let mut what = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !what.contains(&words) {
                what = format!("{what}: {words}");
            }
            cause = error.source();
        }
        Finding { what, ..self }
    }
}
