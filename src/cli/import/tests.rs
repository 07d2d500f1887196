//! Files of the other bot, written by us, and what is made of them.

mod whole;

use super::*;
use crate::config::{Config, Sources};

const PLAIN: &str = "\
[API]
exchange = BITFINEX
apikey = AKfirstsecret
secret = SKsecondsecret

[BOT]
sleeptimeactive = 60
mindailyrate = 0.01
maxdailyrate = 5
spreadlend = 3
gapMode = Raw
gapbottom = 4000
gaptop = 90000
xdaythreshold = 0.06
xdays = 60
xdayspread = 2
hideCoins = True
endDate = 2027,6,30
spreadlnd = 4
favouritecolour = blue

# one coin
[USD]
minloansize = 150
maxpercenttolend = 80
maxtolendrate = 0.05

[notifications]
telegram_bot_id = 123:tokensecret
";

fn folder_of(text: &str) -> (tempfile::TempDir, Imported) {
    let folder = tempfile::tempdir().unwrap();
    let imported = mika::convert(&ini::parse(text).unwrap()).unwrap();
    write(folder.path(), &imported.files).unwrap();
    (folder, imported)
}

fn loaded(folder: &tempfile::TempDir) -> Config {
    let sources = Sources { path: folder.path().to_owned(), env: Vec::new(), flags: Vec::new() };
    config::load(&sources).unwrap_or_else(|found| panic!("{found}"))
}

#[test]
fn a_plain_file_becomes_a_profile_and_an_account_that_check_accepts() {
    let (folder, imported) = folder_of(PLAIN);
    let profile = fs::read_to_string(folder.path().join("profiles/imported-usd.toml")).unwrap();
    let core = "rate = { rule = \"spread\", from = \"4000\", to = \"90000\", offers = 3 }\n\
                period = { by_rate = [[\"0.03 %/day\", 2], [\"0.06 %/day\", 60]], interpolate = true }\n";
    assert_eq!(
        profile,
        format!(
            "description = \"USD, imported from MikaLendingBot.\"\n\n[limits]\nfloor = \"0.01 %/day\"\nceiling = \"5 \
             %/day\"\nmax_offers = 20\nmax_period = 60\n\n[[slice]]\nname = \"core\"\nshare = \"80 %\"\n{core}\n[[slice]]\nname \
             = \"reserve\"\nshare = \"20 %\"\nrelease = \"0.05 %/day\"\n{core}"
        )
    );
    let account = fs::read_to_string(folder.path().join("accounts/imported.toml")).unwrap();
    assert!(
        account.ends_with("[[lend]]\ncurrency = \"USD\"\nprofile = \"imported-usd\"\nwind_down = \"2027-06-30\"\n")
    );
    let config = loaded(&folder);
    assert!(config.policy.paper && config.profiles.len() == 1, "{:?}", config.profiles.keys());
    assert_eq!(imported.fates.len(), 21, "every setting has its fate: {:?}", imported.fates);
}

#[test]
fn every_setting_is_told_and_no_secret_is() {
    let (folder, imported) = folder_of(PLAIN);
    let told = told(&imported.fates);
    for part in [
        "line 3: [API] apikey has no equivalent: not read: `yieldsforge key add imported` keeps it encrypted",
        "line 8: [BOT] mindailyrate → limits.floor = \"0.01 %/day\"",
        "line 17: [BOT] hidecoins has no equivalent: always so",
        "line 18: [BOT] enddate → wind_down = \"2027-06-30\"",
        "line 19: [BOT] spreadlnd is not known: did you mean spreadlend?",
        "line 20: [BOT] favouritecolour is not known: nothing was made of it",
        "line 26: [USD] maxtolendrate → a slice that waits: release = \"0.05 %/day\"",
        "line 29: [NOTIFICATIONS] telegram_bot_id has no equivalent: see [[notify]]",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let mut all = format!("{told}{:?}", ini::parse(PLAIN).unwrap());
    for (path, _) in &imported.files {
        all.push_str(&fs::read_to_string(folder.path().join(path)).unwrap());
    }
    for secret in ["firstsecret", "secondsecret", "tokensecret"] {
        assert!(!all.contains(secret), "{secret}:\n{all}");
    }
}

#[test]
fn coins_have_their_own_settings() {
    let text = "[BOT]\nall_currencies = USD, BTC,ETH\nspreadlend = 1\nfrrasmin = true\nfrrdelta = -0.005\n\
                [BTC]\nmindailyrate = 0.002\nmaxactiveamount = 3\ngapbottom = 5\n[ETH]\nmaxactiveamount = 0\n";
    let (folder, imported) = folder_of(text);
    let config = loaded(&folder);
    assert_eq!(config.profiles.keys().collect::<Vec<_>>(), ["imported-btc", "imported-usd"]);
    let bitcoin = fs::read_to_string(folder.path().join("profiles/imported-btc.toml")).unwrap();
    assert!(
        bitcoin.contains("floor = \"0.002 %/day\"") && bitcoin.contains("at_least = \"frr - 0.005 %/day\""),
        "{bitcoin}"
    );
    assert!(bitcoin.contains("rule = \"depth\", amount = \"5000 USD\""), "a gap alone does not count: {bitcoin}");
    let account = fs::read_to_string(folder.path().join("accounts/imported.toml")).unwrap();
    assert!(account.contains("max_lent = \"3\"") && !account.contains("ETH"), "{account}");
    let told = told(&imported.fates);
    assert!(told.contains("line 11: [ETH] maxactiveamount → no [[lend]] entry: ETH is not lent"), "{told}");
    assert!(told.contains("line 9: [BTC] gapbottom has no equivalent"), "{told}");
}

#[test]
fn the_market_analysis_becomes_a_bound() {
    let text = "[USD]\nmindailyrate=0.01\n[MarketAnalysis]\nanalyseCurrencies = ALL\nlendingStyle = 80\n\
                percentile_seconds = 43200\n[Daily_min]\ndaily_min_method = percentile\n";
    let (folder, _) = folder_of(text);
    let _good = loaded(&folder);
    let profile = fs::read_to_string(folder.path().join("profiles/imported-usd.toml")).unwrap();
    assert!(
        profile.contains("at_least = { quantile = \"80 %\", window = \"720m\", of = \"best_offer\" }"),
        "{profile}"
    );
}

#[test]
fn nonsense_is_survived_and_passes_check_too() {
    let text = "[USD]\nmindailyrate = lots\nmaxdailyrate = -3\nspreadlend = 100000\ngapmode = raw\ngapbottom = x\n\
                gaptop = 0\nxdays = 999\nxdaythreshold = 0.2\nxdayspread = -1\nmaxtolend = -10\nendDate = soon\n";
    let (folder, imported) = folder_of(text);
    let _good = loaded(&folder);
    assert!(told(&imported.fates).contains("[USD] enddate has no equivalent: no date"), "{:?}", imported.fates);
}

#[test]
fn a_cap_is_kept_beside_whatever_else_is_asked_for() {
    let entry = |text: &str| {
        let (folder, imported) = folder_of(text);
        let _good = loaded(&folder);
        let account = fs::read_to_string(folder.path().join("accounts/imported.toml")).unwrap();
        let caps: Vec<String> = account.lines().filter(|line| line.contains("max_lent")).map(str::to_owned).collect();
        (caps.join(" "), folder, told(&imported.fates))
    };
    let (cap, folder, _) = entry("[USD]\nmaxpercenttolend=70\nmaxtolendrate=0.03\nmaxactiveamount=1000\n");
    assert_eq!(cap, "max_lent = \"1000\"");
    let profile = fs::read_to_string(folder.path().join("profiles/imported-usd.toml")).unwrap();
    assert!(profile.contains("share = \"70 %\"") && profile.contains("share = \"30 %\""), "{profile}");
    assert_eq!(entry("[USD]\nmaxtolend=5000\nmaxactiveamount=1000\n").0, "max_lent = \"1000\"");
    let (cap, folder, _) = entry("[USD]\nmaxpercenttolend=70\nmaxactiveamount=1000\n");
    assert_eq!(cap, "max_lent = \"1000\"");
    let profile = fs::read_to_string(folder.path().join("profiles/imported-usd.toml")).unwrap();
    assert!(profile.contains("share = \"70 %\"") && profile.matches("[[slice]]").count() == 1, "{profile}");
    // Less than can be offered is nothing, and not all.
    let (cap, folder, told) = entry("[USD]\nmaxtolend=100\nmindailyrate=0.01\n[BTC]\nmindailyrate=0.001\n");
    assert!(cap.is_empty() && !folder.path().join("profiles/imported-usd.toml").exists(), "{told}");
    assert!(told.contains("[USD] maxtolend → no [[lend]] entry: under the exchange's minimum of 150 USD"), "{told}");
    assert!(told.contains("[USD] mindailyrate has no equivalent: USD is not lent"), "{told}");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_half_written() {
    let (folder, imported) = folder_of(PLAIN);
    fs::remove_file(folder.path().join("profiles/imported-usd.toml")).unwrap();
    let refused = write(folder.path(), &imported.files).unwrap_err();
    assert!(
        refused.code == exit::IO && refused.text.contains("accounts/imported.toml: is there already"),
        "{refused:?}"
    );
    assert!(!folder.path().join("profiles/imported-usd.toml").exists());
}

#[test]
fn what_is_no_such_file_is_refused_with_its_line() {
    assert_eq!(ini::parse("[BOT]\nmindailyrate = 1\nhello\n"), Err(3));
    assert!(mika::convert(&ini::parse("[BOT]\nmindailyrate = 1\n").unwrap()).is_err(), "no currency");
}
