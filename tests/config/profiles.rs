//! The shipped profiles on one small market, their wishes worked by hand.
//!
//! The market: offers of 5,000 at 0.00015, 15,000 at 0.00016, 80,000 at 0.00018, 100,000 for 30 days at 0.00022,
//! 400,000 at 0.0003; bids of 2,000 for 30 days at 0.0004 and of 1,000 for 120 days at 0.0005; the FRR 0.0003, the
//! last trade 0.00017. Of the past: 0.00016 lent in the last half hour; twenty quarters of an hour at 0.000201,
//! 0.000202 … 0.00022; a week of hours at 0.00018, every fourth at 0.0002, every twelfth at 0.00022; best offers of
//! 0.00015 for twenty minutes, then 0.00017 for twenty.

use std::collections::BTreeSet;

use yieldsforge::config::Config;
use yieldsforge::domain::{
    Amount, Book, BookLevel, BookSide, Candle, Currency, DailyRate, Days, Decimal, HOUR, IdleReason, LevelKey, MINUTE,
    Millis, Ratio, Rounding, Timestamp,
};
use yieldsforge::strategy::stats::{History, Learned, QUARTER};
use yieldsforge::strategy::{AdaptiveView, Bounds, MarketView, Others, Past, Profile, Trend, answer};

use crate::{copy, load_with, top};

const NOW: Timestamp = Timestamp::from_millis(1_771_200_000_000);
const MONEY: i32 = 20_000;

fn ticks(count: i64) -> DailyRate {
    DailyRate::from_units(count * DailyRate::TICK.units())
}

fn book() -> Book {
    let offers =
        [(15_000, 2, 5_000), (16_000, 2, 15_000), (18_000, 2, 80_000), (22_000, 30, 100_000), (30_000, 2, 400_000)];
    let bids = [(40_000, 30, 2_000), (50_000, 120, 1_000)];
    let level = |side, (rate, period, amount): (i64, u16, i32)| BookLevel {
        side,
        key: LevelKey { rate: ticks(rate), period: Days::new(period), exact: Decimal::from_units(rate, 8) },
        count: 1,
        amount: Amount::whole(amount),
    };
    let mut levels: Vec<BookLevel> = offers.map(|row| level(BookSide::Offers, row)).to_vec();
    levels.extend(bids.map(|row| level(BookSide::Bids, row)));
    Book::from_levels(&levels)
}

/// The high of an hour of the last week.
fn hour(back: i64) -> i64 {
    match back % 12 {
        1 => 22_000,
        5 | 9 => 20_000,
        _ => 18_000,
    }
}

fn history() -> History {
    let candle = |width: Millis, back: i64, rate: i64| {
        // An hour has more in it than the minutes that are known of it.
        let volume = Amount::whole(if width == HOUR { 5_000 } else { 1_000 });
        let rate = ticks(rate);
        let at = NOW.minus(width.times(back));
        Candle { at, open: rate, close: rate, high: rate, low: rate, volume }
    };
    let mut past = History::default();
    for (series, _) in History::SERIES {
        let rows: Vec<Candle> = match series.width {
            MINUTE => [30, 20, 10].map(|back| candle(MINUTE, back, 16_000)).to_vec(),
            QUARTER => (1..=20).rev().map(|row| candle(QUARTER, 10 + row, 20_000 + 100 * row)).collect(),
            _ => (1..=168).rev().map(|back| candle(HOUR, back, hour(back))).collect(),
        };
        past.read(NOW, series, &rows);
    }
    for back in (1..=40).rev() {
        past.offered(NOW.minus(MINUTE.times(back)), Some(ticks(if back > 20 { 15_000 } else { 17_000 })));
    }
    past.offered(NOW, None);
    past
}

fn wishes(profile: &Profile, past: &Past) -> String {
    wishes_at(30_000, profile, past)
}

/// Every slice's wishes as `ticks@days×dollars`, and what it holds, with its share of the money free.
fn wishes_at(frr: i64, profile: &Profile, past: &Past) -> String {
    let (book, history) = (book(), history());
    // It has seen no trade of this market yet.
    let learned = Learned::default();
    let room = Amount::whole(MONEY);
    let adaptive = AdaptiveView {
        learned: &learned,
        holds: learned.lasts(),
        term_room: room,
        long_room: room,
        lot: room,
        standing: &[],
        bids: true,
    };
    let view = MarketView {
        now: NOW,
        currency: Currency::USD,
        book: &book,
        history: &history,
        frr: ticks(frr),
        last: ticks(17_000),
        usd_price: Amount::whole(1),
        own: &[],
        adaptive: Some(adaptive),
    };
    let profile = profile.in_trend(Trend::of(&history, NOW));
    let limits = &profile.limits;
    let fee = Ratio::percent(15);
    let mut lines = Vec::new();
    for (index, slice) in profile.slices.iter().enumerate().filter(|(_, slice)| slice.share > Ratio::ZERO) {
        let most = i64::from(limits.max_offers) * slice.share.ppm() / 1_000_000;
        let bounds = Bounds {
            floor: limits.floor.gross(fee).outbound(Rounding::Up),
            ceiling: limits.ceiling.map(|ceiling| ceiling.gross(fee)),
            max_period: limits.max_period,
            min_offer: Amount::whole(150),
            max_offer: limits.max_offer.map(|most| most.resolve(None, Rounding::Down).unwrap_or(Amount::whole(5_000))),
            max_offers: u16::try_from(most).unwrap(),
            fee,
        };
        let money = Amount::whole(MONEY).share(slice.share, Rounding::Down);
        let answer = answer(slice, index, money, &view, &Others::of(view.book, view.own), &bounds, past);
        let wish = |wish: &yieldsforge::strategy::Wish| {
            let rate = wish.effective.units() / DailyRate::TICK.units();
            format!("{rate}@{}×{}", wish.period.get(), wish.amount.units() / 100_000_000)
        };
        let mut parts: Vec<String> = answer.wishes.iter().map(wish).collect();
        parts.extend(answer.held.iter().map(|(reason, amount)| format!("{amount} held: {reason}")));
        lines.push(format!("{}: {}", slice.name, parts.join(" ")));
    }
    lines.join("; ")
}

fn shipped() -> Config {
    let folder = tempfile::tempdir().unwrap();
    copy(&top().join("config"), folder.path());
    let config = load_with(folder.path(), &[]).unwrap();
    let about_profiles: Vec<_> =
        config.warnings.iter().map(ToString::to_string).filter(|told| told.contains("profiles/")).collect();
    assert!(about_profiles.is_empty(), "{about_profiles:?}");
    config
}

const WISHES: [(&str, &str); 32] = [
    // Cold: a tick under the best, cut at the largest offer.
    ("steady", "core: 14999@2×5000 14999@2×5000 14999@2×5000 14999@2×5000"),
    ("ladder", "low: 20000@2×4000 20000@2×4000; middle: 30000@7×3000 30000@7×3000; high: 50000@60×3000 50000@60×3000"),
    // Depths of 5,000, 52,500 and 100,000, lifted to the FRR less 2,500.
    ("frr-as-floor", "core: 27500@2×6666 27500@2×6666 27500@2×6666"),
    // The best bid is above the best offer: their middle is 32,500, and the FRR under it.
    ("commit-on-a-jump", "core: 16000@2×16000; spike: 4000 held: reserve"),
    // The median of the day is 20,900: the FRR is 43.5 % above it, half of which is 21.77 %. Steps from −24.7703 % to +24.7703 %.
    ("band-that-widens", "core: 22568@2×4000 26284@2×4000 30000@2×4000 33715@2×4000 37431@2×4000"),
    // Depths of 4,000, 77,000 and 150,000.
    ("spread-over-depth", "core: 15000@2×6000 18000@2×6000 22000@2×6000; high: 100000@30×2000"),
    ("depth-in-the-queue", "core: 18000@2×5000 18000@2×5000 18000@2×5000 18000@2×5000"),
    ("depth-that-follows-use", "core: 18000@2×20000"),
    // The race has gone below 85 % of 20,600, the middle of what was lent in 6 hours: three at 16,000, fourteen from 20,100.
    ("undercut-the-best", "core: 17510@2×20000"),
    ("follow-the-frr", "core: 30000@30×20000"),
    ("frr-band", "core: 27000@2×3333 28200@2×3333 29400@2×3333 30600@2×3333 31800@2×3333 33000@2×3333"),
    // From 28,500, the FRR less 5 %; fourteen parts of 1,428.57.
    (
        "frr-ladder",
        "core: 28500@2×1428 29640@2×2142 31065@2×2857 32490@2×3571 33915@2×3571 35625@2×2857 38475@2×2142 41325@2×1428",
    ),
    // Squares of ninths of a band of 450 %.
    (
        "eased-band",
        "core: 15000@2×2000 16666@2×2000 21666@2×2000 30000@2×2000 41666@2×2000 56666@2×2000 75000@2×2000 96666@2×2000 \
         121660@2×2000 150000@2×2000",
    ),
    // 10,000 deep; 12 % a year are 32,876 ticks.
    (
        "growing-offers",
        "core: 16000@2×300 17600@2×420 19360@2×588 21296@2×823 23425@2×1152 25768@2×1613 28344@2×2258 31179@2×3162 \
         34297@3×4427 37727@3×5254",
    ),
    // Ninths of the way from 17,510 to 35,020.
    (
        "ladder-above-market",
        "core: 17510@2×2000 19455@2×2000 21401@2×2000 23346@2×2000 25292@2×2000 27237@2×2000 29183@2×2000 31128@2×2000 \
         33074@2×2000 35020@2×2000",
    ),
    // Sixteen of the twenty quarters.
    ("volume-quantile", "core: 21600@2×20000"),
    // Depths of 5,000, 52,500 and 100,000, the first lifted to 17,000.
    ("percentile-floor", "core: 17000@2×6666 18000@2×6666 22000@2×6666"),
    // Short 17,000, long 16,333: the market rises, 105 %.
    ("rising-average", "core: 17850@2×20000"),
    // 99 % of the tenth and of the third.
    ("candle-high", "often: 20889@2×10000; seldom: 21582@2×10000"),
    // The mean waits are 0.5, 2 and 6 hours: 22,000 × 48 / 54 = 19,556 > 20,000 × 48 / 50 = 19,200 > 18,000 × 48 / 48.5.
    // Of 23,000 3,000 went at 16,000, then 1,000 at each: at the rank of 15 % 20,100, of 20 % 20,200, … of 85 % 21,700;
    // 20,100 × 85 % = 17,085 > 20,200 × 80 % = 16,160 > 16,000.
    ("three-patiences", "expected: 20100@2×14000; quick: 16000@2×4000; patient: 21700@2×2000"),
    // 106 % of 20,100, as above, of 21,700, and of the FRR.
    ("sinks-by-the-hour", "likely: 21306@2×12000; dear: 23002@2×4000; long: 31800@120×4000"),
    // Of the month three quarters went at 18,000, a sixth at 20,000, a twelfth at 22,000: 21,400 is above 85 % of it.
    ("long-when-dear", "core: 21400@30×20000"),
    // The bid of 50,000 is above twice the day's median of 20,900.
    ("long-after-a-jump", "core: 50000@120×1000 18000@2×19000"),
    // Three quarters of the day's hours; the best offer of 15,000 is more than 15 % cheaper.
    ("slow-quote-fast-placing", "core: 18000@2×20000"),
    // The best offers rose: 17,000 in the last ten minutes, 16,000 before. Eighteen quarters lie at or below 21,800.
    (
        "shares-by-trend",
        "near: 16000@2×2000 18000@2×2000 18000@2×2000; high: 21800@2×6000; near-rising: 16000@2×2666 18000@2×2666 \
         18000@2×2666",
    ),
    ("worth-its-wait", "core: 22000@2×20000"),
    // 20,000 × 20 / 22 = 18,182 > 18,000 × 20 / 20.5 = 17,561 > 22,000 × 20 / 26.
    ("worth-a-short-hold", "core: 20000@2×20000"),
    ("decay-from-frr", "core: 36000@2×20000"),
    ("slow-to-fall", "core: 18000@2×20000"),
    ("reserve-for-spikes", "core: 16000@2×14000; reserve: 4000 held: reserve; high: 100000@120×2000"),
    // The bid for 30 days is a ghost: an offer of 30 days stands under it.
    ("take-the-bids", "core: 50000@120×1000 18000@2×19000"),
    ("maturity-pools", "core: 18000@2×10000 18000@30×7000 18000@120×3000"),
];

#[test]
fn every_shipped_profile_wishes_what_it_says() {
    let config = shipped();
    let mut wrong = Vec::new();
    for (name, wished) in WISHES {
        let told = wishes(&config.profiles[name], &Past::default());
        if told != wished {
            wrong.push(format!("{name}\n  {wished}\n  {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known: BTreeSet<&str> = WISHES.iter().map(|(name, _)| *name).collect();
    assert_eq!(config.profiles.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "all of them are tested");
}

#[test]
fn a_jump_of_the_frr_sends_the_waiting_part_out() {
    // 10,000 above 32,500, and a tick.
    let profile = &shipped().profiles["commit-on-a-jump"];
    let told = |frr| wishes_at(frr, profile, &Past::default());
    assert_eq!(told(42_500), "core: 16000@2×16000; spike: 4000 held: reserve");
    assert_eq!(told(42_501), "core: 16000@2×16000; spike: 42501@120×4000");
}

#[test]
fn what_is_remembered_moves_them() {
    let config = shipped();
    let told = |name: &str, past: Past| wishes(&config.profiles[name], &past);
    // Six steps of 5 %: 36,000 × 0.735.
    let ages = vec![(HOUR, Amount::whole(MONEY))];
    assert_eq!(told("decay-from-frr", Past { ages, ..Past::default() }), "core: 26463@2×20000");
    // Ten minutes ago it was 0.0003.
    let high = Some((ticks(30_000), MINUTE.times(10)));
    assert_eq!(told("slow-to-fall", Past { high, ..Past::default() }), "core: 29400@2×20000");
    let deeper = Past { depth: Ratio::percent(600), ..Past::default() };
    assert_eq!(told("depth-that-follows-use", deeper), "core: 22000@2×20000");
    let lent = vec![(Days::MIN, Amount::whole(MONEY))];
    assert_eq!(told("maturity-pools", Past { lent, ..Past::default() }), "core: 18000@30×14000 18000@120×6000");
    assert_eq!(IdleReason::Reserve.to_string(), "reserve");
}

#[test]
fn every_shipped_profile_says_when_to_use_it() {
    let readme = std::fs::read_to_string(top().join("README.md")).unwrap();
    for (name, profile) in shipped().profiles {
        assert!(!profile.description.is_empty() && profile.description.len() <= 120, "{name}: {}", profile.description);
        let row = format!("| `{name}` | {} |", profile.description);
        assert!(readme.contains(&row), "README.md does not tell of the profile {name}: {row}");
    }
}
