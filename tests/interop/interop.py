"""The exchange's own Python client must read what the embedded exchange says, and be understood by it.

Usage: interop.py PATH/TO/yieldsforge ACCOUNTS.toml
"""

import asyncio
import json
import math
import subprocess
import sys
import time
from contextlib import contextmanager

from bfxapi import Client
from bfxapi.exceptions import InvalidCredentialError
from bfxapi.rest.exceptions import GenericError

KEY, SECRET = "interop-key", "interop-secret"
DEAR = "0.009"  # 0.9 %/day: nobody takes it by himself


class Exchange:
    """The embedded exchange as a process; its operator's door are its standard input and output."""

    def __init__(self, binary, accounts):
        command = [binary, "exchange", "--listen", "127.0.0.1:0", "--accounts", accounts, "--seed", "7"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = self._line()

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the exchange ended")
        return json.loads(line)

    def order(self, **wish):
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        answer = self._line()
        assert answer["ok"], (wish, answer)
        return answer["text"]

    def client(self, secret=SECRET):
        return Client(KEY, secret, rest_host=self.told["rest"] + "/v2", wss_host=self.told["ws"])


@contextmanager
def exchange(binary, accounts):
    running = Exchange(binary, accounts)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def same(one, other):
    return math.isclose(one, other, rel_tol=0, abs_tol=1e-7)


def terms(offer):
    """What an offer says, without the float noise that the exchange's JSON carries."""
    return round(offer.amount, 8), round(offer.rate, 10), offer.period


def eventually(what, condition, seconds=20):
    """Reads again until it is so: balances and records follow a moment later."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(1.0)
    raise AssertionError(what)


def refused(error, words, call):
    """A refusal comes as an error, or now and then inside a notification without an offer, which this client cannot read:
    then it is asked again, as the exchange's dice fall differently with every run."""
    for _ in range(50):
        try:
            call()
        except error as exception:
            assert words.lower() in str(exception).lower(), str(exception)
            return
        except TypeError as exception:
            assert "NoneType" in str(exception), str(exception)
        else:
            break
    raise AssertionError(f"not refused: {words}")


def funding_wallet(auth, currency):
    wallets = [w for w in auth.get_wallets() if (w.wallet_type, w.currency) == ("funding", currency)]
    assert len(wallets) == 1, wallets
    return wallets[0]


def market(rest):
    assert rest.public.get_platform_status().status == 1
    ticker = rest.public.get_f_ticker("fUSD")
    for rate in (ticker.frr, ticker.bid, ticker.ask):
        assert 0 < rate < 0.05, ticker
    for period in (ticker.bid_period, ticker.ask_period):
        assert 2 <= period <= 120, ticker
    book = rest.public.get_f_book("fUSD", "P0", len=25)
    offers, bids = [r for r in book if r.amount > 0], [r for r in book if r.amount < 0]
    assert offers and bids, book
    assert len(offers) <= 25 and len(bids) <= 25
    assert min(r.rate for r in offers) == offers[0].rate, "cheapest offer first"
    assert max(r.rate for r in bids) == bids[0].rate, "dearest bid first"
    assert all(r.count > 0 and 2 <= r.period <= 120 for r in book), book
    assert "fUST" in rest.public.get_f_tickers(["fUSD", "fUST"])


def offers(rest):
    auth = rest.auth
    assert same(funding_wallet(auth, "USD").balance, 10_000)
    eventually(
        "the offer by hand is reserved",
        lambda: same(funding_wallet(auth, "USD").available_balance or 0, 9_500),
    )
    by_hand = auth.get_funding_offers(symbol="fUSD")
    assert [terms(o) for o in by_hand] == [(500, 0.009, 30)], by_hand

    submitted = auth.submit_funding_offer("LIMIT", "fUSD", "1000.00000123", DEAR, 2, flags=0)
    assert (submitted.status, submitted.type) == ("SUCCESS", "fon-req"), submitted
    offer = submitted.data
    assert terms(offer) == (1000.00000123, 0.009, 2), offer
    assert (offer.symbol, offer.offer_type, offer.offer_status) == ("fUSD", "LIMIT", "ACTIVE"), offer
    assert offer.id in [o.id for o in auth.get_funding_offers(symbol="fUSD")]
    eventually(
        "the offer is reserved from what is available",
        lambda: same(funding_wallet(auth, "USD").available_balance or 0, 8_499.99999877),
    )

    cancelled = auth.cancel_funding_offer(offer.id)
    assert (cancelled.status, cancelled.type, cancelled.data.id) == ("SUCCESS", "foc-req", offer.id), cancelled
    assert offer.id not in [o.id for o in auth.get_funding_offers()]
    closed = [o for o in auth.get_funding_offers_history(symbol="fUSD") if o.id == offer.id]
    assert len(closed) == 1 and closed[0].offer_status.startswith("CANCELED"), closed
    eventually(
        "the money of a cancelled offer is available",
        lambda: same(funding_wallet(auth, "USD").available_balance or 0, 9_500),
    )

    submit = auth.submit_funding_offer
    refused(GenericError, "minimum is 150", lambda: submit("LIMIT", "fUSD", "10", DEAR, 2))
    refused(GenericError, "not enough USD balance", lambda: submit("LIMIT", "fUSD", "50000", DEAR, 2))


def loans(running, rest):
    auth = rest.auth
    # A borrower who pays more than anybody offers takes the whole book and both of ours with it.
    offer = auth.submit_funding_offer("LIMIT", "fUSD", "800", "0.00002", 2).data
    running.order(do="borrow", currency="USD", amount="100000", limit="0.5 %/day", period=2)

    def lent():
        taken = auth.get_funding_loans(symbol="fUSD") + auth.get_funding_credits(symbol="fUSD")
        return same(sum(row.amount for row in taken), 800) and taken

    eventually("the offer is lent", lent)
    for row in lent():
        assert (row.symbol, row.side, row.period) == ("fUSD", 1, 2), row
        assert row.status == "ACTIVE" and row.rate >= 0.00002, row
    trades = [t for t in auth.get_funding_trades_history(symbol="fUSD") if t.offer_id == offer.id]
    assert same(sum(t.amount for t in trades), 800), trades
    assert same(funding_wallet(auth, "USD").balance, 10_000), "what is lent is still ours"
    info = auth.get_funding_info("fUSD")
    assert info.yield_lend > 0, info


async def sockets(running):
    client = running.client()
    wss, seen = client.wss, {}
    waiting = {}

    def hear(event):
        waiting[event] = asyncio.get_running_loop().create_future()

        def heard(*data):
            seen.setdefault(event, []).append(data)
            if not waiting[event].done():
                waiting[event].set_result(data)

        wss.on(event, heard)

    events = "authenticated wallet_snapshot funding_offer_snapshot funding_credit_snapshot funding_loan_snapshot"
    public = "subscribed f_ticker_update f_book_snapshot f_trades_snapshot"
    writes = "fon-req-notification funding_offer_new foc-req-notification funding_offer_cancel wallet_update"
    for event in f"{events} {public} {writes} open".split():
        hear(event)
    running_client = asyncio.create_task(wss.start())

    async def wait(event):
        done, _ = await asyncio.wait(
            [waiting[event], running_client], timeout=30, return_when=asyncio.FIRST_COMPLETED
        )
        assert waiting[event] in done, (event, sorted(seen), running_client)
        return waiting[event].result()

    (login,) = await wait("authenticated")
    # Both forms have been seen from the exchange: an object of numbers, and a text of one with texts.
    caps = login["caps"] if isinstance(login["caps"], dict) else json.loads(login["caps"])
    assert {right: int(value) for right, value in caps["funding"].items()} == {"read": 1, "write": 1}, login
    (wallets,) = await wait("wallet_snapshot")
    assert ("funding", "USD") in [(w.wallet_type, w.currency) for w in wallets], wallets
    (resting,) = await wait("funding_offer_snapshot")
    assert [terms(o) for o in resting] == [(500, 0.009, 30)], resting

    await wss.subscribe("ticker", symbol="fUSD")
    await wss.subscribe("trades", symbol="fUSD")
    await wss.subscribe("book", symbol="fUSD", prec="P0", len="25", freq="F0")
    _, rows = await wait("f_book_snapshot")
    assert rows and all(row.rate > 0 for row in rows), rows
    _, ticker = await wait("f_ticker_update")
    assert 0 < ticker.ask < 0.05, ticker
    await wait("f_trades_snapshot")

    await wss.inputs.submit_funding_offer("LIMIT", "fUSD", "300", DEAR, 7)
    (notice,) = await wait("fon-req-notification")
    assert notice.status == "SUCCESS", notice
    (offer,) = await wait("funding_offer_new")
    assert terms(offer) == (300, 0.009, 7), offer
    await wss.inputs.cancel_funding_offer(offer.id)
    (closed,) = await wait("funding_offer_cancel")
    assert closed.id == offer.id and closed.offer_status.startswith("CANCELED"), closed
    await wait("wallet_update")
    await wss.close()
    await asyncio.wait_for(running_client, 10)


def main():
    with exchange(*sys.argv[1:3]) as running:
        rest = running.client().rest
        market(rest)
        offers(rest)
        refused(InvalidCredentialError, "api", lambda: running.client("wrong").rest.auth.get_wallets())
        asyncio.run(sockets(running))
        loans(running, rest)
        running.order(do="revoke", account="main")
        refused(InvalidCredentialError, "api", rest.auth.get_wallets)
    print("interop: the official client and the embedded exchange understand each other")


if __name__ == "__main__":
    main()
