use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::super::note::line;
use super::super::samples::{ended, notes, refused};
use super::*;
use crate::domain::Refusal;
use crate::engine::{Outcome, Rule};

/// What was written, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn logged(format: LogFormat, journal: bool, filter: &str, work: impl FnOnce(&LogControl)) -> Vec<String> {
    let kept = Kept::default();
    let writer = kept.clone();
    let settings = LogSettings { format, filter: filter.to_owned(), journal, colour: false };
    let (subscriber, control) = subscriber(&settings, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, || work(&control));
    kept.lines()
}

fn at(seconds: u64) -> WireTime {
    WireTime::from_millis(seconds * 1_000)
}

#[test]
fn every_note_makes_one_line_in_every_format() {
    for format in [LogFormat::Text, LogFormat::Json, LogFormat::Journald] {
        for told in notes() {
            let lines = logged(format, false, "trace", |_| NoteLog::default().note(&told, at(0)));
            assert_eq!(lines.len(), 1, "{told:?}: {lines:?}");
        }
    }
}

#[test]
fn an_action_shows_the_numbers_that_would_betray_a_bad_price() {
    let all = notes();
    assert_eq!(
        line(&all[0]).text,
        "offering 150.00000123 USD at 0.0312 %/day (11.388 %/year) for 2 d, slice core, action 7; rule depth said \
         0.0313 %/day (11.4245 %/year); frr 0.03 %/day (10.95 %/year), last 0.0305 %/day (11.1325 %/year), best offer \
         none, floor 0.01 %/day (3.65 %/year)"
    );
    assert_eq!(
        line(&all[1]).text,
        "cancelling offer 11 in USD for reprice, action 8; it stands at 0.0312 %/day (11.388 %/year), wished \
         0.025 %/day (9.125 %/year)"
    );
}

#[test]
fn error_means_that_an_operator_must_act() {
    let levels: Vec<(Level, &str)> = notes().iter().map(line).map(|line| (line.level, line.event)).collect();
    let errors: Vec<&str> =
        levels.iter().filter(|(level, _)| *level == Level::ERROR).map(|(_, event)| *event).collect();
    assert_eq!(errors, ["refused_by_exchange", "snapshot_refused", "gate", "gate", "auto_renew"]);
    let warnings: Vec<&str> =
        levels.iter().filter(|(level, _)| *level == Level::WARN).map(|(_, event)| *event).collect();
    assert_eq!(
        warnings,
        [
            "refused_by_exchange",
            "unknown",
            "refused",
            "foreign",
            "not_adopted",
            "stream",
            "snapshot_refused",
            "forgotten",
            "operative"
        ]
    );
}

#[test]
fn the_journal_gets_priorities_and_no_time() {
    let work = |_: &LogControl| {
        for told in notes() {
            NoteLog::default().note(&told, at(0));
        }
        tracing::info!("two\nlines");
    };
    let lines = logged(LogFormat::Auto, true, "info", work);
    for line in &lines {
        assert!(["<3>", "<4>", "<6>"].iter().any(|priority| line.starts_with(priority)), "{line}");
        assert!(!line.contains("202"), "a time: {line}");
    }
    assert!(lines.iter().any(|line| line.starts_with("<6>") && line.contains("two | lines")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("<4>") && line.contains("account=\"main\"")), "{lines:?}");
}

#[test]
fn json_is_json_with_the_fields_beside_the_words() {
    let lines = logged(LogFormat::Json, true, "info", |_| NoteLog::default().note(&notes()[0], at(0)));
    let value: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(
        (&value["level"], &value["event"], &value["account"]),
        (&"INFO".into(), &"submitting".into(), &"main".into())
    );
    assert!(value["message"].as_str().unwrap().starts_with("offering 150.00000123 USD"), "{value}");
}

#[test]
fn repeats_are_folded_actions_are_not() {
    let lines = logged(LogFormat::Text, false, "info", |_| {
        let mut log = NoteLog::default();
        for second in [0, 10, 20] {
            log.note(&refused(Rule::Deviation), at(second));
            log.note(&notes()[0], at(second));
        }
        log.note(&refused(Rule::Exposure), at(21));
        log.note(&refused(Rule::Deviation), at(61));
        log.note(&ended(Outcome::Refused(Refusal::Balance)), at(62));
        log.note(&ended(Outcome::Refused(Refusal::Balance)), at(63));
        log.flush(at(130));
    });
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("offering"), 3);
    assert_eq!((count("limit deviation"), count("and 2 more like this"), count("limit exposure")), (2, 1, 1));
    assert_eq!((count("refused (balance)"), count("1 more in the minute")), (1, 1), "{lines:?}");
}

#[test]
fn filter_and_form_hold_and_can_be_changed() {
    let lines = logged(LogFormat::Text, false, "warn", |control| {
        tracing::info!("quiet");
        control.set("debug", LogFormat::Text).unwrap();
        tracing::debug!("loud");
        assert!(control.set("loud", LogFormat::Json).is_err());
        tracing::debug!("still loud");
        control.set("info", LogFormat::Json).unwrap();
        tracing::info!("for machines");
    });
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[1].contains("still loud") && !lines[1].starts_with('{'), "a refused change changes nothing");
    assert!(lines[2].starts_with('{'), "{lines:?}");
}

#[test]
fn a_bad_filter_is_named() {
    for bad in ["", "  ", "verbose", "info,yieldsforge::x=loudest", "infoo"] {
        let error = check_filter(bad).unwrap_err().to_string();
        assert!(error.contains(&format!("{bad:?}")) && error.contains("log.filter"), "{error}");
    }
    for good in ["info", "off", "warn,yieldsforge::exchange=debug", "TRACE", "hyper=off, info"] {
        assert!(check_filter(good).is_ok(), "{good}");
    }
}
