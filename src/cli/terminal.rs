//! The terminal as a place where secrets are typed, and questions answered.
//!
//! Nothing that is typed here is echoed, and no library's buffer keeps a copy: bytes are read one by one from the
//! descriptor into memory that is overwritten when dropped. That is why this is not left to a crate for passwords, which
//! answers with a plain `String` behind a `BufReader`; the terminal's modes are set by `rustix`, which clap brings along.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::Arc;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::app::keyring::Keyring;
use crate::config::Config;
use crate::secrets::{FileError, Identity, IdentityError, Place, drain};

/// Ctrl-C, Ctrl-D, the two backspaces, Ctrl-U.
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACK: u8 = 0x08;
const DELETE: u8 = 0x7f;
const CLEAR: u8 = 0x15;

/// Longer than anything that is typed or pasted.
const LONGEST: usize = 1024;

/// True when somebody can be asked.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal()
}

/// Standard input without the library's buffer.
fn input() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// All of standard input, up to a limit.
pub(super) fn piped() -> Result<Zeroizing<Vec<u8>>, FileError> {
    drain(input()?)
}

/// Asks for a line that is not shown.
pub(super) fn hidden(prompt: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let quiet = Quiet::new(input()?)?;
    show(prompt)?;
    let line = quiet.line();
    show("\n")?;
    line
}

/// Asks a question; the answer is yes only when somebody says so.
pub(super) fn agrees(question: &str) -> io::Result<bool> {
    show(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    let mut input = input()?;
    while let Some(byte) = next(&mut input)?.filter(|byte| *byte != b'\n') {
        if answer.len() < LONGEST {
            answer.push(char::from(byte));
        }
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Reads an identity; the passphrase of a protected one is asked for, if there is anybody to ask.
pub(super) fn identity(place: &Place) -> Result<Identity, IdentityError> {
    match Identity::load(place) {
        Err(IdentityError::Encrypted { path }) if is_there() => {
            let why = "no passphrase could be read";
            let typed = hidden(&format!("Passphrase of {path}: "))
                .map_err(|_unreadable| IdentityError::Locked { path: path.clone(), why })?;
            let text = std::str::from_utf8(&typed).map_err(|_no_text| IdentityError::Locked { path, why })?;
            Identity::unlock(place, SecretString::from(text))
        }
        other => other,
    }
}

/// Opens an identity under a passphrase once, so that keys can be read with it now and at every reload.
pub(super) fn unlock(keyring: &mut Keyring, config: &Config) -> Result<(), IdentityError> {
    let place = keyring.place(config)?;
    if matches!(Identity::load(&place), Err(IdentityError::Encrypted { .. })) {
        keyring.unlocked = Some(Arc::new(identity(&place)?));
    }
    Ok(())
}

fn show(text: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    err.write_all(text.as_bytes())?;
    err.flush()
}

fn next(input: &mut File) -> io::Result<Option<u8>> {
    let mut byte = [0_u8];
    Ok((input.read(&mut byte)? == 1).then_some(byte[0]))
}

/// A terminal that neither shows nor interprets what is typed, until it is dropped. Interrupting is ours to do: the
/// default would end the process and leave the terminal mute.
struct Quiet {
    input: File,
    before: Termios,
}

impl Quiet {
    fn new(input: File) -> io::Result<Self> {
        let before = tcgetattr(&input)?;
        let mut mute = before.clone();
        mute.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        mute.special_codes[SpecialCodeIndex::VMIN] = 1;
        mute.special_codes[SpecialCodeIndex::VTIME] = 0;
        // Not the kind that throws away what was pasted ahead.
        tcsetattr(&input, OptionalActions::Now, &mute)?;
        Ok(Self { input, before })
    }

    fn line(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut input = self.input.try_clone()?;
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        loop {
            match next(&mut input)? {
                None | Some(b'\n' | b'\r' | END) => return Ok(line),
                Some(INTERRUPT) => return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted")),
                Some(BACK | DELETE) => drop(line.pop()),
                Some(CLEAR) => line.clear(),
                Some(_) if line.len() == LONGEST => return Err(io::Error::other("the line is too long")),
                Some(byte) => line.push(byte),
            }
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _closed_terminal = tcsetattr(&self.input, OptionalActions::Now, &self.before);
    }
}
