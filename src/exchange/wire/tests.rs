//! Every recorded message decodes, or is knowingly left out.

use super::{Json, account, frame, market};
use crate::domain::{Currency, LentKind};
use frame::{Frame, Subscription};

/// Rows read and rows lost.
type Count = (usize, u32);

fn rows<T>(read: Result<super::Rows<T>, super::WireError>) -> Option<Count> {
    read.ok().map(|rows| (rows.rows.len(), rows.dropped))
}

fn one(read: bool) -> Count {
    (usize::from(read), u32::from(!read))
}

/// Reads a recorded REST payload by the name of its file; a lone row is read as a list of one.
fn rest(file: &str, message: &str) -> Option<Count> {
    let json = Json::parse(message)?;
    // Not used by us: raw books, and the interface of 2014.
    if matches!(file, "rest-public-book-raw" | "rest-v1-lendbook") {
        return Some((1, 0));
    }
    let nested = json.items()?.next()?.is_array();
    let list = if nested { message.to_owned() } else { format!("[{message}]") };
    let list = Json::parse(&list)?;
    match file {
        "rest-auth-funding-credits" => rows(account::lents(LentKind::Credit, list)),
        "rest-auth-funding-loans" => rows(account::lents(LentKind::Loan, list)),
        "rest-auth-funding-offers" => rows(account::offers(list)),
        "rest-auth-funding-trades" => rows(account::trades(list)),
        "rest-auth-funding-info" => Some(one(account::funding_info(json).is_ok())),
        "rest-public-book" => rows(market::book(list)),
        "rest-public-funding-stats" => rows(market::funding_stats(list)),
        "rest-public-funding-trades" => rows(market::prints(list)),
        "rest-public-ticker" => Some(one(market::ticker(json).is_ok())),
        "rest-public-tickers" => rows(market::tickers(list)),
        other => panic!("{other}: no reader for this file"),
    }
}

/// Reads a recorded frame; what tells nothing must be of a kind that is knowingly left out.
fn socket(file: &str, message: &str) -> Option<Count> {
    let Some(Frame::Data(data)) = frame::read(message) else { return None };
    let usd = Currency::USD;
    let subscription = match file {
        "ws-public-ticker" => Subscription::Ticker(usd),
        "ws-public-trades" => Subscription::Trades(usd),
        "ws-public-book" => Subscription::Book(usd),
        "ws-public-book-raw" => return Some((1, 0)),
        _ => {
            let told = frame::account(&data).ok()?;
            let quiet = matches!(data.tag, "n" | "fiu" | "bu" | "hb");
            return Some((told.news.len() + usize::from(quiet), told.dropped));
        }
    };
    let told = frame::channel(&subscription, &data).ok()?;
    Some((told.news.len() + usize::from(data.tag == "cs"), told.dropped))
}

#[test]
fn every_recorded_message_is_read() {
    let Some(folder) = std::env::var_os("YIELDSFORGE_DATA") else {
        println!("skipped: YIELDSFORGE_DATA names no folder with recorded messages");
        return;
    };
    let mut messages = 0;
    for entry in std::fs::read_dir(std::path::Path::new(&folder).join("messages")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let line = Json::parse(line).unwrap();
            let message = line.field("msg").raw();
            let count = if file.starts_with("ws-") { socket(&file, message) } else { rest(&file, message) };
            let Some((read, dropped)) = count else { panic!("{file}: {}", super::head(message)) };
            assert!(read > 0 && dropped == 0, "{file}: {read} read, {dropped} lost of {}", super::head(message));
            messages += 1;
        }
    }
    assert!(messages >= 80, "only {messages} recorded messages");
}
