//! Logs: to standard error, as text, as JSON, or as journald likes it; filter and form can be changed while running.
//!
//! Nothing in here knows a secret, and nothing logs one: what comes in are notes and errors that hold none.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;

use thiserror::Error;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

use crate::domain::WireTime;
use crate::engine::Note;

use super::fold::Folder;
use super::note::{Line, line};

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// `journald` under systemd, else text.
    #[default]
    Auto,
    /// For people: time, level, words, fields.
    Text,
    /// One JSON object a line.
    Json,
    /// A `<N>` priority in front and no time: the journal has its own.
    Journald,
}

/// What the logs are to be like, and where they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSettings {
    /// The form.
    pub format: LogFormat,
    /// Directives as `info` or `info,yieldsforge::exchange=debug`.
    pub filter: String,
    /// True when standard error goes to the journal (`$JOURNAL_STREAM` is set).
    pub journal: bool,
    /// True for colours: a terminal, and no `NO_COLOR`.
    pub colour: bool,
}

/// The logs cannot be set up.
#[derive(Debug, Error)]
pub enum LogError {
    /// The filter makes no sense.
    #[error("log.filter {filter:?} is no filter: {detail}; write \"info\", or \"info,yieldsforge::exchange=debug\"")]
    Filter {
        /// As it was given.
        filter: String,
        /// What is wrong.
        detail: String,
    },
    /// There is no log any more.
    #[error("the log cannot be changed: {0}")]
    Gone(String),
    /// Logs were set up before in this process.
    #[error("logs are set up already in this process")]
    Installed,
}

type Filter = reload::Handle<EnvFilter, Registry>;

/// The way to change the log while running.
#[derive(Clone)]
pub struct LogControl {
    filter: Filter,
    form: Arc<dyn Fn(LogFormat) -> Result<(), reload::Error> + Send + Sync>,
}

impl fmt::Debug for LogControl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LogControl")
    }
}

impl LogControl {
    /// Replaces filter and form.
    ///
    /// # Errors
    /// [`LogError::Filter`]; then nothing has changed. [`LogError::Gone`] in a process that is ending.
    pub fn set(&self, filter: &str, format: LogFormat) -> Result<(), LogError> {
        let parsed = parse_filter(filter)?;
        let gone = |error: reload::Error| LogError::Gone(error.to_string());
        self.filter.reload(parsed).map_err(gone)?;
        (self.form)(format).map_err(gone)
    }
}

/// Checks a filter without setting it: for validation.
///
/// # Errors
/// [`LogError::Filter`].
pub fn check_filter(filter: &str) -> Result<(), LogError> {
    parse_filter(filter).map(|_filter| ())
}

fn parse_filter(filter: &str) -> Result<EnvFilter, LogError> {
    let fault = |detail: String| LogError::Filter { filter: filter.to_owned(), detail };
    if filter.trim().is_empty() {
        return Err(fault("it is empty".to_owned()));
    }
    // A lone word that is no level would be taken for the name of a module that does not exist: silence.
    let bare = filter
        .split(',')
        .map(str::trim)
        .find(|part| !part.contains('=') && part.parse::<tracing::level_filters::LevelFilter>().is_err());
    if let Some(word) = bare {
        return Err(fault(format!("{word:?} is no level (off, error, warn, info, debug, trace)")));
    }
    EnvFilter::try_new(filter).map_err(|error| fault(error.to_string()))
}

/// True when standard error is a terminal.
#[must_use]
pub fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Sets up the logs of the whole process, to standard error. Once.
///
/// # Errors
/// [`LogError::Filter`] and [`LogError::Installed`].
pub fn install(settings: &LogSettings) -> Result<LogControl, LogError> {
    let (subscriber, control) = subscriber(settings, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_second| LogError::Installed)?;
    Ok(control)
}

/// The same, writing to `writer`, not installed.
///
/// # Errors
/// [`LogError::Filter`].
pub fn subscriber<W>(
    settings: &LogSettings,
    writer: W,
) -> Result<(impl Subscriber + Send + Sync + use<W>, LogControl), LogError>
where
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(parse_filter(&settings.filter)?);
    let (journal, colour) = (settings.journal, settings.colour);
    let form = move |format: LogFormat| {
        let base = tracing_subscriber::fmt::layer().with_writer(writer.clone()).with_ansi(colour);
        match (format, journal) {
            (LogFormat::Json, _) => base.json().flatten_event(true).boxed(),
            (LogFormat::Journald, _) | (LogFormat::Auto, true) => {
                let plain = Format::default().with_ansi(false).with_level(false).without_time();
                base.with_ansi(false).event_format(Journal(plain)).boxed()
            }
            (LogFormat::Text, _) | (LogFormat::Auto, false) => base.boxed(),
        }
    };
    let (layer, layers) = reload::Layer::new(form(settings.format));
    let control = LogControl { filter: handle, form: Arc::new(move |format| layers.reload(form(format))) };
    Ok((Registry::default().with(filter.and_then(layer)), control))
}

/// Lines with a syslog priority in front (sd-daemon(3)).
struct Journal<F>(F);

impl<S, N, F> FormatEvent<S, N> for Journal<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            Level::DEBUG | Level::TRACE => 7,
        };
        // The journal takes every line for a message of its own: a line break inside would lose its priority.
        let mut text = String::new();
        self.0.format_event(ctx, Writer::new(&mut text), event)?;
        writeln!(writer, "<{priority}>{}", text.trim_end().replace('\n', " | "))
    }
}

/// Writes notes, repeats folded. One for the process.
#[derive(Debug, Default)]
pub struct NoteLog {
    folder: Folder,
}

impl NoteLog {
    /// Writes a note, or counts it as a repeat; `now` is wire time.
    pub fn note(&mut self, note: &Note, now: WireTime) {
        let mut line = line(note);
        if let Some(key) = line.fold.as_deref().filter(|_| line.level <= Level::WARN) {
            match self.folder.admit(key, now) {
                None => return,
                Some(0) => {}
                Some(more) => line.text = format!("{} (and {more} more like this)", line.text),
            }
        }
        write(&line);
    }

    /// Tells the repeats that were left out and have stopped since; to be called about once a minute.
    pub fn flush(&mut self, now: WireTime) {
        for (what, times) in self.folder.overdue(now) {
            tracing::warn!(event = "repeats", "{what}: {times} more in the minute after it was told");
        }
    }
}

fn write(line: &Line) {
    let Line { level, event, account, text, fold: _ } = line;
    let account = account.as_ref().map(crate::domain::AccountName::as_str);
    match *level {
        Level::ERROR => tracing::error!(account, event, "{text}"),
        Level::WARN => tracing::warn!(account, event, "{text}"),
        Level::INFO => tracing::info!(account, event, "{text}"),
        Level::DEBUG => tracing::debug!(account, event, "{text}"),
        Level::TRACE => tracing::trace!(account, event, "{text}"),
    }
}

#[cfg(test)]
mod tests;
