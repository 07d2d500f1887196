//! The tree of modules: which files a crate root reaches, and which of them are only built for tests.

use std::collections::BTreeMap;

use super::code::File;

/// A `mod name;` of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The folders of the inline modules around it, then its name.
    pub(crate) path: Vec<String>,
    /// Behind `#[cfg(test)]`, itself or a module around it.
    pub(crate) test: bool,
}

/// The modules that a file declares in files of their own.
pub(crate) fn declared(code: &str) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut around: Vec<(String, usize, bool)> = Vec::new();
    let mut attribute = false;
    for line in code.lines() {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if text == "}" {
            around.retain(|(_, outer, _)| *outer < indent);
        }
        let name = text.split_once("mod ").filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
        let hidden = attribute || around.iter().any(|(_, _, test)| *test);
        match name.map(|(_, name)| name) {
            Some(name) if name.ends_with(';') => {
                let mut path: Vec<String> = around.iter().map(|(name, _, _)| name.clone()).collect();
                path.push(name.trim_end_matches(';').to_owned());
                found.push(Declared { path, test: hidden });
            }
            Some(name) if name.ends_with('{') => {
                around.push((name.trim_end_matches('{').trim().to_owned(), indent, hidden));
            }
            _ => {}
        }
        attribute = text == "#[cfg(test)]" || (attribute && text.starts_with("#["));
    }
    found
}

/// Every file that `roots` reach, with whether it is built for tests only.
pub(crate) fn reached(files: &[File], roots: &[&str]) -> BTreeMap<String, bool> {
    let by_path: BTreeMap<&str, &File> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut reached = BTreeMap::new();
    let mut open: Vec<(String, bool)> = roots.iter().map(|root| ((*root).to_owned(), false)).collect();
    while let Some((path, test)) = open.pop() {
        let Some(file) = by_path.get(path.as_str()) else { continue };
        if reached.get(&path).is_some_and(|known: &bool| !known || test) {
            continue;
        }
        reached.insert(path.clone(), test);
        let home = home(&path, roots.contains(&path.as_str()));
        for module in declared(&file.code) {
            let base = format!("{home}/{}", module.path.join("/"));
            open.extend([".rs", "/mod.rs"].map(|ending| (format!("{base}{ending}"), test || module.test)));
        }
    }
    reached
}

/// The folder in which a file's modules lie.
fn home(path: &str, root: bool) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if root || name == "mod.rs" { folder.to_owned() } else { path.trim_end_matches(".rs").to_owned() }
}

/// The module path of a file under `src`: `src/engine/note.rs` is `engine::note`.
pub(crate) fn module(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    inner.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main")).map(str::to_owned).collect()
}
