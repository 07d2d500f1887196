//! The database is lost: everything live is somebody else's until the user says it is ours.

use yieldsforge::domain::Amount;

use super::bourse::{Bourse, Lender, MAIN, near};
use super::daemon::House;
use super::wait::until;

#[test]
fn without_the_database_offers_are_foreign_until_adopted() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1000", ..MAIN }]);
    let house = House::build(&bourse, &[MAIN]);
    let mut first = house.serve();
    bourse.waits_for_offers("main", "1000");
    first.process.signal("TERM");
    assert_eq!(first.process.ended().code(), Some(0));
    let (offer, dollars) = bourse.books("main").offers()[0];
    std::fs::remove_dir_all(house.path("state")).unwrap();
    std::fs::create_dir(house.path("state")).unwrap();

    let second = house.serve();
    let open = "yieldsforge_open_offers{account=\"main\",currency=\"USD\",owner=\"foreign\"}";
    until(30, || "the offer to be foreign".to_owned(), || (second.metric(open) == Some(1.0)).then_some(()));
    bourse.deposit("main", "200");
    bourse.waits_for_offers("main", "1200");
    let books = bourse.books("main");
    assert_eq!((books.writes("submit").len(), books.writes("cancel").len()), (2, 0), "it counts and is left alone");
    assert_eq!(books.offers()[0], (offer, dollars));

    let asked = house.command("adopt", &["main", &offer.to_string(), "4242"]);
    assert!(asked.status.success(), "{asked:?}");
    assert_eq!(second.metric(open), Some(1.0), "the daemon is not asked behind its back");
    second.reload();
    until(30, || "the offer to be adopted".to_owned(), || (second.metric(open) == Some(0.0)).then_some(()));
    assert_eq!(second.logged("adopted").len(), 1);
    assert_eq!(second.logged("not_adopted").len(), 1, "there is no offer 4242");

    // Managed it is: it goes with the account.
    house.account(&MAIN, "enabled = false");
    second.reload();
    until(30, || "own offers to go".to_owned(), || bourse.books("main").offers().is_empty().then_some(()));
    let books = bourse.books("main");
    books.check();
    assert!(near(books.dollars("available"), Amount::whole(1_200)));
}
