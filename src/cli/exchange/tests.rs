use std::sync::atomic::AtomicU64;

use super::*;
use crate::domain::{Amount, Currency};
use crate::exchange::bitfinex::testing::{ORIGIN, Told};
use crate::exchange::sim::api::Command;
use crate::exchange::sim::faults::Fault;

fn clock() -> Arc<Shifted> {
    Arc::new(Shifted { clock: Arc::new(Told(AtomicU64::new(0))), ahead: AtomicI64::new(0) })
}

fn options(accounts: Option<PathBuf>, faults: Option<PathBuf>) -> ExchangeArgs {
    ExchangeArgs { listen: "127.0.0.1:0".parse().unwrap(), accounts, seed: 3, faults, market: Market::Modelled }
}

#[test]
fn without_accounts_one_funded_key_is_made() {
    let (exchange, made) = build(&options(None, None), clock().now()).unwrap();
    let made = made.unwrap();
    assert!(made.wallets.iter().any(|(_, currency, amount)| *currency == Currency::USD && amount.is_positive()));
    assert!(exchange.next_event() > clock().now().market);
}

#[test]
fn files_are_read_and_their_errors_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = folder.path().join("accounts.toml");
    let faults_file = folder.path().join("faults.toml");
    std::fs::write(&accounts, "[main]\nkey = \"k\"\nsecret = \"s\"\nwallets.funding = { USD = \"1000\" }\n").unwrap();
    std::fs::write(&faults_file, "drop = \"0.1 %\"\n").unwrap();
    assert_eq!(faults(&faults_file).unwrap().chances, [(Fault::Drop, 1_000)]);
    assert!(build(&options(Some(accounts), Some(faults_file.clone())), clock().now()).unwrap().1.is_none());
    std::fs::write(&faults_file, "drpo = \"0.1 %\"\n").unwrap();
    let error = format!("{:#}", faults(&faults_file).unwrap_err());
    assert!(error.contains("faults.toml") && error.contains("drpo"), "{error}");
    let missing = build(&options(Some(folder.path().join("none.toml")), None), clock().now());
    assert!(format!("{:#}", missing.unwrap_err()).contains("none.toml"));
}

#[tokio::test]
async fn lines_become_orders_and_answers() {
    let (orders, mut inbox) = mpsc::channel(4);
    let clock = clock();
    let owner = async {
        let Some(Order::Do { command, answer }) = inbox.recv().await else { panic!("no command") };
        let amount = Amount::whole(5);
        assert!(matches!(command, Command::Withdraw { amount: asked, .. } if asked == amount));
        answer.send(Err("not so much".to_owned())).unwrap();
    };
    let line = r#"{"do":"withdraw","account":"a","currency":"USD","amount":"5"}"#;
    let (answer, ()) = tokio::join!(carry_out(line, &orders, &clock), owner);
    assert_eq!(answer, Err("not so much".to_owned()));
    drop(inbox);
    assert!(carry_out(line, &orders, &clock).await.unwrap_err().contains("stopped"));
}

#[tokio::test]
async fn time_set_forward_is_the_exchanges_time() {
    let clock = clock();
    let (exchange, _) = build(&options(None, None), clock.now()).unwrap();
    let (server, _) = SimServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (orders, inbox) = mpsc::channel(4);
    let stop = CancellationToken::new();
    let serving = server.run(exchange, Arc::<Shifted>::clone(&clock), inbox, stop.clone());
    let asking = async {
        let told = carry_out(r#"{"do":"time","forward":"2 d"}"#, &orders, &clock).await;
        stop.cancel();
        told
    };
    let (exchange, told) = tokio::join!(serving, asking);
    let later = (ORIGIN + 2 * 86_400_000).to_string();
    assert_eq!(told, Ok(serde_json::json!({ "ok": true, "text": later })));
    assert!(exchange.next_event().millis() > ORIGIN + 2 * 86_400_000);
}
