//! The short way for the message that comes most often: one book level, `[12,[0.0002,2,1,150.5],77]`. It allocates
//! nothing and reads the text once; whatever does not look exactly so goes the long way.

use crate::domain::{BookLevel, Days, Decimal};

/// A book update, read the short way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exchange) struct BookUpdate {
    /// Channel, above zero.
    pub(in crate::exchange) channel: i64,
    /// The level, or `None` when a number of it is out of range.
    pub(in crate::exchange) level: Option<BookLevel>,
    /// Sequence number, when there is one.
    pub(in crate::exchange) sequence: Option<i64>,
}

/// Reads a book update, or nothing when the text is anything else (or only looks like one).
pub(in crate::exchange) fn book_update(text: &str) -> Option<BookUpdate> {
    let (channel, rest) = number(text.strip_prefix('[')?)?;
    let (rate, rest) = number(rest.strip_prefix(",[")?)?;
    let (period, rest) = number(rest.strip_prefix(',')?)?;
    let (count, rest) = number(rest.strip_prefix(',')?)?;
    let (amount, rest) = number(rest.strip_prefix(',')?)?;
    let rest = rest.strip_prefix(']')?;
    let (sequence, rest) = match rest.strip_prefix(',') {
        Some(rest) => {
            let (sequence, rest) = number(rest)?;
            (Some(sequence.parse().ok()?), rest)
        }
        None => (None, rest),
    };
    if rest != "]" {
        return None;
    }
    let (exact, amount) = (Decimal::parse(rate).ok()?, Decimal::parse(amount).ok()?);
    let (period, count) = (Days::new(period.parse().ok()?), count.parse().ok()?);
    let level = super::market::make_level(exact, period, count, amount).ok();
    Some(BookUpdate { channel: channel.parse().ok().filter(|channel| *channel > 0)?, level, sequence })
}

/// The characters of a number at the start of the text, and what follows them.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))?;
    if end == 0 { None } else { text.split_at_checked(end) }
}

#[cfg(test)]
mod tests {
    use super::super::{Json, market};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_short_way_reads_what_the_long_way_reads() {
        let update = book_update("[106275,[0.00014901101069876116,2,1,-25000.5],18]").unwrap();
        assert_eq!((update.channel, update.sequence), (106_275, Some(18)));
        let long = market::level(Json::parse("[0.00014901101069876116,2,1,-25000.5]").unwrap());
        assert_eq!(update.level, long.ok());
        assert_eq!(book_update("[5,[8.1e-5,15,0,-1]]").unwrap().sequence, None);
        assert_eq!(book_update("[5,[1e99,15,1,1]]").unwrap().level, None);
    }

    #[test]
    fn anything_else_goes_the_long_way() {
        for text in [
            "",
            "[5,\"hb\",7]",
            "[5,[[8.1e-5,15,1,1]],7]",
            "[0,[8.1e-5,15,1,1],7]",
            "[5,[8.1e-5,15,1,1],7,8]",
            "[5,[8.1e-5,15,1,1,9],7]",
            "[5,[8.1e-5,15,1],7]",
            "[5,[8.1e-5,1.5,1,1],7]",
            "[5,[null,15,1,1],7]",
            "[5, [8.1e-5,15,1,1],7]",
            "[5,[8.1e-5,15,1,1],7",
        ] {
            assert_eq!(book_update(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_agree(rate in "[0-9]{1,2}(\\.[0-9]{1,20})?(e-[0-9]{1,2})?", period in 0_u16..200, count in 0_u32..9,
                           amount in "-?[0-9]{1,14}(\\.[0-9]{1,10})?") {
            let row = format!("[{rate},{period},{count},{amount}]");
            // A leading zero is no JSON number; the short way need not refuse what never comes.
            if let Some(json) = Json::parse(&row) {
                let update = book_update(&format!("[7,{row},9]")).unwrap();
                prop_assert_eq!(update.level, market::level(json).ok());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-0-9eE.,\\[\\]\" ]{0,60}") {
            let _ = book_update(&text);
        }
    }
}
