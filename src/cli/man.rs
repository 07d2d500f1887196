//! `man`: the manual page of the program, all commands and all configuration keys in one, on standard output.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::config::{KEYS, Scope};

use super::exit;

/// Files, with what they are.
const FILES: [(&str, &str); 8] = [
    ("/etc/yieldsforge/yieldsforge.toml", "the daemon's own settings"),
    ("/etc/yieldsforge/accounts/NAME.toml", "an API key and what it lends"),
    ("/etc/yieldsforge/profiles/NAME.toml", "how money is lent"),
    ("/var/lib/yieldsforge", "the database, the lock, requests to adopt offers"),
    ("/usr/share/yieldsforge/schema", "JSON Schemas of the three kinds of file, for editors"),
    ("/usr/share/yieldsforge/prometheus", "scrape sample, alert and recording rules"),
    ("/usr/share/yieldsforge/grafana", "a dashboard, to be provisioned from files"),
    ("/usr/share/yieldsforge/systemd", "a drop-in for systemd 253 and later"),
];

/// Variables of the environment, with what they say.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("YIELDSFORGE_CFG__…", "a configuration key; two underscores stand before each part of its path"),
    ("YIELDSFORGE_IDENTITY", "path of the age identity, where the configuration names none"),
    ("CREDENTIALS_DIRECTORY", "set by systemd: its file age-identity is the identity, where nothing else names one"),
    ("STATE_DIRECTORY", "set by systemd: where the state is kept, unless the configuration says"),
    ("NO_COLOR", "when not empty, nothing is coloured"),
];

const SIGNALS: [(&str, &str); 2] = [
    ("TERM, INT", "stop gracefully; a second one stops at once"),
    ("HUP", "read the configuration and the requests to adopt again: all of it is taken over or nothing is"),
];

const CODES: [(u8, &str); 9] = [
    (exit::OK, "all is well"),
    (exit::OTHER, "anything that has no code of its own"),
    (exit::USAGE, "the command line is wrong"),
    (exit::UNREACHABLE, "the exchange, or the daemon that is asked, is out of reach"),
    (exit::TASK_DIED, "a task died: start it anew"),
    (exit::IO, "a file, a port or an output"),
    (exit::HELD, "another daemon holds the state directory"),
    (exit::KEY, "a key or a permission"),
    (exit::CONFIG, "the configuration"),
];

/// Runs the command. Answers the exit code.
#[must_use]
pub fn run() -> u8 {
    exit::written(&page().and_then(|page| io::stdout().lock().write_all(&page)))
}

/// The page as roff.
///
/// # Errors
/// None that memory does not give: the text is made in memory.
pub fn page() -> io::Result<Vec<u8>> {
    let mut program = super::command();
    program.build();
    let mut out = Vec::new();
    let whole = Man::new(program.clone()).manual("Yieldsforge");
    whole.render_title(&mut out)?;
    whole.render_name_section(&mut out)?;
    whole.render_synopsis_section(&mut out)?;
    whole.render_description_section(&mut out)?;
    let commands = commands(&program, "");
    let about = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
    list(&mut out, "COMMANDS", commands.iter().map(|(name, command)| (name.clone(), about(command))))?;
    for (name, command) in &commands {
        section(&mut out, name, command)?;
    }
    keys(&mut out)?;
    let owned = |(name, says): &(&str, &str)| ((*name).to_owned(), (*says).to_owned());
    list(&mut out, "FILES", FILES.iter().map(owned))?;
    list(&mut out, "ENVIRONMENT", ENVIRONMENT.iter().map(owned))?;
    list(&mut out, "SIGNALS", SIGNALS.iter().map(owned))?;
    list(&mut out, "EXIT STATUS", CODES.iter().map(|(code, says)| (code.to_string(), (*says).to_owned())))?;
    Ok(without_repeats(&out))
}

/// All commands below `parent`, with their names as they are typed.
fn commands(parent: &Command, above: &str) -> Vec<(String, Command)> {
    let mut all = Vec::new();
    for command in parent.get_subcommands().filter(|command| command.get_name() != "help" && !command.is_hide_set()) {
        let name = format!("{above} {}", command.get_name()).trim().to_owned();
        all.push((name.clone(), command.clone()));
        all.extend(commands(command, &name));
    }
    all
}

/// What one command takes, as a part of the whole page.
fn section(out: &mut Vec<u8>, name: &str, command: &Command) -> io::Result<()> {
    let mut part = Vec::new();
    let man = Man::new(command.clone().disable_help_flag(true));
    man.render_synopsis_section(&mut part)?;
    man.render_description_section(&mut part)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set() && argument.get_id() != "help") {
        man.render_options_section(&mut part)?;
    }
    let mut title = Roff::new();
    title.control("SH", [format!("yieldsforge {name}").to_uppercase().as_str()]);
    title.to_writer(out)?;
    let text = String::from_utf8_lossy(&part);
    // The library writes pages of their own: their sections become parts of this one.
    for line in text.lines() {
        writeln!(out, "{}", line.strip_prefix(".SH ").map_or(line.to_owned(), |rest| format!(".SS {rest}")))?;
    }
    Ok(())
}

/// Every configuration key.
fn keys(out: &mut Vec<u8>) -> io::Result<()> {
    for scope in [Scope::Main, Scope::Account, Scope::Profile] {
        let keys = KEYS.iter().filter(|key| key.scope == scope);
        let entry = |key: &crate::config::Key| (key.path.replace("[]", ""), format!("{}. {}", key.about, key.terms()));
        list(out, &format!("KEYS OF {}", scope.file()), keys.map(entry))?;
    }
    Ok(())
}

/// A section that lists names with what they are.
fn list(out: &mut Vec<u8>, title: &str, entries: impl Iterator<Item = (String, String)>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, says) in entries {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(says)]);
    }
    roff.to_writer(out)
}

/// The page with the definitions that each of its parts brings along only once.
fn without_repeats(page: &[u8]) -> Vec<u8> {
    let is_definition = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    let text = String::from_utf8_lossy(page);
    let (head, body) = text.split_at(text.find(".TH").unwrap_or_default());
    let lines = body.lines().filter(|line| !is_definition(line));
    head.lines().chain(lines).flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}
