//! Writes whose outcome is lost: nothing is lent twice, and what was placed is known again.

use yieldsforge::domain::Amount;

use super::bourse::{Bourse, Lender, MAIN, near};
use super::daemon::House;
use super::wait::until;

#[test]
fn killed_between_sending_and_reply_nothing_is_lent_twice() {
    let mut bourse = Bourse::open(&[Lender { dollars: "", ..MAIN }]);
    let house = House::build(&bourse, &[MAIN]);
    let mut first = house.serve();
    bourse.fault("hang_after_accept");
    bourse.deposit("main", "1000");
    until(30, || "the offer at the exchange".to_owned(), || (!bourse.books("main").offers().is_empty()).then_some(()));
    first.process.kill();
    let placed = bourse.books("main").offers();
    assert_eq!(placed.len(), 1);

    let second = house.serve();
    let shown = second.dollars("main");
    assert_eq!(shown["unknown_writes"], 0);
    assert_eq!(shown["offers"][0]["own"], true, "it was recorded before it was sent: {shown}");
    assert!(second.logged("foreign").is_empty());
    // More money is lent beside it, the first is left as it is.
    bourse.deposit("main", "300");
    bourse.waits_for_offers("main", "1300");
    let books = bourse.books("main");
    books.check();
    assert!(books.offers().contains(&placed[0]));
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (2, 0));
}

#[test]
fn a_reply_that_never_comes_is_found_out_by_looking() {
    // Cut and answered with an error page, an offer is in the book all the same.
    for fault in ["cut_after_accept", "fault_after_accept"] {
        let mut bourse = Bourse::open(&[Lender { dollars: "", ..MAIN }]);
        let house = House::build(&bourse, &[MAIN]);
        let daemon = house.serve();
        bourse.fault(fault);
        bourse.deposit("main", "1000");
        bourse.waits_for_offers("main", "1000");
        bourse.deposit("main", "300");
        bourse.waits_for_offers("main", "1300");
        daemon.ready();
        let books = bourse.books("main");
        books.check();
        assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (2, 0), "{fault}");
        assert!(daemon.logged("foreign").is_empty(), "{fault}");
        assert!(near(books.dollars("offered"), Amount::whole(1_300)), "{fault}");
    }
}
