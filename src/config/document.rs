//! A file on its way to being valid: its text, what overrides it, and the complaints about it so far.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::diagnose::{Diagnostic, Origin, may_be_secret};
use super::keys::{Scope, default_of};
use super::raw::Leaf;
use super::spans::{Part, Spans};
use super::units::Problem;

/// One file. Complaints gather in it, so that all of them can be shown at once.
#[derive(Debug)]
pub(super) struct Document {
    scope: Scope,
    name: String,
    spans: Spans,
    /// Keys that come from a variable or a flag.
    overrides: Vec<(Vec<String>, Origin)>,
    found: RefCell<Vec<Diagnostic>>,
    /// What is allowed but probably not meant.
    remarks: RefCell<Vec<Diagnostic>>,
    /// Keys whose absence is already explained by another complaint.
    excused: RefCell<BTreeSet<Vec<String>>>,
}

impl Document {
    /// From a file's name as it is shown, and its text. A syntax error is the first complaint.
    pub(super) fn new(scope: Scope, name: String, text: String) -> (Self, bool) {
        let (spans, syntax) = Spans::new(text);
        let document = Self {
            scope,
            name,
            spans,
            overrides: Vec::new(),
            found: RefCell::default(),
            remarks: RefCell::default(),
            excused: RefCell::default(),
        };
        let sound = syntax.is_none();
        if let Some(error) = syntax {
            let mut place = document.spans.place(error.range);
            if may_be_secret(document.text()) || document.text().contains("notify") {
                // A broken text may run over lines: none of them is known to be harmless.
                place.source.clear();
            }
            let origin = Origin::File(document.name.clone(), place);
            document.push(origin, Problem::new(format!("not valid TOML: {}", error.message)));
        }
        (document, sound)
    }

    /// Adds a key that comes from elsewhere.
    pub(super) fn overridden(&mut self, path: Vec<String>, origin: Origin) {
        self.overrides.push((path, origin));
    }

    /// The text of the file.
    pub(super) fn text(&self) -> &str {
        self.spans.text()
    }

    /// The file's name as it is shown.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Which file it is.
    pub(super) const fn scope(&self) -> Scope {
        self.scope
    }

    /// The whole file as a section.
    pub(super) const fn root(&self) -> Section<'_> {
        Section { document: self, path: Vec::new() }
    }

    /// Where the value at `path` comes from: the last override wins, as it does in the layers.
    pub(super) fn origin(&self, path: &[String], part: Part) -> Origin {
        let inside = |(key, _): &&(Vec<String>, Origin)| key.starts_with(path) || path.starts_with(key);
        match self.overrides.iter().rfind(inside) {
            // A section that also stands in the file is not the override's fault.
            Some((key, origin)) if key.len() <= path.len() || !self.spans.contains(path) => origin.clone(),
            _ => Origin::File(self.name.clone(), self.spans.locate(path, part)),
        }
    }

    /// Where the value comes from, when it does not come from the defaults.
    pub(super) fn source(&self, path: &[String]) -> Option<Origin> {
        let overridden = self.overrides.iter().any(|(key, _)| key == path);
        (overridden || self.spans.contains(path)).then(|| self.origin(path, Part::Key))
    }

    /// Records a complaint at a place that is known.
    pub(super) fn push(&self, origin: Origin, problem: Problem) {
        self.found.borrow_mut().push(Diagnostic { origin, message: problem.message, help: problem.help });
    }

    /// Records a complaint about `path`.
    pub(super) fn complain(&self, path: &[String], part: Part, problem: Problem) {
        self.push(self.origin(path, part), problem);
    }

    /// Records a complaint about `path` without the line's text: it may hold a secret.
    pub(super) fn complain_unseen(&self, path: &[String], part: Part, problem: Problem) {
        let mut origin = self.origin(path, part);
        if let Origin::File(_, place) = &mut origin {
            place.source.clear();
        }
        self.push(origin, problem);
    }

    /// From now on nobody complains that this key, or one under it, is missing.
    pub(super) fn excuse(&self, path: Vec<String>) {
        self.excused.borrow_mut().insert(path);
    }

    fn is_excused(&self, path: &[String]) -> bool {
        self.excused.borrow().iter().any(|excused| path.starts_with(excused))
    }

    /// All complaints, and all remarks, in the order of the text.
    pub(super) fn into_found(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let sorted = |mut list: Vec<Diagnostic>| {
            list.sort_by(|a, b| (&a.origin, &a.message).cmp(&(&b.origin, &b.message)));
            list.dedup();
            list
        };
        (sorted(self.found.into_inner()), sorted(self.remarks.into_inner()))
    }
}

/// A table of a file, from which keys are read one by one.
#[derive(Debug, Clone)]
pub(super) struct Section<'a> {
    document: &'a Document,
    path: Vec<String>,
}

impl<'a> Section<'a> {
    /// The table under `key`.
    pub(super) fn table(&self, key: &str) -> Section<'a> {
        Section { document: self.document, path: self.path_of(key) }
    }

    /// The table number `index` of the list under `key`.
    pub(super) fn entry(&self, key: &str, index: usize) -> Section<'a> {
        self.table(key).table(&index.to_string())
    }

    /// The path of a key in this table; the empty key is the table itself.
    fn path_of(&self, key: &str) -> Vec<String> {
        let mut path = self.path.clone();
        if !key.is_empty() {
            path.push(key.to_owned());
        }
        path
    }

    /// Complains about the value of `key`.
    pub(super) fn refuse(&self, key: &str, problem: Problem) {
        self.document.complain(&self.path_of(key), Part::Value, problem);
    }

    /// Complains about the value of `key` without showing its line: it may hold a secret.
    pub(super) fn refuse_unseen(&self, key: &str, problem: Problem) {
        self.document.complain_unseen(&self.path_of(key), Part::Value, problem);
    }

    /// Complains about the presence of `key`, or about the table itself when `key` is empty.
    pub(super) fn refuse_key(&self, key: &str, problem: Problem) {
        self.document.complain(&self.path_of(key), Part::Key, problem);
    }

    /// Remarks on the value of `key`: it is allowed, but probably not meant.
    pub(super) fn remark(&self, key: &str, problem: Problem) {
        let origin = self.document.origin(&self.path_of(key), Part::Value);
        let remark = Diagnostic { origin, message: problem.message, help: problem.help };
        self.document.remarks.borrow_mut().push(remark);
    }

    /// The key as the user would look for it, such as `limits.floor` or `slice[].share`.
    fn generic(&self, key: &str) -> String {
        let mut out = String::new();
        for segment in self.path_of(key) {
            if segment.parse::<usize>().is_ok() {
                out.push_str("[]");
            } else {
                let dot = if out.is_empty() { "" } else { "." };
                out.push_str(dot);
                out.push_str(&segment);
            }
        }
        out
    }

    /// Reads a key. Nothing when it is absent without a default, or refused (then the complaint is recorded).
    pub(super) fn read<T>(
        &self,
        key: &str,
        leaf: Option<&Leaf>,
        parse: impl FnOnce(&Leaf) -> Result<T, Problem>,
    ) -> Option<T> {
        let default;
        let leaf = if let Some(leaf) = leaf {
            leaf
        } else {
            default = default_of(self.document.scope(), &self.generic(key)).map(default_leaf)?;
            &default
        };
        parse(leaf).map_err(|problem| self.refuse(key, problem)).ok()
    }

    /// Reads a key that must be there.
    pub(super) fn require<T>(
        &self,
        key: &str,
        leaf: Option<&Leaf>,
        why: &str,
        parse: impl FnOnce(&Leaf) -> Result<T, Problem>,
    ) -> Option<T> {
        if leaf.is_none() {
            self.missing(key, why);
            return None;
        }
        self.read(key, leaf, parse)
    }

    /// Complains that a key is missing, unless another complaint explains it.
    pub(super) fn missing(&self, key: &str, help: &str) {
        let path = self.path_of(key);
        if !self.document.is_excused(&path) {
            let problem = Problem::new(format!("`{key}` is missing")).help(help);
            self.document.complain(&path, Part::Key, problem);
        }
    }
}

/// A default of [`super::keys::KEYS`] as a value.
pub(super) fn default_leaf(written: &str) -> Leaf {
    match written {
        "true" => Leaf::Bool(true),
        "false" => Leaf::Bool(false),
        _ => written.parse().map_or_else(|_text| Leaf::Text(written.trim_matches('"').to_owned()), Leaf::Integer),
    }
}
