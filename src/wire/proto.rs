//! The generated messages and services of `proto/civbank/v1`, their proto3 JSON mapping, and the compiled
//! descriptors. Nothing here is written by hand; `build.rs` says how it is made.

/// Messages and services of the package `civbank.v1`. Comments are those of the `.proto` files.
#[allow(missing_docs, clippy::all, rustdoc::all)]
pub mod pb {
    tonic::include_proto!("civbank.v1");
    include!(concat!(env!("OUT_DIR"), "/civbank.v1.serde.rs"));
}

/// The compiled descriptors (a serialized `google.protobuf.FileDescriptorSet`), for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("civbank_descriptor");
