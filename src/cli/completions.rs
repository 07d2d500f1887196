//! `completions`: what a shell needs to complete the commands, on standard output.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::exit;

/// Prints completions for a shell.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shells,
}

/// Shells that Debian packages have a place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shells {
    /// Lies at `/usr/share/bash-completion/completions/yieldsforge`
    Bash,
    /// Lies at `/usr/share/zsh/vendor-completions/_yieldsforge`
    Zsh,
    /// Lies at `/usr/share/fish/vendor_completions.d/yieldsforge.fish`
    Fish,
}

/// Runs the command. Answers the exit code.
#[must_use]
pub fn run(args: &CompletionsArgs) -> u8 {
    exit::written(&std::io::stdout().lock().write_all(&completions(args.shell)))
}

/// The completions of a shell.
#[must_use]
pub fn completions(shell: Shells) -> Vec<u8> {
    let shell = match shell {
        Shells::Bash => Shell::Bash,
        Shells::Zsh => Shell::Zsh,
        Shells::Fish => Shell::Fish,
    };
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "yieldsforge", &mut out);
    out
}
