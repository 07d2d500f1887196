//! `[[notify]]`: what it means, what a reload changes of it, and that no address is ever shown.

use std::fs;
use std::path::Path;

use yieldsforge::config::{NotifyKind, difference, render};
use yieldsforge::domain::{DailyRate, HOUR, MINUTE, Millis};

use crate::{copy, corpus_root, load_with};

const ENTRY: &str = "[[notify]]\nname = \"phone\"\nkind = \"ntfy\"\ncontact = \"keys/phone.age\"\n";

/// The plain configuration with this as its main file; a complaint as text.
fn with(main: &str) -> Result<yieldsforge::config::Config, String> {
    let folder = tempfile::tempdir().unwrap();
    copy(&corpus_root().join("good/plain"), folder.path());
    fs::write(folder.path().join("yieldsforge.toml"), main).unwrap();
    load_with(folder.path(), &[]).map_err(|found| found.to_string())
}

#[test]
fn every_key_arrives() {
    let folder = corpus_root().join("good/everything");
    let config = load_with(&folder, &[]).unwrap();
    assert_eq!(config.notify.keys().collect::<Vec<_>>(), ["alive", "phone"]);
    let phone = &config.notify["phone"];
    assert_eq!((phone.kind, &phone.contact), (NotifyKind::Webhook, &folder.join("keys/phone.age")));
    assert!(phone.loan_made && phone.loan_returned && !phone.key_refused && !phone.reload_refused);
    assert_eq!((phone.idle_after, phone.not_ready_after), (Some(HOUR.times(2)), None));
    assert_eq!(phone.daily_at, Some(HOUR.times(24).plus(Millis::seconds(-60))));
    assert_eq!(phone.rate_above, Some(DailyRate::from_units(500_000_000)));
    assert_eq!(phone.template.as_ref().unwrap()["user"], "{chat}");
    let alive = &config.notify["alive"];
    assert_eq!((alive.kind, alive.every), (NotifyKind::Ping, MINUTE));
    assert_eq!(alive.contact, Path::new("/run/keys/alive.age"));
    let shown = render(&config);
    assert_eq!(shown.matches("[[notify]]").count(), 2, "{shown}");
    assert!(shown.contains("not_ready_after = \"5m\""), "{shown}");
    assert_eq!(shown.matches("loan_made").count(), 1, "a ping tells nothing: {shown}");
}

#[test]
fn troubles_are_told_unless_the_user_says_otherwise() {
    let config = with(ENTRY).unwrap();
    let phone = &config.notify["phone"];
    assert!(phone.key_refused && phone.reload_refused && !phone.loan_made && !phone.loan_returned);
    assert_eq!((phone.not_ready_after, phone.idle_after, phone.daily_at), (Some(MINUTE.times(5)), None, None));
}

#[test]
fn a_reload_changes_notifiers_one_by_one() {
    let two = format!("{ENTRY}{}", ENTRY.replace("\"phone\"", "\"second\""));
    let before = with(&two).unwrap();
    // Folders of their own stand in the paths: only what the files say is compared here.
    let names = |main: &str| {
        let (mut old, mut new) = (before.clone(), with(main).unwrap());
        for config in [&mut old, &mut new] {
            for one in config.notify.values_mut() {
                one.contact = one.contact.file_name().unwrap().into();
            }
        }
        difference(&old, &new).reloadable.into_iter().filter(|name| name != "accounts.main").collect::<Vec<_>>()
    };
    assert_eq!(names(ENTRY), ["notify.second"]);
    assert_eq!(names(&format!("{two}loan_made = true\n")), ["notify.second"]);
    assert_eq!(names(&two), Vec::<String>::new());
    let over = load_with(
        &corpus_root().join("good/everything"),
        &[("YIELDSFORGE_CFG__NOTIFY__0__LOAN_MADE", "false"), ("YIELDSFORGE_CFG__NOTIFY__0__DAILY_AT", "05:30")],
    );
    let over = over.unwrap();
    assert!(!over.notify["phone"].loan_made);
    assert_eq!(over.notify["phone"].daily_at, Some(HOUR.times(5).plus(MINUTE.times(30))));
}

#[test]
fn an_address_in_the_wrong_place_is_not_shown() {
    let cases = [
        "url = \"https://hooks.example/sV9example\"\n",
        "webhook = \"https://hooks.example/sV9example\"\n",
        "token = \"sV9example\"\n",
        "contact2 = \"sV9example\"\n",
        "template = '{ \"url\": \"sV9example\", }'\n",
        "template = '{ \"url\": \"sV9example {nothing}\" }'\n",
        "every = https://hooks.example/sV9example\n",
    ];
    for more in cases {
        let shown = with(&format!("{ENTRY}{more}")).unwrap_err();
        assert!(shown.contains("yieldsforge.toml") && !shown.contains("sV9example"), "{more}: {shown}");
    }
    let shown = with(&ENTRY.replace("keys/phone.age", "https://hooks.example/sV9example")).unwrap_err();
    assert!(shown.contains("address itself") && !shown.contains("sV9example"), "{shown}");
}

#[test]
fn the_readmes_examples_are_good() {
    let readme = fs::read_to_string(crate::top().join("README.md")).unwrap();
    let chapter = readme.split("\n## ").find(|chapter| chapter.starts_with("Notifications\n")).unwrap();
    let blocks = chapter.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let config = with(&blocks.collect::<String>()).unwrap();
    let kinds: Vec<NotifyKind> = config.notify.values().map(|notifier| notifier.kind).collect();
    for kind in [
        NotifyKind::Webhook,
        NotifyKind::Telegram,
        NotifyKind::Discord,
        NotifyKind::Slack,
        NotifyKind::Ntfy,
        NotifyKind::Ping,
    ] {
        assert!(kinds.contains(&kind), "no example of {kind:?}");
    }
}
