//! The adaptive rule on the modelled market, beside standing first in the book, on the same money in the same weeks.
//!
//! A rig of its own: one lender among the background, each lot an offer or a loan, holds drawn from the market's law. It
//! proves that the rule learns its way into a market and is worth having, not by how much: that is the backtest's
//! business. `YIELDSFORGE_SEED` runs another market and prints what came.

#[cfg(test)]
mod tests {
    use yieldsforge::domain::{
        Amount, Book, BookLevel, BookSide, DAY, DailyRate, Days, HOUR, LevelKey, MINUTE, Millis, Print, Ratio,
        Rounding, Timestamp, Total,
    };
    use yieldsforge::exchange::sim::market::model::ModelledMarket;
    use yieldsforge::exchange::sim::market::{
        Background, Level, MarketProfile, Move, Refinancing, Remaining, is_ghost,
    };
    use yieldsforge::strategy::stats::{Advice, BatchClock, Holds, Learned, Parameters, Prospect, Terms};

    const START: Timestamp = Timestamp::from_millis(1_788_220_800_000);
    const LOTS: usize = 16;

    /// What a lot of 500 dollars is doing.
    #[derive(Debug, Clone, Copy)]
    enum Lot {
        Free,
        Offered(DailyRate, Days),
        Lent { until: Timestamp, rate: DailyRate, period: Days, opened: Timestamp },
    }

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Rule {
        First,
        Adaptive { longest: Days },
    }

    /// A lender in the modelled market.
    struct Rig {
        market: ModelledMarket,
        levels: Vec<Level>,
        book: Book,
        learned: Learned,
        clock: BatchClock,
        rule: Rule,
        lots: Vec<Lot>,
        holds: Holds,
        print: i64,
        now: Timestamp,
        moved: Timestamp,
        /// Rate × milliseconds of all lots, gross.
        earned: i128,
        lent: i128,
        counting: Timestamp,
    }

    impl Rig {
        fn new(seed: u64, refinancing: Refinancing, rule: Rule) -> Self {
            let profile = MarketProfile::usd().with_refinancing(refinancing);
            let mut learned = Learned::new(&Parameters::default());
            learned.priced(Amount::whole(1));
            Self {
                market: ModelledMarket::new(seed, profile, START),
                levels: Vec::new(),
                book: Book::default(),
                learned,
                clock: BatchClock::default(),
                rule,
                lots: vec![Lot::Free; LOTS],
                holds: Holds::default(),
                print: 0,
                now: START,
                moved: START,
                earned: 0,
                lent: 0,
                counting: START.plus(DAY.times(4)),
            }
        }

        fn run(&mut self, days: i64) {
            let end = START.plus(DAY.times(days));
            while self.market.next() < end {
                let next = self.market.next();
                while self.now.plus(MINUTE) < next {
                    self.now = self.now.plus(MINUTE);
                    self.decide();
                }
                self.now = next;
                for step in self.market.step(Remaining { levels: &self.levels, now: next }) {
                    match step {
                        Move::Levels(levels) => self.levels = levels,
                        Move::Borrow { amount, limit, period } => self.borrow(amount, limit, period),
                        Move::Frr(_) | Move::FrrWaiting(_) | Move::UsdPrice(_) => {}
                    }
                }
                self.show();
                self.decide();
            }
            self.now = end;
            self.return_due(true);
        }

        fn show(&mut self) {
            let level = |level: &Level| {
                let rate = DailyRate::from_decimal(level.rate, Rounding::Nearest).unwrap();
                let key = LevelKey { rate, period: level.period, exact: level.rate };
                BookLevel { side: level.side, key, count: level.count, amount: level.amount }
            };
            self.book = Book::from_levels(&self.levels.iter().map(level).collect::<Vec<_>>());
        }

        /// A borrower eats his way up; where rates are equal we come last.
        fn borrow(&mut self, amount: Amount, limit: DailyRate, period: Days) {
            let mut left = amount;
            let mut queue: Vec<(DailyRate, bool, usize)> = Vec::new();
            for (index, level) in self.levels.iter().enumerate() {
                let rate = DailyRate::from_decimal(level.rate, Rounding::Nearest).unwrap();
                if level.side == BookSide::Offers && level.period >= period && rate <= limit {
                    queue.push((rate, false, index));
                }
            }
            for (index, lot) in self.lots.iter().enumerate() {
                if let Lot::Offered(rate, of) = lot
                    && *of >= period
                    && *rate <= limit
                {
                    queue.push((*rate, true, index));
                }
            }
            queue.sort();
            for (rate, ours, index) in queue {
                if !left.is_positive() {
                    break;
                }
                if ours {
                    let Lot::Offered(_, of) = self.lots[index] else { continue };
                    left = left.less(Amount::whole(500));
                    self.lend(index, rate, of);
                    self.tell(Amount::whole(500), rate, of);
                } else {
                    let taken = self.levels[index].amount.min(left);
                    let of = self.levels[index].period;
                    self.levels[index].amount = self.levels[index].amount.less(taken);
                    left = left.less(taken);
                    self.tell(taken, rate, of);
                }
            }
            self.levels.retain(|level| level.amount.is_positive());
        }

        fn tell(&mut self, amount: Amount, rate: DailyRate, period: Days) {
            self.print += 1;
            let print = Print { id: self.print, at: self.now, amount, taken: true, rate, period };
            self.clock.told(print.at, print.amount);
            self.learned.told(&print, &self.clock);
        }

        fn lend(&mut self, index: usize, rate: DailyRate, period: Days) {
            let hold = self.market.hold(period, rate);
            let until = self.now.plus(hold.returned_after);
            self.lots[index] = Lot::Lent { until, rate, period, opened: self.now };
        }

        /// What is due comes back, or everything at the end; only what falls into the counted time is counted.
        fn return_due(&mut self, all: bool) {
            for index in 0..self.lots.len() {
                let Lot::Lent { until, rate, period, opened } = self.lots[index] else { continue };
                let ends = until.min(self.now);
                if !all && until > self.now {
                    continue;
                }
                let counted = ends.since(opened.max(self.counting)).get().max(0);
                self.earned += i128::from(rate.units()) * i128::from(counted);
                self.lent += i128::from(counted);
                self.holds.returned(opened, period, ends.since(opened));
                self.lots[index] = Lot::Free;
            }
        }

        fn decide(&mut self) {
            self.return_due(false);
            if self.book.is_empty() {
                return;
            }
            self.learned.tick(self.now, &self.clock, &self.book, &[]);
            let Some((quote, taken)) = self.quote() else { return };
            let before = self.clock.window(self.now).map_or_else(
                || self.now.since(self.moved) >= Millis::seconds(600),
                |window| window.opens > self.now && window.opens.since(self.now) <= Millis::seconds(90),
            );
            for index in 0..self.lots.len() {
                match self.lots[index] {
                    Lot::Free if taken.is_some() => self.take(index, quote, taken),
                    Lot::Free => self.lots[index] = Lot::Offered(quote.0, quote.1),
                    Lot::Offered(rate, period) if before && (period != quote.1 || apart(rate, quote.0)) => {
                        self.moved = self.now;
                        self.lots[index] = Lot::Offered(quote.0, quote.1);
                    }
                    Lot::Offered(..) | Lot::Lent { .. } => {}
                }
            }
        }

        /// A lot takes a request, if it is one that can be taken at all.
        fn take(&mut self, index: usize, quote: (DailyRate, Days), taken: Option<Prospect>) {
            let real = |level: &&mut Level| {
                let rate = DailyRate::from_decimal(level.rate, Rounding::Nearest).unwrap();
                level.side == BookSide::Bids && rate >= quote.0 && level.period <= quote.1
            };
            let ghosts: Vec<bool> = self.levels.iter().map(|level| is_ghost(level, &self.levels)).collect();
            let mut levels = self.levels.iter_mut().zip(ghosts).filter(|(_, ghost)| !ghost).map(|(level, _)| level);
            match levels.find(|level| real(level)) {
                Some(level) => {
                    level.amount = level.amount.less(Amount::whole(500));
                    self.holds.filled(self.now, quote.1, true, taken.map_or(0, |taken| taken.stratum));
                    let rate = taken.map_or(quote.0, |taken| taken.rate);
                    self.lend(index, rate, quote.1);
                }
                None => self.lots[index] = Lot::Offered(quote.0, quote.1),
            }
        }

        fn quote(&self) -> Option<((DailyRate, Days), Option<Prospect>)> {
            let best = self.book.best_offer(Days::MIN)?;
            let first = ((best.checked_sub(DailyRate::TICK)?, Days::MIN), None);
            let Rule::Adaptive { longest } = self.rule else { return Some(first) };
            let long =
                self.lots.iter().filter(|lot| matches!(lot, Lot::Lent { period, .. } if period.get() > 7)).count();
            let longest = if long * 10 < LOTS * 7 { longest } else { Days::MIN };
            let open = self.lots.iter().filter_map(|lot| match lot {
                Lot::Lent { opened, period, .. } => Some((*opened, *period, self.now.since(*opened))),
                Lot::Free | Lot::Offered(..) => None,
            });
            let standing = self.lots.iter().find_map(|lot| match lot {
                Lot::Offered(_, period) => Some(*period),
                Lot::Free | Lot::Lent { .. } => None,
            });
            let size = Amount::whole(500);
            let terms = Terms {
                holds: &self.holds.expected(open, &Parameters::default()),
                longest,
                size,
                lot: size,
                locks: true,
                standing,
                bids: true,
                fee: Ratio::percent(15),
            };
            match self.learned.advise(&terms) {
                Advice::Decided(prospects) => {
                    let best = prospects[0];
                    let taken = (best.wait == Millis::new(0)).then_some(best);
                    Some(((best.rate.outbound(Rounding::Down), best.period), taken))
                }
                Advice::Silent(rate) => Some(((rate, Days::MIN), None)),
                Advice::Cold | Advice::Dead(_) => Some(first),
            }
        }

        /// Net percent a year on all money, and the part of the time that it was lent.
        fn result(&self) -> (f64, f64) {
            let span = i128::from(self.now.since(self.counting).get()) * i128::try_from(LOTS).unwrap();
            let per_day = i64::try_from(self.earned / span).unwrap();
            let net = DailyRate::from_units(per_day).net_of(Ratio::percent(15)).percent_per_year().to_string();
            let used = i64::try_from(self.lent * 1_000 / span).unwrap();
            (net.parse().unwrap(), f64::from(i32::try_from(used).unwrap()) / 10.0)
        }
    }

    fn apart(one: DailyRate, other: DailyRate) -> bool {
        let gap = Total::from(Amount::from_units(one.units())).minus(Amount::from_units(other.units()));
        gap.units().abs() * 20 > i128::from(one.units())
    }

    fn net(seed: u64, refinancing: Refinancing, rule: Rule, days: i64) -> f64 {
        let mut rig = Rig::new(seed, refinancing, rule);
        rig.run(days);
        let (net, used) = rig.result();
        println!("seed {seed} {refinancing:?} {rule:?}: {net} % a year net, {used} % lent");
        net
    }

    const TWO: Rule = Rule::Adaptive { longest: Days::MIN };
    const FREE: Rule = Rule::Adaptive { longest: Days::MAX };

    #[test]
    fn learning_the_market_beats_standing_first_in_the_book() {
        let asked = std::env::var("YIELDSFORGE_SEED").ok().and_then(|seed| seed.parse().ok());
        let days = if asked.is_some() { 60 } else { 14 };
        let seed = asked.unwrap_or(3);
        let first = net(seed, Refinancing::Mild, Rule::First, days);
        let two = net(seed, Refinancing::Mild, TWO, days);
        let free = net(seed, Refinancing::Mild, FREE, days);
        assert!(two > first, "two days: {two} against {first}");
        assert!(free > first, "free: {free} against {first}");
    }

    #[test]
    fn an_hour_is_enough_to_be_lent() {
        let mut rig = Rig::new(5, Refinancing::Mild, FREE);
        rig.counting = START;
        rig.run(1);
        let lent = rig.result().1;
        assert!(lent > 50.0, "{lent} % of a first day with nothing known, {HOUR:?}");
    }
}
