//! Messages end to end: the daemon tells a small HTTP server of ours what happens at the embedded exchange, and nothing of
//! that server's address or token is to be read anywhere.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::bourse::{Bourse, Lender, MAIN};
use super::daemon::{Daemon, House, PROFILE};
use super::secrecy::{hides, visible};
use super::wait::until;

/// What must not be read anywhere but in a request to our own server.
const SECRETS: [&str; 3] = ["hook-5d0f17aa9c", "1234567:bot-token-77aa01", "ping-0e44bb7c21"];

/// A request that came.
#[derive(Debug, Clone)]
struct Heard {
    line: String,
    body: Value,
}

/// A server that answers every request with 200, but for the first few.
struct Service {
    address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    refuse: Arc<Mutex<u32>>,
}

impl Service {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heard, refuse) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (ears, moods) = (Arc::clone(&heard), Arc::clone(&refuse));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (ears, moods) = (Arc::clone(&ears), Arc::clone(&moods));
                std::thread::spawn(move || converse(stream, &ears, &moods));
            }
        });
        Self { address, heard, refuse }
    }

    /// The requests to addresses that begin so, with their bodies.
    fn heard(&self, path: &str) -> Vec<Heard> {
        let line = format!(" {path}");
        self.heard.lock().unwrap().iter().filter(|heard| heard.line.contains(&line)).cloned().collect()
    }

    /// Waits for a request to such an address whose body holds this.
    fn hears(&self, path: &str, text: &str) -> Value {
        let look = || self.heard(path).into_iter().find(|heard| heard.body.to_string().contains(text));
        until(40, || format!("{text:?} at {path}; heard {:#?}", self.heard("/")), look).body
    }
}

fn converse(stream: TcpStream, ears: &Mutex<Vec<Heard>>, moods: &Mutex<u32>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok().filter(|count| *count > 0)?;
            if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if header.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let refused = {
            let mut left = moods.lock().unwrap();
            let refused = *left > 0;
            *left = left.saturating_sub(1);
            refused
        };
        if !refused {
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            ears.lock().unwrap().push(Heard { line: line.trim().to_owned(), body });
        }
        let status = if refused { "503 Busy" } else { "200 OK" };
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok").as_bytes()).ok()?;
    }
}

/// The notifiers of these tests: a webhook that is told everything, a bot, a ping.
fn notifiers(house: &House, service: &Service) -> String {
    let [hook, token, ping] = SECRETS;
    let base = format!("http://{}", service.address);
    house.contact("hook", &format!("url = \"{base}/{hook}\"\n"));
    house.contact("bot", &format!("url = \"{base}\"\ntoken = \"{token}\"\nchat = \"-42\"\n"));
    house.contact("alive", &format!("url = \"{base}/{ping}\"\n"));
    "[[notify]]\nname = \"hook\"\nkind = \"webhook\"\ncontact = \"keys/hook.age\"\nloan_made = true\nloan_returned = true\n\
     not_ready_after = \"1s\"\nidle_after = \"2s\"\nrate_above = \"0.02 %/day\"\ndaily_at = \"00:00\"\n\
     [[notify]]\nname = \"bot\"\nkind = \"telegram\"\ncontact = \"keys/bot.age\"\nnot_ready = false\n\
     [[notify]]\nname = \"alive\"\nkind = \"ping\"\ncontact = \"keys/alive.age\"\nevery = \"1s\"\n"
        .to_owned()
}

/// Messages to notifiers of this kind that ended so.
fn counted(daemon: &Daemon, kind: &str, outcome: &str) -> Option<f64> {
    daemon.metric(&format!("yieldsforge_notifications_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}"))
}

#[test]
fn what_happens_is_told_once_and_no_address_is_shown() {
    let service = Service::open();
    let mut bourse = Bourse::open(&[Lender { dollars: "1200", ..MAIN }]);
    let house = House::build(&bourse, &[MAIN]);
    let (hook, bot, ping) = (format!("/{}", SECRETS[0]), format!("/bot{}", SECRETS[1]), format!("/{}", SECRETS[2]));
    let more = notifiers(&house, &service);
    house.main_file(&more);
    let log = fs::read_to_string(house.path("yieldsforge.toml")).unwrap().replace("\"debug\"", "\"trace\"");
    house.write("yieldsforge.toml", &log);
    // The first message finds the service busy, and comes all the same.
    *service.refuse.lock().unwrap() = 2;
    let daemon = house.serve();
    assert_eq!(daemon.metric("yieldsforge_notifiers_off"), Some(0.0));
    bourse.waits_for_offers("main", "1200");
    service.hears(&hook, "rate_above");

    bourse.borrow("400");
    let told = service.hears(&hook, "loan_made");
    assert!(told["title"].as_str().unwrap().starts_with("Lent "), "{told}");
    assert!(told["text"].as_str().unwrap().contains("main: "), "{told}");
    let loan = bourse.books("main").loans()[0];
    bourse.give_back("main", loan);
    service.hears(&hook, "loan_returned");

    // A refused reload, and its end.
    house.write("profiles/plain.toml", &PROFILE.replace("0.01 %/day", "0.01"));
    daemon.reload();
    let told = service.hears(&hook, "reload_refused");
    assert!(told["text"].as_str().unwrap().contains("profiles/plain.toml:2:9"), "{told}");
    let told = service.hears(&bot, "Reload refused");
    assert_eq!(told["chat_id"], "-42");
    assert!(service.heard(&bot).iter().all(|heard| heard.line.contains("/sendMessage ")));
    // While it is not ready the switch is silent.
    service.hears(&hook, "not_ready");
    let silent = service.heard(&ping).len();
    assert!(silent > 0);
    house.write("profiles/plain.toml", PROFILE);
    daemon.reload();
    service.hears(&hook, "is in force");
    service.hears(&hook, "Ready again");
    until(30, || "a ping".to_owned(), || (service.heard(&ping).len() > silent).then_some(()));

    // A key that may too much.
    bourse.permit("main", &[("withdraw", "w")]);
    bourse.disconnect();
    let told = service.hears(&hook, "may not be used");
    assert_eq!(
        (&told["event"], &told["tone"], &told["account"]),
        (&json!("key_refused"), &json!("trouble"), &json!("main"))
    );
    service.hears(&bot, "may not be used");
    service.hears(&hook, "idle for");
    bourse.permit("main", &[]);
    bourse.disconnect();
    service.hears(&hook, "good again");
    daemon.ready();

    let count = |text: &str| service.heard(&hook).iter().filter(|heard| heard.body.to_string().contains(text)).count();
    for once in ["Reload refused", "is in force", "may not be used", "good again", "rate_above"] {
        assert_eq!(count(once), 1, "{once}: {:#?}", service.heard(&hook));
    }
    assert!(counted(&daemon, "webhook", "sent") >= Some(8.0) && counted(&daemon, "telegram", "sent") >= Some(3.0));
    for outcome in ["failed", "dropped"] {
        assert_eq!(counted(&daemon, "webhook", outcome), Some(0.0));
    }
    assert!(daemon.logged("notify_failed").is_empty());
    assert!(daemon.process.err.lines().iter().any(|line| line.contains("TRACE")), "as much is logged as can be");
    hides(&visible(&house, &daemon), &SECRETS);
}

#[test]
fn a_contact_that_vanishes_turns_off_its_notifier_and_no_other() {
    let service = Service::open();
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let hook = format!("/{}", SECRETS[0]);
    let more = notifiers(&house, &service);
    house.main_file(&more);
    let daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    fs::remove_file(house.path("keys/bot.age")).unwrap();
    // An address that would send in the clear is as good as none.
    house.contact("alive", &format!("url = \"http://example.org/{}\"\n", SECRETS[2]));
    daemon.reload();
    until(
        30,
        || "two to be off".to_owned(),
        || (daemon.metric("yieldsforge_notifiers_off") == Some(2.0)).then_some(()),
    );
    let lines =
        until(30, || "two lines".to_owned(), || Some(daemon.logged("notifier_off")).filter(|lines| lines.len() == 2));
    assert!(lines.iter().all(|line| line["level"] == "ERROR"), "{lines:?}");
    daemon.ready();
    bourse.permit("main", &[("withdraw", "w")]);
    bourse.disconnect();
    service.hears(&hook, "may not be used");
    assert!(service.heard("/bot").is_empty(), "{:?}", service.heard("/bot"));
    assert!(bourse.books("main").writes("submit").len() == 1, "lending does not mind");

    // A reload that is refused changes nothing of it; one that is not brings the bot back.
    notifiers(&house, &service);
    house.main_file(&format!("{more}[[notify]]\nname = \"bot\"\nkind = \"discord\"\ncontact = \"x\"\n"));
    daemon.reload();
    daemon.unready("configuration", "two notifiers");
    assert_eq!(daemon.metric("yieldsforge_notifiers_off"), Some(2.0));
    house.main_file(&more);
    daemon.reload();
    service.hears("/bot", "may not be used");
    assert_eq!(daemon.metric("yieldsforge_notifiers_off"), Some(0.0));
    hides(&visible(&house, &daemon), &SECRETS);
}

#[test]
fn the_days_earnings_are_told_once_whatever_restarts() {
    let service = Service::open();
    let mut bourse = Bourse::open(&[MAIN]);
    let house = House::build(&bourse, &[MAIN]);
    let hook = format!("/{}", SECRETS[0]);
    house.main_file(&notifiers(&house, &service));
    let mut daemon = house.serve();
    bourse.waits_for_offers("main", "1000");
    service.hears(&hook, "rate_above");
    daemon.process.signal("TERM");
    assert_eq!(daemon.process.ended().code(), Some(0));
    assert!(service.heard(&hook).iter().all(|heard| heard.body["event"] != "daily"), "a new notifier begins tomorrow");
    // Yesterday's was told.
    let database = rusqlite::Connection::open(house.path("state/yieldsforge.db")).unwrap();
    let changed = database.execute("INSERT INTO counters VALUES ('told:hook', 0)", []).unwrap();
    assert_eq!(changed, 1);
    drop(database);
    let mut daemon = house.serve();
    let told = service.hears(&hook, "\"daily\"");
    assert!(told["title"].as_str().unwrap().starts_with("Earned in 24 hours: 0 USD"), "{told}");
    assert!(told["text"].as_str().unwrap().starts_with("main: 0 USD in 24 hours"), "{told}");
    daemon.process.kill();
    let before = service.heard(&hook).len();
    let daemon = house.serve();
    bourse.borrow("300");
    // What is gathered for ten seconds comes later than the earnings would.
    until(
        60,
        || "the loan".to_owned(),
        || {
            let heard = service.heard(&hook);
            heard[before..].iter().any(|heard| heard.body["event"] == "loan_made").then_some(())
        },
    );
    assert_eq!(service.heard(&hook).iter().filter(|heard| heard.body["event"] == "daily").count(), 1);
    drop(daemon);
}
