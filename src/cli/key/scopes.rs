//! What a key may do, scope by scope, with a verdict for each.

use serde::Serialize;

use crate::cli::say;
use crate::domain::{GateVerdict, Scope};
use crate::exchange::wire::gate::{gate, is_too_much};
use crate::telemetry::health::gate_text;

/// What a lender needs: the scope, whether to read and to write.
const NEEDED: [(&str, bool); 3] = [("funding", true), ("wallets", false), ("history", false)];

/// One scope with its verdict.
#[derive(Debug, Serialize)]
pub(super) struct ScopeReport {
    scope: String,
    read: bool,
    write: bool,
    verdict: &'static str,
}

/// Every scope the exchange told of, and those that a lender needs and it did not tell of.
pub(super) fn report(scopes: &[Scope]) -> Vec<ScopeReport> {
    let silent = NEEDED.iter().filter(|(name, _)| !scopes.iter().any(|scope| scope.name == *name));
    let silent = silent.map(|(name, _)| Scope { name: (*name).to_owned(), read: false, write: false });
    let all = scopes.iter().cloned().chain(silent);
    all.map(|scope| ScopeReport { verdict: judge(&scope), scope: scope.name, read: scope.read, write: scope.write })
        .collect()
}

fn judge(scope: &Scope) -> &'static str {
    if is_too_much(scope) {
        return if scope.name.to_ascii_lowercase().contains("withdraw") {
            "refused: it could move money out"
        } else {
            "refused: a lender writes nothing but funding"
        };
    }
    match NEEDED.iter().find(|(name, _)| scope.name == *name) {
        Some((_, write)) if !scope.read => {
            if *write && !scope.write {
                "missing: read and write"
            } else {
                "missing: read"
            }
        }
        Some((_, true)) if !scope.write => "missing: write",
        Some(_) => "good: needed",
        None if scope.read => "good: harmless",
        None => "good: off",
    }
}

/// The table for people.
pub(super) fn table(reports: &[ScopeReport]) -> String {
    let word = |given: bool| if given { "yes" } else { "no" }.to_owned();
    let rows: Vec<Vec<String>> = reports
        .iter()
        .map(|one| vec![one.scope.clone(), word(one.read), word(one.write), one.verdict.to_owned()])
        .collect();
    say::table(&["scope", "read", "write", "verdict"], &rows)
}

/// The verdict on the whole key, in words; the second is true when a run in this mode is served by it.
pub(super) fn verdict(scopes: &[Scope], paper: bool) -> (GateVerdict, bool, String) {
    let verdict = gate(scopes);
    let serves = verdict.serves(paper);
    let text = gate_text(&verdict);
    (verdict, serves, text)
}
