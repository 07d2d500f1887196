//! Whatever is in the files, the answer is a configuration or messages with a place.

use std::fs;

use proptest::prelude::*;

use crate::{copy, corpus_root, load_with};

const FILES: [&str; 3] = ["yieldsforge.toml", "accounts/main.toml", "profiles/steady.toml"];

/// Pieces that mean something somewhere.
const PIECES: [&str; 25] = [
    "[",
    "]",
    "[[slice]]\n",
    "[[notify]]\n",
    "{",
    "}",
    "\"",
    "=",
    "\n",
    ".",
    "-",
    "0",
    "1e309",
    "99999999999999999999",
    "true",
    "%",
    " %/day",
    "frr",
    "USD",
    "é",
    "\u{1}",
    "[limits]\n",
    "2027-06-30",
    "rate",
    "= []\n",
];

fn mutated(text: &str, changes: &[(u8, usize, usize, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for &(kind, at, other, byte) in changes {
        let at = at % bytes.len().max(1);
        match kind % 5 {
            0 if !bytes.is_empty() => bytes[at] = byte,
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => drop(bytes.splice(at..at, PIECES[other % PIECES.len()].bytes())),
            3 => {
                // A line goes elsewhere.
                let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let line = lines.remove(at % lines.len());
                lines.insert(other % (lines.len() + 1), line);
                bytes = lines.join(&b'\n');
            }
            _ => {
                // A value is replaced by a piece.
                let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end);
                if let Some(sign) = bytes[at..end].iter().position(|byte| *byte == b'=') {
                    drop(bytes.splice(at + sign + 1..end, PIECES[other % PIECES.len()].bytes()));
                }
            }
        }
    }
    bytes
}

/// True for `…:LINE:COLUMN` with both above zero.
fn is_place(location: &str) -> bool {
    let mut parts = location.rsplit(':').take(2).map(str::parse::<usize>);
    parts.all(|part| part.is_ok_and(|number| number > 0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_in_a_file_makes_it_panic_and_every_complaint_has_its_place(
        file in 0_usize..3,
        changes in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), any::<u8>()), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        copy(&corpus_root().join("good/everything"), folder.path());
        let path = folder.path().join(FILES[file]);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, mutated(&text, &changes)).unwrap();
        if let Err(found) = load_with(folder.path(), &[]) {
            prop_assert!(!found.all().is_empty());
            let shown = found.to_string();
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{shown:?}");
            for one in found.all() {
                prop_assert!(is_place(&one.location()), "{}", one.location());
                prop_assert!(!one.message().is_empty());
            }
        }
    }
}
