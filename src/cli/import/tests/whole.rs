//! Whole files as their bots read them, and all that is told of them.

use super::*;

const MIKA: &str = "\
[API]
exchange = Bitfinex
apikey = AKatticsecret
secret = SKatticsecret

[POLONIEX]
all_currencies = STR,BTC,DOGE
apikey = AKothersecret

[BITFINEX]
# what may be lent
all_currencies = USD,BTC,ETH
spreadlend = 4

[BOT]
label = Attic
sleeptimeactive = 60
sleeptimeinactive = 300
timeout = 30
mindailyrate = 0.008
maxdailyrate = 5
gapMode = RawBTC
gapbottom = 40
gaptop = 200
xdaythreshold = 0.2
xdays = 60
transferableCurrencies = USD,BTC
minloansize = 0.01
keepstuckorders = True
hideCoins = False ; lend always
endDate = 2027,12,25
method = MACD
jsonlogsize = 200
startWebServer = true
customWebServerAddress = 127.0.0.1
outputCurrency = USD
plugins = AccountStats,Charts

[ACCOUNTSTATS]
ReportInterval = 86400

[USD]
minloansize = 150
mindailyrate = 0.01
maxpercenttolend = 70
maxtolendrate = 0.03
gapmode = Raw
gapbottom = 20000
gaptop = 400000
frrasmin = True
frrdelta = 0.002

[BTC]
maxactiveamount = 2

[notifications]
telegram = True
telegram_bot_id = 123:bottokensecret

[MarketAnalysis]
analyseCurrencies = BTC
lendingStyle = 80
MACD_long_win_seconds = 1800
percentile_seconds = 259200
keep_history_seconds = 285120

[Daily_min]
method = percentile
multiplier = 1.05
";

const MIKA_TOLD: &str = "\
line 2: [API] exchange has no equivalent: Bitfinex is the only one
line 3: [API] apikey has no equivalent: not read: `yieldsforge key add imported` keeps it encrypted
line 4: [API] secret has no equivalent: not read: `yieldsforge key add imported` keeps it encrypted
line 7: [POLONIEX] all_currencies has no equivalent: another exchange, ignored
line 8: [POLONIEX] apikey has no equivalent: another exchange, ignored
line 12: [BITFINEX] all_currencies → one [[lend]] entry a currency
line 13: [BITFINEX] spreadlend for BTC, ETH → rate = { rule = \"spread\", from = \"5000 USD\", to = \"50000 \
    USD\", offers = 4 }
line 13: [BITFINEX] spreadlend for USD → rate = { rule = \"spread\", from = \"20000\", to = \"400000\", offers = 4 }
line 16: [BOT] label has no equivalent: the account's name stands in logs and metrics
line 17: [BOT] sleeptimeactive has no equivalent: it is told by the exchange's streams and need not poll; see \
    engine.tick
line 18: [BOT] sleeptimeinactive has no equivalent: it is told by the exchange's streams and need not poll; see \
    engine.tick
line 19: [BOT] timeout has no equivalent: timeouts are fixed
line 20: [BOT] mindailyrate → limits.floor = \"0.008 %/day\"
line 21: [BOT] maxdailyrate → limits.ceiling = \"5 %/day\"
line 22: [BOT] gapmode has no equivalent: gaps are amounts here: rate = { rule = \"spread\", from = \"5000 USD\", \
    to = \"50000 USD\", offers = 4 } was written, read its depths anew
line 23: [BOT] gapbottom has no equivalent: gaps are amounts here: rate = { rule = \"spread\", from = \"5000 \
    USD\", to = \"50000 USD\", offers = 4 } was written, read its depths anew
line 24: [BOT] gaptop has no equivalent: gaps are amounts here: rate = { rule = \"spread\", from = \"5000 USD\", \
    to = \"50000 USD\", offers = 4 } was written, read its depths anew
line 25: [BOT] xdaythreshold → period = { by_rate = [[\"0.2 %/day\", 60]] }
line 26: [BOT] xdays → period = { by_rate = [[\"0.2 %/day\", 60]] }
line 27: [BOT] transferablecurrencies has no equivalent: the key may not move money between wallets: move it to \
    the Funding wallet yourself
line 28: [BOT] minloansize has no equivalent: the exchange's minimum holds, 150 USD or its worth
line 29: [BOT] keepstuckorders has no equivalent: always so
line 30: [BOT] hidecoins for BTC has no equivalent: a slice has one at_least, which the rank has: offers are \
    lifted to that, never to the floor
line 30: [BOT] hidecoins for ETH → at_least = \"0.008 %/day\": what would be asked under the floor is asked at it
line 30: [BOT] hidecoins for USD has no equivalent: a slice has one at_least, which the FRR has: offers are \
    lifted to that, never to the floor
line 31: [BOT] enddate → wind_down = \"2027-12-25\"
line 32: [BOT] method is not known: nothing was made of it
line 33: [BOT] jsonlogsize has no equivalent: see /status and /metrics
line 34: [BOT] startwebserver has no equivalent: see /status, /metrics and the dashboard for Grafana
line 35: [BOT] customwebserveraddress has no equivalent: see http.listen
line 36: [BOT] outputcurrency has no equivalent: every amount is shown in its own currency
line 37: [BOT] plugins has no equivalent: earnings and charts are built in
line 40: [ACCOUNTSTATS] reportinterval has no equivalent: earnings and charts are built in
line 43: [USD] minloansize has no equivalent: the exchange's minimum holds, 150 USD or its worth
line 44: [USD] mindailyrate → limits.floor = \"0.01 %/day\"
line 45: [USD] maxpercenttolend → a slice that waits: release = \"0.03 %/day\"
line 46: [USD] maxtolendrate → a slice that waits: release = \"0.03 %/day\"
line 47: [USD] gapmode → rate = { rule = \"spread\", from = \"20000\", to = \"400000\", offers = 4 }
line 48: [USD] gapbottom → rate = { rule = \"spread\", from = \"20000\", to = \"400000\", offers = 4 }
line 49: [USD] gaptop → rate = { rule = \"spread\", from = \"20000\", to = \"400000\", offers = 4 }
line 50: [USD] frrasmin → at_least = \"frr + 0.002 %/day\": offers wait there
line 51: [USD] frrdelta → at_least = \"frr + 0.002 %/day\", read as percent per day
line 54: [BTC] maxactiveamount → max_lent = \"2\", a hard cap
line 57: [NOTIFICATIONS] telegram has no equivalent: see [[notify]]; tokens belong into an encrypted contact file
line 58: [NOTIFICATIONS] telegram_bot_id has no equivalent: see [[notify]]; tokens belong into an encrypted \
    contact file
line 61: [MARKETANALYSIS] analysecurrencies → at_least = { quantile = \"80 %\", window = \"1440m\", of = \
    \"best_offer\" }
line 62: [MARKETANALYSIS] lendingstyle → at_least = { quantile = \"80 %\", window = \"1440m\", of = \"best_offer\" }
line 63: [MARKETANALYSIS] macd_long_win_seconds has no equivalent: no floor follows two averages; rate = { rule = \
    \"average\" } asks by them
line 64: [MARKETANALYSIS] percentile_seconds → at_least = { quantile = \"80 %\", window = \"1440m\", of = \
    \"best_offer\" }: cut to a day, best offers are kept no longer
line 65: [MARKETANALYSIS] keep_history_seconds has no equivalent: the past is kept by itself
line 68: [DAILY_MIN] method → at_least = { quantile = \"80 %\", window = \"1440m\", of = \"best_offer\" }
line 69: [DAILY_MIN] multiplier has no equivalent: no floor follows two averages; rate = { rule = \"average\", \
    factor = \"105 %\" } asks by them
";

const CARTON: &str = "\
[API]
exchange = Bitfinex
apikey = AKforksecret
secret = SKforksecret

[BITFINEX]
all_currencies = USD,BTC

[BOT]
api_debug_log = False
lending_strategy = FRR
mindailyrate = 0.005
maxdailyrate = 5
spreadlend = 1
gapMode = RawBTC
gapbottom = 40
gaptop = 200
xdaythreshold = 0.050:20,0.058:30,
    0.060:45,0.070:365,often:60,0.064:60
hideCoins = False
frrdelta_min = -10
frrdelta_max = 10

[BTC]
lending_strategy = Spread
spreadlend = 2
gapmode = Raw
gapbottom = 1
gaptop = 20
xday_thresholds = 0.02:30
xdayspread = 2
xdays = 90
frr_delta_min = -5
";

const CARTON_TOLD: &str = "\
line 2: [API] exchange has no equivalent: Bitfinex is the only one
line 3: [API] apikey has no equivalent: not read: `yieldsforge key add imported` keeps it encrypted
line 4: [API] secret has no equivalent: not read: `yieldsforge key add imported` keeps it encrypted
line 7: [BITFINEX] all_currencies → one [[lend]] entry a currency
line 10: [BOT] api_debug_log has no equivalent: see log.filter
line 11: [BOT] lending_strategy → rate = { rule = \"frr\" }, shape = { ladder = [\"-10 %\", \"+10 %\"], offers = 6 }
line 12: [BOT] mindailyrate → limits.floor = \"0.005 %/day\"
line 13: [BOT] maxdailyrate → limits.ceiling = \"5 %/day\"
line 14: [BOT] spreadlend has no equivalent: one offer would stand at the low end: shape = { ladder = [\"-10 %\", \
    \"+10 %\"], offers = 6 } was written
line 15: [BOT] gapmode has no equivalent: around the FRR no depth counts
line 16: [BOT] gapbottom has no equivalent: around the FRR no depth counts
line 17: [BOT] gaptop has no equivalent: around the FRR no depth counts
line 18: [BOT] xdaythreshold → period = { by_rate = [[\"0.05 %/day\", 20], [\"0.058 %/day\", 30], [\"0.06 \
    %/day\", 45], [\"0.064 %/day\", 60], [\"0.07 %/day\", 120]], interpolate = true }; pair 4 has 120 days here: \
    loans last 2 to 120; pair 5 is left out: no rate:days; sorted by rate; under the first rate two days, where \
    that bot takes the first pair's
line 20: [BOT] hidecoins → at_least = \"0.005 %/day\": what would be asked under the floor is asked at it
line 21: [BOT] frrdelta_min → shape = { ladder = [\"-10 %\", \"+10 %\"], offers = 6 }: percent of the FRR, from \
    -50 % to +50 %, all of its steps at once
line 22: [BOT] frrdelta_max for BTC has no equivalent: only lending_strategy = FRR asks around the FRR
line 22: [BOT] frrdelta_max for USD → shape = { ladder = [\"-10 %\", \"+10 %\"], offers = 6 }: percent of the \
    FRR, from -50 % to +50 %, all of its steps at once
line 25: [BTC] lending_strategy → rate = { rule = \"spread\", from = \"1\", to = \"20\", offers = 2 }
line 26: [BTC] spreadlend → rate = { rule = \"spread\", from = \"1\", to = \"20\", offers = 2 }
line 27: [BTC] gapmode → rate = { rule = \"spread\", from = \"1\", to = \"20\", offers = 2 }
line 28: [BTC] gapbottom → rate = { rule = \"spread\", from = \"1\", to = \"20\", offers = 2 }
line 29: [BTC] gaptop → rate = { rule = \"spread\", from = \"1\", to = \"20\", offers = 2 }
line 30: [BTC] xday_thresholds → period = { by_rate = [[\"0.01 %/day\", 2], [\"0.02 %/day\", 30]], interpolate = \
    true }
line 31: [BTC] xdayspread → period = { by_rate = [[\"0.01 %/day\", 2], [\"0.02 %/day\", 30]], interpolate = true }
line 32: [BTC] xdays has no equivalent: each pair has its own days
line 33: [BTC] frr_delta_min has no equivalent: only lending_strategy = FRR asks around the FRR
";

fn read(folder: &tempfile::TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

fn profile(name: &str, limits: &str, slices: &str) -> String {
    format!("description = \"{name}, imported from MikaLendingBot.\"\n\n[limits]\n{limits}\n{slices}")
}

#[test]
fn a_whole_file_loads_and_all_of_it_is_told() {
    let (folder, imported) = folder_of(MIKA);
    let config = loaded(&folder);
    assert_eq!(config.profiles.keys().collect::<Vec<_>>(), ["imported-btc", "imported-eth", "imported-usd"]);
    let dear = "period = { by_rate = [[\"0.2 %/day\", 60]] }\n";
    let limits =
        |floor: &str| format!("floor = \"{floor} %/day\"\nceiling = \"5 %/day\"\nmax_offers = 20\nmax_period = 60\n");
    let core = format!(
        "rate = {{ rule = \"spread\", from = \"20000\", to = \"400000\", offers = 4 }}\n\
         at_least = \"frr + 0.002 %/day\"\n{dear}"
    );
    let slices = format!(
        "[[slice]]\nname = \"core\"\nshare = \"70 %\"\n{core}\n\
         [[slice]]\nname = \"reserve\"\nshare = \"30 %\"\nrelease = \"0.03 %/day\"\n{core}"
    );
    assert_eq!(read(&folder, "profiles/imported-usd.toml"), profile("USD", &limits("0.01"), &slices));
    let whole = |at_least: &str| {
        format!(
            "[[slice]]\nname = \"core\"\nshare = \"100 %\"\n\
             rate = {{ rule = \"spread\", from = \"5000 USD\", to = \"50000 USD\", offers = 4 }}\n\
             at_least = {at_least}\n{dear}"
        )
    };
    let rank = whole("{ quantile = \"80 %\", window = \"1440m\", of = \"best_offer\" }");
    assert_eq!(read(&folder, "profiles/imported-btc.toml"), profile("BTC", &limits("0.008"), &rank));
    assert_eq!(
        read(&folder, "profiles/imported-eth.toml"),
        profile("ETH", &limits("0.008"), &whole("\"0.008 %/day\""))
    );
    let end = "wind_down = \"2027-12-25\"\n";
    assert_eq!(
        read(&folder, "accounts/imported.toml"),
        format!(
            "# Imported from MikaLendingBot. Keep the key with `yieldsforge key add imported`.\n\
             key = \"keys/imported.age\"\n\n\
             [[lend]]\ncurrency = \"BTC\"\nprofile = \"imported-btc\"\nmax_lent = \"2\"\n{end}\n\
             [[lend]]\ncurrency = \"ETH\"\nprofile = \"imported-eth\"\n{end}\n\
             [[lend]]\ncurrency = \"USD\"\nprofile = \"imported-usd\"\n{end}"
        )
    );
    assert_eq!(told(&imported.fates), MIKA_TOLD);
}

#[test]
fn a_whole_file_of_the_fork_loads_and_all_of_it_is_told() {
    let (folder, imported) = folder_of(CARTON);
    let _good = loaded(&folder);
    let limits = |longest: &str| {
        format!("floor = \"0.005 %/day\"\nceiling = \"5 %/day\"\nmax_offers = 20\nmax_period = {longest}\n")
    };
    let usd = "[[slice]]\nname = \"core\"\nshare = \"100 %\"\n\
        rate = { rule = \"frr\" }\nshape = { ladder = [\"-10 %\", \"+10 %\"], offers = 6 }\n\
        at_least = \"0.005 %/day\"\n\
        period = { by_rate = [[\"0.05 %/day\", 20], [\"0.058 %/day\", 30], [\"0.06 %/day\", 45], \
        [\"0.064 %/day\", 60], [\"0.07 %/day\", 120]], interpolate = true }\n";
    assert_eq!(read(&folder, "profiles/imported-usd.toml"), profile("USD", &limits("120"), usd));
    let btc = "[[slice]]\nname = \"core\"\nshare = \"100 %\"\n\
        rate = { rule = \"spread\", from = \"1\", to = \"20\", offers = 2 }\n\
        at_least = \"0.005 %/day\"\n\
        period = { by_rate = [[\"0.01 %/day\", 2], [\"0.02 %/day\", 30]], interpolate = true }\n";
    assert_eq!(read(&folder, "profiles/imported-btc.toml"), profile("BTC", &limits("30"), btc));
    assert_eq!(told(&imported.fates), CARTON_TOLD);
}

#[test]
fn pairs_that_our_files_would_refuse_are_mended_and_told() {
    let text = "[USD]\nxdaythreshold = 0.06:1, 0.05:40, 0.05:20, 0.07:30, 50:60, -1:9, 0.08\n";
    let (folder, imported) = folder_of(text);
    let _good = loaded(&folder);
    let period = "period = { by_rate = [[\"0.05 %/day\", 2], [\"0.06 %/day\", 2], [\"0.07 %/day\", 30]], \
                  interpolate = true }";
    assert!(read(&folder, "profiles/imported-usd.toml").contains(period));
    assert_eq!(
        told(&imported.fates),
        format!(
            "line 2: [USD] xdaythreshold → {period}; pair 1 has 2 days here: loans last 2 to 120; pair 5 is left out: \
             no rate:days; pair 6 is left out: no rate:days; pair 7 is left out: no rate:days; sorted by rate; of two \
             pairs at one rate the shorter stays; no rate has more days than a higher one: shortened; under the first \
             rate two days, where that bot takes the first pair's\n"
        )
    );
    let (folder, imported) = folder_of("[USD]\nxday_threshold = often:long\nxdays = 30\n");
    let _good = loaded(&folder);
    assert!(read(&folder, "profiles/imported-usd.toml").contains("max_period = 2\n"));
    let told = told(&imported.fates);
    assert!(
        told.contains("[USD] xday_threshold has no equivalent: two days always: pair 1 is left out: no rate:days\n")
            && told.contains("[USD] xdays has no equivalent: each pair has its own days\n"),
        "{told}"
    );
}

#[test]
fn the_band_around_the_frr_stays_one_that_our_files_take() {
    let band = |text: &str| {
        let (folder, imported) = folder_of(&format!("[USD]\nlending_strategy = FRR\nfrrasmin = True\n{text}"));
        let _good = loaded(&folder);
        let profile = read(&folder, "profiles/imported-usd.toml");
        assert!(profile.contains("rate = { rule = \"frr\" }\nshape") && !profile.contains("at_least"), "{profile}");
        (profile, told(&imported.fates))
    };
    let (profile, told) = band("frr_delta_min = 80\nfrr_delta_max = -12.5\nspreadlend = 3\n");
    assert!(profile.contains("shape = { ladder = [\"-12.5 %\", \"+50 %\"], offers = 3 }\n"), "{profile}");
    assert!(told.contains("[USD] frrasmin has no equivalent: with lending_strategy = FRR offers stand"), "{told}");
    assert!(
        told.contains("[USD] frr_delta_min → shape = { ladder = [\"-12.5 %\", \"+50 %\"], offers = 3 }: "),
        "{told}"
    );
    assert!(band("frrdelta_min = 0\nfrrdelta_max = 0\n").0.contains("shape = { ladder = [\"0 %\"] }\n"));
    assert!(band("spreadlend = 1\n").0.contains("shape = { ladder = [\"-10 %\", \"+10 %\"], offers = 6 }\n"));
}

#[test]
fn names_count_only_in_their_sections() {
    let text = "[API]\nall_currencies = LTC\n[BOT]\nall_currencies = USD\nmethod = MACD\nlending_strategy = Guess\n\
                hideCoins = maybe\n[MarketAnalysis]\nanalyseCurrencies = ALL\npercentile_seconds = 60\n";
    let (folder, imported) = folder_of(text);
    assert_eq!(loaded(&folder).profiles.keys().collect::<Vec<_>>(), ["imported-usd"]);
    let rank = "at_least = { quantile = \"75 %\", window = \"10m\", of = \"best_offer\" }";
    let told = told(&imported.fates);
    for part in [
        "line 2: [API] all_currencies has no equivalent: ignored: only that of [BITFINEX] or [BOT] counts\n",
        "line 5: [BOT] method is not known: nothing was made of it\n",
        "line 6: [BOT] lending_strategy has no equivalent: neither Spread nor FRR: taken as Spread\n",
        "line 7: [BOT] hidecoins has no equivalent: always so: under the floor nothing is offered\n",
        &format!("line 10: [MARKETANALYSIS] percentile_seconds → {rank}: ten minutes are the least\n"),
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let averages = format!("{text}[Daily_min]\nmethod = MACD\nmultiplier = 1.1\n");
    let (folder, imported) = folder_of(&averages);
    assert!(!read(&folder, "profiles/imported-usd.toml").contains("at_least"));
    let told = super::told(&imported.fates);
    assert!(told.contains("line 12: [DAILY_MIN] method has no equivalent: no floor follows two averages"), "{told}");
    assert!(
        told.contains("line 13: [DAILY_MIN] multiplier has no equivalent: no floor follows two averages"),
        "{told}"
    );
}
