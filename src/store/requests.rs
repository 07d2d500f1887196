//! Adopt requests: files by which `yieldsforge adopt` asks the daemon, without talking to it, to take offers under
//! management. Written whole or not at all, read and removed once on SIGHUP.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{AccountName, OfferId};

use super::error::StoreError;

/// Requests that may wait; more is a daemon that does not read them.
const MOST: u32 = 1_000;
/// No honest request is larger.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdoptFile {
    account: String,
    offers: Vec<i64>,
}

/// What waited to be adopted.
#[derive(Debug, Default)]
pub struct AdoptRequests {
    /// Good requests, oldest name first.
    pub good: Vec<(AccountName, Vec<OfferId>)>,
    /// Files that made no sense: set aside as `….json.bad`, with the reason.
    pub bad: Vec<StoreError>,
}

/// Asks the daemon on `state` to adopt `offers` of `account` at its next SIGHUP. The file belongs to the owner of the
/// state directory, so that a daemon under its own user can read what root asked.
///
/// # Errors
/// [`StoreError::Io`] when the file cannot be written.
pub fn write_adopt_request(state: &Path, account: &AccountName, offers: &[OfferId]) -> Result<PathBuf, StoreError> {
    let owner = fs::metadata(state).map_err(StoreError::io("read", state))?;
    let folder = state.join("adopt");
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => File::open(&folder).and_then(|file| give(&file, &owner)).map_err(StoreError::io("give", &folder))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StoreError::io("create", &folder)(error)),
    }
    let request = AdoptFile { account: account.to_string(), offers: offers.iter().map(|id| id.0).collect() };
    let text = serde_json::to_vec(&request).map_err(|error| StoreError::io("write", &folder)(error.into()))?;
    for number in 0..MOST {
        // Whoever makes the temporary file owns the number: two commands never write one request.
        let (draft, path) = (folder.join(format!("{number:04}.draft")), folder.join(format!("{number:04}.json")));
        if path.exists() {
            continue;
        }
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(StoreError::io("create", &draft)(error)),
        };
        file.write_all(&text)
            .and_then(|()| give(&file, &owner))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&draft, &path))
            .map_err(StoreError::io("write", &path))?;
        return Ok(path);
    }
    Err(StoreError::io("add a request to", &folder)(ErrorKind::StorageFull.into()))
}

/// Takes all waiting requests: each file is removed as it is read. No folder is no request.
///
/// # Errors
/// [`StoreError::Io`] when the folder cannot be read; a single bad file is told in the answer instead.
pub fn take_adopt_requests(state: &Path) -> Result<AdoptRequests, StoreError> {
    let mut paths = waiting(state)?;
    paths.sort();
    let mut requests = AdoptRequests::default();
    for path in paths {
        match read(&path) {
            Ok(request) => {
                fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
                requests.good.push(request);
            }
            Err(detail) => {
                let aside = path.with_extension("json.bad");
                fs::rename(&path, &aside).map_err(StoreError::io("set aside", &path))?;
                requests.bad.push(StoreError::Request { path: aside, detail });
            }
        }
    }
    Ok(requests)
}

/// True when requests wait that nobody has taken; false also when that cannot be seen.
#[must_use]
pub fn adopt_requests_wait(state: &Path) -> bool {
    waiting(state).is_ok_and(|paths| !paths.is_empty())
}

fn waiting(state: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let folder = state.join("adopt");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("read", &folder)(error)),
    };
    Ok(entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect())
}

fn read(path: &Path) -> Result<(AccountName, Vec<OfferId>), String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    let request: AdoptFile = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let account = AccountName::new(&request.account).map_err(|error| error.to_string())?;
    if request.offers.is_empty() || request.offers.iter().any(|id| *id <= 0) {
        return Err("it must name at least one offer, by a number above zero".to_owned());
    }
    Ok((account, request.offers.into_iter().map(OfferId).collect()))
}

/// Hands a file to `owner`; nothing to do, and no right needed, when it is theirs already.
fn give(file: &File, owner: &fs::Metadata) -> std::io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (owner.uid(), owner.gid()) {
        return Ok(());
    }
    fchown(file, Some(owner.uid()), Some(owner.gid()))
}
