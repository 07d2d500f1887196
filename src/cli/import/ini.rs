//! The format of the other bot's file: `[SECTION]`, `key = value` or `key: value`, comments behind `#` or `;`.

use std::fmt;

/// A setting as it stands. What it is set to is shown by nobody: it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Line, from 1.
    pub(super) line: usize,
    /// Its section, in capitals.
    pub(super) section: String,
    /// Its name, in small letters.
    pub(super) key: String,
    /// What it is set to.
    pub(super) value: String,
}

impl fmt::Debug for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:[{}] {}", self.line, self.section, self.key)
    }
}

/// All settings that have a value, in the order of the text.
///
/// # Errors
/// The number of a line that is neither a section nor a setting.
pub(super) fn parse(text: &str) -> Result<Vec<Setting>, usize> {
    let mut section = String::new();
    let mut settings: Vec<Setting> = Vec::new();
    for (number, whole) in (1..).zip(text.lines()) {
        let line = whole.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim().to_uppercase();
            continue;
        }
        // An indented line goes on with the value before it.
        if whole.starts_with([' ', '\t'])
            && let Some(last) = settings.last_mut()
            && !line.contains('=')
        {
            last.value.push(',');
            last.value.push_str(line);
            continue;
        }
        let (key, value) = line.split_once(['=', ':']).ok_or(number)?;
        let value = value.split(" #").next().and_then(|value| value.split(" ;").next()).unwrap_or_default().trim();
        if !value.is_empty() {
            let (key, value) = (key.trim().to_lowercase(), value.to_owned());
            settings.push(Setting { line: number, section: section.clone(), key, value });
        }
    }
    Ok(settings)
}
