//! Which files make up a configuration, and their text.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::diagnose::{Diagnostic, Origin};
use super::spans::Place;
use super::units::Problem;

/// Larger than any configuration; protects against a wrong path.
const MAX_BYTES: u64 = 1 << 20;

/// The main file's name.
const MAIN: &str = "yieldsforge.toml";

/// The paths of a configuration.
#[derive(Debug)]
pub(super) struct Layout {
    /// The folder.
    pub(super) folder: PathBuf,
    /// The main file.
    pub(super) main: PathBuf,
}

impl Layout {
    /// `path` names the folder or the main file in it.
    pub(super) fn of(path: &Path) -> Self {
        if path.is_file() {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let folder = parent.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
            return Self { folder, main: path.to_path_buf() };
        }
        Self { folder: path.to_path_buf(), main: path.join(MAIN) }
    }
}

/// A complaint about a file as a whole.
pub(super) fn about(path: &Path, problem: Problem) -> Diagnostic {
    let place = Place { line: 1, column: 1, width: 1, source: String::new() };
    let origin = Origin::File(path.display().to_string(), place);
    Diagnostic { origin, message: problem.message, help: problem.help }
}

/// The `*.toml` files of a folder, sorted by name. A folder that is not there has none.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(about(folder, unreadable("folder", &error))),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| about(folder, unreadable("folder", &error)))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, Diagnostic> {
    let fail = |error: &std::io::Error| about(path, unreadable("file", error));
    // A pipe or a device would never end.
    if !fs::metadata(path).map_err(|error| fail(&error))?.is_file() {
        return Err(about(path, Problem::new("this is not a file")));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| fail(&error))?;
    file.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(about(path, Problem::new("the file is larger than 1 MiB: no configuration is")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        let mut diagnostic = about(path, Problem::new("the file is not UTF-8 text").help("save it as UTF-8"));
        if let Origin::File(_, place) = &mut diagnostic.origin {
            place.line = line;
        }
        diagnostic
    })
}

fn unreadable(what: &str, error: &std::io::Error) -> Problem {
    if error.kind() == ErrorKind::NotFound {
        Problem::new(format!("there is no such {what}"))
            .help("--config names the folder that holds yieldsforge.toml, or that file; it may be empty")
    } else if error.kind() == ErrorKind::PermissionDenied {
        Problem::new(format!("no permission to read this {what}"))
            .help("the user that runs the daemon must be able to read it")
    } else {
        Problem::new(format!("cannot read this {what}: {error}"))
    }
}

/// A file's stem, when it is text.
pub(super) fn stem(path: &Path) -> Option<&str> {
    path.file_stem().and_then(|stem| stem.to_str())
}
