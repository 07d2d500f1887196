//! `check`: reads and validates everything, without the exchange and without any secret; `--online` also asks the exchange,
//! or the daemon that runs, about keys, clock, lent currencies and minimums.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::config::{self, Config, Diagnostic, Scope};

use super::doctor::{self, Finding};
use super::{configured, exit};

/// Reads and checks the configuration.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
    /// Print the effective configuration and where each value came from
    #[arg(long)]
    pub print: bool,
    /// Print one JSON object: ok, errors, warnings, and every value with where it came from
    #[arg(long)]
    pub json: bool,
    /// Also verify keys, clock, currencies and minimums with the exchange; while a daemon runs, it is asked for the keys
    #[arg(long)]
    pub online: bool,
    /// The age identity that opens the key files
    #[arg(long, value_name = "FILE", requires = "online")]
    pub identity: Option<PathBuf>,
    /// Print the JSON Schema of a kind of file, for editors, and check nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "print", "json", "online"])]
    pub schema: Option<SchemaOf>,
}

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// yieldsforge.toml
    Main,
    /// accounts/NAME.toml
    Account,
    /// profiles/NAME.toml
    Profile,
}

/// Runs the command: every error goes to stderr with file, line and column, the summary or the listing to stdout.
/// `env` is the whole environment. Answers the exit code.
#[must_use]
pub fn run(args: &CheckArgs, env: &[(String, String)]) -> u8 {
    check(args, env, &mut io::stdout().lock(), &mut io::stderr().lock()).unwrap_or(exit::IO)
}

/// [`run`], and then what only the exchange can tell. A configuration that is bad by itself is not asked about.
pub async fn online(args: &CheckArgs, env: &[(String, String)]) -> u8 {
    let Ok(config) = configured::read(&args.config, env) else { return run(args, env) };
    let findings = doctor::online(&config, args.identity.as_deref(), env).await;
    let shown = show(args, config, &findings, &mut io::stdout().lock(), &mut io::stderr().lock());
    shown.map_or(exit::IO, |()| doctor::code_of_bad(&findings))
}

fn show(
    args: &CheckArgs,
    config: Config,
    findings: &[Finding],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<()> {
    if args.json {
        let mut told = machine(&Ok(config));
        if let Value::Object(told) = &mut told {
            // As without --online: ok is what the exit code says.
            told.insert("ok".to_owned(), json!(doctor::code_of_bad(findings) == exit::OK));
            told.insert("online".to_owned(), json!(findings));
        }
        writeln!(out, "{told:#}")?;
    } else {
        good(&config, args.print, out, err)?;
        write!(out, "{}", doctor::show(findings))?;
    }
    out.flush()
}

/// [`run`] with its outputs given.
///
/// # Errors
/// When an output cannot be written to.
pub fn check(args: &CheckArgs, env: &[(String, String)], out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    if let Some(kind) = args.schema {
        let scope = match kind {
            SchemaOf::Main => Scope::Main,
            SchemaOf::Account => Scope::Account,
            SchemaOf::Profile => Scope::Profile,
        };
        write!(out, "{}", config::schema(scope))?;
        return out.flush().map(|()| exit::OK);
    }
    let read = config::load(&configured::sources(&args.config, env));
    let code = if read.is_ok() { exit::OK } else { exit::CONFIG };
    if args.json {
        writeln!(out, "{:#}", machine(&read))?;
        return out.flush().map(|()| code);
    }
    match read {
        Ok(config) => good(&config, args.print, out, err)?,
        Err(diagnostics) => {
            write!(err, "{diagnostics}")?;
            let count = diagnostics.all().len();
            writeln!(err, "{count} error{}", if count == 1 { "" } else { "s" })?;
        }
    }
    out.flush().map(|()| code)
}

/// Everything for a machine: all of it on one stream.
fn machine(read: &Result<Config, config::Diagnostics>) -> Value {
    let list = |diagnostics: &[Diagnostic]| diagnostics.iter().map(Diagnostic::json).collect::<Vec<Value>>();
    match read {
        Ok(config) => {
            let mut warnings = list(&config.warnings);
            warnings.extend(lost_keys(config).map(|message| json!({ "message": message })));
            json!({ "ok": true, "errors": [], "warnings": warnings, "values": config::values(config) })
        }
        Err(diagnostics) => json!({ "ok": false, "errors": list(diagnostics.all()), "warnings": [], "values": [] }),
    }
}

fn good(config: &Config, print: bool, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
    for warning in &config.warnings {
        write!(err, "warning: {warning}")?;
    }
    for message in lost_keys(config) {
        writeln!(err, "warning: {message}")?;
    }
    if print { write!(out, "{}", config::render(config)) } else { writeln!(out, "{}", summary(config)) }
}

/// Accounts without their key file, and notifiers without their contact: no mistake, it is the way to leave.
fn lost_keys(config: &Config) -> impl Iterator<Item = String> {
    let lost = config.accounts.iter().filter(|(_, account)| !account.key.is_file());
    let keys = lost
        .map(|(name, account)| format!("account {name} is off until its key file is there: {}", account.key.display()));
    let mute = config.notify.iter().filter(|(_, notifier)| !notifier.contact.is_file());
    keys.chain(mute.map(|(name, notifier)| {
        format!("notifier {name} is off until its contact file is there: {}", notifier.contact.display())
    }))
}

/// One line on what was found good.
fn summary(config: &Config) -> String {
    let entries: usize = config.policy.accounts.values().map(|account| account.lend.len()).sum();
    let mode = if config.policy.paper { "paper: nothing is written to the exchange" } else { "live" };
    let counted = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!(
        "ok: {}, {}, {}; {mode}",
        counted(config.accounts.len(), "account", "accounts"),
        counted(entries, "currency lent", "currencies lent"),
        counted(config.profiles.len(), "profile", "profiles"),
    )
}
