//! The command line: `civbank`.
//!
//! It translates and nothing else: words become commands that are signed here, questions that are asked here,
//! and answers that people and programs can read. Exit 0 done; 1 refused or failed, with the reason on stderr;
//! 2 usage. A command whose outcome is unknown is sent again with the same bytes, never anew. The room knows no
//! rules: what may be done, the bank says.

mod args;

mod draft;
mod submit;

mod read;

mod local;
mod serving;

pub mod card;
pub mod client;
pub mod config;
pub mod failure;
pub mod key_file;
pub mod link;
pub mod output;
pub mod receipt;
pub mod trust;
pub mod value;

mod descriptors;
mod desk;
mod diagnosis;
mod progress;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use ed25519_dalek::SigningKey;

use args::{Cli, Common, Passbook, Verb};
use client::{Client, Patience};
use draft::strange_answer;
use failure::Failure;
use output::Printer;

pub use draft::catalogue_file;
pub use draft::{Desk, Draft, Hand, NewCard, NewKey, Paper};

/// Runs one verb; `args` begins with the program's name. Blocks until it is done.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no error; if nobody reads them, nobody is to be told.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let (json, lang) = (cli.common.json, cli.common.lang);
    let mut printer = Printer::new(lang, json, Box::new(std::io::stdout()));
    match perform(&cli, &mut printer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let text = if json { failure.for_programs() } else { failure.for_people(lang) };
            if !text.is_empty() {
                eprintln!("{text}");
            }
            ExitCode::from(failure.exit_status())
        }
    }
}

fn perform(cli: &Cli, printer: &mut Printer) -> Result<(), Failure> {
    let common = &cli.common;
    if let Verb::Local(verb) = &cli.verb {
        return verb.run(common, printer);
    }
    let hand = common.hand()?;
    serving::small_runtime()?.block_on(ask(&cli.verb, common, &hand, printer))
}

/// A verb that talks to a server.
async fn ask(verb: &Verb, common: &Common, hand: &Hand, printer: &mut Printer) -> Result<(), Failure> {
    let card_key = hand.card.as_ref().map(card::Card::key);
    // Who reads with a card in the hand reads as its household; who writes puts documents as themselves.
    let reader = match verb {
        Verb::Read(_) => card_key.as_ref().or(hand.keys.first()),
        _ => hand.keys.first().or(card_key.as_ref()),
    };
    let reader = reader.cloned();
    let mut client = Client::new(&verb.server(common), &common.trust, reader, Patience::default())?;
    let signers: Vec<_> = hand.keys.iter().cloned().chain(card_key).collect();
    match talk(verb, common, hand, &signers, &mut client, printer).await {
        Err(failure) => Err(client.explain(failure).await),
        Ok(()) => Ok(()),
    }
}

async fn talk(
    verb: &Verb,
    common: &Common,
    hand: &Hand,
    signers: &[SigningKey],
    client: &mut Client,
    printer: &mut Printer,
) -> Result<(), Failure> {
    match verb {
        Verb::Local(verb) => verb.run(common, printer),
        Verb::Read(verb) => verb.show(common, client, hand, printer).await,
        Verb::Passbook(Passbook::Show(verb)) => verb.show(client, hand, printer).await,
        Verb::Submit(verb) => submit::resend(common, client, verb, printer).await,
        Verb::Write(verb) => {
            let draft = verb.draft(client, hand).await?;
            submit::perform(common, client, signers, draft, printer).await
        }
        Verb::Passbook(Passbook::Issue(verb)) => {
            let draft = verb.draft(&common.server)?;
            submit::perform(common, client, signers, draft, printer).await
        }
    }
}

/// What the words of a verb that writes ask for, without signing or sending it: for tests. `args` begins with
/// the program's name.
///
/// # Errors
///
/// Words that clap refuses (as a usage error with its text), and whatever drafting refuses.
pub async fn draft(args: &[&str], desk: &mut impl Desk) -> Result<Draft, Failure> {
    let cli =
        Cli::try_parse_from(args).map_err(|error| Failure::usage(error.to_string(), error.to_string()))?;
    let hand = cli.common.hand()?;
    match &cli.verb {
        Verb::Write(verb) => verb.draft(desk, &hand).await,
        Verb::Passbook(Passbook::Issue(verb)) => verb.draft(&cli.common.server),
        _ => Err(strange_answer("a verb that does not write")),
    }
}
