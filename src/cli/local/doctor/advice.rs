//! What each finding means and what to do about it, Chinese first.

use crate::cli::failure::Text;
use crate::upkeep::doctor::Code;

/// What to tell people.
pub(super) fn advice(code: Code) -> Text {
    let (zh, en) = match code {
        Code::NoBank => (
            "这里没有银行；目录写错了就改，没建过用 civbank init，丢了用 civbank restore 恢复",
            "there is no bank here: correct the directory, make one with civbank init, or restore a backup",
        ),
        Code::OriginBad => (
            "银行的名字（origin 文件）不对；从备份里取回它，不要自己编",
            "the bank's name (the file origin) is not usable: take it from a backup, do not make one up",
        ),
        Code::FileUnreadable => {
            ("文件读不了；先看权限和磁盘", "the file cannot be read: look at its permissions and at the disk")
        }
        Code::ConfigBad => (
            "设置文件用不了，服务不会启动；照说明改好",
            "the settings cannot be used and the server will not start: mend what is named",
        ),
        Code::KeyMissing => (
            "银行的私钥不见了，不能开门；从另外保管的地方放回 log.key，权限 600",
            "the log's key is missing and the bank cannot be served: put log.key back from where it is kept, mode 600",
        ),
        Code::KeyUnreadable => (
            "银行的私钥读不了或不是私钥，不能开门；看权限，或者从另外保管的地方放回来",
            "the log's key cannot be read or is no key: look at its permissions, or put it back from where it is kept",
        ),
        Code::KeyOpen => (
            "别人也能读这把私钥；执行 chmod 600，若可能已经泄露要按丢钥处理",
            "others may read this private key: chmod 600, and treat it as lost if somebody may have read it",
        ),
        Code::LockHeld => {
            ("银行正开着，账本由这个进程在写", "the bank is being served; this process writes the journal")
        }
        Code::JournalMissing => (
            "账本不见了；不要开门，用 civbank restore 从备份恢复到新目录",
            "the journal is missing: do not serve, restore a backup into a new directory",
        ),
        Code::JournalUnreadable => (
            "账本读不了；先看权限和磁盘，不要开门",
            "the journal cannot be read: look at permissions and at the disk, and do not serve",
        ),
        Code::JournalEmpty => (
            "账本里还没有账目；用同样的话再执行一次 civbank init",
            "the journal has no entry yet: run civbank init again with the same words",
        ),
        Code::JournalDamaged => (
            "账本坏了，从这笔账目起不可信；保留这个目录，用 civbank restore 恢复到新目录，换掉磁盘",
            "the journal is damaged from this entry on: keep the directory, restore a backup into a new one, and \
             replace the disk",
        ),
        Code::TornTail => (
            "末尾有一段没写完、也没有答复过任何人的字节；下次开门会自动截掉",
            "the end of a write that was never acknowledged; the next start cuts it off by itself",
        ),
        Code::ChainBroken => (
            "账目接不上，或者和签过名的检查点对不上；不要开门，用 civbank verify 看详情，再从备份恢复",
            "entries do not link or are not what the checkpoint speaks of: do not serve, look with civbank verify, \
             restore a backup",
        ),
        Code::CheckpointOtherKey => (
            "最新的检查点不是这把银行私钥签的；查清是谁的钥匙、谁的账本，再开门",
            "the newest checkpoint is not signed by this log's key: find out whose key or whose journal it is first",
        ),
        Code::ClockBehind => (
            "时钟比最新的账目还早；校准时间（NTP）再开门，否则新账目都记成旧时间",
            "the clock is behind the newest entry: set it (NTP), or new entries will all carry that entry's time",
        ),
        Code::IndexMissing => {
            ("索引还没有；开门时自动重建", "there is no index; the next start builds it by itself")
        }
        Code::IndexBehind => {
            ("索引落后；开门时自动补上", "the index is behind; the next start fills it by itself")
        }
        Code::IndexBroken => (
            "索引坏了、读不了或不是这本账的；开门时自动重建，银行的用户要能写 index 目录",
            "the index is broken, cannot be read or is another journal's; the next start builds it anew by itself, where \
             the bank's user may write in its directory",
        ),
        Code::DocumentMissing => (
            "账目提到的文件不见了；从备份的 documents 目录取回",
            "a document that an entry names is missing: take it from a backup's documents",
        ),
        Code::DocumentDamaged => (
            "文件内容和名字对不上；从备份的 documents 目录取回，并检查磁盘",
            "a document is not what its name says: take it from a backup's documents, and check the disk",
        ),
        Code::DocumentNotErased => (
            "账上已删除的文件还在；停机后运行 civbank reindex，会照账删除",
            "a document that the log erased is still there; stop the server and run civbank reindex, which erases it",
        ),
        Code::DocumentUnfinished => (
            "有没写完的文件；开门时自动清理",
            "documents whose writing was not finished; the next start removes them",
        ),
        Code::DocumentsUnreadable => (
            "文件目录读不了；看权限和磁盘",
            "the documents cannot be read: look at permissions and at the disk",
        ),
        Code::UnfinishedBackup => (
            "备份没做完；再执行一次同样的 civbank backup 就会补完",
            "a backup that was not finished: the same civbank backup again completes it",
        ),
        Code::UnfinishedRestore => (
            "恢复没做完，这里还不是银行；再执行一次同样的 civbank restore",
            "a restore that was not finished: the same civbank restore again completes it",
        ),
        Code::UnfinishedDemo => (
            "演示没做完；删掉这个目录重新演示",
            "a demo that was not finished: remove the directory and begin again",
        ),
        Code::IsABackup => (
            "这是备份，不是开门用的目录；要用先 civbank restore",
            "this is a backup and not a directory to serve from: restore it first",
        ),
        Code::DiskNearlyFull => (
            "磁盘快满了；腾出空间或换大盘，写满时银行会停下",
            "the disk is nearly full: make room, or the bank stops when it is full",
        ),
        Code::DiskUnknown => (
            "问不到磁盘还剩多少空间；请自己看一下 df",
            "how much room the disk has cannot be asked; look with df",
        ),
    };
    Text::new(zh, en)
}
