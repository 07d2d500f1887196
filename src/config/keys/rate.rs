//! The keys of the rate rules that look at the book or back, and of the bounds that may.

use super::Kind::{Amount, Bound, Count, Factor, Share, Span, Step, Word};
use super::Scope::Profile;
use super::{Key, key, open};

pub(super) const AMOUNT: Key =
    open(Profile, "slice[].rate.amount", Amount, "required by depth", "\"20000 USD\"", "depth: how deep in the offers");
pub(super) const FROM: Key = open(
    Profile,
    "slice[].rate.from",
    Amount,
    "required by spread",
    "\"5000 USD\"",
    "spread: depth of the cheapest offer",
);
pub(super) const TO: Key = open(
    Profile,
    "slice[].rate.to",
    Amount,
    "required by spread",
    "\"50000 USD\"",
    "spread: depth of the dearest offer",
);
pub(super) const OFFERS: Key =
    open(Profile, "slice[].rate.offers", Count(1, 100), "required by spread", "5", "spread: how many offers");
pub(super) const BELOW: Key =
    key(Profile, "slice[].rate.below", Step, "\"tick\"", "best: how far under the cheapest two-day offer of others");
pub(super) const RACE_FLOOR: Key = key(
    Profile,
    "slice[].rate.race_floor",
    Share,
    "\"85 %\"",
    "best: never under this share of the median that was lent at in the last hours",
)
.more("Bots that undercut each other would else take this slice along, down to the floor.");
pub(super) const RANK: Key = open(
    Profile,
    "slice[].rate.rank",
    Share,
    "required by quantile",
    "\"70 %\"",
    "quantile: so much of it lies at or below",
);
pub(super) const LEAST_CHANCE: Key = key(
    Profile,
    "slice[].rate.least_chance",
    Share,
    "\"40 %\"",
    "expected: at least this part of what was seen lies at the rate or above",
);
pub(super) const OF: Key = key(
    Profile,
    "slice[].rate.of",
    Word(&["trades", "candles", "best_offer"]),
    "\"trades\"",
    "quantile, expected: of the money lent, of the hours' highs, or of the best offer of others over time",
)
.more("The past of the best offer is known only from the daemon's start on: it waits until half an hour was seen.");
pub(super) const WINDOW: Key =
    key(Profile, "slice[].rate.window", Span("10m", "30d"), "\"24h\"", "quantile, expected, candle_high, effective: how far back")
        .under("effective", "\"7d\"")
        .more("Trades and highs: up to 30 days (7 with candles of under an hour, and at least 2 for effective); best offers: up to a day.");
pub(super) const NTH: Key = open(
    Profile,
    "slice[].rate.nth",
    Count(1, 500),
    "required by candle_high",
    "3",
    "candle_high: which of the highs, from the highest",
)
.more("Candles in which less than the smallest offer was lent do not count, nor highs far beyond the others.");
pub(super) const CANDLE: Key =
    key(Profile, "slice[].rate.candle", Word(&["15m", "30m", "1h"]), "\"15m\"", "candle_high: length of a candle");
pub(super) const HOLD: Key =
    key(Profile, "slice[].rate.hold", Span("1h", "120d"), "\"2d\"", "effective: how long loans are taken to last")
        .more(
            "Borrowers often return money early: the metrics show how long yours are kept. A shorter hold waits less.",
        );
pub(super) const HITS: Key = key(
    Profile,
    "slice[].rate.hits",
    Count(1, 500),
    "5",
    "effective: the least number of hours of the window that reached the rate",
);
pub(super) const FACTOR: Key =
    key(Profile, "slice[].rate.factor", Factor, "\"100 %\"", "candle_high, average: the part of it that is asked");
pub(super) const SHORT: Key =
    key(Profile, "slice[].rate.short", Span("1m", "12h"), "\"3m\"", "average: how far back the short one goes");
pub(super) const LONG: Key =
    key(Profile, "slice[].rate.long", Span("2m", "24h"), "\"30m\"", "average: how far back the long one goes");
pub(super) const AT_LEAST: Key =
    open(Profile, "slice[].at_least", Bound, "none", "\"0.015 %/day\"", "lifts the rule's rate to this").more(
        "Fixed, by the FRR (\"frr - 10 %\"), by a rank in the recent past, with the keys of the rule quantile, or by \
         the cheapest two-day offer of others: { best = \"tick\" } is a tick under it. With within = \"15 %\" that one moves a \
         rate by no more than so much of it, and leaves one alone that lies farther off. It is for offers: bids are taken \
         by the rule's own rate.",
    );
pub(super) const AT_MOST: Key =
    open(Profile, "slice[].at_most", Bound, "none", "\"0.5 %/day\"", "lowers the rule's rate to this")
        .more("As at_least. Where the two meet, this one holds.");
