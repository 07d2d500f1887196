use proptest::prelude::*;

use super::*;
use crate::domain::Timestamp;

fn text(text: &str) -> Leaf {
    Leaf::Text(text.to_owned())
}

fn units(spec: &str) -> (i64, bool) {
    let spec = rate(&text(spec), Rounding::Nearest).unwrap();
    (spec.rate.units(), spec.net)
}

#[test]
fn a_rate_is_read_in_its_unit_however_it_is_spaced() {
    for spelling in ["0.02 %/day", "0.02%/day", " 0.02 % / day ", "+0.02 %/day", "00.020 %/day"] {
        assert_eq!(units(spelling), (200_000_000, false), "{spelling:?}");
    }
    assert_eq!(units("7.3 %/year"), (200_000_000, false));
    assert_eq!(units("7.3 %/year net"), (200_000_000, true));
    assert_eq!(units("0.02 %/day net"), (200_000_000, true));
}

#[test]
fn a_floor_rounds_up_and_a_ceiling_down() {
    let third = |rounding| rate(&text("1 %/year"), rounding).unwrap().rate.units();
    assert_eq!((third(Rounding::Down), third(Rounding::Up)), (27_397_260, 27_397_261));
    let keep = |rounding| measure(&text("0.000000001"), rounding).unwrap();
    assert_eq!(keep(Rounding::Up), Measure::Amount(Quantity::Own(Amount::UNIT)));
    assert_eq!(keep(Rounding::Down), Measure::Amount(Quantity::Own(Amount::ZERO)));
}

#[test]
fn what_is_no_rate_is_refused() {
    for wrong in ["", "%/day", "1", "1 %", "1 /day", "1 %/month", "1 %/day gross", "1 %/day net net", "nan %/day"] {
        assert!(rate(&text(wrong), Rounding::Up).is_err(), "{wrong:?}");
    }
    for leaf in [Leaf::Integer(1), Leaf::Float("0.1".to_owned()), Leaf::Bool(true), Leaf::List(Vec::new())] {
        assert!(rate(&leaf, Rounding::Up).is_err(), "{leaf:?}");
    }
}

#[test]
fn offsets_are_relative_or_absolute() {
    let cases = [
        ("+10 %", Offset::Relative(Ratio::percent(10))),
        ("frr + 5 %", Offset::Relative(Ratio::percent(5))),
        ("frr - 30 %", Offset::Relative(Ratio::percent(-30))),
        ("frr", Offset::Relative(Ratio::ZERO)),
        ("-0.005 %/day", Offset::Absolute(DailyRate::from_units(-50_000_000))),
        ("frr + 3.65 %/year", Offset::Absolute(DailyRate::from_units(100_000_000))),
    ];
    for (written, meant) in cases {
        assert_eq!(offset(&text(written)), Ok(meant), "{written}");
    }
    for wrong in ["", "+30.0001 %", "-31 %", "5", "frr frr", "+ %"] {
        assert!(offset(&text(wrong)).is_err(), "{wrong:?}");
    }
}

#[test]
fn spans_and_days() {
    assert_eq!(duration(&text("500ms")), Ok(Millis::new(500)));
    assert_eq!(duration(&text("30 m")), Ok(Millis::seconds(1800)));
    assert_eq!(duration(&text("2h")), Ok(HOUR.times(2)));
    for wrong in ["10", "0s", "-1s", "1.5s", "s", "1 fortnight", "99999999999999999999s"] {
        assert!(duration(&text(wrong)).is_err(), "{wrong:?}");
    }
    assert_eq!(end_of_day(&text("1970-01-01")), Ok(Timestamp::from_millis(DAY.get())));
    for wrong in ["1970-1-1", "19700101", "2027-02-29", "1970-01-01T00:00", "", "9999-12-31"] {
        assert!(end_of_day(&text(wrong)).is_err(), "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(any in "[-+0-9.,%a-z /USDfr_é]{0,40}") {
        let leaf = text(&any);
        let _ = (rate(&leaf, Rounding::Up), offset(&leaf), share(&leaf), measure(&leaf, Rounding::Down));
        let _ = (duration(&leaf), end_of_day(&leaf), path(&leaf));
    }

    #[test]
    fn every_rate_comes_back_as_it_was_written(daily in 1_i64..100_000_000_000) {
        let written = format!("{} %/day", Decimal::from_units(daily, 10));
        prop_assert_eq!(units(&written), (daily, false));
    }
}
