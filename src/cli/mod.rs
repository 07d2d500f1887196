//! The command line: one file a command. It parses, calls, prints, and answers with an exit code.

pub mod adopt;
mod asking;
pub mod backtest;
pub mod check;
pub mod completions;
mod configured;
pub mod demo;
pub mod doctor;
pub mod exchange;
pub mod exit;
pub mod explain;
pub mod export;
pub mod import;
pub mod key;
pub mod man;
mod paper;
pub mod record;
pub mod reload;
pub mod report;
pub mod run;
mod say;
mod signals;
mod signed;
pub mod status;
mod terminal;
mod when;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::app::clock::HouseClock;
use crate::secrets::guard_process;

/// Lends your money on the Bitfinex margin-funding market, automatically and accountably.
#[derive(Debug, Parser)]
#[command(name = "yieldsforge", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon
    Run(run::RunArgs),
    /// Shows the daemon at work on an embedded exchange: no account, no network
    Demo(demo::DemoArgs),
    /// Reads and checks the configuration; prints every error with its place
    Check(check::CheckArgs),
    /// Shows how the running daemon stands
    Status(status::StatusArgs),
    /// Explains one decision: the candidates, the choice, the reason for every idle coin
    Explain(explain::ExplainArgs),
    /// Has the running daemon read its configuration again, and tells what it said
    Reload(reload::ReloadArgs),
    /// Keeps API keys: encrypted on disk, verified with the exchange
    Key(key::KeyArgs),
    /// Looks for what keeps the daemon from lending: clock, reach, keys, wallets, files
    Doctor(doctor::DoctorArgs),
    /// Takes hand-made or orphaned offers under management
    Adopt(adopt::AdoptArgs),
    /// Keeps public market data, without a key and without an account
    Record(record::RecordArgs),
    /// Writes what was recorded as CSV
    Export(export::ExportArgs),
    /// Shows what was earned, as the exchange's ledger says; writes the CSV for the tax return
    Report(report::ReportArgs),
    /// Converts the configuration of another bot, and says what became of every setting
    Import(import::ImportArgs),
    /// Runs profiles over recorded or modelled markets, beside the habits of other lenders and perfect foresight
    Backtest(Box<backtest::BacktestArgs>),
    /// Runs the embedded exchange as a server of its own
    Exchange(exchange::ExchangeArgs),
    /// Prints completions for a shell
    Completions(completions::CompletionsArgs),
    /// Prints the manual page
    Man,
}

/// The command line as the library knows it: for completions and the manual page.
fn command() -> clap::Command {
    Cli::command()
}

/// Parses the command line and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _closed_output = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let env: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    // Before any secret is read; the daemon tells what could not be done.
    let unguarded = guard_process();
    let code = match cli.command {
        Command::Check(args) if args.online => within_runtime(check::online(&args, &env)),
        Command::Check(args) => check::run(&args, &env),
        Command::Backtest(args) => backtest::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man => man::run(),
        Command::Report(args) => report::run(&args, &env),
        Command::Export(args) => export::run(&args, &env),
        Command::Adopt(args) => adopt::run(&args, &env),
        Command::Import(args) => import::run(&args, &env),
        Command::Status(args) => within_runtime(status::run(args, &env)),
        Command::Explain(args) => within_runtime(explain::run(args, &env)),
        Command::Reload(args) => within_runtime(reload::run(args, &env)),
        Command::Doctor(args) => within_runtime(doctor::run(args, &env)),
        Command::Record(args) => within_runtime(record::run(args, &env)),
        Command::Key(args) => within_runtime(key::run(args, &env)),
        Command::Run(args) => within_runtime(run::run(args, env, unguarded)),
        Command::Demo(args) => within_runtime(async { ended(demo::run(args).await) }),
        Command::Exchange(args) => within_runtime(embedded(args)),
    };
    ExitCode::from(code)
}

async fn embedded(args: exchange::ExchangeArgs) -> u8 {
    ended(exchange::run(args, HouseClock::real(), CancellationToken::new()).await)
}

/// Tells an error in full at the edge.
#[expect(clippy::print_stderr, reason = "a command speaks to its user")]
fn ended(result: anyhow::Result<()>) -> u8 {
    match result {
        Ok(()) => exit::OK,
        Err(error) => {
            eprintln!("{error:#}");
            exit::OTHER
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command speaks to its user")]
fn within_runtime(command: impl Future<Output = u8>) -> u8 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(command);
            // Blocking reads of standard input must not hold the end up.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            eprintln!("the runtime could not start: {error}");
            exit::OTHER
        }
    }
}
