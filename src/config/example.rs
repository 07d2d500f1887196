//! The shipped examples: a file of each kind with every key, its unit and its default, made from the table of keys.

use std::fmt::Write as _;

use super::keys::{KEYS, Key, Scope};

/// Characters of a line.
const WIDTH: usize = 118;

/// An example of a kind of file: what is required is written out, everything else stands commented out behind a `#`
/// without a space, showing its default where it has one.
#[must_use]
pub fn example(scope: Scope) -> String {
    let mut out = format!("#:schema file:///usr/share/yieldsforge/schema/{}\n", scope.schema_file());
    for paragraph in introduction(scope) {
        comment(&mut out, paragraph);
    }
    let mut section = String::new();
    for key in KEYS.iter().filter(|key| key.scope == scope) {
        let (header, name) = place(key);
        out.push('\n');
        if header != section {
            let mark = if scope == Scope::Main && header.starts_with("[[") { "#" } else { "" };
            let _ = writeln!(out, "{mark}{header}");
            section = header;
        }
        comment(&mut out, &about(key));
        comment(&mut out, &key.terms());
        let mark = if is_written(key) { "" } else { "#" };
        let _ = writeln!(out, "{mark}{name} = {}", key.example);
    }
    out
}

fn introduction(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::Main => &[
            "The daemon's own settings. Every key has a default and none is needed; a key behind a # without a space is \
             commented out and shows its default, or an example where there is none.",
            "Layers: defaults < this file < variables YIELDSFORGE_CFG__SECTION__KEY < flags. `yieldsforge check` reads \
             everything and names each mistake with its line. A key marked restart waits for one: a reload that \
             changes it is refused.",
        ],
        Scope::Account => &[
            "One API key and what it lends. Copy this to accounts/NAME.toml: the name before .toml is the account's name \
             in logs and metrics. As long as it ends in .example it is not read, and nothing is lent.",
            "One [[lend]] a currency; money of currencies without one is left alone.",
        ],
        Scope::Profile => &[
            "A profile says how money is lent: limits that always hold, and slices of the money with a rate rule each. \
             Copy this to profiles/NAME.toml and name it in an account's [[lend]]. As long as it ends in .example it is \
             not read.",
            "Rates carry their unit. Amounts: \"1500\" is in the currency that is lent; \"5000 USD\" is converted and can \
             serve several currencies.",
        ],
    }
}

/// The header of the section that a key stands in, and its name there.
fn place(key: &Key) -> (String, &'static str) {
    if let Some((list, name)) = key.path.split_once("[].") {
        return (format!("[[{list}]]"), name);
    }
    key.path.split_once('.').map_or((String::new(), key.path), |(section, name)| (format!("[{section}]"), name))
}

/// True for what must be there; of the rate rules, the first is the example's. The main file needs nothing.
fn is_written(key: &Key) -> bool {
    key.scope != Scope::Main && matches!(key.absent, "required" | "required by fixed")
}

/// What it is for, as a sentence.
fn about(key: &Key) -> String {
    let plain = key.owners().next().is_none() && !key.about.starts_with("false:");
    let mut letters = key.about.chars();
    let first: String = letters.by_ref().take(1).collect();
    let first = if plain { first.to_uppercase() } else { first };
    format!("{first}{}. {}", letters.as_str(), key.more)
}

/// A comment, wrapped.
fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count().saturating_add(word.chars().count()) >= WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}
