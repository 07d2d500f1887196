//! What the papers beside the code speak of: metric names and commands.

use std::collections::BTreeSet;

/// The prefixes of every metric of ours.
const PREFIXES: [&str; 2] = ["yieldsforge_", "process_"];

/// Metric names in a text, with their lines (from 1). The bare prefix is no name.
pub(crate) fn metrics(text: &str) -> Vec<(usize, String)> {
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    PREFIXES.iter().flat_map(|prefix| words(text, prefix, name)).collect()
}

/// Names of recording rules in a text, with their lines (from 1).
pub(crate) fn records(text: &str) -> Vec<(usize, String)> {
    words(text, "yieldsforge:", |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | ':'))
}

/// Names of alerts in a text, with their lines (from 1): the program's name and another word, in one.
pub(crate) fn alerts(text: &str) -> Vec<(usize, String)> {
    let all = words(text, "Yieldsforge", char::is_alphanumeric);
    all.into_iter().filter(|(_, name)| name["Yieldsforge".len()..].starts_with(char::is_uppercase)).collect()
}

/// Words that begin with `prefix` and are longer, with their lines (from 1).
fn words(text: &str, prefix: &str, belongs: impl Fn(char) -> bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for (start, _) in line.match_indices(prefix) {
            let rest = line[start + prefix.len()..].chars().take_while(|c| belongs(*c));
            let word: String = prefix.chars().chain(rest).collect();
            let inside = line[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if word.len() > prefix.len() && !inside {
                found.push((at + 1, word));
            }
        }
    }
    found
}

/// True when a name is in the catalogue, as it is or as a series of a histogram.
pub(crate) fn known(name: &str, catalogue: &BTreeSet<String>) -> bool {
    let series = ["_bucket", "_sum", "_count"].iter().filter_map(|ending| name.strip_suffix(ending));
    std::iter::once(name).chain(series).any(|name| catalogue.contains(name))
}

/// Commands that a Markdown text tells the reader to type, with their lines (from 1): `yieldsforge WORD` in a fenced
/// block or between backticks.
pub(crate) fn commands(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (at, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let spans: Vec<&str> = if fenced { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        found.extend(spans.into_iter().filter_map(command).map(|command| (at + 1, command)));
    }
    found
}

/// The command of a line to be typed: what follows the program's name, flags aside.
fn command(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| matches!(*word, "$" | "#" | "sudo"));
    let program = words.next()?;
    if program.rsplit('/').next() != Some("yieldsforge") {
        return None;
    }
    let word = words.find(|word| !word.starts_with('-'))?;
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-').then(|| word.to_owned())
}
