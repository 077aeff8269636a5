//! `LedgerService`: signed commands in, receipts out; entries and proofs.
//!
//! Commands are handed to the engine whole; a request that is dropped on the way leaves either its entry or
//! nothing.

use std::sync::Arc;

use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use zeroize::Zeroizing;

use crate::access::Denial;
use crate::access::reader::{Read, Reader};
use crate::access::refused::refused;
use crate::access::{field, history};
use crate::bank::authority::Subject;
use crate::bank::effects::Change;
use crate::bank::ids::HouseholdId;
use crate::bank::words::Role;
use crate::bank::{Refusal, Signer};
use crate::engine::touches::touches;
use crate::engine::{Engine, Submitted, View};
use crate::wire::limits::{ENTRY_PAGE, SUBMIT_BATCH, SUBMIT_BATCH_BYTES_MAX};
use crate::wire::pb::ledger_service_server::LedgerService;
use crate::wire::{Entry, Problem, effects_to_pb, envelope, pb};

use super::desk::Desk;
use super::page;
use super::status::refusal_info;
use super::visit::TooMany;
use super::watch::{self, Entries};

/// Bytes of entries after which a page ends early: with framing it stays below the 4 MiB that clients take.
const PAGE_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Entries read at once for a page.
const PAGE_CHUNK: usize = 32;

/// The service.
pub(super) struct LedgerDesk(pub(super) Arc<Desk>);

#[tonic::async_trait]
impl LedgerService for LedgerDesk {
    async fn submit(
        &self,
        request: Request<pb::SubmitRequest>,
    ) -> Result<Response<pb::SubmitResponse>, Status> {
        let engine = self.0.engine_for(&request);
        let (envelope, pin) = open(request.into_inner())?;
        let signers = envelope::signers(&envelope).unwrap_or_default();
        match engine.submit(envelope, &pin).await {
            Ok(submitted) => Ok(Response::new(written(submitted))),
            Err(error) => Err(refused(&self.0.engine, error, &signers).await.into()),
        }
    }

    async fn submit_batch(
        &self,
        request: Request<pb::SubmitBatchRequest>,
    ) -> Result<Response<pb::SubmitBatchResponse>, Status> {
        let (results, too_many) = submit_batch(&self.0.engine_for(&request), request.into_inner()).await?;
        let mut answer = Response::new(pb::SubmitBatchResponse { results });
        if too_many.0 > 0 {
            answer.extensions_mut().insert(too_many);
        }
        Ok(answer)
    }

    async fn preview(
        &self,
        request: Request<pb::PreviewRequest>,
    ) -> Result<Response<pb::PreviewResponse>, Status> {
        let engine = self.0.engine_for(&request);
        let envelope = request.into_inner().envelope.ok_or_else(no_envelope)?;
        let signers = envelope::signers(&envelope).unwrap_or_default();
        match engine.preview(envelope).await {
            Ok(effects) => Ok(Response::new(pb::PreviewResponse { effects: Some(effects_to_pb(&effects)) })),
            Err(error) => Err(refused(&self.0.engine, error, &signers).await.into()),
        }
    }

    async fn get_entry(
        &self,
        request: Request<pb::GetEntryRequest>,
    ) -> Result<Response<pb::GetEntryResponse>, Status> {
        let (metadata, _, pb::GetEntryRequest { index }) = request.into_parts();
        let entry = concerning(&self.0, &metadata, Read::GetEntry, index).await?;
        Ok(Response::new(pb::GetEntryResponse { entry }))
    }

    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        Ok(Response::new(list_entries(&self.0, &metadata, request).await?))
    }

    type WatchEntriesStream = Entries;

    async fn watch_entries(
        &self,
        request: Request<pb::WatchEntriesRequest>,
    ) -> Result<Response<Entries>, Status> {
        let (metadata, _, pb::WatchEntriesRequest { first_index }) = request.into_parts();
        let who = self.0.credential(&metadata, Read::WatchEntries)?;
        Ok(Response::new(watch::start(&self.0, who, first_index).await?))
    }

    async fn get_checkpoint(
        &self,
        _: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::GetCheckpointResponse>, Status> {
        let checkpoint = self.0.engine.published().checkpoint.to_string();
        if checkpoint.is_empty() {
            return Err(Denial::from(Refusal::BankNotOpen {}).into());
        }
        let vkey = self.0.engine.vkey().to_owned();
        Ok(Response::new(pb::GetCheckpointResponse { checkpoint, vkey }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<pb::GetInclusionProofRequest>,
    ) -> Result<Response<pb::GetInclusionProofResponse>, Status> {
        let pb::GetInclusionProofRequest { index, tree_size } = request.into_inner();
        let proof = self.0.engine.inclusion_proof(index, tree_size).await.map_err(Denial::from)?;
        Ok(Response::new(pb::GetInclusionProofResponse {
            tree_size: proof.size,
            leaf_hash: proof.leaf.as_bytes().to_vec(),
            hashes: proof.hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
            root: proof.root.as_bytes().to_vec(),
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Result<Response<pb::GetConsistencyProofResponse>, Status> {
        let pb::GetConsistencyProofRequest { old_size, new_size } = request.into_inner();
        let proof = self.0.engine.consistency_proof(old_size, new_size).await.map_err(Denial::from)?;
        Ok(Response::new(pb::GetConsistencyProofResponse {
            new_size: proof.new_size,
            hashes: proof.hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
            old_root: proof.old_root.as_bytes().to_vec(),
            new_root: proof.new_root.as_bytes().to_vec(),
        }))
    }

    async fn get_receipt(
        &self,
        request: Request<pb::GetReceiptRequest>,
    ) -> Result<Response<pb::GetReceiptResponse>, Status> {
        let (metadata, _, pb::GetReceiptRequest { index }) = request.into_parts();
        concerning(&self.0, &metadata, Read::GetReceipt, index).await?;
        let submitted = self.0.engine.receipt(index).await.map_err(Denial::from)?;
        Ok(Response::new(pb::GetReceiptResponse { receipt: written(submitted).receipt }))
    }
}

/// A command and its PIN, which is wiped once it was used.
fn open(request: pb::SubmitRequest) -> Result<(pb::Envelope, Zeroizing<String>), Denial> {
    let pin = Zeroizing::new(request.pin);
    Ok((request.envelope.ok_or_else(no_envelope)?, pin))
}

fn no_envelope() -> Denial {
    field::bad("envelope", Problem::Missing)
}

fn written(submitted: Submitted) -> pb::SubmitResponse {
    let Submitted { index, entry, proof, repeated } = submitted;
    pb::SubmitResponse { receipt: Some(pb::Receipt { index, entry, proof }), repeated }
}

/// Each command by itself, in order; those without an envelope are answered here.
async fn submit_batch(
    engine: &Engine,
    request: pb::SubmitBatchRequest,
) -> Result<(Vec<pb::SubmitBatchResult>, TooMany), Denial> {
    let requests = request.requests;
    if !SUBMIT_BATCH.contains(&requests.len()) {
        let (min, max) = (*SUBMIT_BATCH.start(), *SUBMIT_BATCH.end());
        return Err(field::bad("requests", Problem::Count { min, max, got: requests.len() }));
    }
    let bytes: usize = requests.iter().map(Message::encoded_len).sum();
    if bytes > SUBMIT_BATCH_BYTES_MAX {
        let (max, got) = (SUBMIT_BATCH_BYTES_MAX as i64, bytes as i64);
        return Err(field::bad("requests", Problem::OutOfRange { min: 0, max, got }));
    }
    let mut signers = Vec::with_capacity(requests.len());
    let mut commands = Vec::with_capacity(requests.len());
    for request in requests {
        let pb::SubmitRequest { envelope, pin } = request;
        signers.push(envelope.as_ref().map(|envelope| envelope::signers(envelope).unwrap_or_default()));
        commands.extend(envelope.map(|envelope| (envelope, pin)));
    }
    let mut results = engine.submit_batch(commands).await.into_iter();
    let mut answers = Vec::with_capacity(signers.len());
    let mut too_many = 0;
    for signers in signers {
        let answer = match signers {
            None => Err(no_envelope()),
            Some(signers) => match results.next() {
                Some(Ok(submitted)) => Ok(written(submitted)),
                Some(Err(error)) => Err(refused(engine, error, &signers).await),
                None => Err(Denial::Internal),
            },
        };
        too_many += u32::from(matches!(answer, Err(Denial::TooManyTries(_))));
        let result = match answer {
            Ok(response) => pb::submit_batch_result::Result::Response(response),
            Err(denial) => pb::submit_batch_result::Result::Refusal(refusal_info(&denial)),
        };
        answers.push(pb::SubmitBatchResult { result: Some(result) });
    }
    Ok((answers, TooMany(too_many)))
}

/// An entry's bytes, for those whom it concerns.
async fn concerning(desk: &Desk, metadata: &MetadataMap, read: Read, index: u64) -> Result<Vec<u8>, Denial> {
    let who = desk.credential(metadata, read)?;
    // Officers and auditors hear what there is not; everybody else is shown their own or nothing.
    let sees_all = desk.look(who, |view, reader| match reader {
        Reader::Anonymous => Err(Denial::SessionMissing),
        Reader::Known(_) => Ok(reader.may(view, read, &Subject::default())),
    });
    let sees_all = sees_all.await?;
    let Some(bytes) = desk.engine.entry(index)? else {
        let denied = Denial::ReadDenied(read.needs());
        return Err(if sees_all { Denial::EntryUnknown(index) } else { denied });
    };
    if !sees_all {
        let entry = Entry::decode(&bytes)?;
        let cases = history::entries(&desk.engine, cases_of(&entry)).await?;
        desk.look(who, |view, reader| {
            if concerns(view, reader, read, &entry, &cases) {
                Ok(())
            } else {
                Err(Denial::ReadDenied(read.needs()))
            }
        })
        .await?;
    }
    Ok(bytes)
}

/// Declarations that an entry names without their household: what files them says whose they are.
fn cases_of(entry: &Entry) -> Vec<u64> {
    let named = entry.effects.changes.iter().filter_map(|change| match change {
        Change::DeclarationResubmitted { declaration, .. }
        | Change::Reviewed { declaration, .. }
        | Change::Voted { declaration, .. }
        | Change::Escalated { declaration, .. } => Some(*declaration),
        _ => None,
    });
    named.filter(|number| *number < entry.index).collect()
}

/// Whether the entry concerns the reader, or belongs to a branch or household that they look after.
fn concerns(view: &View, reader: &Reader, read: Read, entry: &Entry, cases: &[Entry]) -> bool {
    let touched = touches(entry, view.bank);
    let of_cases = cases.iter().map(|case| touches(case, view.bank));
    let (mut branches, mut households) = (touched.branches, touched.households);
    for case in of_cases {
        branches.extend(case.branches);
        households.extend(case.households);
    }
    let signed = match reader {
        Reader::Anonymous => false,
        Reader::Known(Signer::Person(person)) => touched.people.contains(person),
        Reader::Known(Signer::Terminal(terminal)) => touched.terminals.contains(terminal),
        // A card's signature names its household.
        Reader::Known(Signer::Passbook(_)) => false,
    };
    let own = match reader {
        Reader::Known(Signer::Passbook(id)) => Some(*id),
        Reader::Known(_) | Reader::Anonymous => reader.person().and_then(|person| person.household()),
    };
    signed
        || own.is_some_and(|id| households.contains(&id))
        || branches.iter().any(|branch| reader.may(view, read, &Subject::branch(*branch)))
        || looks_after(view, reader).iter().any(|id| households.contains(id))
}

/// Households that a liaison is linked to, or a proxy serves.
fn looks_after(view: &View, reader: &Reader) -> Vec<HouseholdId> {
    let offices = reader.person().map(|person| view.bank.offices(person, view.now));
    let linked = offices.into_iter().flatten().filter(|office| match office.role {
        Role::Liaison | Role::Proxy => true,
        Role::Committee | Role::Supervisor | Role::Clerk | Role::Officer | Role::Cashier | Role::Auditor => {
            false
        }
    });
    linked.flat_map(|office| office.households.iter().copied()).collect()
}

async fn list_entries(
    desk: &Desk,
    metadata: &MetadataMap,
    request: pb::ListEntriesRequest,
) -> Result<pb::ListEntriesResponse, Denial> {
    const METHOD: &str = "ListEntries";
    let size = page::size(ENTRY_PAGE, request.page_size)?;
    let cursor = desk.pages.cursor::<1>(METHOD, &[], &request.page_token)?;
    let first = cursor.map_or(request.first_index, |[first]| first);
    let end = desk.look_at(metadata, Read::ListEntries, Subject::default(), |view, _| Ok(view.size));
    let end = end.await?;
    let wanted = (size as u64).min(end.saturating_sub(first)) as usize;
    let entries = history::aside(&desk.engine, move |engine| {
        let (mut entries, mut bytes) = (Vec::with_capacity(wanted), 0);
        while entries.len() < wanted && bytes < PAGE_BYTES_MAX {
            let next = first + entries.len() as u64;
            let chunk = engine.entries(next, PAGE_CHUNK.min(wanted - entries.len()))?;
            if chunk.is_empty() {
                break;
            }
            bytes += chunk.iter().map(Vec::len).sum::<usize>();
            entries.extend(chunk);
        }
        Ok(entries)
    });
    let entries = entries.await?;
    let next = first.saturating_add(entries.len() as u64);
    let more = !entries.is_empty() && next < end;
    let next_page_token = if more { desk.pages.token(METHOD, &[], [next]) } else { String::new() };
    Ok(pb::ListEntriesResponse { entries, next_page_token })
}
