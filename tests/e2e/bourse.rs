//! The embedded exchange as a child process, with its operator's door.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tempfile::TempDir;
use yieldsforge::domain::{Amount, Rounding};

use super::child::Process;
use super::wait::until;

/// An account at the exchange.
#[derive(Debug, Clone)]
pub(crate) struct Lender {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) dollars: &'static str,
}

/// The account of most tests.
pub(crate) const MAIN: Lender =
    Lender { name: "main", key: "key-of-the-main-account", secret: "secret-of-the-main-account", dollars: "1000" };

/// The embedded exchange: a market that stands still, and this test as its operator.
pub(crate) struct Bourse {
    process: Process,
    answered: usize,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    _folder: TempDir,
}

impl Bourse {
    /// With these accounts.
    pub(crate) fn open(lenders: &[Lender]) -> Self {
        Self::on("still", lenders)
    }

    /// With these accounts, on a market that moves and has a past.
    pub(crate) fn busy(lenders: &[Lender]) -> Self {
        Self::on("modelled", lenders)
    }

    fn on(market: &str, lenders: &[Lender]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("accounts.toml");
        let mut text = String::new();
        for Lender { name, key, secret, dollars } in lenders {
            let money = if dollars.is_empty() { String::new() } else { format!("USD = \"{dollars}\"") };
            writeln!(text, "[{name}]\nkey = \"{key}\"\nsecret = \"{secret}\"\nwallets.funding = {{ {money} }}")
                .unwrap();
        }
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let process = Process::start(
            "exchange",
            &["exchange", "--listen", "127.0.0.1:0", "--market", market, "--accounts", file],
        );
        let first: Value = serde_json::from_str(&process.out.line(0)).unwrap();
        let address = first["listening"].as_str().unwrap().to_owned();
        Self { process, answered: 0, address, _folder: folder }
    }

    fn ask(&mut self, order: &Value) -> Value {
        self.process.tell(&order.to_string());
        self.answered += 1;
        let answer: Value = serde_json::from_str(&self.process.out.line(self.answered)).unwrap();
        assert_eq!(answer["ok"], true, "{order}: {answer}");
        answer
    }

    /// Does something as the operator; answers in words.
    pub(crate) fn order(&mut self, order: &Value) -> String {
        self.ask(order)["text"].as_str().unwrap().to_owned()
    }

    /// An account's books.
    pub(crate) fn books(&mut self, account: &str) -> Books {
        Books(self.ask(&json!({ "do": "show", "account": account }))["shown"].clone())
    }

    /// Money arrives.
    pub(crate) fn deposit(&mut self, account: &str, dollars: &str) {
        self.order(&json!({ "do": "deposit", "account": account, "currency": "USD", "amount": dollars }));
    }

    /// The owner places an offer by hand, so dear that nobody takes it. Answers its id.
    pub(crate) fn hand_offer(&mut self, account: &str, dollars: &str) -> i64 {
        let order = json!({ "do": "offer", "account": account, "currency": "USD", "amount": dollars,
            "rate": "0.09 %/day", "period": 2 });
        self.order(&order).strip_prefix("offer ").unwrap().parse().unwrap()
    }

    /// A borrower takes so much of what stands at the daemon's price or under it. Nobody else offers as cheap.
    pub(crate) fn borrow(&mut self, dollars: &str) {
        let order =
            json!({ "do": "borrow", "currency": "USD", "amount": dollars, "limit": "0.025 %/day", "period": 2 });
        assert_eq!(self.order(&order), format!("{dollars} USD borrowed"));
    }

    /// A borrower gives back.
    pub(crate) fn give_back(&mut self, account: &str, loan: i64) {
        self.order(&json!({ "do": "return", "account": account, "id": loan }));
    }

    /// Waits until the open offers made with the account's key add up to so many dollars, but for the tags.
    pub(crate) fn waits_for_offers(&mut self, account: &str, dollars: &str) {
        let wanted = amount(&json!(dollars));
        until(
            40,
            || format!("offers of {dollars} USD by {account}"),
            || {
                let sum: i64 = self.books(account).offers().iter().map(|(_, amount)| amount.units()).sum();
                near(Amount::from_units(sum), wanted).then_some(())
            },
        );
    }

    /// Something goes wrong at the next occasion.
    pub(crate) fn fault(&mut self, fault: &str) {
        self.order(&json!({ "do": "fault", "fault": fault }));
    }

    /// Every websocket is closed.
    pub(crate) fn disconnect(&mut self) {
        self.order(&json!({ "do": "disconnect" }));
    }

    /// The key may do this, beside what a lender needs.
    pub(crate) fn permit(&mut self, account: &str, more: &[(&str, &str)]) {
        let mut scopes = json!({ "funding": "rw", "wallets": "r", "history": "r" });
        for (scope, rights) in more {
            scopes[scope] = json!(rights);
        }
        self.order(&json!({ "do": "permissions", "account": account, "permissions": scopes }));
    }
}

/// An account as the exchange knows it.
#[derive(Debug, Clone)]
pub(crate) struct Books(pub(crate) Value);

impl Books {
    fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().unwrap()
    }

    /// Dollars in the funding wallet: `balance`, `available`, `offered` or `lent`.
    pub(crate) fn dollars(&self, what: &str) -> Amount {
        amount(&self.0["funding"]["USD"][what])
    }

    /// Open offers made with the key: id and what is left.
    pub(crate) fn offers(&self) -> Vec<(i64, Amount)> {
        self.offers_by("api")
    }

    /// Open offers made by hand.
    pub(crate) fn hand_offers(&self) -> Vec<(i64, Amount)> {
        self.offers_by("hand")
    }

    fn offers_by(&self, by: &str) -> Vec<(i64, Amount)> {
        let offers = self.list("offers").iter().filter(|offer| offer["by"] == by);
        offers.map(|offer| (offer["id"].as_i64().unwrap(), amount(&offer["amount"]))).collect()
    }

    /// Ids of what is lent.
    pub(crate) fn loans(&self) -> Vec<i64> {
        self.list("lent").iter().map(|lent| lent["id"].as_i64().unwrap()).collect()
    }

    /// What the key wrote: `submit`, `cancel` and so on, whatever became of it.
    pub(crate) fn writes(&self, what: &str) -> Vec<&Value> {
        self.list("writes").iter().filter(|write| write["by"] == "api" && write["do"] == what).collect()
    }

    /// Every write with the key is one of a lender, and nothing is refused. Nothing is promised twice.
    pub(crate) fn check(&self) {
        let others = self.list("writes").iter().filter(|write| write["by"] == "api");
        for write in others {
            assert!(write["do"] == "submit" || write["do"] == "cancel", "{write}");
            assert!(write.get("refused").is_none(), "{write}");
        }
        let of = |what| self.dollars(what).units();
        assert_eq!(of("balance"), of("available") + of("offered") + of("lent"), "{}", self.0["funding"]);
        assert!(of("available") >= 0, "{}", self.0["funding"]);
    }

    /// A number that the exchange counts.
    pub(crate) fn count(&self, what: &str) -> u64 {
        self.0[what].as_u64().unwrap()
    }
}

/// An amount of a JSON text; nothing where there is none.
pub(crate) fn amount(text: &Value) -> Amount {
    text.as_str().map(|text| Amount::parse(text, Rounding::Nearest).unwrap()).unwrap_or_default()
}

/// Equal but for the tags by which own offers are told apart.
pub(crate) fn near(one: Amount, other: Amount) -> bool {
    one.units().abs_diff(other.units()) < 10_000
}
