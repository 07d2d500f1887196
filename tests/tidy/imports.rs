//! Who may import whom: the table of the design, and the reading of `crate::` and `super::` paths.

use super::code::is_word;

/// A room of the house.
#[derive(Debug)]
pub(crate) struct Room {
    /// Its module path.
    pub(crate) name: &'static str,
    /// What it may use beside itself.
    pub(crate) may: &'static [&'static str],
    /// What it may not, though it lies in what it may use or in itself.
    pub(crate) never: &'static [&'static str],
    /// No tokio, no clock, no IO.
    pub(crate) pure: bool,
}

const IO: &[&str] = &["domain", "strategy", "planner", "engine", "exchange", "config", "secrets", "store", "telemetry"];
const CORE: &[&str] = &["engine::Engine"];
/// Of the engine its notes, never its state.
const NOTICE: &[&str] = &["domain", "engine::Note", "notify", "secrets"];

/// The table of DESIGN.md section 3. The first room whose name begins a module's path is the module's.
pub(crate) const ROOMS: &[Room] = &[
    Room { name: "domain", may: &[], never: &[], pure: true },
    Room { name: "strategy", may: &["domain"], never: &[], pure: true },
    Room { name: "planner", may: &["domain", "strategy"], never: &[], pure: true },
    Room { name: "engine", may: &["domain", "strategy", "planner"], never: &[], pure: true },
    Room { name: "exchange::wire", may: &["domain"], never: &[], pure: true },
    Room { name: "exchange::session", may: &["domain", "exchange::wire"], never: &[], pure: true },
    Room { name: "exchange::sim::server", may: IO, never: &[], pure: false },
    Room { name: "exchange::sim", may: &["domain"], never: &["exchange::sim::server"], pure: true },
    Room { name: "exchange::bitfinex", may: IO, never: &[], pure: false },
    Room { name: "exchange::clock", may: &["domain"], never: &[], pure: false },
    Room { name: "exchange", may: &[], never: &[], pure: false },
    Room {
        name: "config",
        may: &["domain", "strategy", "engine::AccountPolicy", "engine::LendPolicy", "engine::Policy"],
        never: &["strategy::answer", "strategy::targets"],
        pure: false,
    },
    Room { name: "secrets", may: &["domain", "engine"], never: CORE, pure: false },
    Room { name: "store", may: &["domain", "engine"], never: CORE, pure: false },
    // The numbers behind a wish are a part of the notes.
    Room { name: "telemetry", may: &["domain", "engine", "strategy::Why"], never: CORE, pure: false },
    // What is worth a message and what it looks like is decided without touching anything.
    Room { name: "notify::channel", may: NOTICE, never: &[], pure: true },
    Room { name: "notify::event", may: NOTICE, never: &[], pure: true },
    Room { name: "notify::template", may: NOTICE, never: &[], pure: true },
    Room { name: "notify::watcher", may: NOTICE, never: &[], pure: true },
    Room { name: "notify::words", may: NOTICE, never: &[], pure: true },
    Room { name: "notify", may: NOTICE, never: &[], pure: false },
    Room {
        name: "app",
        may: &[
            "domain",
            "strategy",
            "planner",
            "engine",
            "exchange",
            "config",
            "secrets",
            "store",
            "telemetry",
            "notify",
        ],
        never: &[],
        pure: false,
    },
    Room {
        name: "backtest",
        may: &["domain", "strategy", "planner", "engine", "exchange::sim", "config", "store"],
        never: &["exchange::sim::server"],
        pure: false,
    },
    Room {
        name: "cli",
        may: &[
            "app",
            "backtest",
            "config",
            "domain",
            "engine",
            "exchange",
            "notify",
            "planner",
            "secrets",
            "store",
            "strategy",
            "telemetry",
        ],
        never: &[],
        pure: false,
    },
];

/// The room of a module; nothing for one that the table does not know.
pub(crate) fn room(module: &[String]) -> Option<&'static Room> {
    ROOMS.iter().find(|room| lies_in(module, room.name))
}

/// True when the path begins with all of `name`.
fn lies_in(path: &[String], name: &str) -> bool {
    let mut parts = path.iter();
    name.split("::").all(|part| parts.next().is_some_and(|own| own == part))
}

/// True when `room` may use `target`, a path from the crate's root.
pub(crate) fn may_use(room: &Room, target: &[String]) -> bool {
    let allowed = lies_in(target, room.name) || room.may.iter().any(|name| lies_in(target, name));
    allowed && !room.never.iter().any(|name| lies_in(target, name))
}

/// Every path in the code of `module` that leads from the crate's root, with its line (from 1): `crate::a::B`, the
/// members of `crate::{a, b::C}`, and `super::` chains long enough to leave their room's parents.
pub(crate) fn used(code: &str, module: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for word in ["crate::", "super::"] {
        for (at, _) in code.match_indices(word) {
            // The tail of another path, or a visibility, which imports nothing.
            if code[..at].ends_with(|c: char| is_word(c) || c == ':') || code[..at].ends_with("(in ") {
                continue;
            }
            let (ups, rest) = climb(&code[at..]);
            let base = if word == "crate::" { Some(0) } else { module.len().checked_sub(ups) };
            let Some(base) = base else { continue };
            let mut paths = Vec::new();
            tree(rest, &module[..base], &mut paths);
            let line = code[..at].matches('\n').count() + 1;
            found.extend(paths.into_iter().map(|path| (line, path)));
        }
    }
    found
}

/// Takes the leading `crate::` or `super::`s off, telling how many of the latter there were.
fn climb(mut rest: &str) -> (usize, &str) {
    if let Some(inner) = rest.strip_prefix("crate::") {
        return (0, inner);
    }
    let mut ups = 0;
    while let Some(inner) = rest.strip_prefix("super::") {
        (ups, rest) = (ups + 1, inner);
    }
    (ups, rest)
}

/// Reads one use tree, answering with what follows it.
fn tree<'a>(rest: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let rest = rest.trim_start();
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            inner = tree(inner, before, found).trim_start();
            match inner.strip_prefix(',') {
                Some(next) => inner = next,
                None => return inner.strip_prefix('}').unwrap_or(inner),
            }
        }
    }
    let end = rest.find(|c| !is_word(c) && c != '*').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() {
        return rest;
    }
    let mut path = before.to_vec();
    if name != "self" && name != "*" {
        path.push(name.to_owned());
    }
    let deeper = after.strip_prefix("::").filter(|next| next.starts_with(|c| is_word(c) || c == '{' || c == '*'));
    if let Some(next) = deeper {
        return tree(next, &path, found);
    }
    found.push(path);
    let renamed = after.strip_prefix(" as ").map(|name| name.trim_start_matches(is_word));
    renamed.unwrap_or(after)
}
