//! `status`, `explain` and `reload`, beside a daemon that runs and without one.

use super::bourse::{Bourse, Lender, MAIN, amount};
use super::commands::{Said, run};
use super::daemon::{Daemon, House, PROFILE};
use super::wait::until;
use yieldsforge::domain::Amount;

/// A command that is told where the daemon listens.
fn beside(house: &House, daemon: &Daemon, args: &[&str]) -> Said {
    run(house, &[args, &["--address", &daemon.admin]].concat(), "")
}

/// The cells of the first line that begins with these words.
fn line<'a>(said: &'a Said, begins: &str) -> &'a str {
    let found = said.out.lines().find(|line| line.trim_start().starts_with(begins));
    found.unwrap_or_else(|| panic!("no line begins with {begins:?}: {said:?}"))
}

#[test]
fn status_tells_what_lies_where_and_explain_tells_why() {
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    bourse.hand_offer("main", "200");
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    bourse.borrow("400");
    until(
        30,
        || "the loan to be known".to_owned(),
        || (!daemon.dollars("main")["loans"].as_array()?.is_empty()).then_some(()),
    );
    until(30, || "the ledger to be read".to_owned(), || daemon.dollars("main")["earned"].is_object().then_some(()));

    let status = beside(&house, &daemon, &["status"]).ended(0, "ready; process");
    assert!(!status.out.contains('\u{1b}') && status.err.is_empty(), "no colour in a pipe: {status:?}");
    assert!(line(&status, "lent ").contains("400.00") && line(&status, "lent ").contains("33.3 %"), "{status:?}");
    assert!(line(&status, "by hand").contains("200.00"), "{status:?}");
    assert!(line(&status, "earned").contains("yesterday 0.00"), "the ledger is empty: {status:?}");
    assert!(line(&status, "net APR").contains("2.58 %/year on the whole balance, 7.75 %/year"), "{status:?}");
    assert!(status.out.contains("idle "), "{status:?}");

    let exact = beside(&house, &daemon, &["status", "--json"]).ended(0, "").json();
    let usd = &exact["accounts"]["main"]["currencies"]["USD"];
    assert_eq!(exact["process_id"], daemon.process.id());
    assert_eq!(amount(&usd["lent_amount"]), Amount::whole(400));
    assert_eq!(usd["loans"][0]["period_days"], 2);
    assert!(usd["loans"][0]["left_seconds"].as_i64().unwrap() > 86_400, "{usd}");
    assert!(usd["offers"][0]["age_seconds"].as_i64().unwrap() >= 0, "{usd}");

    let told = beside(&house, &daemon, &["explain", "main"]).ended(0, "the running daemon (process");
    assert!(line(&told, "limits:").contains("floor 0.01000 %/day"), "{told:?}");
    assert!(line(&told, "all ").contains("fixed"), "the candidate and its rule: {told:?}");
    // It signs nothing while the daemon holds the lock, asked by its address or not.
    run(&house, &["explain"], "").ended(69, "http.listen");
    beside(&house, &daemon, &["explain", "nobody"]).ended(64, "there are: main");
    bourse.books("main").check();
}

#[test]
fn without_a_daemon_explain_decides_by_itself_and_sends_nothing() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    run(&house, &["status"], "").ended(69, "systemctl status yieldsforge");
    run(&house, &["reload"], "").ended(69, "http.listen");

    let told = run(&house, &["explain"], "").ended(0, "nothing was sent");
    assert!(line(&told, "all ").contains("0.02500 %/day"), "{told:?}");
    assert!(
        told.out.contains("offering 1000") || told.out.contains("offering 999.99"),
        "what a daemon would do: {told:?}"
    );
    let exact = run(&house, &["explain", "main", "--json"], "").ended(0, "").json();
    let usd = &exact["main"]["currencies"]["USD"];
    assert_eq!(amount(&usd["idle_amount"]), Amount::whole(1_000), "{usd}");
    assert_eq!(usd["slices"][0]["candidates"][0]["offers"], 1, "{usd}");
    assert!(bourse.books("main").0["writes"].as_array().unwrap().is_empty(), "nothing was written");

    house.write(
        "profiles/plain.toml",
        "[limits]\nfloor = \"0.05 %/day\"\n[[slice]]\nname = \"all\"\nshare = \"100 %\"\nrate = { rule = \"frr\" }\n",
    );
    let told = run(&house, &["explain", "main"], "").ended(0, "declined: below_floor");
    assert!(told.out.contains("the market pays less than your floor"), "{told:?}");
    assert!(!told.out.contains("A live daemon would now"), "{told:?}");
    house.write("profiles/plain.toml", PROFILE);

    // Its nonces were kept: the daemon's are higher, and it is served at once.
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    assert_eq!(daemon.logged("auth_failed").len(), 0);
}

#[test]
fn an_account_that_cannot_be_asked_is_told_with_its_code() {
    let bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    house.key(&MAIN, "another-secret");
    let told = run(&house, &["explain"], "").ended(77, "account main: ");
    assert!(line(&told, "USD ").contains("- in the Funding wallet"), "unknown is not zero: {told:?}");
    let exact = run(&house, &["explain", "--json"], "").ended(77, "").json();
    assert_eq!(exact["main"]["currencies"]["USD"]["balance_amount"], serde_json::Value::Null);
    assert_eq!(exact["main"]["gate"], "revoked");
}

#[test]
fn reload_waits_for_the_verdict_and_shows_the_daemon_nothing_bad() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    beside(&house, &daemon, &["reload"]).ended(0, "reloaded: nothing differs");
    house.write("profiles/plain.toml", &PROFILE.replace("0.01 %/day", "0.02 %/day"));
    beside(&house, &daemon, &["reload"]).ended(0, "0.02 %/day");
    assert_eq!(daemon.status()["reloads"], 2);

    house.write("profiles/plain.toml", &PROFILE.replace("0.01 %/day", "0.01"));
    let refused = beside(&house, &daemon, &["reload"]).ended(78, "profiles/plain.toml:2:9");
    assert!(refused.err.contains("the daemon was not asked"), "{refused:?}");
    assert_eq!(daemon.status()["reloads"], 2, "it was not signalled");
    daemon.ready();

    house.write("profiles/plain.toml", PROFILE);
    house.main_file("[shutdown]\noffers = \"cancel\"\n");
    let main = std::fs::read_to_string(house.path("yieldsforge.toml")).unwrap();
    house.write("yieldsforge.toml", &main.replace("mode = \"live\"", "mode = \"paper\""));
    beside(&house, &daemon, &["reload"]).ended(78, "only a restart can change mode");
    assert!(beside(&house, &daemon, &["status"]).out.contains("was refused"));

    // Another state directory: whoever answers there is not this configuration's daemon.
    std::fs::create_dir(house.path("elsewhere")).unwrap();
    let state = house.path("state").display().to_string();
    house.write("yieldsforge.toml", &main.replace(&state, &house.path("elsewhere").display().to_string()));
    beside(&house, &daemon, &["reload"]).ended(69, "no daemon holds");
    assert_eq!(daemon.status()["reloads"], 3);
    bourse.books("main").check();
}

#[test]
fn a_check_online_asks_the_exchange_and_beside_a_daemon_the_daemon() {
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let said = run(&house, &["check", "--online"], "").ended(0, "ok: 1 account");
    for words in
        ["good     clock", "good     currencies: the exchange lends USD", "good     key of main", "least offer 150"]
    {
        assert!(said.out.contains(words), "{words:?} in {said:?}");
    }
    house.write("accounts/main.toml", "key = \"keys/main.age\"\n[[lend]]\ncurrency = \"XAUT\"\nprofile = \"plain\"\n");
    let json = run(&house, &["check", "--online", "--json"], "").ended(78, "does not lend XAUT").json();
    assert_eq!(json["ok"], false, "{json}");
    assert!(json["online"].as_array().unwrap().iter().any(|found| found["check"] == "clock"), "{json}");
    run(&house, &["check"], "").ended(0, "ok: 1 account");

    house.account(&MAIN, "");
    bourse.permit("main", &[("withdraw", "rw")]);
    run(&house, &["check", "--online"], "").ended(77, "withdraw");
    bourse.permit("main", &[]);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    // It listens on a port that the configuration does not tell, so it cannot be asked; nobody signs in its stead.
    run(&house, &["check", "--online"], "").ended(1, "one holds the state directory");
    daemon.ready();
}
