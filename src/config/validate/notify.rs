//! `[[notify]]`: who is told of what.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::diagnose::{nearest, one_of, quoted};
use crate::config::document::Section;
use crate::config::raw::{Leaf, RawNotify};
use crate::config::settings::{Notifier, NotifyKind, TEMPLATE_WORDS};
use crate::config::units::{self, Problem};
use crate::domain::{DAY, DailyRate, MINUTE, Millis, Rounding, SECOND};

use super::{choice, name};

/// How often a ping leaves when nothing else is said.
const EVERY: Millis = MINUTE.times(5);

const KINDS: [(&str, NotifyKind); 6] = [
    ("webhook", NotifyKind::Webhook),
    ("telegram", NotifyKind::Telegram),
    ("discord", NotifyKind::Discord),
    ("slack", NotifyKind::Slack),
    ("ntfy", NotifyKind::Ntfy),
    ("ping", NotifyKind::Ping),
];

/// All entries that are good.
pub(super) fn read(root: &Section<'_>, entries: &[RawNotify], folder: &Path) -> BTreeMap<String, Notifier> {
    let mut notifiers = BTreeMap::new();
    for (index, raw) in entries.iter().enumerate() {
        let section = root.entry("notify", index);
        let called = section.require("name", raw.name.as_ref(), "write name = \"phone\"", name);
        let read = entry(&section, raw, folder);
        let (Some(called), Some(read)) = (called, read) else { continue };
        if notifiers.contains_key(&called) {
            let problem = Problem::new(format!("two notifiers are named {}", quoted(&called)));
            section.refuse("name", problem.help("give each a name of its own"));
            continue;
        }
        notifiers.insert(called, read);
    }
    notifiers
}

fn entry(section: &Section<'_>, raw: &RawNotify, folder: &Path) -> Option<Notifier> {
    let known = one_of(KINDS.iter().map(|(word, _)| *word));
    let kind = section.require("kind", raw.kind.as_ref(), &format!("write {known}"), |leaf| choice(leaf, &KINDS));
    let contact = contact(section, raw.contact.as_ref());
    let switch = |key, leaf: Option<&Leaf>| section.read(key, leaf, units::boolean);
    let (loan_made, loan_returned) =
        (switch("loan_made", raw.loan_made.as_ref()), switch("loan_returned", raw.loan_returned.as_ref()));
    let (key_refused, reload_refused) =
        (switch("key_refused", raw.key_refused.as_ref()), switch("reload_refused", raw.reload_refused.as_ref()));
    let not_ready = switch("not_ready", raw.not_ready.as_ref());
    let not_ready_after = section.read("not_ready_after", raw.not_ready_after.as_ref(), |leaf| span(leaf, DAY));
    let idle_after = section.read("idle_after", raw.idle_after.as_ref(), |leaf| span(leaf, DAY.times(30)));
    let daily_at = section.read("daily_at", raw.daily_at.as_ref(), units::time_of_day);
    let rate_above = section.read("rate_above", raw.rate_above.as_ref(), gross);
    // A template may hold what should not be read in a log.
    let unseen = |problem| section.refuse_unseen("template", problem);
    let template = raw.template.as_ref().and_then(|leaf| template(leaf).map_err(unseen).ok());
    let every = section.read("every", raw.every.as_ref(), |leaf| span(leaf, DAY));
    if let Some(kind) = kind {
        misplaced(section, raw, kind);
    }
    Some(Notifier {
        kind: kind?,
        contact: folder.join(contact?),
        loan_made: loan_made?,
        loan_returned: loan_returned?,
        idle_after,
        key_refused: key_refused?,
        not_ready_after: not_ready_after.filter(|_| not_ready == Some(true)),
        reload_refused: reload_refused?,
        daily_at,
        rate_above,
        template,
        every: every.unwrap_or(EVERY),
    })
}

/// The path of the contact file. Whoever writes the address itself there is told so, without the address.
fn contact(section: &Section<'_>, leaf: Option<&Leaf>) -> Option<PathBuf> {
    if let Some(Leaf::Text(text)) = leaf
        && text.contains("://")
    {
        let problem = Problem::new("this is an address itself, not the path of a file that holds one");
        section.refuse_unseen(
            "contact",
            problem.help("write url = \"…\" into a file, encrypt it with age -r, and name that file here"),
        );
        return None;
    }
    section.require("contact", leaf, "write contact = \"keys/phone.age\"", units::path)
}

/// Keys that the kind does not know.
fn misplaced(section: &Section<'_>, raw: &RawNotify, kind: NotifyKind) {
    let tells = [
        ("loan_made", &raw.loan_made),
        ("loan_returned", &raw.loan_returned),
        ("idle_after", &raw.idle_after),
        ("key_refused", &raw.key_refused),
        ("not_ready", &raw.not_ready),
        ("not_ready_after", &raw.not_ready_after),
        ("reload_refused", &raw.reload_refused),
        ("daily_at", &raw.daily_at),
        ("rate_above", &raw.rate_above),
    ];
    let (ping, webhook) = (kind == NotifyKind::Ping, kind == NotifyKind::Webhook);
    for (key, _) in tells.iter().filter(|(_, leaf)| ping && leaf.is_some()) {
        let problem = Problem::new(format!("a ping tells nothing: `{key}` has no place here"));
        section.refuse_key(key, problem.help("it is called while all is well; write a second [[notify]] for messages"));
    }
    if raw.every.is_some() && !ping {
        section.refuse_key("every", Problem::new("`every` is for the kind ping only"));
    }
    if raw.template.is_some() && !webhook {
        section.refuse_unseen("template", Problem::new("`template` is for the kind webhook only"));
    }
}

fn span(leaf: &Leaf, most: Millis) -> Result<Millis, Problem> {
    let span = units::duration(leaf)?;
    if span < SECOND || span > most {
        let days = most.get() / DAY.get();
        return Err(Problem::new(format!("the span is not between 1s and {days}d")));
    }
    Ok(span)
}

/// A rate of the market, which knows no fee of ours.
fn gross(leaf: &Leaf) -> Result<DailyRate, Problem> {
    let spec = units::rate(leaf, Rounding::Up)?;
    if spec.net {
        return Err(Problem::new("the market's rates are before the fee").help("leave out \"net\""));
    }
    Ok(spec.rate)
}

/// JSON whose words in braces are known.
fn template(leaf: &Leaf) -> Result<Value, Problem> {
    let text = units::text(leaf)?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Problem::new(format!("the template is not JSON, at its column {}", error.column()))
            .help("write template = '{ \"text\": \"{title}\" }'")
    })?;
    let mut found = Vec::new();
    words(&value, &mut found);
    match found.iter().find(|word| !TEMPLATE_WORDS.contains(&word.as_str())) {
        None => Ok(value),
        Some(word) => {
            let problem = Problem::new(format!("the template's word {{{word}}} is not known"));
            Err(match nearest(word, TEMPLATE_WORDS) {
                Some(meant) => problem.help(format!("did you mean {{{meant}}}?")),
                None => problem.help(format!("known are {}", one_of(TEMPLATE_WORDS))),
            })
        }
    }
}

/// The words in braces of all texts: small letters only, so that other braces may stand in a text.
fn words(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let after = text.split('{').skip(1).filter_map(|after| Some(after.split_once('}')?.0));
            let word =
                |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            found.extend(after.filter(word).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        Value::Object(entries) => entries.values().for_each(|item| words(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
