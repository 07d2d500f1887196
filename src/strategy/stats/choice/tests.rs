use super::super::hold::Holds;
use super::super::wait::{BUCKETS, relative};
use super::*;
use crate::domain::{Book, BookLevel, BookSide, Decimal, LevelKey};

/// Percent a year as a rate per day.
fn apr(percent: f64) -> f64 {
    percent / 36_500.0
}

/// The worked example: shares of hours in which a rate was exceeded, one event an hour, none in between.
const HOURS: [(f64, u32); 4] = [(8.0, 90), (8.5, 67), (9.0, 39), (9.5, 10)];

/// Waits of the worked example put into the buckets at these rates by hand, hours (strategy study, 3.11).
fn example(hold: f64) -> (f64, f64) {
    let parameters = Parameters::default();
    let waits = [0.2, 0.9, 3.0, 10.2];
    let best = HOURS
        .iter()
        .zip(waits)
        .map(|((rate, _), wait)| (*rate, apr(*rate) * hold / (wait / 24.0 + hold + parameters.redeploy)))
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .unwrap();
    (best.0, best.1 * 36_500.0)
}

#[test]
fn the_worked_example_by_equation_one() {
    let (rate, yields) = example(0.88);
    assert!((rate - 8.5).abs() < 1e-9 && (yields - 8.03).abs() < 0.01, "{rate} {yields}");
    let (rate, yields) = example(2.0);
    assert!((rate - 9.0).abs() < 1e-9 && (yields - 8.42).abs() < 0.01, "{rate} {yields}");
}

fn waits(parameters: &Parameters) -> (Box<Waits>, f64) {
    // Gaps that make these waits: at 8.5 % the mean residual wait is 0.9 h, at 9.0 % 3 h, at 9.5 % 10.2 h; 10 % once.
    let mut tables: Waits = std::array::from_fn(|_| std::array::from_fn(|_| Wait::since(0.0)));
    let mut now = 0.0;
    for hour in 1..=4_800_u32 {
        now = f64::from(hour) / 24.0;
        let top = match hour % 20 {
            0 => 9.75,
            6 | 13 => 9.25,
            1 | 3 | 5 | 8 | 10 | 12 | 15 | 17 | 19 => 8.75,
            _ => 8.25,
        };
        for table in tables.iter_mut().flatten() {
            table.hit(now, top / 8.5, parameters);
        }
    }
    (Box::new(tables), now)
}

fn grid() -> &'static [f64] {
    let buckets: Vec<f64> = (0..BUCKETS).map(|bucket| relative(bucket, &Parameters::default())).collect();
    buckets.leak()
}

fn scene<'a>(parameters: &'a Parameters, waits: &'a Waits, now: f64, bids: &'a Bids, long_mean: f64) -> Scene<'a> {
    let (level, day, cycle, most) = (apr(8.5), apr(8.5), 1.0 / 72.0, f64::INFINITY);
    Scene {
        parameters,
        grid: grid(),
        now,
        level,
        day,
        waits,
        book: None,
        cycle,
        long_mean,
        ahead: long_mean,
        bids,
        most,
        lot: 0,
        lot_size: Amount::whole(500),
        asked: Box::leak(Box::default()),
    }
}

fn terms(days: [f64; 4]) -> Terms<'static> {
    let holds = Box::leak(Box::new(HoldDays::flat(days, &Parameters::default())));
    let (size, fee) = (Amount::whole(500), Ratio::percent(15));
    Terms { holds, longest: Days::MIN, locks: true, size, lot: size, standing: None, bids: true, fee }
}

#[test]
fn whoever_assumes_a_longer_hold_asks_for_more() {
    let parameters = Parameters { reversion: 1e-9, ..Parameters::default() };
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    let scene = scene(&parameters, &tables, now, &bids, 0.0);
    let short = decide(&scene, &terms([0.88, 8.9, 16.9, 29.5]))[0];
    let long = decide(&scene, &terms([2.0, 8.9, 16.9, 29.5]))[0];
    let percent = |rate: DailyRate| rate.percent_per_year().to_string().parse::<f64>().unwrap();
    assert!(percent(short.rate) > 8.5 && percent(short.rate) < 8.75, "{short:?}");
    assert!(percent(long.rate) >= percent(short.rate), "{long:?}");
    // By hand: 9 of 20 hours' tops at 8.75 and 3 above; the wait there is about an hour, so a day earns 15 % less fee.
    let net = percent(short.rate) * 0.85 * 0.88
        / (0.88 + 0.014 + f64::from(u32::try_from(short.wait.get()).unwrap()) / 86_400_000.0);
    assert!((percent(short.net) - net).abs() < 0.01, "{short:?} {net}");
}

#[test]
fn quotes_stand_a_shade_under_a_bucket_and_never_above_the_cap_of_a_thin_book() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    let capped = Scene { most: 0.9, ..scene(&parameters, &tables, now, &bids, 0.0) };
    let best = decide(&capped, &terms(parameters.hold))[0];
    assert!(super::rate(best.rate) < 0.9 * apr(8.5));
    let open = scene(&parameters, &tables, now, &bids, 0.0);
    let candidate = candidates(&open, &terms(parameters.hold))[0];
    let bucket = relative(candidate.bucket, &parameters) * apr(8.5);
    assert!((candidate.rate / bucket - 0.999).abs() < 1e-9);
}

#[test]
fn a_dear_real_request_is_taken_and_a_mediocre_one_is_not() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let level = |rate: &str, amount: i32| {
        let exact = Decimal::parse(rate).unwrap();
        let rate = DailyRate::from_decimal(exact, crate::domain::Rounding::Nearest).unwrap();
        let key = LevelKey { rate, period: Days::MAX, exact };
        BookLevel { side: BookSide::Bids, key, count: 1, amount: Amount::whole(amount) }
    };
    let seen = |rate: &str| {
        let mut bids = Bids::default();
        bids.look(now, &Book::from_levels(&[level(rate, 9_000)]), &parameters);
        bids.look(now, &Book::from_levels(&[level(rate, 8_000)]), &parameters);
        bids
    };
    let long = Terms { longest: Days::MAX, ..terms(parameters.hold) };
    // The long mean of the worked example is 10.14 %: from about 9.90 % on a request is taken.
    let dear = seen("0.00028082");
    let best = decide(&scene(&parameters, &tables, now, &dear, apr(10.14)), &long)[0];
    assert_eq!((best.hit, best.period), (Hit::Bid, Days::MAX));
    assert_eq!(best.wait, Millis::new(0));
    assert!(best.rate <= DailyRate::from_units(280_820_000), "never above the request");
    let cheap = seen("0.00024932");
    assert_eq!(decide(&scene(&parameters, &tables, now, &cheap, apr(10.14)), &long)[0].hit, Hit::Offer);
    // Too small for twice our lot, or not allowed.
    let large = Terms { lot: Amount::whole(4_001), ..long };
    assert_eq!(decide(&scene(&parameters, &tables, now, &dear, apr(10.14)), &large)[0].hit, Hit::Offer);
    let two = Terms { longest: Days::MIN, ..long };
    assert_eq!(decide(&scene(&parameters, &tables, now, &dear, apr(10.14)), &two)[0].hit, Hit::Offer);
}

#[test]
fn the_premium_from_which_borrowers_leave_is_not_asked_for() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    // Two-day money cost 7.5 %: from 8.5 % on loans come back within the hour.
    let scene = Scene { day: apr(7.5), ..scene(&parameters, &tables, now, &bids, 0.0) };
    let loyal = candidates(&scene, &terms(parameters.hold))[0];
    assert!(loyal.rate > apr(8.5), "{}", loyal.rate * 36_500.0);
    let restless = Terms { holds: &leaving(stratum(8.5 / 7.5)), ..terms(parameters.hold) };
    let best = candidates(&scene, &restless)[0];
    // Their neighbours' loans count half as much, so it keeps a little away from them.
    assert!(best.rate < apr(8.5) && best.rate > apr(7.0), "{}", best.rate * 36_500.0);
}

/// Two-day loans that come back within the hour from this stratum on.
fn leaving(from: usize) -> HoldDays {
    let mut holds = Holds::default();
    let stratum = u8::try_from(from).unwrap();
    for day in 0..1_000 {
        let at = crate::domain::Timestamp::default().plus(crate::domain::DAY.times(day));
        holds.filled(at, Days::MIN, false, stratum + u8::try_from(day % 3).unwrap());
        holds.returned(at, Days::MIN, Millis::seconds(1_800));
    }
    holds.expected(std::iter::empty(), &Parameters::default())
}

#[test]
fn a_standing_period_is_kept_for_a_hair_and_given_up_for_more() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    // Equal waits in all classes: somewhere between a low and a high long mean the periods are worth the same.
    let free = Terms { longest: Days::MAX, ..terms(parameters.hold) };
    let close = |mean: &f64| {
        let ranked = candidates(&scene(&parameters, &tables, now, &bids, apr(*mean)), &free);
        ranked[0].value < ranked[1].value * 1.04
    };
    let mean = (800..1_100_i32).map(|mean| f64::from(mean) / 100.0).find(close).expect("a mean between");
    let even = scene(&parameters, &tables, now, &bids, apr(mean));
    let ranked = candidates(&even, &free);
    let (first, second) = (ranked[0], ranked[1]);
    assert!(first.value < second.value * 1.05, "{} {}", first.value, second.value);
    let kept = candidates(&even, &Terms { standing: Some(second.period), ..free });
    assert_eq!(kept[0].period, second.period);
    let dear = scene(&parameters, &tables, now, &bids, apr(4.0));
    let best = candidates(&dear, &free)[0];
    let shortest = candidates(&dear, &Terms { standing: Some(Days::MIN), ..free });
    assert_eq!(shortest[0].period, best.period, "more than a hair: the long one is worth it");
    assert_ne!(best.period, Days::MIN);
}

#[test]
fn where_nothing_may_be_locked_a_long_period_must_be_expected_back_within_a_week() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    let scene = scene(&parameters, &tables, now, &bids, apr(4.0));
    let periods = |days: [f64; 4], locks: bool| -> Vec<u16> {
        let terms = Terms { longest: Days::MAX, locks, ..terms(days) };
        let mut all: Vec<u16> = candidates(&scene, &terms).iter().map(|one| one.period.get()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(periods([0.88, 8.9, 16.9, 29.5], true), [2, 30, 120]);
    assert_eq!(periods([0.88, 8.9, 16.9, 29.5], false), [2]);
    assert_eq!(periods([0.88, 8.9, 6.9, 29.5], false), [2, 120], "borrowers return it sooner");
}

#[test]
fn the_same_look_gives_the_same_answer_to_lots_of_one_class_and_larger_ones_are_reckoned_by_themselves() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    let scene = scene(&parameters, &tables, now, &bids, 0.0);
    let first = candidates(&scene, &terms(parameters.hold));
    assert_eq!(scene.asked.iter().flatten().filter(|asked| asked.get().is_some()).count(), 1);
    assert_eq!(candidates(&scene, &terms(parameters.hold)), first);
    let large = Terms { size: Amount::whole(501), ..terms(parameters.hold) };
    assert_eq!(candidates(&scene, &large), first, "without a book the size beyond the class changes nothing");
    let mut other = scene;
    other.asked = Box::leak(Box::default());
    assert_eq!(candidates(&other, &large), first);
    assert!(other.asked.iter().flatten().all(|asked| asked.get().is_none()));
}

#[test]
fn strata_share_the_buckets_out_without_a_gap() {
    for lowest in [-3.003, -1.053, -0.407, 0.003, 2.001] {
        let mut next = 0;
        for stratum in 0..STRATA {
            let range = buckets(stratum, lowest, 0.02);
            assert_eq!(range.start, next, "{stratum} from {lowest}");
            for bucket in range.clone() {
                let premium = (lowest + 0.02 * count(bucket) + 1e-9).exp();
                assert_eq!(super::stratum(premium), stratum, "{bucket} from {lowest}");
            }
            next = range.end.max(next);
        }
        assert_eq!(next, BUCKETS);
    }
}

#[test]
fn nothing_ever_filled_is_nothing_to_choose_from() {
    let parameters = Parameters::default();
    let tables: Waits = std::array::from_fn(|_| std::array::from_fn(|_| Wait::since(0.0)));
    let bids = Bids::default();
    assert!(decide(&scene(&parameters, &tables, 1.0, &bids, 0.0), &terms(parameters.hold)).is_empty());
}

#[test]
fn a_loan_that_locks_money_up_must_pay_more_than_rolling_would_on_average() {
    let parameters = Parameters::default();
    let (tables, now) = waits(&parameters);
    let bids = Bids::default();
    let even = scene(&parameters, &tables, now, &bids, apr(6.0));
    let worth = |rate: f64, days: f64, ahead: f64| {
        let hold = Hold { days, left: parameters.left_of_excess(days) };
        Worth::of(&even, apr(rate), 0.1, &hold, apr(ahead)).value() * 36_500.0
    };
    // By hand, 16.9 days: 0.196 of an excess is left, so 0.804 of what is ahead is given up in 0.1 + 3.31 + 0.014 days.
    assert!((worth(12.0, 16.9, 10.0) - 16.9 * (12.0 - 8.04) / 3.426).abs() < 0.05);
    assert!(worth(12.0, 16.9, 16.0) < 0.0 && worth(12.0, 0.88, 16.0) > 8.0);
    // The same rates and waits in all periods: what is ahead decides whether money is locked up for them.
    let free = Terms { longest: Days::MAX, ..terms(parameters.hold) };
    assert_eq!(candidates(&even, &free)[0].period, Days::MAX);
    let spiky = Scene { ahead: apr(12.0), ..scene(&parameters, &tables, now, &bids, apr(6.0)) };
    let best = candidates(&spiky, &free)[0];
    let two = candidates(&even, &terms(parameters.hold))[0];
    assert_eq!((best.period, best.rate), (Days::MIN, two.rate), "an offer of two days asks what it asked");
}

#[test]
fn however_little_stands_before_it_no_offer_is_expected_sooner_than_half_the_wait_that_was_seen() {
    let usual = Parameters::default();
    let boundless = Parameters { soonest: 0.0, ..usual };
    let (tables, now) = waits(&usual);
    let bids = Bids::default();
    let mut volumes: [Volumes; PERIODS.len()] = Default::default();
    for batch in 0..100 {
        for known in &mut volumes {
            known.told(now + f64::from(batch) / 72.0, 5e6, 150.0, &usual);
        }
    }
    let queue = Others::of(&Book::default(), &[]);
    let waits = |parameters: &Parameters| {
        let visible = DailyRate::from_units(i64::MAX);
        let book = BookView { queue: &queue, visible, volumes: &volumes, weight: 0.95, unit: 150.0 };
        let scene = Scene { book: Some(book), ..scene(parameters, &tables, now, &bids, 0.0) };
        reckoned(&scene, 0, Amount::whole(500)).unwrap()
    };
    let (bound, free) = (waits(&usual), waits(&boundless));
    let told = tables[0][0].waits(now, &usual);
    let finite = || told.iter().zip(&bound).zip(&free).filter(|((told, _), _)| told.is_finite());
    assert!(finite().all(|((told, bound), _)| *bound >= told / 2.0));
    // Batches of five million take any offer at once, says the book; once in 20 hours, says the tape.
    assert!(finite().any(|((told, _), free)| *free < told / 4.0));
}
