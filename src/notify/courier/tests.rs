use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Url;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;
use crate::domain::Timestamp;
use crate::notify::channel::Kind;
use crate::notify::event::{Event, Tone};
use crate::secrets::Contact;

const PATIENT: Duration = Duration::from_secs(20);
/// Quick enough for a test; two tries more than the first.
const PACE: Pace = Pace {
    first: Duration::from_millis(2),
    longest: Duration::from_millis(10),
    patience: Duration::from_secs(2),
    tries: 3,
};

/// A small HTTP server with one answer a request; without one left it says nothing.
struct Service {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

async fn service(answers: Vec<String>) -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let answers = Arc::new(Mutex::new(answers.into_iter()));
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(converse(stream, Arc::clone(&answers), Arc::clone(&ears)));
        }
    });
    Service { url, heard, _tasks: tasks }
}

async fn converse(
    stream: TcpStream,
    answers: Arc<Mutex<std::vec::IntoIter<String>>>,
    ears: Arc<Mutex<Vec<String>>>,
) -> () {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    loop {
        let (mut request, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reading.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            request.push_str(&line);
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reading.read_exact(&mut body).await.unwrap();
        request.push_str(&String::from_utf8(body).unwrap());
        ears.lock().unwrap().push(request);
        let next = answers.lock().unwrap().next();
        match next {
            Some(text) => writing.write_all(text.as_bytes()).await.unwrap(),
            None => std::future::pending().await,
        }
    }
}

fn client() -> Client {
    Client::builder()
        .tls_backend_preconfigured(
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
        )
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_millis(500))
        .build()
        .unwrap()
}

fn message(title: &str) -> Message {
    Message {
        event: Event::Idle,
        tone: Tone::News,
        at: Timestamp::default(),
        account: None,
        title: title.to_owned(),
        text: String::new(),
    }
}

fn courier(kind: Kind, contact: &str, report: Report) -> Courier {
    let contact = Arc::new(Contact::parse(contact.as_bytes()).unwrap());
    let judged = |text: &str| Url::parse(text).map_err(|error| error.to_string());
    Courier::new(client(), Channel::new(kind, contact, None, judged).unwrap(), PACE, 7, report)
}

/// Sends one message and answers what became of it.
async fn verdict(kind: Kind, contact: &str) -> Verdict {
    let (told, mut verdicts) = mpsc::channel(4);
    let report: Report = Arc::new(move |verdict| told.try_send(verdict.clone()).unwrap());
    let (post, bringing) = courier(kind, contact, report).open(CancellationToken::new());
    assert!(post.hand_over(message("hello")));
    drop(post);
    timeout(PATIENT, bringing).await.unwrap();
    let verdict = verdicts.recv().await.unwrap();
    assert_eq!(verdicts.recv().await, Some(Verdict::Dropped(0)), "nothing was left");
    verdict
}

#[tokio::test]
async fn a_message_is_posted_as_json_with_its_token_in_the_header() {
    let service = service(vec![answer(204, "", "")]).await;
    let contact = format!("url = \"{}/my-topic\"\ntoken = \"tk_5\"", service.url);
    assert_eq!(verdict(Kind::Ntfy, &contact).await, Verdict::Sent);
    let requests = service.heard.lock().unwrap().clone();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
    assert!(head.contains("\r\nauthorization: Bearer tk_5"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["topic"], &body["title"]), (&"my-topic".into(), &"hello".into()));
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_given_up() {
    for (answers, tries, expected) in [
        (vec![503, 429, 200], 3, Ok(())),
        (vec![500, 502, 504, 200], 3, Err("HTTP 504; given up after try 3")),
        (vec![401, 200], 1, Err("HTTP 401")),
        (vec![404, 200], 1, Err("HTTP 404")),
        // A redirect could carry the message anywhere.
        (vec![302, 200], 1, Err("HTTP 302")),
    ] {
        let replies = answers.iter().map(|status| answer(*status, "location: http://127.0.0.1:1/\r\n", "")).collect();
        let service = service(replies).await;
        let verdict = verdict(Kind::Discord, &format!("url = \"{}/api\"", service.url)).await;
        let expected = expected.map_or_else(|why| Verdict::Failed(why.to_owned()), |()| Verdict::Sent);
        assert_eq!((verdict, service.heard.lock().unwrap().len()), (expected, tries), "{answers:?}");
    }
}

#[tokio::test]
async fn a_service_is_waited_for_as_long_as_it_asks_within_reason() {
    // As a header in seconds, and as Telegram says it in the body. That the wait is at least what is asked for is the
    // pace's property.
    let telegram = |seconds| format!(r#"{{"ok":false,"error_code":429,"parameters":{{"retry_after":{seconds}}}}}"#);
    for (busy, taken) in [
        (answer(429, "retry-after: 1\r\n", ""), true),
        (answer(429, "", &telegram(1)), true),
        (answer(429, "retry-after: 3600\r\n", ""), false),
        (answer(429, "", &telegram(3_600)), false),
    ] {
        let service = service(vec![busy.clone(), answer(200, "", "{}")]).await;
        let contact = format!("url = \"{}\"\ntoken = \"1:secret-token\"\nchat = \"2\"", service.url);
        let verdict = verdict(Kind::Telegram, &contact).await;
        let given_up = Verdict::Failed("HTTP 429; given up after try 1".to_owned());
        assert_eq!(verdict, if taken { Verdict::Sent } else { given_up }, "{busy}");
        assert_eq!(service.heard.lock().unwrap().len(), if taken { 2 } else { 1 });
    }
}

#[tokio::test]
async fn what_went_wrong_is_told_without_the_address() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = service(Vec::new()).await;
    for base in [format!("http://{gone}"), silent.url.clone()] {
        let contact = format!("url = \"{base}\"\ntoken = \"1:secret-token\"\nchat = \"2\"");
        let Verdict::Failed(why) = verdict(Kind::Telegram, &contact).await else { panic!("{base} answered") };
        assert!(why.contains("given up after try 3") && !why.contains("secret-token"), "{why}");
        assert!(!why.contains("sendMessage"), "{why}");
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_an_end_counts_what_is_left() {
    let service = service(Vec::new()).await;
    let (told, mut verdicts) = mpsc::channel(8);
    let report: Report = Arc::new(move |verdict| told.try_send(verdict.clone()).unwrap());
    let end = CancellationToken::new();
    let contact = format!("url = \"{}/x\"", service.url);
    let (post, bringing) = courier(Kind::Slack, &contact, report).open(end.clone());
    let taken = (0..200).filter(|_| post.hand_over(message("hello"))).count();
    assert_eq!(taken, QUEUE);
    end.cancel();
    timeout(PATIENT, bringing).await.unwrap();
    let mut dropped = 0;
    while let Ok(Verdict::Dropped(many)) = verdicts.try_recv() {
        dropped += many;
    }
    assert_eq!(dropped, u64::try_from(QUEUE).unwrap());
    assert!(!post.hand_over(message("late")));
}

#[tokio::test]
async fn a_ping_that_failed_is_not_tried_again_when_all_is_well_no_more() {
    let service = service(vec![answer(503, "", ""), answer(200, "", ""), answer(200, "", "")]).await;
    let (told, mut verdicts) = mpsc::channel(8);
    let report: Report = Arc::new(move |verdict| told.try_send(verdict.clone()).unwrap());
    let looks = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (end, count) = (CancellationToken::new(), Arc::clone(&looks));
    let stop = end.clone();
    // Well at the first look, and not at the next twenty.
    let judge = move || match count.fetch_add(1, Ordering::SeqCst) {
        0 => true,
        look if look < 20 => false,
        _ => {
            stop.cancel();
            false
        }
    };
    let contact = format!("url = \"{}/alive\"", service.url);
    let pinging = courier(Kind::Ping, &contact, report).ping(Duration::from_millis(5), judge, end);
    timeout(PATIENT, pinging).await.unwrap();
    assert_eq!(service.heard.lock().unwrap().len(), 1);
    assert!(verdicts.try_recv().is_err(), "neither sent nor given up");
}

#[tokio::test]
async fn a_ping_leaves_while_all_is_well_and_only_then() {
    let service = service(vec![answer(200, "", "ok"); 100]).await;
    let (told, mut verdicts) = mpsc::channel(100);
    let report: Report = Arc::new(move |verdict| told.try_send(verdict.clone()).unwrap());
    let well = Arc::new(AtomicBool::new(false));
    let (end, asked) = (CancellationToken::new(), Arc::new(tokio::sync::Semaphore::new(0)));
    let (mood, asking) = (Arc::clone(&well), Arc::clone(&asked));
    let judge = move || {
        asking.add_permits(1);
        mood.load(Ordering::SeqCst)
    };
    let contact = format!("url = \"{}/alive\"", service.url);
    let pinging = courier(Kind::Ping, &contact, report).ping(Duration::from_millis(20), judge, end.clone());
    let watching = async {
        let looks = |many| timeout(PATIENT, Arc::clone(&asked).acquire_many_owned(many));
        looks(4).await.unwrap().unwrap().forget();
        assert!(service.heard.lock().unwrap().is_empty(), "not while it is not well");
        well.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            assert_eq!(timeout(PATIENT, verdicts.recv()).await.unwrap(), Some(Verdict::Sent));
        }
        well.store(false, Ordering::SeqCst);
        // One may be on its way; then there is silence.
        looks(8).await.unwrap().unwrap().forget();
        let calls = service.heard.lock().unwrap().len();
        looks(4).await.unwrap().unwrap().forget();
        assert_eq!(service.heard.lock().unwrap().len(), calls);
        end.cancel();
    };
    tokio::join!(pinging, watching);
    assert!(service.heard.lock().unwrap().iter().all(|heard| heard.starts_with("GET /alive HTTP/1.1\r\n")));
}
