//! Whether data frames come without gap, repetition or change of order (bitfinex-api.md 5.4, 6.6).

use super::super::wire::frame::Data;

/// The two counters of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sequence {
    /// True once the exchange has taken our request for numbers.
    pub(super) asked: bool,
    public: Option<i64>,
    auth: Option<i64>,
}

impl Sequence {
    /// Checks a frame; false when something was lost, repeated or overtaken. Once numbers were seen, every frame that
    /// should carry one must.
    pub(super) fn follows(&mut self, data: &Data<'_>) -> bool {
        if !self.asked && self.public.is_none() {
            return true;
        }
        let numbers = data.numbers();
        if data.is_numbered() && !self.public_follows(numbers.public) {
            return false;
        }
        if data.chan == 0 && data.tag != "hb" { self.auth_follows(data.tag, numbers.auth) } else { true }
    }

    /// Checks the number of a public frame.
    pub(super) fn public_follows(&mut self, number: Option<i64>) -> bool {
        match (self.public, number) {
            (None, None) => true,
            (Some(_), None) => false,
            (last, Some(number)) => {
                let follows = last.is_none_or(|last| last.checked_add(1) == Some(number));
                self.public = Some(number);
                follows
            }
        }
    }

    /// The account's counter: 0 during the initial sync; notifications repeat it, everything else raises it by one.
    fn auth_follows(&mut self, tag: &str, number: Option<i64>) -> bool {
        match (self.auth, number) {
            (None, None) | (_, Some(0)) => true,
            (Some(_), None) => false,
            // A notification before anything was counted says nothing about the next number.
            (None, Some(number)) => {
                self.auth = Some(number);
                true
            }
            (Some(last), Some(number)) if tag == "n" => last == number,
            (Some(last), Some(number)) => {
                self.auth = Some(number);
                last.checked_add(1) == Some(number)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::frame::{self, Frame};
    use super::*;

    fn check(frames: &[&str]) -> Vec<bool> {
        let mut sequence = Sequence { asked: true, ..Sequence::default() };
        frames
            .iter()
            .map(|text| match frame::read(text) {
                Some(Frame::Data(data)) => sequence.follows(&data),
                _ => panic!("{text} is no data"),
            })
            .collect()
    }

    #[test]
    fn one_counter_runs_over_all_public_channels() {
        assert_eq!(check(&[r"[7,[[1,2,3,4]],1]", r#"[8,"hb",2]"#, r#"[8,"fte",[1],3]"#, "[7,[1,2,0,1],4]"]), [true; 4]);
        assert_eq!(check(&[r#"[7,"hb",1]"#, r#"[7,"hb",3]"#]), [true, false]);
        assert_eq!(check(&[r#"[7,"hb",1]"#, r#"[7,"hb",1]"#]), [true, false]);
        assert_eq!(check(&[r#"[7,"hb",2]"#, r#"[7,"hb",1]"#]), [true, false]);
        assert_eq!(check(&[r#"[7,"hb",1]"#, r#"[7,"hb"]"#]), [true, false]);
    }

    #[test]
    fn channel_0_has_two_counters_with_their_exceptions() {
        let n = r#"[1,"fon-req",null,null,null,null,"SUCCESS","x"]"#;
        let request = |auth: i64| format!(r#"[0,"n",{n},{auth}]"#);
        let frames = [
            r#"[0,"ws",[],1,0]"#.to_owned(),
            r#"[0,"fos",[],2,0]"#.to_owned(),
            r#"[0,"wu",[],3,1]"#.to_owned(),
            request(1),
            r#"[0,"hb",4]"#.to_owned(),
            r#"[0,"n",[1,"ucm-x"],5,1]"#.to_owned(),
            r#"[0,"wu",[],6,2]"#.to_owned(),
        ];
        let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
        assert_eq!(check(&frames), [true; 7]);
        assert_eq!(check(&[r#"[0,"wu",[],1,5]"#, r#"[0,"wu",[],2,7]"#]), [true, false]);
        assert_eq!(check(&[r#"[0,"wu",[],1,5]"#, &request(6)]), [true, false]);
        assert_eq!(check(&[r#"[0,"wu",[],1,5]"#, r#"[0,"wu",[],2,5]"#]), [true, false]);
    }

    #[test]
    fn nothing_is_checked_before_numbers_were_asked_for() {
        let mut sequence = Sequence::default();
        let Some(Frame::Data(data)) = frame::read(r#"[7,"hb"]"#) else { panic!("no data") };
        assert!(sequence.follows(&data));
        assert!(sequence.follows(&data));
    }
}
