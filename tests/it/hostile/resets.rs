//! Streams that are asked for and reset at once, by the thousand.

use civbank::wire::pb;
use tokio::io::AsyncWriteExt as _;

use super::frames::{Frames, reset};
use super::house::{Good, House, MIB, token};
use crate::it::engine::kill::command;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_resets_leave_nothing_behind() {
    let house = House::open(500, &[], None).await;
    let token = token(&house).await;
    let mut good = Good::new(&house).await;
    let resetting = async {
        let (mut sent, mut connections) = (0, 0);
        while sent < 20_000 {
            let mut frames = Frames::connect(house.address, 65_535).await;
            connections += 1;
            for number in 0..500 {
                let (bytes, id) = if number % 2 == 0 {
                    let envelope = Some(command());
                    let submit = pb::SubmitRequest { envelope, pin: String::new() };
                    frames.request("/civbank.v1.LedgerService/Submit", "", &submit)
                } else {
                    let list = pb::ListEntriesRequest { page_size: 500, ..Default::default() };
                    frames.request("/civbank.v1.LedgerService/ListEntries", &token, &list)
                };
                let both = [bytes, reset(id)].concat();
                sent += 1;
                // A server that has seen enough hangs up.
                if frames.stream.write_all(&both).await.is_err() || !frames.drain() {
                    break;
                }
            }
        }
        connections
    };
    let (connections, rate) = good.beside(resetting).await;
    println!(
        "20,000 resets on {connections} connections; a good client beside them: {rate:.0} rounds a second"
    );
    good.works().await;
    house.is_within(96 * MIB, "after 20,000 resets");
}
