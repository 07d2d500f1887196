//! `yieldsforge.toml`.

use std::path::{Path, PathBuf};

use crate::config::diagnose::quoted;
use crate::config::document::Section;
use crate::config::raw::{Leaf, RawExchange, RawMain, RawRecorder};
use crate::config::settings::{Exchange, Log, LogFormat, Mode, Recorder, Settings, ShutdownOffers};
use crate::config::units::{self, Problem};
use crate::domain::{DAY, Millis, SECOND};

use super::{address, choice};

/// The longest tick: a quarter of the watchdog's minute.
const MAX_TICK: Millis = SECOND.times(15);

/// The longest that rows of the market are kept: ten years.
const MAX_KEEP: Millis = DAY.times(3_650);

const STATE: &str = "/var/lib/yieldsforge";

pub(super) fn read(root: &Section<'_>, raw: &RawMain, folder: &Path, state: Option<&str>) -> Option<Settings> {
    let mode =
        root.read("mode", raw.mode.as_ref(), |leaf| choice(leaf, &[("paper", Mode::Paper), ("live", Mode::Live)]));
    let exchange = exchange(&root.table("exchange"), &raw.exchange);
    let listen = root.table("http").read("listen", raw.http.listen.as_ref(), address::listen);
    let identity = root.table("keys").read("identity", raw.keys.identity.as_ref(), units::path);
    let directory = root.table("state").read("directory", raw.state.directory.as_ref(), units::path);
    let tick = root.table("engine").read("tick", raw.engine.tick.as_ref(), tick);
    let log = root.table("log");
    let format = log.read("format", raw.log.format.as_ref(), |leaf| {
        let words = [
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("journald", LogFormat::Journald),
            ("json", LogFormat::Json),
        ];
        choice(leaf, &words)
    });
    let filter = log.read("filter", raw.log.filter.as_ref(), filter);
    let shutdown_offers = root.table("shutdown").read("offers", raw.shutdown.offers.as_ref(), |leaf| {
        choice(leaf, &[("leave", ShutdownOffers::Leave), ("cancel", ShutdownOffers::Cancel)])
    });
    let recorder = recorder(&root.table("recorder"), &raw.recorder);
    // systemd separates several directories by colons; the first is the unit's own.
    let given = state.and_then(|list| list.split(':').next()).filter(|first| !first.is_empty());
    let state_directory = directory.unwrap_or_else(|| PathBuf::from(given.unwrap_or(STATE)));
    Some(Settings {
        mode: mode?,
        exchange: exchange?,
        listen: listen?,
        state_directory: folder.join(state_directory),
        identity: identity.map(|path| folder.join(path)),
        tick: tick?,
        log: Log { format: format?, filter: filter? },
        shutdown_offers: shutdown_offers?,
        recorder: recorder?,
    })
}

fn recorder(section: &Section<'_>, raw: &RawRecorder) -> Option<Recorder> {
    let enabled = section.read("enabled", raw.enabled.as_ref(), units::boolean);
    let keep = section.read("keep", raw.keep.as_ref(), keep);
    let max_size = section.read("max_size", raw.max_size.as_ref(), units::size);
    Some(Recorder { enabled: enabled?, keep: keep?, max_size: max_size? })
}

fn keep(leaf: &Leaf) -> Result<Millis, Problem> {
    let keep = units::duration(leaf)?;
    if keep < DAY || keep > MAX_KEEP {
        return Err(Problem::new("what is recorded is kept for 1d to 3650d")
            .help("write \"400d\", or enabled = false to keep nothing"));
    }
    Ok(keep)
}

fn exchange(section: &Section<'_>, raw: &RawExchange) -> Option<Exchange> {
    let rest = |key, leaf| section.read(key, leaf, |leaf| address::exchange(leaf, "https", "http"));
    let ws = |key, leaf| section.read(key, leaf, |leaf| address::exchange(leaf, "wss", "ws"));
    let (private, public) = (rest("rest", raw.rest.as_ref()), rest("rest_public", raw.rest_public.as_ref()));
    let (account, market) = (ws("ws", raw.ws.as_ref()), ws("ws_public", raw.ws_public.as_ref()));
    Some(Exchange { rest: private?, rest_public: public?, ws: account?, ws_public: market? })
}

fn tick(leaf: &Leaf) -> Result<Millis, Problem> {
    let tick = units::duration(leaf)?;
    if tick < SECOND || tick > MAX_TICK {
        return Err(Problem::new("the tick is not between 1s and 15s")
            .help("events bring a round forward; over 15s the watchdog could not tell slow from stuck"));
    }
    Ok(tick)
}

/// Levels, strictly: a misspelt level would otherwise pass for the name of a target and open the floodgates.
fn filter(leaf: &Leaf) -> Result<String, Problem> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let text = units::text(leaf)?;
    for directive in text.split(',').map(str::trim) {
        let (target, level) = directive.split_once('=').map_or((None, directive), |(t, level)| (Some(t), level));
        let named = target.is_none_or(|target| {
            !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte))
        });
        if !named || !LEVELS.contains(&level) {
            return Err(Problem::new(format!("{} is no log filter", quoted(directive)))
                .help("write a level (off, error, warn, info, debug, trace), then target=level after commas"));
        }
    }
    Ok(text.split(',').map(str::trim).collect::<Vec<_>>().join(","))
}
