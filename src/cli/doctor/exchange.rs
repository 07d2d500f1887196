//! The exchange: in reach, at work, and of one time with this machine.

use std::sync::Arc;

use crate::app::clock::HouseClock;
use crate::cli::say::Failure;
use crate::cli::{exit, signed};
use crate::config::{Config, Settings};
use crate::domain::{Currency, Millis, Timestamp};
use crate::exchange::clock::Clock as _;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::market::{lendable, platform_status};

use super::finding::Finding;

/// Within this all is well: what is read has whole seconds, and the reply was on its way for some time.
const FINE: Millis = Millis::new(2_000);
/// Beyond this ages and windows of time are wrong.
const WRONG: Millis = Millis::new(30_000);

/// Whether it answers, and what about it is worth saying.
pub(super) async fn reach(settings: &Settings, clock: &Arc<HouseClock>) -> Result<(bool, Vec<Finding>), Failure> {
    let client = signed::client(settings)?;
    let sent = clock.now().market;
    let (transport, date) = client.send_dated(&Call::platform_status()).await;
    let came = clock.now().market;
    let shown = &settings.exchange.rest_public;
    let operative = match signed::told(transport, platform_status) {
        Ok(operative) => operative,
        Err(failure) => {
            let todo = format!("look at the network and the name service of this machine; {}", signed::BLOCKED);
            let found = Finding::bad("exchange", format!("{shown}: {}", failure.text), todo, exit::UNREACHABLE);
            return Ok((false, vec![found]));
        }
    };
    let took = came.since(sent);
    let mut findings = vec![if operative {
        Finding::good("exchange", format!("{shown} answers within {} ms", took.get()))
    } else {
        let todo = "wait: the daemon goes on by itself when it is over";
        Finding::warning("exchange", format!("{shown} is under maintenance"), todo)
    }];
    findings.push(date.map_or_else(no_date, |date| clocks(date, sent, came)));
    Ok((true, findings))
}

/// Whether the exchange has a market for each currency that is to be lent.
pub(super) async fn lent(config: &Config, clock: &Arc<HouseClock>) -> Vec<Finding> {
    let (check, wanted) = ("currencies", config.policy.currencies());
    if wanted.is_empty() {
        return Vec::new();
    }
    let asked = async {
        signed::told(signed::rest(&config.settings, clock)?.call(&Call::lendable()).await.transport, lendable)
    };
    let known = match asked.await {
        Ok(known) => known,
        Err(failure) => {
            let todo = "try again; the daemon itself does not need this list";
            return vec![Finding::warning(
                check,
                format!("the exchange's list cannot be read: {}", failure.text),
                todo,
            )];
        }
    };
    let missing: Vec<&Currency> = wanted.iter().filter(|currency| !known.contains(currency)).collect();
    if missing.is_empty() {
        let names: Vec<&str> = wanted.iter().map(Currency::name).collect();
        return vec![Finding::good(check, format!("the exchange lends {}", names.join(", ")))];
    }
    let told = |currency: &&Currency| {
        let detail = format!("the exchange does not lend {}", currency.name());
        Finding::bad(check, detail, "correct or remove its [[lend]] entry", exit::CONFIG)
    };
    missing.iter().map(told).collect()
}

fn no_date() -> Finding {
    let todo = "make sure by other means that this machine's clock is right: timedatectl";
    Finding::warning("clock", "the exchange's replies do not tell its time", todo)
}

/// The exchange's time lies in the second that it named, and between our sending and hearing.
fn clocks(date: Timestamp, sent: Timestamp, came: Timestamp) -> Finding {
    let end = date.plus(Millis::seconds(1));
    let (off, words) = if end < sent {
        (sent.since(end), "ahead of")
    } else if date > came {
        (date.since(came), "behind")
    } else {
        return Finding::good("clock", "this machine's clock agrees with the exchange's");
    };
    let detail = format!("this machine's clock is {} ms {words} the exchange's", off.get());
    let todo = "set the clock by NTP: timedatectl set-ntp true; a clock that jumps back makes nonces fail";
    match off {
        off if off <= FINE => Finding::good("clock", detail),
        off if off <= WRONG => Finding::warning("clock", detail, todo),
        _ => Finding::bad("clock", detail, todo, exit::OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn skew_is_what_no_way_of_the_reply_explains() {
        let at = |millis: i64| Timestamp::from_millis(1_700_000_000_000 + millis);
        let verdict = |date, sent, came| clocks(at(date), at(sent), at(came)).verdict;
        assert_eq!(verdict(0, 500, 700), Verdict::Good);
        assert_eq!(verdict(0, 2_900, 3_000), Verdict::Good);
        assert_eq!(verdict(0, 3_100, 3_200), Verdict::Warning);
        assert_eq!(verdict(10_000, 0, 5_000), Verdict::Warning);
        assert_eq!(verdict(0, 40_000, 40_100), Verdict::Bad);
        assert_eq!(verdict(3_600_000, 0, 100), Verdict::Bad);
        assert!(clocks(at(3_600_000), at(0), at(100)).detail.contains("behind"));
        assert!(clocks(at(0), at(40_000), at(40_100)).detail.contains("39000 ms ahead of"));
    }
}
