"""The bank over gRPC, known only by its `.proto` files: stubs are made anew at each start.

Promises that a command is sent again only as the same bytes, and that every error names the bank's own reason.
Believes nothing: whether an answer is true, `receipt` says.
"""

import importlib
import importlib.resources
import sys
import tempfile
import time
from pathlib import Path

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_tools import protoc

# A call that takes longer has an unknown outcome.
CALL_SECONDS = 10
SENDINGS_MAX = 3
OUTCOME_UNKNOWN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class BankError(Exception):
    """The bank refused, or could not be asked. The text is for people, in Chinese."""


class Bank:
    """One connection to one bank. Messages are made through `types`, `command`, `entry`."""

    def __init__(self, server: str, proto_root: Path):
        self._stubs = _generate(proto_root)
        self.types, self.command, self.entry = map(_stub, ("types_pb2", "command_pb2", "entry_pb2"))
        self._reads, self._writes = _stub("bank_service_pb2"), _stub("ledger_service_pb2")
        self._channel = _channel(server)
        self._bank = _stub("bank_service_pb2_grpc").BankServiceStub(self._channel)
        self._ledger = _stub("ledger_service_pb2_grpc").LedgerServiceStub(self._channel)

    def __enter__(self) -> "Bank":
        return self

    def __exit__(self, *_) -> None:
        self._channel.close()
        self._stubs.cleanup()

    def read(self, method: str, **fields):
        """One call of BankService."""
        request = getattr(self._reads, f"{method}Request")(**fields)
        try:
            return getattr(self._bank, method)(request, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            raise BankError(explain(error)) from error

    def submit(self, envelope, pin: str):
        """Submits. While the outcome is unknown, sends the same bytes again: they count only once."""
        request = self._writes.SubmitRequest(envelope=envelope, pin=pin)
        for sending in range(1, SENDINGS_MAX + 1):
            try:
                return self._ledger.Submit(request, timeout=CALL_SECONDS)
            except grpc.RpcError as error:
                if error.code() not in OUTCOME_UNKNOWN:
                    raise BankError(explain(error)) from error
                if sending == SENDINGS_MAX:
                    raise BankError(f"结果不明，请凭存折查余额。{explain(error)}") from error
                time.sleep(sending)


def explain(error: grpc.RpcError) -> str:
    """The bank's reason, its Chinese text and the numbers behind it; else what gRPC has to say."""
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    if packed is None:
        return f"连不上银行（{error.code().name}）：{error.details()}"
    info, message = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    for detail in status_pb2.Status.FromString(packed).details:
        for wanted in (info, message):
            if detail.Is(wanted.DESCRIPTOR):
                detail.Unpack(wanted)
    numbers = "".join(f"\n  {name} = {info.metadata[name]}" for name in sorted(info.metadata))
    return f"{info.reason}：{message.message or error.details()}{numbers}"


def _channel(server: str) -> grpc.Channel:
    scheme, _, address = server.rstrip("/").rpartition("://")
    if scheme == "https":
        return grpc.secure_channel(address, grpc.ssl_channel_credentials())
    if scheme in ("", "http"):
        # A plain port is this machine's own; no web proxy stands before it.
        return grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
    raise BankError(f"--server 只能是 http:// 或 https://，不能是 {scheme}://")


def _generate(proto_root: Path) -> tempfile.TemporaryDirectory:
    """Compiles the `.proto` files into a fresh directory on the import path. Whoever holds it cleans it up."""
    files = sorted(str(file) for file in proto_root.glob("civbank/v1/*.proto"))
    if not files:
        raise BankError(f"{proto_root} 里没有 civbank/v1/*.proto")
    into = tempfile.TemporaryDirectory(prefix="civbank-stubs-")
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    status = protoc.main(["protoc", f"-I{proto_root}", f"-I{well_known}", f"--python_out={into.name}",
                          f"--grpc_python_out={into.name}", *files])
    if status != 0:
        raise BankError(f"{proto_root} 里的 .proto 文件编译不了")
    sys.path.insert(0, into.name)
    return into


def _stub(module: str):
    return importlib.import_module(f"civbank.v1.{module}")
