//! One finding: how it stands, and what to do.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::exit;
use crate::cli::say::Failure;

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// In the way.
    Bad,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Finding {
    /// What was looked at.
    pub(super) check: String,
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) detail: String,
    /// What to do; nothing when all is good.
    #[serde(rename = "do")]
    pub(super) todo: Option<String>,
    #[serde(skip)]
    code: u8,
}

impl Finding {
    pub(super) fn good(check: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Good, detail: detail.into(), todo: None, code: exit::OK }
    }

    pub(super) fn warning(check: impl Into<String>, detail: impl Into<String>, todo: impl Into<String>) -> Self {
        let (check, detail, todo) = (check.into(), detail.into(), Some(todo.into()));
        Self { check, verdict: Verdict::Warning, detail, todo, code: exit::OTHER }
    }

    /// `code`: what the command ends with if this is the first bad thing.
    pub(super) fn bad(check: impl Into<String>, detail: impl Into<String>, todo: impl Into<String>, code: u8) -> Self {
        let (check, detail, todo) = (check.into(), detail.into(), Some(todo.into()));
        Self { check, verdict: Verdict::Bad, detail, todo, code }
    }

    /// What could not be looked at; its words say what to do.
    pub(super) fn failed(check: impl Into<String>, failure: Failure) -> Self {
        let (check, detail) = (check.into(), failure.text);
        Self { check, verdict: Verdict::Bad, detail, todo: None, code: failure.code }
    }
}

/// The exit code of the worst.
pub(super) fn code(findings: &[Finding]) -> u8 {
    let first = |verdict| findings.iter().find(|finding| finding.verdict == verdict);
    first(Verdict::Bad).or_else(|| first(Verdict::Warning)).map_or(exit::OK, |finding| finding.code)
}

/// The exit code of the first that is in the way: what is only worth a look is no failure of a check.
pub(in crate::cli) fn code_of_bad(findings: &[Finding]) -> u8 {
    let bad = findings.iter().find(|finding| finding.verdict == Verdict::Bad);
    bad.map_or(exit::OK, |finding| finding.code)
}

/// For people: one line each, and what to do beneath.
pub(in crate::cli) fn show(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let word = match finding.verdict {
            Verdict::Good => "good   ",
            Verdict::Warning => "warning",
            Verdict::Bad => "bad    ",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{word}  {}: {}", finding.check, finding.detail);
        if let Some(todo) = &finding.todo {
            let _ = writeln!(text, "         -> {todo}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_tells_the_worst() {
        let good = Finding::good("a", "b");
        let warning = Finding::warning("a", "b", "c");
        let bad = |code| Finding::bad("a", "b", "c", code);
        assert_eq!(code(std::slice::from_ref(&good)), 0);
        assert_eq!(code(&[good.clone(), warning.clone()]), 1);
        assert_eq!((code_of_bad(&[good.clone(), warning.clone()]), code_of_bad(&[warning.clone(), bad(77)])), (0, 77));
        assert_eq!(code(&[warning.clone(), bad(69), good, bad(77)]), 69);
        let shown = show(&[warning, bad(77)]);
        assert_eq!(shown, "warning  a: b\n         -> c\nbad      a: b\n         -> c\n");
    }
}
