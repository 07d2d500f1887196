//! Complaints about a configuration: what, where, and what to do.

use std::fmt;

use super::spans::Place;

/// Characters of a source line that are shown.
const SHOWN: usize = 160;

/// Words that say that a line may hold a secret that somebody put in the wrong file: it is never shown.
const SECRET_WORDS: [&str; 7] = ["secret", "api_key", "apikey", "api-key", "password", "passphrase", "token"];

/// One complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub(super) origin: Origin,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// A place in a file.
    File(String, Place),
    /// An environment variable, by name.
    Variable(String),
    /// A flag, by name.
    Flag(String),
}

impl Diagnostic {
    /// Where, as `file:line:column`, or the name of a variable or flag.
    #[must_use]
    pub fn location(&self) -> String {
        match &self.origin {
            Origin::File(name, place) => format!("{name}:{}:{}", place.line, place.column),
            Origin::Variable(name) | Origin::Flag(name) => name.clone(),
        }
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Place and message in one line, for a log.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}: {}", self.location(), self.message)
    }

    /// For machines: `file`, `line`, `column`, `width` (characters, from 1), or `variable` or `flag`; `message`, `help`.
    /// No text of the file.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let mut object = self.origin.json();
        object.insert("message".to_owned(), self.message.as_str().into());
        object.insert("help".to_owned(), self.help.as_deref().into());
        object.into()
    }
}

impl Origin {
    /// The place, for machines.
    pub(super) fn json(&self) -> serde_json::Map<String, serde_json::Value> {
        let entries: Vec<(&str, serde_json::Value)> = match self {
            Self::File(name, place) => vec![
                ("file", name.as_str().into()),
                ("line", place.line.into()),
                ("column", place.column.into()),
                ("width", place.width.into()),
            ],
            Self::Variable(name) => vec![("variable", name.as_str().into())],
            Self::Flag(name) => vec![("flag", name.as_str().into())],
        };
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}: {}", self.location(), self.message)?;
        if let Origin::File(_, place) = &self.origin {
            excerpt(out, place)?;
        }
        match &self.help {
            Some(help) => writeln!(out, "  help: {help}"),
            None => Ok(()),
        }
    }
}

fn excerpt(out: &mut fmt::Formatter<'_>, place: &Place) -> fmt::Result {
    if place.source.trim().is_empty() || may_be_secret(&place.source) {
        return Ok(());
    }
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let shown: String = place.source.chars().take(SHOWN).map(printable).collect();
    let cut = if place.source.chars().nth(SHOWN).is_some() { "…" } else { "" };
    writeln!(out, "  {number} | {shown}{cut}")?;
    let indent = place.column.saturating_sub(1);
    if indent >= SHOWN {
        return Ok(());
    }
    // A tab stays a tab, so that the caret stands under its text.
    let pad: String = place.source.chars().take(indent).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let pad = format!("{pad}{}", " ".repeat(indent.saturating_sub(pad.chars().count())));
    let carets = "^".repeat(place.width.min(SHOWN.saturating_sub(indent)));
    writeln!(out, "  {gutter} | {pad}{carets}")
}

/// Control characters would play tricks with a terminal.
fn printable(character: char) -> char {
    if character.is_control() && character != '\t' { '\u{fffd}' } else { character }
}

/// True when the text looks as if it held a secret.
pub(super) fn may_be_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("age-secret-key") || SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// A value as it may stand in a message: quoted, short, without control characters, and never one that may be secret.
pub(super) fn quoted(text: &str) -> String {
    if may_be_secret(text) {
        return "(not shown)".to_owned();
    }
    let shown: String = text.chars().take(40).map(printable).collect();
    let cut = if text.chars().nth(40).is_some() { "…" } else { "" };
    format!("\"{shown}{cut}\"")
}

/// The known name nearest to `name`, if one is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.chars().nth(64).is_some() {
        return None;
    }
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3).min(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`.
pub(super) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => "nothing".to_owned(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} or {last}", names.join(", ")),
    }
}

/// Every complaint about a configuration, file by file in the order of the text. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(super) const fn new(list: Vec<Diagnostic>) -> Self {
        Self(list)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|diagnostic| write!(out, "{diagnostic}"))
    }
}

impl std::error::Error for Diagnostics {}
