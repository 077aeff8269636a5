#!/usr/bin/env python3
"""A supermarket terminal of the civility bank that takes nobody's word: it knows the bank by its `.proto` files.

Scans a passbook, shows balance and shelf, redeems goods, sends the same request twice as a terminal on a bad line
would, and checks its receipts itself. Prices, limits and PIN are the bank's to judge: a refusal comes back with
the bank's own reason. Exit status: 0 done, 1 refused or failed, 2 usage.
"""

import argparse
import os
import sys
from pathlib import Path
from time import time_ns

import receipt
import signing

COMMAND_LIFE_MS = 5 * 60 * 1000
CLOCK_GAP_MS_MAX = 5 * 60 * 1000
PROTO_ROOT = Path(__file__).resolve().parents[2] / "proto"


class Failure(Exception):
    """The errand ends here. The text is for people, in Chinese."""


def main() -> int:
    """Does one errand; answers the exit status."""
    options = _options()
    try:
        if options.self_test:
            import self_test

            print(f"自检通过，共 {self_test.run()} 项")
        else:
            _errand(options)
    except (Failure, signing.BadInput) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}：{error.strerror}", file=sys.stderr)
        return 1
    except receipt.BadReceipt as error:
        print(f"收据核对不通过：{error}", file=sys.stderr)
        return 1
    return 0


def _errand(options: argparse.Namespace) -> None:
    terminal_key = signing.parse_pem(options.terminal_key.read_text())
    card = signing.parse_card(options.passbook.read_text())
    from bank import Bank, BankError  # Here, so that the self-test asks for nothing but PyNaCl.

    try:
        with Bank(options.server, options.proto) as bank:
            Till(bank, terminal_key, card, options.vkey).serve(options.goods, options.pin, options.save_receipt)
    except BankError as error:
        raise Failure(str(error)) from error


class Till:
    """One customer at one terminal: what was shown to them, and what they sign."""

    def __init__(self, bank, terminal_key, card: signing.Card, vkey: str | None):
        self._bank, self._terminal_key, self._card = bank, terminal_key, card
        self._about = bank.read("GetBank")
        self._log_key = _log_key(self._about, vkey)
        self._is_pinned = vkey is not None
        self._terminal, branch = self._who_am_i()
        self._shelf = {goods.price.sku: goods for goods in bank.read("ListGoods", branch=branch).goods}
        self._passbook = bank.read("GetPassbook", view_token=card.view_token)

    def serve(self, goods: list[tuple[str, int]], pin: str, save_to: Path | None) -> None:
        """Shows passbook and shelf; redeems, where goods were asked for."""
        self._show()
        if not goods:
            return
        redeem = self._redeem(goods)
        envelope = self._sign(redeem)
        first = self._bank.submit(envelope, pin)
        print(f"已入账：第 {first.receipt.index} 条，扣 {redeem.total} 分")
        self._check(first.receipt, envelope, redeem)
        if save_to:
            _save(first.receipt, save_to)

        again = self._bank.submit(envelope, pin)
        if not again.repeated or again.receipt.index != first.receipt.index:
            raise Failure(f"同一份指令记了两次账：第 {first.receipt.index} 条和第 {again.receipt.index} 条")
        if again.receipt.entry != first.receipt.entry:
            raise Failure(f"第 {first.receipt.index} 条前后给出的内容不一样")
        print(f"同样的字节再发一次：还是第 {again.receipt.index} 条，没有再扣分")
        self._check(again.receipt, envelope, redeem)
        left = self._bank.read("GetPassbook", view_token=self._card.view_token)
        print(f"现有可兑积分：{left.points}")

    def _who_am_i(self) -> tuple[str, str]:
        """The terminal's number and its branch, as the bank has them under our key."""
        key = self._bank.read("GetKey", public_key=bytes(self._terminal_key.verify_key))
        branch, is_terminal, _ = key.holder.partition("-t")
        if not is_terminal:
            raise Failure(f"这把密钥属于 {key.holder}，不是终端的")
        if not key.active:
            raise Failure(f"终端 {key.holder} 的密钥已经停用")
        return key.holder, branch

    def _show(self) -> None:
        trust = "与 --vkey 给定的相同" if self._is_pinned else "由银行自报，未经核对；正式使用请加 --vkey"
        print(f"银行：{self._about.origin}")
        print(f"日志公钥：{self._about.vkey}（{trust}）")
        print(f"终端：{self._terminal}")
        print(f"存折：{self._passbook.household}")
        print(f"可兑积分：{self._passbook.points}")
        print(f"密码：{_pin_need(self._passbook)}")
        for sku, goods in self._shelf.items():
            price = goods.price
            print(f"货架：{sku} {price.title}，{price.points} 分一{price.measure}，库存 {goods.stock}")

    def _redeem(self, goods: list[tuple[str, int]]):
        """A redemption at the prices that the customer has just been shown."""
        redeem = self._bank.command.Redeem(household=self._passbook.household)
        for sku, quantity in goods:
            if sku not in self._shelf:
                raise Failure(f"货架上没有 {sku}")
            on_shelf = self._shelf[sku]
            redeem.lines.add(sku=sku, quantity=quantity, price_version=on_shelf.price_version,
                             points=on_shelf.price.points)
        redeem.total = sum(line.points * line.quantity for line in redeem.lines)
        return redeem

    def _sign(self, redeem):
        """The command as bytes, signed by the terminal and by the passbook over the same bytes."""
        # By the bank's clock: a terminal whose own is wrong can still sell. A bank that lies about its clock
        # gains nothing: it has the command in its hands at once anyway.
        now = self._about.time_unix_ms
        if abs(now - time_ns() // 1_000_000) > CLOCK_GAP_MS_MAX:
            print("注意：本机时钟与银行的时钟相差五分钟以上，按银行的时钟办")
        command = self._bank.command.Command(origin=self._about.origin, request_id=signing.uuid7(now, os.urandom(10)),
                                             redeem=redeem)
        command.not_after.FromMilliseconds(now + COMMAND_LIFE_MS)
        payload = command.SerializeToString()
        envelope = self._bank.command.Envelope(payload=payload, payload_type=signing.COMMAND_TYPE)
        for key in (self._terminal_key, self._card.key):
            envelope.signatures.add(public_key=bytes(key.verify_key), signature=signing.sign(key, payload))
        return envelope

    def _check(self, given, envelope, redeem) -> None:
        """The receipt is sound, and it is the receipt of this very redemption."""
        index, checkpoint = receipt.check(given.entry, given.proof, self._log_key)
        print(f"  核对：检查点由 {checkpoint.origin} 签名，共 {checkpoint.size} 条 ✓")
        print(f"  核对：第 {index} 条确在其中（包含证明通到签了名的根）✓")
        entry = self._bank.entry.Entry.FromString(given.entry)
        if not given.index == entry.index == index:
            raise receipt.BadReceipt(f"收据说是第 {given.index} 条，条目自称第 {entry.index} 条，证明的是第 {index} 条")
        if entry.envelope != envelope:
            raise receipt.BadReceipt("条目里的指令不是本机发出的那一份")
        print("  核对：条目里就是本机和存折签的那份指令，一字不差 ✓")
        left = self._balance_after(entry.effects, redeem)
        print(f"  核对：条目写明扣 {redeem.total} 分，余 {left} 分 ✓")

    def _balance_after(self, effects, redeem) -> int:
        """What the entry says stands in the book after; the entry must say what was asked, no more, no less."""
        done = [change.redeemed for change in effects.changes if change.WhichOneof("body") == "redeemed"]
        as_asked = len(done) == 1 and (done[0].household, done[0].terminal, list(done[0].lines), done[0].total) == (
            redeem.household, self._terminal, list(redeem.lines), redeem.total)
        postings = [posting for posting in effects.postings if posting.account == f"household/{redeem.household}"]
        moved = [(posting.unit, posting.amount) for posting in postings]
        if not as_asked or moved != [(self._bank.types.UNIT_POINTS, -redeem.total)]:
            raise receipt.BadReceipt("条目写的不是所要的货和分")
        return postings[0].balance_after


def _log_key(about, vkey: str | None) -> receipt.LogKey:
    """What receipts are checked with: the key that we were given, or else the one that the bank names."""
    if vkey not in (None, about.vkey):
        raise Failure(f"银行报出的日志公钥是 {about.vkey}，不是 --vkey 给定的")
    log_key = receipt.parse_log_key(about.vkey)
    if log_key.name != about.origin:
        raise Failure(f"日志公钥的名称 {log_key.name} 不是银行的名称 {about.origin}")
    return log_key


def _pin_need(passbook) -> str:
    free = f"今天还可免密兑换 {passbook.pin_free_points} 分"
    if passbook.pin_locked:
        return f"已锁定，{free}；重设请到支行"
    if passbook.pin_set:
        return f"{free}，超过要输密码"
    return f"没有设置，{free}"


def _save(given, directory: Path) -> None:
    """Leaf and proof as files, for whoever wants to check them with something else."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{given.index}.leaf").write_bytes(given.entry)
    (directory / f"{given.index}.tlog-proof").write_bytes(given.proof.encode())
    print(f"收据存在：{directory / str(given.index)}.leaf 和 .tlog-proof")


def _goods(text: str) -> tuple[str, int]:
    sku, _, quantity = text.partition("=")
    if not sku or not quantity.isascii() or not quantity.isdigit() or len(quantity) > 9:
        raise argparse.ArgumentTypeError(f"要写成 货号=件数，例如 egg=2，不是 {text!r}")
    return sku, int(quantity)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="文明超市终端：读存折、兑换、核对收据。")
    parser.add_argument("--server", metavar="URL", help="银行的地址，例如 http://127.0.0.1:7070")
    parser.add_argument("--terminal-key", type=Path, metavar="PEM", help="终端的私钥文件（PKCS#8 PEM）")
    parser.add_argument("--passbook", type=Path, metavar="FILE", help="存折二维码的文字（文件）")
    parser.add_argument("--goods", type=_goods, action="append", default=[], metavar="SKU=N",
                        help="要换的货，可写多次；不写就只看余额")
    parser.add_argument("--pin", default="", help="存折密码；写 - 则从标准输入读一行")
    parser.add_argument("--vkey", help="事先拿到的日志公钥；不给就用银行自报的")
    parser.add_argument("--save-receipt", type=Path, metavar="DIR", help="把收据存成文件")
    parser.add_argument("--proto", type=Path, default=PROTO_ROOT, metavar="DIR", help=".proto 文件所在（默认本仓库的）")
    parser.add_argument("--self-test", action="store_true", help="不连银行，用公开的范例检查本程序自己")
    options = parser.parse_args()
    if not options.self_test and None in (options.server, options.terminal_key, options.passbook):
        parser.error("--server、--terminal-key、--passbook 都要给")
    if options.pin == "-":
        options.pin = sys.stdin.readline().strip()
    return options


if __name__ == "__main__":
    sys.exit(main())
