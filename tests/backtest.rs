//! The command `backtest` as a user meets it, and recorded data where they are at hand (`YIELDSFORGE_DATA`).

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    const PROFILE: &str = "description = \"near the best\"\n[limits]\nfloor = \"1 %/year\"\nmax_offer = \"600\"\n\
        [[slice]]\nname = \"core\"\nshare = \"100 %\"\nrate = { rule = \"depth\", amount = \"1000\" }\n";

    fn backtest(arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_yieldsforge")).arg("backtest").args(arguments).output().unwrap()
    }

    fn good(arguments: &[&str]) -> String {
        let output = backtest(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A folder with a profile in it.
    fn stage() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("near.toml");
        std::fs::write(&path, PROFILE).unwrap();
        (folder, path.display().to_string())
    }

    /// The recorded data; nothing, with a word, where they are not at hand.
    fn recorded(file: &str) -> Option<PathBuf> {
        let path = std::env::var_os("YIELDSFORGE_DATA").map(|folder| Path::new(&folder).join(file));
        let path = path.filter(|path| path.exists());
        if path.is_none() {
            println!("skipped: YIELDSFORGE_DATA does not lead to {file}");
        }
        path
    }

    #[test]
    fn a_modelled_week_makes_a_table_files_and_the_same_bytes_again() {
        let (folder, profile) = stage();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (page, days) = (file("page.html"), file("days.csv"));
        let asked = [&profile, "--model", "1..2", "--days", "3", "--amount", "3000", "--warm-up", "1d"];
        let with = |more: &[&str]| good(&[&asked[..], more].concat());
        let table = with(&["--html", &page, "--csv", &days, "--jobs", "2"]);
        assert!(
            table.contains("\n* near ") && table.contains("\nbest-offer ") && table.contains("foresight, full"),
            "{table}"
        );
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>") && page.matches("<svg").count() == 4, "{}", page.len());
        // Two tapes, ten lenders, three days.
        assert_eq!(std::fs::read_to_string(days).unwrap().lines().count(), 1 + 2 * 10 * 3);
        let (one, two) = (with(&["--json", "--jobs", "1"]), with(&["--json", "--jobs", "2"]));
        assert_eq!(one, two, "the same seeds give the same bytes, however many run at a time");
        let read: serde_json::Value = serde_json::from_str(&one).unwrap();
        assert_eq!(read["tapes"].as_array().unwrap().len(), 2);
        assert!(read["lenders"][0]["utilisation"].as_f64().unwrap() > 0.5, "{}", read["lenders"][0]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_code() {
        let (folder, profile) = stage();
        let code = |arguments: &[&str]| backtest(arguments).status.code();
        assert_eq!(code(&[&profile]), Some(64), "neither --data nor --model");
        assert_eq!(code(&[&profile, "--model", "5..1"]), Some(64));
        assert_eq!(code(&[&profile, "--model", "1", "--fills", "strict"]), Some(64));
        assert_eq!(code(&[&profile, "--model", "1", "--amount", "-3"]), Some(64));
        assert_eq!(code(&[&profile, "--data", "/nowhere/at/all.csv"]), Some(74));
        std::fs::write(folder.path().join("bad.toml"), "[limits]\nflor = 3\n").unwrap();
        let bad = folder.path().join("bad.toml").display().to_string();
        let output = backtest(&[&bad, "--model", "1"]);
        assert_eq!(output.status.code(), Some(78));
        assert!(String::from_utf8_lossy(&output.stderr).contains("bad.toml:2:1"), "{output:?}");
    }

    #[test]
    fn a_recorded_week_gives_more_the_more_generous_the_fills() {
        let Some(week) = recorded("candles/fUSD-1h-p2_20260805-20260811.csv") else { return };
        let (_folder, profile) = stage();
        let week = week.display().to_string();
        let net = |fills: &str| {
            let text = good(&[&profile, "--data", &week, "--fills", fills, "--draws", "3", "--json"]);
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            let lenders = read["lenders"].as_array().unwrap();
            let sum: f64 = lenders.iter().map(|lender| lender["net_apr"].as_f64().unwrap()).sum();
            (sum, read["foresight_net_apr"]["full"].as_f64().unwrap())
        };
        let (strict, middle, touch) = (net("strict"), net("middle"), net("touch"));
        assert!(strict.0 < middle.0 && middle.0 < touch.0, "{strict:?} {middle:?} {touch:?}");
        assert!(strict.1 < middle.1 && middle.1 < touch.1, "{strict:?} {middle:?} {touch:?}");
    }

    #[test]
    fn recorded_books_judge_by_the_next_and_their_bids_are_taken() {
        let Some(book) = recorded("book/fUSD-book-P0-25_20260721-20260811.csv") else { return };
        let (_folder, profile) = stage();
        let text = good(&[&profile, "--data", &book.display().to_string(), "--json"]);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["tapes"][0]["fills"], "snapshot");
        let lenders = read["lenders"].as_array().unwrap();
        let long = lenders.iter().find(|lender| lender["name"] == "long-bid").unwrap();
        assert!(long["utilisation"].as_f64().unwrap() > 0.9, "{long}");
        assert!(long["share_by_period"][3].as_f64().unwrap() > 0.8, "{long}");
    }
}
