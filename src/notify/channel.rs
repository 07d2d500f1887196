//! What a message looks like for one service, as that service documents it.

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use serde_json::{Value, json};
use thiserror::Error;

use crate::secrets::Contact;

use super::event::{Message, Tone};
use super::template::{self, Words};
use super::words::clipped;

/// Longest text in bytes: Discord takes 2000 characters with the title, the others more.
const LONGEST: usize = 1_700;
/// Longest title in bytes.
const TITLE: usize = 200;
/// Telegram's own server.
const TELEGRAM: &str = "https://api.telegram.org";

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Any service that takes JSON.
    Webhook,
    /// A bot's `sendMessage`.
    Telegram,
    /// An incoming webhook of a Discord channel.
    Discord,
    /// An incoming webhook of a Slack channel.
    Slack,
    /// A topic of ntfy.sh or of a server of one's own.
    Ntfy,
    /// A dead man's switch: an address that is called while all is well, and misses the call when it is not.
    Ping,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Webhook, Self::Telegram, Self::Discord, Self::Slack, Self::Ntfy, Self::Ping];

    /// The word in files, labels and logs.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Telegram => "telegram",
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::Ntfy => "ntfy",
            Self::Ping => "ping",
        }
    }
}

/// Why a channel cannot be used. Never holds anything of the contact.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChannelError {
    /// A line that the kind needs is missing.
    #[error("{name} is missing, which the kind {kind} needs")]
    Missing {
        /// `url`, `token` or `chat`.
        name: &'static str,
        /// The kind.
        kind: &'static str,
    },
    /// The address may not be used.
    #[error("url cannot be used: {0}")]
    Address(String),
    /// The address names no topic.
    #[error("url names no topic; it must end in one: https://ntfy.sh/TOPIC")]
    Topic,
    /// The token is none.
    #[error("token is none of a Telegram bot: expected digits, a colon, letters, digits, - and _")]
    Token,
}

/// Where and how one notifier's messages go.
pub struct Channel {
    kind: Kind,
    contact: Arc<Contact>,
    url: Url,
    template: Value,
}

impl fmt::Debug for Channel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Channel({})", self.kind.label())
    }
}

/// A request that is ready to be sent.
pub(super) struct Letter {
    pub(super) url: Url,
    /// For `Authorization: Bearer`.
    pub(super) token: Option<String>,
    /// JSON to be posted; without one the address is only called.
    pub(super) body: Option<Value>,
}

impl Channel {
    /// For a kind with its contact; a webhook with the user's template or the usual one. `judged` reads an address and
    /// says in words why one may not be used, without repeating it.
    ///
    /// # Errors
    /// [`ChannelError`], without content.
    pub fn new(
        kind: Kind,
        contact: Arc<Contact>,
        template: Option<Value>,
        judged: impl Fn(&str) -> Result<Url, String>,
    ) -> Result<Self, ChannelError> {
        let missing = |name| ChannelError::Missing { name, kind: kind.label() };
        let judged = |text: &str| judged(text).map_err(ChannelError::Address);
        let given = || contact.url().ok_or_else(|| missing("url")).and_then(judged);
        let url = match kind {
            Kind::Telegram => {
                let token = contact.token().ok_or_else(|| missing("token"))?;
                contact.chat().ok_or_else(|| missing("chat"))?;
                let clean = |byte: u8| byte.is_ascii_alphanumeric() || b":-_".contains(&byte);
                if !token.contains(':') || !token.bytes().all(clean) {
                    return Err(ChannelError::Token);
                }
                let base = contact.url().unwrap_or(TELEGRAM).trim_end_matches('/');
                judged(&format!("{base}/bot{token}/sendMessage"))?
            }
            Kind::Ntfy => {
                let url = given()?;
                topic(&url).ok_or(ChannelError::Topic)?;
                url
            }
            Kind::Webhook | Kind::Discord | Kind::Slack | Kind::Ping => given()?,
        };
        Ok(Self { kind, contact, url, template: template.unwrap_or_else(template::usual) })
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The call of a dead man's switch.
    pub(super) fn call(&self) -> Letter {
        Letter { url: self.url.clone(), token: self.contact.token().map(str::to_owned), body: None }
    }

    /// The request that tells a message.
    pub(super) fn letter(&self, message: &Message) -> Letter {
        let (title, text) = (clipped(&message.title, TITLE), clipped(&message.text, LONGEST));
        let below = if text.is_empty() { String::new() } else { format!("\n{text}") };
        let mut url = self.url.clone();
        let mut token = None;
        let body = match self.kind {
            Kind::Ping => return self.call(),
            Kind::Telegram => json!({ "chat_id": self.contact.chat(), "text": format!("{title}{below}") }),
            // Nobody is called by a name that happens to stand in a text.
            Kind::Discord => {
                json!({ "content": format!("**{title}**{below}"), "allowed_mentions": { "parse": [] } })
            }
            Kind::Slack => json!({ "text": format!("*{}*{}", escaped(&title), escaped(&below)) }),
            Kind::Ntfy => {
                token = self.contact.token().map(str::to_owned);
                if let Ok(mut path) = url.path_segments_mut() {
                    path.pop_if_empty().pop();
                }
                ntfy(topic(&self.url), &title, &text, message.tone)
            }
            Kind::Webhook => {
                if !template::asks_for(&self.template, "token") {
                    token = self.contact.token().map(str::to_owned);
                }
                template::filled(&self.template, &Filling::new(message, title, text, &self.contact))
            }
        };
        Letter { url, token, body: Some(body) }
    }
}

/// The last part of an address.
fn topic(url: &Url) -> Option<&str> {
    url.path_segments()?.rfind(|part| !part.is_empty())
}

/// As ntfy publishes JSON: to the server's root, with the topic inside; priorities from 1 to 5.
fn ntfy(topic: Option<&str>, title: &str, text: &str, tone: Tone) -> Value {
    let (priority, tag) = match tone {
        Tone::Trouble => (4, "warning"),
        Tone::Over => (3, "white_check_mark"),
        Tone::News => (3, "moneybag"),
    };
    // An empty message would be replaced by one of the server's.
    let text = if text.is_empty() { title } else { text };
    json!({ "topic": topic, "title": title, "message": text, "priority": priority, "tags": [tag] })
}

/// Slack's three signs.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What the words of a template stand for.
struct Filling<'a> {
    message: &'a Message,
    title: String,
    text: String,
    at: String,
    contact: &'a Contact,
}

impl<'a> Filling<'a> {
    fn new(message: &'a Message, title: String, text: String, contact: &'a Contact) -> Self {
        let at = jiff::Timestamp::from_millisecond(message.at.millis()).map(|at| at.to_string()).unwrap_or_default();
        Self { message, title, text, at, contact }
    }
}

impl Words for Filling<'_> {
    fn word(&self, name: &str) -> Option<&str> {
        Some(match name {
            "event" => self.message.event.label(),
            "tone" => self.message.tone.label(),
            "account" => self.message.account.as_ref().map_or("", |account| account.as_str()),
            "at" => &self.at,
            "title" => &self.title,
            "text" => &self.text,
            "token" => self.contact.token().unwrap_or_default(),
            "chat" => self.contact.chat().unwrap_or_default(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
