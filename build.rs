//! Turns `proto/` into Rust: messages and services by tonic and prost, the proto3 JSON mapping by pbjson.
//! No `protoc` is needed: protox compiles the descriptors.

use std::error::Error;
use std::path::PathBuf;

const FILES: [&str; 4] = [
    "civbank/v1/ledger_service.proto",
    "civbank/v1/bank_service.proto",
    "civbank/v1/document_service.proto",
    "civbank/v1/session_service.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;

    // The raw descriptors serve reflection and the JSON mapping.
    let descriptors = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("civbank_descriptor.bin");
    std::fs::write(out, &descriptors)?;

    tonic_prost_build::configure()
        .btree_map(".")
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .compile_fds(compiler.file_descriptor_set())?;
    pbjson_build::Builder::new()
        .register_descriptors(&descriptors)?
        .btree_map(["."])
        .build(&[".civbank.v1"])?;
    Ok(())
}
