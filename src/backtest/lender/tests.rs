//! Lenders on a short modelled market.

use std::sync::Arc;

use super::by_engine::lived_through;
use super::*;
use crate::backtest::fill::FillModel;
use crate::backtest::measure::Figures;
use crate::backtest::moment::{Event, What};
use crate::backtest::tape::{Modelled, Recorded, Tape};
use crate::backtest::tests::profile;
use crate::backtest::venue::{Terms, Venue};
use crate::domain::{AccountName, Amount, Currency, DAY, MINUTE, Ratio};
use crate::exchange::sim::market::{MarketProfile, Refinancing};
use crate::strategy::{Quantity, RateRule, Slice};

const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn terms() -> Terms {
    Terms {
        currency: Currency::USD,
        amount: Amount::whole(5_000),
        fee: Ratio::percent(15),
        fills: FillModel::Prints,
        refinancing: Refinancing::Mild,
        seed: 5,
        usd_price: Amount::whole(1),
    }
}

#[test]
fn the_engine_lends_most_of_the_money_by_itself() {
    let (from, to) = (START.plus(DAY), START.plus(DAY.times(8)));
    let rule = RateRule::Depth { amount: Quantity::Own(Amount::whole(5_000)) };
    let venue = Venue::new(terms(), Tally::new(from, to));
    let name = AccountName::new("test").unwrap();
    let mut lender: Box<dyn Lender> =
        Box::new(ByEngine::new(Arc::new(profile(Slice::plain("depth", rule))), MINUTE, name, venue));
    let mut tape = Modelled::new(5, MarketProfile::usd(), START, to);
    let mut paid = false;
    while let Some(moment) = tape.next().unwrap() {
        if !paid && moment.at >= from {
            paid = true;
            lender.deposit(from);
        }
        lender.moment(&moment);
    }
    let figures = Figures::of(lender.end(to), Amount::whole(5_000));
    assert!(figures.utilisation > 0.85, "{}", figures.utilisation);
    assert!((3.0..12.0).contains(&figures.net_apr), "{}", figures.net_apr);
    assert!(figures.waits.0.unwrap() < 60.0, "{:?}", figures.waits);
    assert!(figures.replaces < 8.0, "{}", figures.replaces);
}

#[test]
fn a_rule_learns_from_the_market_in_which_it_is_filled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fUSD-1h-p2_x.csv");
    std::fs::write(&path, "mts,open,close,high,low,volume\n3600000,0.0002,0.00022,0.00033,0.00019,1000\n").unwrap();
    let moment = Recorded::open(&path, Currency::USD).unwrap().next().unwrap().unwrap();
    let What::Event(event) = moment.what else { panic!("{moment:?}") };
    // The higher of first and last, half way to the highest, and the highest; just before the last trade.
    for (fills, millionths) in [(FillModel::Strict, 220), (FillModel::Middle, 269), (FillModel::Touch, 330)] {
        let prints = lived_through(fills, &event);
        let [.., told, last] = prints.as_slice() else { panic!("{prints:?}") };
        assert_eq!(told.rate.units() / 1_000_000, millionths, "{fills:?}");
        assert!(told.at < last.at && last.at.since(told.at) < MINUTE && prints.len() == 5, "{fills:?}");
        assert_eq!(prints.iter().filter(|print| print.id == told.id).count(), 1);
        assert_eq!(last.rate, event.price.unwrap(), "the last trade stays the last");
    }
    let known = Event { candle: None, ..event };
    assert_eq!(lived_through(FillModel::Prints, &known), known.prints, "trades that are known need nothing made up");
}
