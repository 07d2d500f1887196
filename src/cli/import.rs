//! `import`: converts the configuration of the Mika lending bot into profiles and an account of ours, and says of every setting
//! what became of it.
//!
//! Secrets in the file are neither shown nor taken over: no value of a setting is ever told, only what was made of it.
//! Nothing is overwritten.

mod coin;
mod ini;
mod mika;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::config;

use super::configured;
use super::exit;
use super::say::{self, Failure};

/// Converts a configuration of the Mika lending bot.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The Mika lending bot's default.cfg
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The configuration folder to write to, or - to print the files; nothing is overwritten
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
}

/// What was made of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Imported {
    /// Files by their paths from the configuration folder.
    files: Vec<(PathBuf, String)>,
    /// What became of each setting.
    fates: Vec<Fate>,
}

/// What became of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fate {
    /// Line in the file, from 1.
    line: usize,
    /// `[SECTION] key`.
    setting: String,
    /// What became of it.
    outcome: Outcome,
}

/// What becomes of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// It stands in our files, so.
    Became(String),
    /// There is nothing to be said here: why, or what to do instead.
    Nothing(String),
    /// Nobody knows it.
    Unknown(String),
}

/// Runs the command. `env` is the whole environment. Answers the exit code.
#[must_use]
pub fn run(args: &ImportArgs, env: &[(String, String)]) -> u8 {
    match import(args, env) {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}

fn import(args: &ImportArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let text = fs::read_to_string(&args.file)
        .map_err(|error| Failure::new(exit::IO, format!("{}: {error}", args.file.display())))?;
    let settings = ini::parse(&text).map_err(|line| Failure::new(exit::CONFIG, not_understood(&args.file, line)))?;
    let imported = mika::convert(&settings).map_err(|text| Failure::new(exit::CONFIG, text))?;
    if args.to == Path::new("-") {
        for (path, text) in &imported.files {
            say::out(&format!("# {}\n{text}\n", path.display()));
        }
        say::err(&told(&imported.fates));
        return Ok(exit::OK);
    }
    write(&args.to, &imported.files)?;
    say::out(&told(&imported.fates));
    for (path, _) in &imported.files {
        say::out(&format!("written: {}", args.to.join(path).display()));
    }
    say::out("next: yieldsforge key add imported, then yieldsforge check. Paper mode is the default.");
    Ok(match config::load(&configured::sources(&args.to, env)) {
        Ok(_) => exit::OK,
        Err(found) => {
            say::err(&found.to_string());
            exit::CONFIG
        }
    })
}

fn not_understood(file: &Path, line: usize) -> String {
    format!("{}:{line}: neither a [section] nor a setting: is it a MikaLendingBot configuration?", file.display())
}

/// Writes the files, all or none where one is there already; an existing main file stays as it is.
fn write(folder: &Path, files: &[(PathBuf, String)]) -> Result<(), Failure> {
    let io = |path: &Path, error: std::io::Error| Failure::new(exit::IO, format!("{}: {error}", path.display()));
    if let Some((path, _)) = files.iter().find(|(path, _)| folder.join(path).exists()) {
        let path = folder.join(path);
        let text = format!("{}: is there already and is not overwritten; nothing was written", path.display());
        return Err(Failure::new(exit::IO, text));
    }
    let main = (PathBuf::from("yieldsforge.toml"), "# Everything at its default: paper mode among them.\n".to_owned());
    let main = Some(main).filter(|(path, _)| !folder.join(path).exists());
    for (path, text) in files.iter().chain(main.iter()) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| io(parent, error))?;
        }
        let mut file = fs::File::create_new(&path).map_err(|error| io(&path, error))?;
        file.write_all(text.as_bytes()).map_err(|error| io(&path, error))?;
    }
    Ok(())
}

/// What became of each setting, in the order of the file.
fn told(fates: &[Fate]) -> String {
    let mut out = String::new();
    let mut sorted: Vec<&Fate> = fates.iter().collect();
    sorted.sort_by_key(|fate| fate.line);
    for Fate { line, setting, outcome } in sorted {
        let _ = match outcome {
            Outcome::Became(text) => writeln!(out, "line {line}: {setting} → {text}"),
            Outcome::Nothing(text) => writeln!(out, "line {line}: {setting} has no equivalent: {text}"),
            Outcome::Unknown(text) => writeln!(out, "line {line}: {setting} is not known{text}"),
        };
    }
    out
}
