use serde_json::json;

use super::*;
use crate::domain::{AccountName, Timestamp};
use crate::notify::event::Event;

const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

fn message(tone: Tone) -> Message {
    Message {
        event: Event::KeyRefused,
        tone,
        at: Timestamp::from_millis(1_700_000_000_000),
        account: AccountName::new("main").ok(),
        title: "The key of \"main\" <& @everyone>".to_owned(),
        text: "line one\nline two – done".to_owned(),
    }
}

fn channel(kind: Kind, contact: &str, template: Option<Value>) -> Result<Channel, ChannelError> {
    let contact = Arc::new(Contact::parse(contact.as_bytes()).unwrap());
    Channel::new(kind, contact, template, |text| Url::parse(text).map_err(|error| error.to_string()))
}

fn letter(kind: Kind, contact: &str, template: Option<Value>) -> Letter {
    channel(kind, contact, template).unwrap().letter(&message(Tone::Trouble))
}

#[test]
fn telegram_is_sent_send_message_with_chat_and_text() {
    let contact = format!("token = \"{TOKEN}\"\nchat = \"-1001234\"\n");
    let letter = letter(Kind::Telegram, &contact, None);
    assert_eq!(letter.url.as_str(), format!("https://api.telegram.org/bot{TOKEN}/sendMessage"));
    let text = "The key of \"main\" <& @everyone>\nline one\nline two – done";
    assert_eq!(letter.body, Some(json!({ "chat_id": "-1001234", "text": text })));
    assert_eq!(letter.token, None);
}

#[test]
fn discord_is_sent_content_that_calls_nobody() {
    let letter = letter(Kind::Discord, "url = \"https://discord.com/api/webhooks/1/x\"", None);
    assert_eq!(letter.url.as_str(), "https://discord.com/api/webhooks/1/x");
    let content = "**The key of \"main\" <& @everyone>**\nline one\nline two – done";
    assert_eq!(letter.body, Some(json!({ "content": content, "allowed_mentions": { "parse": [] } })));
}

#[test]
fn slack_is_sent_text_with_its_three_signs_escaped() {
    let letter = letter(Kind::Slack, "url = \"https://hooks.slack.com/services/T/B/x\"", None);
    let text = "*The key of \"main\" &lt;&amp; @everyone&gt;*\nline one\nline two – done";
    assert_eq!(letter.body, Some(json!({ "text": text })));
}

#[test]
fn ntfy_is_sent_json_to_its_root_with_the_topic_inside() {
    let contact = "url = \"https://ntfy.example/base/my-topic\"\ntoken = \"tk_1\"";
    let letter = letter(Kind::Ntfy, contact, None);
    assert_eq!((letter.url.as_str(), letter.token.as_deref()), ("https://ntfy.example/base", Some("tk_1")));
    let body = letter.body.unwrap();
    let expected = json!({
        "topic": "my-topic", "title": "The key of \"main\" <& @everyone>", "message": "line one\nline two – done",
        "priority": 4, "tags": ["warning"],
    });
    assert_eq!(body, expected);
    let root = channel(Kind::Ntfy, "url = \"https://ntfy.sh/my-topic/\"", None).unwrap();
    let quiet = Message { text: String::new(), ..message(Tone::News) };
    let letter = root.letter(&quiet);
    assert_eq!(letter.url.as_str(), "https://ntfy.sh/");
    let body = letter.body.unwrap();
    assert_eq!((&body["message"], &body["priority"]), (&json!(quiet.title), &json!(3)));
}

#[test]
fn a_webhook_is_sent_what_the_user_wrote() {
    let usual = letter(Kind::Webhook, "url = \"https://a.example/x\"\ntoken = \"t\"", None);
    let expected = json!({
        "event": "key_refused", "tone": "trouble", "account": "main", "at": "2023-11-14T22:13:20Z",
        "title": "The key of \"main\" <& @everyone>", "text": "line one\nline two – done",
    });
    assert_eq!((usual.body, usual.token.as_deref()), (Some(expected), Some("t")));
    // A service that wants its token inside is not sent it as a header too.
    let template = json!({ "token": "{token}", "user": "{chat}", "message": "{title}" });
    let contact = "url = \"https://a.example/x\"\ntoken = \"t\"\nchat = \"u\"";
    let own = letter(Kind::Webhook, contact, Some(template));
    let expected = json!({ "token": "t", "user": "u", "message": "The key of \"main\" <& @everyone>" });
    assert_eq!((own.body, own.token), (Some(expected), None));
}

#[test]
fn every_word_that_the_configuration_allows_is_filled_in() {
    let words = crate::config::TEMPLATE_WORDS;
    let template = Value::from_iter(words.map(|word| json!(format!("{{{word}}}"))));
    let contact = "url = \"https://a.example/x\"\ntoken = \"t\"\nchat = \"u\"";
    let body = letter(Kind::Webhook, contact, Some(template)).body.unwrap().to_string();
    assert!(!body.contains('{'), "{body}");
}

#[test]
fn a_ping_only_calls() {
    let channel = channel(Kind::Ping, "url = \"https://hc-ping.com/uuid\"", None).unwrap();
    let call = channel.call();
    assert_eq!((call.url.as_str(), call.body, call.token), ("https://hc-ping.com/uuid", None, None));
}

#[test]
fn long_texts_fit_every_service() {
    let long = Message { title: "ü".repeat(3_000), text: "é".repeat(30_000), ..message(Tone::Over) };
    for kind in [Kind::Telegram, Kind::Discord, Kind::Ntfy] {
        let contact = format!("url = \"https://a.example/x\"\ntoken = \"{TOKEN}\"\nchat = \"1\"");
        let body = channel(kind, &contact, None).unwrap().letter(&long).body.unwrap();
        let texts = ["text", "content", "message"].map(|key| body[key].as_str().unwrap_or_default().to_owned());
        let longest = texts.iter().map(String::len).max().unwrap();
        assert!((1_500..2_000).contains(&longest), "{kind:?}: {longest}");
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_shown() {
    let cases = [
        (Kind::Webhook, "token = \"sV9\"", "url is missing, which the kind webhook needs"),
        (Kind::Telegram, "chat = \"sV9\"", "token is missing, which the kind telegram needs"),
        (Kind::Telegram, "token = \"1:sV9\"", "chat is missing, which the kind telegram needs"),
        (Kind::Telegram, "token = \"1:sV9/../x\"\nchat = \"1\"", "token is none of a Telegram bot"),
        (Kind::Ntfy, "url = \"https://ntfy.sh/\"", "url names no topic"),
        (Kind::Slack, "url = \"sV9\"", "url cannot be used: relative URL without a base"),
    ];
    for (kind, contact, expected) in cases {
        let message = channel(kind, contact, None).unwrap_err().to_string();
        assert!(message.starts_with(expected) && !message.contains("sV9"), "{contact}: {message}");
    }
    let shown = format!("{:?}", channel(Kind::Discord, "url = \"https://a.example/sV9\"", None).unwrap());
    assert_eq!(shown, "Channel(discord)");
}
