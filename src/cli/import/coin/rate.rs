//! What is asked for a coin: the rates between two depths or around the FRR, and what lifts them.

use std::fmt::Write as _;

use crate::domain::{DailyRate, Ratio, Rounding};

use super::{Coin, Draft, daily, is_percent};

/// Gaps that cannot be converted become these.
const GAPS: (&str, &str) = ("5000 USD", "50000 USD");
/// The most offers of a profile, unless it asks for more.
const OFFERS: i64 = 20;
/// A fork of that bot steps through so many distances from the FRR.
const STEPS: i64 = 6;
/// The settings of its market analysis.
const RANKS: [&str; 4] = ["analysecurrencies", "lendingstyle", "percentile_seconds", "daily_min_method"];

impl Coin<'_> {
    /// A fork of that bot asks by the FRR in place of the book.
    fn is_around_frr(&self) -> bool {
        self.text("lending_strategy").is_some_and(|word| word == "frr")
    }

    /// A distance from the FRR in percent of it. The fork has `default` too, and goes no farther than half of the FRR.
    fn apart(&self, key: &str, default: Ratio) -> Ratio {
        let part = self.number(key).and_then(|value| Ratio::from_percent(value).ok());
        part.unwrap_or(default).clamp(Ratio::percent(-50), Ratio::percent(50))
    }

    /// True when the market analysis is to look at it.
    fn is_analysed(&self) -> bool {
        self.settings.get("analysecurrencies").is_some_and(|setting| {
            let name = self.currency.name();
            setting.value.split([',', ' ']).any(|word| {
                matches!(word.trim().to_uppercase().as_str(), "ALL" | "ACTIVE")
                    || word.trim().eq_ignore_ascii_case(name)
            })
        })
    }
}

impl Draft<'_> {
    /// How it finds its rates.
    pub(super) fn rule(&mut self) {
        if self.coin.is_around_frr() {
            return self.around_frr();
        }
        self.spread();
        if self.coin.text("lending_strategy").is_some_and(|word| word != "spread") {
            self.nothing(&["lending_strategy"], "neither Spread nor FRR: taken as Spread");
        }
        self.nothing(&["frrdelta_min", "frrdelta_max"], "only lending_strategy = FRR asks around the FRR");
    }

    /// Several offers between two depths.
    fn spread(&mut self) {
        let keys = ["lending_strategy", "spreadlend", "gapmode", "gapbottom", "gaptop"];
        let offers = self.coin.whole("spreadlend").unwrap_or(3).clamp(1, 100);
        let _ = writeln!(self.limits, "max_offers = {}", offers.max(OFFERS));
        let raw = self.coin.text("gapmode").is_some_and(|mode| mode == "raw");
        let gap = |key| self.coin.amount(key).map(|amount| amount.to_string());
        let (from, to) = match (gap("gapbottom"), gap("gaptop")) {
            (from, Some(to)) if raw => (from.unwrap_or_else(|| "0".to_owned()), to),
            _ => (GAPS.0.to_owned(), GAPS.1.to_owned()),
        };
        let rule = if offers == 1 {
            let amount = if from == "0" { &to } else { &from };
            format!("rate = {{ rule = \"depth\", amount = \"{amount}\" }}")
        } else {
            format!("rate = {{ rule = \"spread\", from = \"{from}\", to = \"{to}\", offers = {offers} }}")
        };
        let _ = writeln!(self.core, "{rule}");
        self.became(&keys, &rule);
        if !raw {
            let why = format!("gaps are amounts here: {rule} was written, read its depths anew");
            self.nothing(&["gapmode", "gapbottom", "gaptop"], &why);
        }
    }

    /// All at once the offers that the fork places one after the other, a step of its band each round.
    fn around_frr(&mut self) {
        let coin = self.coin;
        let one = coin.apart("frrdelta_min", Ratio::percent(-10));
        let other = coin.apart("frrdelta_max", Ratio::percent(10));
        let (low, high) = (signed(one.min(other)), signed(one.max(other)));
        // One offer would only be the lowest of the band.
        let spread = coin.whole("spreadlend").filter(|offers| *offers > 1);
        let offers = spread.unwrap_or(STEPS).min(100);
        let _ = writeln!(self.limits, "max_offers = {}", offers.max(OFFERS));
        let rule = "rate = { rule = \"frr\" }";
        let shape = if low == high {
            format!("shape = {{ ladder = [\"{low}\"] }}")
        } else {
            format!("shape = {{ ladder = [\"{low}\", \"{high}\"], offers = {offers} }}")
        };
        let _ = writeln!(self.core, "{rule}\n{shape}");
        self.became(&["lending_strategy"], &format!("{rule}, {shape}"));
        let deltas = format!("{shape}: percent of the FRR, from -50 % to +50 %, all of its steps at once");
        self.became(&["frrdelta_min", "frrdelta_max"], &deltas);
        if spread.is_some() {
            self.became(&["spreadlend"], &shape);
        } else {
            self.nothing(&["spreadlend"], &format!("one offer would stand at the low end: {shape} was written"));
        }
        self.nothing(&["gapmode", "gapbottom", "gaptop"], "around the FRR no depth counts");
    }

    /// What lifts the rate: a slice has one of the FRR, a rank of the best offers, and the floor.
    pub(super) fn bounds(&mut self) {
        let holder = if self.follow_frr() {
            if self.coin.is_analysed() {
                self.nothing(&RANKS, "a slice has one at_least, which the FRR has");
            }
            Some("the FRR")
        } else {
            self.follow_rank().then_some("the rank")
        };
        self.stand_at_floor(holder);
    }

    /// Answers whether the FRR is the bound.
    fn follow_frr(&mut self) -> bool {
        if self.coin.is_around_frr() {
            self.nothing(&["frrasmin", "frrdelta"], "with lending_strategy = FRR offers stand around it already");
            return false;
        }
        if self.coin.truth("frrasmin") != Some(true) {
            return false;
        }
        let delta = self
            .coin
            .number("frrdelta")
            .and_then(|value| DailyRate::from_percent_per_day(value, Rounding::Nearest).ok());
        let bound = match delta.filter(|delta| *delta != DailyRate::ZERO) {
            Some(delta) => format!("frr {} {}", if delta.is_positive() { '+' } else { '-' }, daily(delta.abs())),
            None => "frr".to_owned(),
        };
        let _ = writeln!(self.core, "at_least = \"{bound}\"");
        self.became(&["frrasmin"], &format!("at_least = \"{bound}\": offers wait there"));
        self.became(&["frrdelta"], &format!("at_least = \"{bound}\", read as percent per day"));
        true
    }

    /// Answers whether a rank of the best offers is the bound.
    fn follow_rank(&mut self) -> bool {
        if !self.coin.is_analysed() {
            return false;
        }
        if self.coin.text("daily_min_method").is_some_and(|method| method != "percentile") {
            self.nothing(&RANKS, "no floor follows two averages; rate = { rule = \"average\" } asks by them");
            return false;
        }
        let rank = self
            .coin
            .number("lendingstyle")
            .filter(is_percent)
            .map_or_else(|| "75".to_owned(), |rank| rank.to_string());
        let seconds = self.coin.whole("percentile_seconds").unwrap_or(86_400);
        let minutes = (seconds / 60).clamp(10, 1_440);
        let bound = format!("at_least = {{ quantile = \"{rank} %\", window = \"{minutes}m\", of = \"best_offer\" }}");
        let _ = writeln!(self.core, "{bound}");
        self.became(&RANKS, &bound);
        if seconds > 86_400 {
            self.became(&["percentile_seconds"], &format!("{bound}: cut to a day, best offers are kept no longer"));
        } else if seconds < 600 {
            self.became(&["percentile_seconds"], &format!("{bound}: ten minutes are the least"));
        }
        true
    }

    /// That bot either hides coins while the market is under the floor, or offers them at the floor. `holder` has the
    /// slice's one bound already.
    fn stand_at_floor(&mut self, holder: Option<&str>) {
        if self.coin.truth("hidecoins") != Some(false) {
            return self.nothing(&["hidecoins"], "always so: under the floor nothing is offered");
        }
        if let Some(holder) = holder {
            let why =
                format!("a slice has one at_least, which {holder} has: offers are lifted to that, never to the floor");
            return self.nothing(&["hidecoins"], &why);
        }
        let bound = format!("at_least = \"{}\"", daily(self.coin.floor()));
        let _ = writeln!(self.core, "{bound}");
        self.became(&["hidecoins"], &format!("{bound}: what would be asked under the floor is asked at it"));
    }
}

/// A distance as a ladder has it.
fn signed(part: Ratio) -> String {
    if part > Ratio::ZERO { format!("+{part}") } else { part.to_string() }
}
