//! The house rules that no compiler checks, as ordinary tests: every message names file, line and what to do.

#[cfg(test)]
mod tidy {
    pub(crate) mod code;
    pub(crate) mod imports;
    pub(crate) mod papers;
    pub(crate) mod tree;
    mod watching;
}

use std::collections::{BTreeMap, BTreeSet};

use tidy::code::{File, functions, lines_with, mask, read_all, top};
use tidy::imports::{may_use, room, used};
use tidy::{papers, tree};

/// Longest file, in lines.
const FILE_LINES: usize = 400;
/// Longest function, in lines.
const FUNCTION_LINES: usize = 70;
/// What may lie at the top, beside files whose names begin with a dot.
const TOP: [&str; 9] =
    ["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "src", "config", "systemd", "tests", "benches"];
/// What a pure room never touches.
const IMPURE: [(&str, &str); 18] = [
    ("tokio::", "tasks and timers belong to the shell"),
    ("tracing::", "tell what happened as a value"),
    ("metrics::", "tell what happened as a value"),
    ("rand::", "a seeded generator is state of the caller"),
    ("std::time", "be told the time as a domain value"),
    ("std::fs", "be told what stands in a file"),
    ("std::net", "only the shell touches the network"),
    ("std::env", "the environment is read at the edge"),
    ("std::io", "only the shell reads and writes"),
    ("std::thread", "threads belong to the shell"),
    ("std::process", "processes belong to the shell"),
    ("Instant", "be told the time as a domain value"),
    ("SystemTime", "be told the time as a domain value"),
    ("HashMap", "iteration order must be the same in every run: BTreeMap"),
    ("HashSet", "iteration order must be the same in every run: BTreeSet"),
    ("println!", "only the command line prints"),
    ("f64", "no float touches money: a fixed-point integer"),
    ("f32", "no float touches money: a fixed-point integer"),
];
/// Where statistics of the market may use floats.
const FLOATS: [&str; 2] = ["src/strategy/stats/", "src/exchange/sim/market/"];
/// What is nowhere in shipped code.
const BANNED: [(&str, &str); 8] = [
    ("todo!", "no stubs: build it or leave it out"),
    ("unimplemented!", "no stubs: build it or leave it out"),
    ("dbg!", "remove it"),
    ("tokio::spawn", "tasks start in the supervisor, so that none dies unseen"),
    ("unbounded_channel", "every queue has a bound"),
    ("#[allow(", "#[expect(lint, reason = \"…\")]"),
    ("#![allow(", "#![expect(lint, reason = \"…\")]"),
    ("#[path", "a file lies where its module says"),
];
/// What only the clock does.
const CLOCK: (&str, [&str; 2]) = ("src/app/clock.rs", ["Instant::now", "SystemTime::now"]);

fn sources() -> Vec<File> {
    let files = read_all(&top().join("src"), ".rs");
    assert!(!files.is_empty(), "no sources under src/");
    files
}

/// Sources that are shipped, not only built for tests.
fn shipped() -> Vec<File> {
    let files = sources();
    let reached = tree::reached(&files, &["src/lib.rs", "src/main.rs"]);
    files.into_iter().filter(|file| reached.get(&file.path) != Some(&true)).collect()
}

fn all_rust() -> Vec<File> {
    let mut files = sources();
    files.extend(read_all(&top().join("tests"), ".rs"));
    files
}

/// Fails with one line a finding.
fn none(findings: impl IntoIterator<Item = String>) {
    let findings: Vec<String> = findings.into_iter().collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

fn long_files(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = lines > FILE_LINES;
    let message = || format!("{}:{lines}: {lines} lines, at most {FILE_LINES}: one job a file", file.path);
    long.then(message).into_iter().collect()
}

fn long_functions(file: &File) -> Vec<String> {
    let all = functions(&file.code).into_iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES);
    all.map(|(line, name, lines)| {
        format!("{}:{line}: fn {name} has {lines} lines, at most {FUNCTION_LINES}: give its parts names", file.path)
    })
    .collect()
}

fn bad_imports(file: &File) -> Vec<String> {
    let module = tree::module(&file.path);
    if module.is_empty() {
        return Vec::new(); // lib.rs and main.rs, the map and the door.
    }
    let Some(room) = room(&module) else {
        return vec![format!(
            "{}:1: no room of the table in tests/tidy/imports.rs: add it, or move the file",
            file.path
        )];
    };
    let paths = used(&file.shipped(), &module).into_iter().filter(|(_, path)| !may_use(room, path));
    paths
        .map(|(line, path)| {
            let path = path.join("::");
            format!("{}:{line}: {} may not use {path}: may use {:?}", file.path, room.name, room.may)
        })
        .collect()
}

fn words(file: &File, banned: &[(&str, &str)]) -> Vec<String> {
    let code = file.shipped();
    let hits = |(word, fix): &(&str, &str)| {
        let message = format!("`{word}` is banned here: {fix}");
        lines_with(&code, word).into_iter().map(|line| format!("{}:{line}: {message}", file.path)).collect::<Vec<_>>()
    };
    banned.iter().flat_map(hits).collect()
}

fn impure_words(file: &File) -> Vec<String> {
    if !room(&tree::module(&file.path)).is_some_and(|room| room.pure) {
        return Vec::new();
    }
    let floats = FLOATS.iter().any(|folder| file.path.starts_with(folder));
    let banned: Vec<_> = IMPURE.into_iter().filter(|(word, _)| !(floats && matches!(*word, "f64" | "f32"))).collect();
    words(file, &banned)
}

fn banned_words(file: &File) -> Vec<String> {
    let mut banned = BANNED.to_vec();
    if file.path != CLOCK.0 {
        banned.extend(CLOCK.1.map(|word| (word, "only app::clock reads clocks: be told the time")));
    }
    words(file, &banned)
}

fn dead_files(files: &[File], roots: &[&str]) -> Vec<String> {
    let reached: BTreeMap<String, bool> = tree::reached(files, roots);
    let dead = files.iter().filter(|file| !reached.contains_key(&file.path));
    dead.map(|file| format!("{}:1: no `mod` reaches it: declare it or delete it", file.path)).collect()
}

fn bad_metrics(path: &str, text: &str, catalogue: &BTreeSet<String>) -> Vec<String> {
    let unknown = papers::metrics(text).into_iter().filter(|(_, name)| !papers::known(name, catalogue));
    unknown.map(|(line, name)| format!("{path}:{line}: {name} is not in src/telemetry/catalogue.rs")).collect()
}

fn bad_commands(path: &str, text: &str, commands: &BTreeSet<String>) -> Vec<String> {
    let unknown = papers::commands(text).into_iter().filter(|(_, command)| !commands.contains(command));
    unknown.map(|(line, command)| format!("{path}:{line}: there is no src/cli/{command}.rs for this command")).collect()
}

#[test]
fn nothing_else_lies_at_the_top() {
    let entries = std::fs::read_dir(top()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strange = entries.filter(|name| !name.starts_with('.') && name != "target" && !TOP.contains(&name.as_str()));
    none(strange.map(|name| format!("{name}: not one of {TOP:?}: move it into one of these")));
}

#[test]
fn files_are_short() {
    none(all_rust().iter().flat_map(long_files));
}

#[test]
fn functions_are_short() {
    none(all_rust().iter().flat_map(long_functions));
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut files = shipped();
    files.extend(read_all(&top().join("tests"), ".rs"));
    let silent = files.iter().filter(|file| !file.text.starts_with("//!"));
    none(silent.map(|file| format!("{}:1: begin with `//!`: what it is for", file.path)));
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    none(shipped().iter().flat_map(bad_imports));
}

#[test]
fn pure_rooms_touch_nothing() {
    none(shipped().iter().flat_map(impure_words));
}

#[test]
fn banned_words_stand_nowhere() {
    none(shipped().iter().flat_map(banned_words));
}

#[test]
fn every_file_is_reached() {
    none(dead_files(&sources(), &["src/lib.rs", "src/main.rs"]));
    let tests = read_all(&top().join("tests"), ".rs");
    let is_root = |path: &str| path.matches('/').count() == 1 || path.ends_with("/main.rs");
    let roots: Vec<&str> = tests.iter().map(|file| file.path.as_str()).filter(|path| is_root(path)).collect();
    none(dead_files(&tests, &roots));
}

#[test]
fn metric_names_agree_everywhere() {
    let Ok(source) = std::fs::read_to_string(top().join("src/telemetry/catalogue.rs")) else {
        println!("skipped: there is no src/telemetry/catalogue.rs yet");
        return;
    };
    let catalogue: BTreeSet<String> = papers::metrics(&source).into_iter().map(|(_, name)| name).collect();
    assert!(!catalogue.is_empty(), "src/telemetry/catalogue.rs names no metric");
    let mut findings = Vec::new();
    if let Ok(readme) = std::fs::read_to_string(top().join("README.md")) {
        findings.extend(bad_metrics("README.md", &readme, &catalogue));
        let told: BTreeSet<String> = papers::metrics(&readme).into_iter().map(|(_, name)| name).collect();
        let silent = catalogue.iter().filter(|name| !told.contains(*name));
        findings.extend(silent.map(|name| format!("README.md:1: says nothing of the metric {name}: add its row")));
    } else {
        println!("skipped: there is no README.md yet");
    }
    for (folder, endings) in [("config/grafana", [".json", ".yml"]), ("config/prometheus", [".yml", ".yaml"])] {
        let files = endings.iter().flat_map(|ending| read_all(&top().join(folder), ending));
        findings.extend(files.flat_map(|file| bad_metrics(&file.path, &file.text, &catalogue)));
    }
    none(findings);
}

#[test]
fn commands_in_the_readme_exist() {
    let stem = |file: &File| file.path.trim_start_matches("src/cli/").trim_end_matches(".rs").replace('_', "-");
    let files = read_all(&top().join("src/cli"), ".rs");
    let commands: BTreeSet<String> = files.iter().map(stem).filter(|stem| stem != "mod").collect();
    let Ok(readme) = std::fs::read_to_string(top().join("README.md")) else {
        println!("skipped: there is no README.md yet");
        return;
    };
    none(bad_commands("README.md", &readme, &commands));
}

/// The checks must be able to fail: each is fed what it is there to find.
mod the_checks_themselves {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File::new(path, text)
    }

    #[test]
    fn masking_blanks_what_is_no_code_and_keeps_lines() {
        let text =
            "let a = \"x // \\\" y\"; // todo!\nlet b = r#\"f64 \" \"#; /* f64\n */ let c: &'a str = 'f'.id('\\'');";
        let code = mask(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert!(code.contains("let a =") && code.contains("let c: &'a str =") && code.contains(".id("), "{code}");
        assert!(!code.contains("todo") && !code.contains("f64") && !code.contains('\\'), "{code}");
    }

    #[test]
    fn lengths_are_measured() {
        let body = "    call();\n".repeat(FUNCTION_LINES - 1);
        let long =
            format!("impl A {{\n}}\npub(super) async fn long(\n    a: u8,\n) -> u8\n{{\n{body}}}\nfn short() {{}}\n");
        let found = long_functions(&file("src/a.rs", &long));
        assert!(found.len() == 1 && found[0].starts_with("src/a.rs:3: fn long has 74 lines"), "{found:?}");
        let edge = format!("fn edge() {{\n{}}}\n", "    call();\n".repeat(FUNCTION_LINES - 2));
        assert_eq!(long_functions(&file("src/a.rs", &edge)), Vec::<String>::new());
        let declared = "trait T {\n    fn one(\n        &self,\n    );\n    fn two(&self);\n}\n";
        assert_eq!(functions(declared), vec![]);
        assert_eq!(long_files(&file("src/a.rs", &"\n".repeat(FILE_LINES))), Vec::<String>::new());
        assert_eq!(long_files(&file("src/a.rs", &"\n".repeat(FILE_LINES + 1))).len(), 1);
    }

    #[test]
    fn imports_are_read_however_they_are_written() {
        let count = |path: &str, text: &str| bad_imports(&file(path, text)).len();
        assert_eq!(count("src/strategy/a.rs", "use crate::engine::Note;"), 1);
        assert_eq!(
            count("src/strategy/a.rs", "use crate::{\n    domain::Amount,\n    planner::{self, X as Y},\n    app,\n};"),
            3
        );
        assert_eq!(count("src/strategy/rules/a.rs", "fn f() { super::super::super::store::x() }"), 1);
        assert_eq!(
            count("src/strategy/rules/a.rs", "use super::super::view::Wish;\nuse crate::domain::{Amount, Days};"),
            0
        );
        assert_eq!(count("src/exchange/sim/a.rs", "use super::server::Server;"), 1);
        assert_eq!(count("src/exchange/sim/server.rs", "use super::api::Reply; use crate::domain::Amount;"), 0);
        assert_eq!(
            count("src/exchange/session/a.rs", "use super::super::wire::X; use crate::exchange::bitfinex::Y;"),
            1
        );
        assert_eq!(count("src/config/a.rs", "use crate::engine::{Engine, Policy};"), 1);
        assert_eq!(count("src/store/a.rs", "use crate::telemetry::X; use crate::engine::Memory;"), 1);
        assert_eq!(count("src/cellar/a.rs", ""), 1);
        assert_eq!(count("src/exchange/wire/a.rs", "pub(in crate::exchange) use crate::domain::Amount;"), 0);
        let told = bad_imports(&file("src/domain/a.rs", "\n// crate::app\nuse crate::app::Clock;"));
        assert!(told.len() == 1 && told[0].starts_with("src/domain/a.rs:3: domain may not use app::Clock"), "{told:?}");
        assert_eq!(count("src/domain/a.rs", "#[cfg(test)]\nmod tests {\n    use crate::app::Clock;\n}\n"), 0);
    }

    #[test]
    fn words_are_found_in_shipped_code_only() {
        let found = |path: &str, text: &str| {
            let file = file(path, text);
            (impure_words(&file).len(), banned_words(&file).len())
        };
        assert_eq!(found("src/engine/a.rs", "use std::time::Duration;\nlet x: f64 = y;"), (2, 0));
        assert_eq!(found("src/engine/a.rs", "fn visit_f64() {} // Instant::now\n"), (0, 0));
        assert_eq!(found("src/strategy/stats/a.rs", "let x: f64 = y; let m: HashMap<A, B>;"), (1, 0));
        assert_eq!(found("src/exchange/sim/server/a.rs", "tokio::spawn(x); todo!()"), (0, 2));
        assert_eq!(found("src/app/a.rs", "Instant::now();\n#[allow(dead_code)]"), (0, 2));
        assert_eq!(found("src/app/clock.rs", "Instant::now(); SystemTime::now()"), (0, 0));
        assert_eq!(found("src/planner/a.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\nuse std::fs;\n"), (1, 0));
    }

    #[test]
    fn unreached_files_are_dead_and_test_files_are_known() {
        let files = [
            file("src/lib.rs", "pub mod a;\n#[cfg(test)]\nmod probe;\n// mod c;\n"),
            file("src/a.rs", "mod b;\nmod inner {\n    mod deep;\n}\n"),
            file("src/a/b.rs", "#[cfg(test)]\n#[rustfmt::skip]\nmod tests;\n"),
            file("src/a/b/tests.rs", ""),
            file("src/a/inner/deep/mod.rs", ""),
            file("src/probe.rs", ""),
            file("src/c.rs", ""),
        ];
        let dead = dead_files(&files, &["src/lib.rs"]);
        assert!(dead.len() == 1 && dead[0].starts_with("src/c.rs:1:"), "{dead:?}");
        let reached = tree::reached(&files, &["src/lib.rs"]);
        let tests: Vec<&str> = reached.iter().filter(|(_, test)| **test).map(|(path, _)| path.as_str()).collect();
        assert_eq!(tests, ["src/a/b/tests.rs", "src/probe.rs"]);
    }

    #[test]
    fn papers_are_held_to_the_code() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let catalogue = names(&["yieldsforge_wait_seconds", "yieldsforge_fills_total"]);
        let text = "`yieldsforge_` rate(yieldsforge_fills_total[5m])\nyieldsforge_wait_seconds_bucket yieldsforge_gone";
        assert_eq!(bad_metrics("a.yml", text, &catalogue).len(), 1);
        assert!(bad_metrics("a.yml", text, &catalogue)[0].starts_with("a.yml:2: yieldsforge_gone"));
        let readme =
            "Run `yieldsforge demo` or yieldsforge x.\n```sh\n$ sudo yieldsforge --config X adopt main\nls\n```\n";
        let told: Vec<String> = papers::commands(readme).into_iter().map(|(_, command)| command).collect();
        assert_eq!(told, ["demo"], "a flag's value is no command: name it first");
        assert_eq!(bad_commands("R.md", "`yieldsforge nap`", &names(&["demo"])).len(), 1);
    }
}
