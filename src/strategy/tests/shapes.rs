//! How the money is laid out around the rule's rate, by example.

use super::*;
use crate::domain::{Candle, HOUR, IdleReason, MINUTE};

fn shaped(shape: Shape) -> Slice {
    Slice { modifiers: Modifiers { shape, ..Modifiers::default() }, ..fixed("0.0002") }
}

fn ladder(steps: &[(i32, u32)]) -> Slice {
    let step = |(percent, weight): &(i32, u32)| LadderStep { step: Ratio::percent(*percent), weight: *weight };
    shaped(Shape::Ladder(steps.iter().map(step).collect()))
}

/// The floor is low enough for every step.
fn asked(slice: &Slice, money: i32) -> Vec<(i64, String)> {
    let low = Bounds { floor: rate("0.00002"), ..bounds() };
    wished(&answer(slice, 0, Amount::whole(money), &market(&Book::default()), &low))
}

#[test]
fn a_ladder_stands_at_steps_from_the_rules_rate() {
    let three = ladder(&[(-10, 1), (0, 1), (20, 1)]);
    let all = [(18_000, "333.33333334"), (20_000, "333.33333333"), (24_000, "333.33333333")];
    assert_eq!(asked(&three, 1_000), pairs(&all), "what rounding leaves over is the cheapest's");
    assert_eq!(asked(&three, 301), pairs(&[(18_000, "150.5"), (24_000, "150.5")]), "both ends stay");
    assert_eq!(asked(&three, 299), pairs(&[(18_000, "299")]));
    assert_eq!(asked(&three, 149), []);
}

#[test]
fn a_ladder_of_weights_gives_each_step_its_part() {
    assert_eq!(asked(&ladder(&[(0, 1), (10, 3)]), 1_000), pairs(&[(20_000, "250"), (22_000, "750")]));
    // A quarter of 400 makes no offer: the whole is one.
    assert_eq!(asked(&ladder(&[(0, 1), (10, 3)]), 400), pairs(&[(20_000, "400")]));
}

#[test]
fn a_step_under_the_floor_holds_its_part_only() {
    let dear = Bounds { floor: rate("0.00019"), ..bounds() };
    let answer = answer(&ladder(&[(-10, 1), (0, 1)]), 0, Amount::whole(1_000), &market(&Book::default()), &dear);
    assert_eq!(wished(&answer), pairs(&[(20_000, "500")]));
    assert_eq!(answer.held, [(IdleReason::BelowFloor, Amount::whole(500))]);
    assert_eq!(answer.declined.len(), 1);
}

#[test]
fn a_ladder_keeps_to_the_number_of_offers() {
    let three = ladder(&[(0, 1), (10, 1), (20, 1)]);
    let two = Bounds { max_offers: 2, ..bounds() };
    let answer = answer(&three, 0, Amount::whole(1_000), &market(&Book::default()), &two);
    assert_eq!(wished(&answer), pairs(&[(20_000, "500"), (24_000, "500")]));
    assert!(answer.held.is_empty());
}

#[test]
fn a_ladder_widens_with_the_distance_of_the_frr_from_what_was_lent() {
    let steps: Vec<LadderStep> = [-10, 0, 10].map(|step| LadderStep { step: Ratio::percent(step), weight: 1 }).to_vec();
    let slice = |by, most| {
        let (by, most) = (Ratio::percent(by), Ratio::percent(most));
        shaped(Shape::Widening { steps: steps.clone(), by, most, window: HOUR })
    };
    let low = Bounds { floor: rate("0.00002"), ..bounds() };
    let rates = |slice: &Slice, frr: &str, history: &History| {
        let book = Book::default();
        let view = MarketView { frr: rate(frr), history, ..market(&book) };
        wished(&answer(slice, 0, Amount::whole(900), &view, &low)).iter().map(|(ticks, _)| *ticks).collect::<Vec<_>>()
    };
    let lived = lent_at("0.00016");
    // A quarter above: half of that is an eighth more on either side.
    assert_eq!(rates(&slice(50, 100), "0.0002", &lived), [15_500, 20_000, 24_500]);
    assert_eq!(rates(&slice(50, 100), "0.00012", &lived), [15_500, 20_000, 24_500], "a quarter below");
    assert_eq!(rates(&slice(50, 20), "0.0002", &lived), [16_000, 20_000, 24_000], "counted as a fifth");
    assert_eq!(rates(&slice(50, 100), "0.00016", &lived), [18_000, 20_000, 22_000], "the usual");
    assert_eq!(rates(&slice(50, 100), "0.0002", &History::default()), [18_000, 20_000, 22_000], "nothing is known");
    // A step ends above nothing, however far the FRR is.
    assert_eq!(rates(&slice(100, 100), "0.0009", &lived), [20_000, 42_000]);
}

/// Half an hour of trades at one rate.
fn lent_at(text: &str) -> History {
    let now = market(&Book::default()).now;
    let rate = rate(text);
    let minutes = (1..=30).rev().map(|back| {
        let at = now.minus(MINUTE.times(back));
        Candle { at, open: rate, close: rate, high: rate, low: rate, volume: Amount::whole(1_000) }
    });
    let mut history = History::default();
    let (series, _) = History::SERIES.into_iter().find(|(series, _)| series.width == MINUTE).unwrap();
    history.read(now, series, &minutes.collect::<Vec<_>>());
    history
}

#[test]
fn growing_amounts_end_with_what_is_left() {
    let factor = Ratio::from_ppm(1_400_000);
    let first = Quantity::Own(Amount::whole(300));
    let pyramid = |step| shaped(Shape::Geometric { factor, first, step: Ratio::percent(step) });
    let steep = [(20_000, "300"), (22_000, "420"), (24_200, "588"), (26_620, "823.2"), (29_282, "868.8")];
    assert_eq!(asked(&pyramid(10), 3_000), pairs(&steep));
    // 80 would be left over: they go with the last.
    assert_eq!(asked(&pyramid(0), 800), pairs(&[(20_000, "300"), (20_000, "500")]));
    assert_eq!(asked(&pyramid(10), 200), pairs(&[(20_000, "200")]));
}

#[test]
fn a_first_amount_in_dollars_is_converted_or_holds() {
    let first = Quantity::Usd(Amount::whole(600));
    let pyramid = shaped(Shape::Geometric { factor: Ratio::percent(200), first, step: Ratio::ZERO });
    let empty = Book::default();
    let dear = MarketView { usd_price: Amount::whole(2), ..market(&empty) };
    let one = answer(&pyramid, 0, Amount::whole(900), &dear, &bounds());
    assert_eq!(wished(&one), pairs(&[(20_000, "300"), (20_000, "600")]));
    let unknown = MarketView { usd_price: Amount::ZERO, ..dear };
    let none = answer(&pyramid, 0, Amount::whole(900), &unknown, &bounds());
    assert_eq!(none.held, [(IdleReason::StaleData, Amount::whole(900))]);
}

#[test]
fn depths_count_from_the_rules_rate() {
    let book = book(&[(10_000, 2, 100), (15_000, 2, 100), (20_000, 30, 100), (25_000, 2, 100)]);
    let by_depth = |at: &str| Slice {
        modifiers: Modifiers {
            shape: Shape::ByDepth {
                from: Quantity::Own(Amount::ZERO),
                to: Quantity::Own(Amount::whole(200)),
                offers: 3,
            },
            ..Modifiers::default()
        },
        ..fixed(at)
    };
    let rates = |at: &str| {
        let answer = answer(&by_depth(at), 0, Amount::whole(900), &market(&book), &bounds());
        wished(&answer).into_iter().map(|(ticks, _)| ticks).collect::<Vec<_>>()
    };
    assert_eq!(rates("0.00012"), [15_000, 20_000, 25_000]);
    assert_eq!(rates("0.0002"), [20_000, 25_000, 25_000], "the last visible level is as deep as anybody knows");
    assert_eq!(rates("0.0003"), [30_000; 3], "nobody beyond: the rule's own rate");
}

#[test]
fn every_rule_takes_a_shape() {
    let book = book(&[(10_000, 2, 100), (15_000, 2, 100)]);
    let shape = Shape::Ladder([0, 10].map(|step| LadderStep { step: Ratio::percent(step), weight: 1 }).to_vec());
    let follow = frr(Offset::Relative(Ratio::ZERO), FrrAs::DeltaFixed);
    let modifiers = Modifiers { shape, ..Modifiers::default() };
    let asked = |slice: Slice| {
        let slice = Slice { modifiers: modifiers.clone(), ..slice };
        wished(&answer(&slice, 0, Amount::whole(1_000), &market(&book), &bounds()))
    };
    let each = |low, high| pairs(&[(low, "500"), (high, "500")]);
    assert_eq!(asked(depth(100)), each(15_000, 16_500));
    assert_eq!(asked(spread(0, 100, 5)), each(10_000, 11_000), "from its cheapest");
    assert_eq!(asked(follow), each(20_000, 22_000), "both follow the FRR");
}
