//! Lenders on a short modelled market.

use std::sync::Arc;

use super::*;
use crate::backtest::fill::FillModel;
use crate::backtest::measure::Figures;
use crate::backtest::tape::{Modelled, Tape};
use crate::backtest::tests::profile;
use crate::backtest::venue::{Terms, Venue};
use crate::domain::{AccountName, Amount, Currency, DAY, MINUTE, Ratio};
use crate::exchange::sim::market::{MarketProfile, Refinancing};
use crate::strategy::Slice;
use crate::strategy::{Quantity, RateRule};

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
