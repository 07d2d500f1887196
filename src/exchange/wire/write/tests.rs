use super::*;
use crate::domain::{Amount, Cancel, Currency, DailyRate, Days, OfferId, OfferKind, OfferStatus, Rounding};
use proptest::prelude::*;

fn submit() -> Action {
    Action::Submit(Submit {
        currency: Currency::USD,
        amount: Amount::parse("886.7740565", Rounding::Nearest).unwrap(),
        rate: DailyRate::parse("0.00038", Rounding::Nearest).unwrap(),
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
    })
}

fn cancel() -> Action {
    Action::Cancel(Cancel { currency: Currency::USD, offer: OfferId(2_704_213_067) })
}

const WHOLE: &str = r#"[2704213067,"fUSD",1700901928862,1700901928862,150,150,"LIMIT",null,null,0,"ACTIVE",null,null,null,
    0.0005,2,false,0,null,false,null]"#;
const PARTIAL: &str =
    "[813944405,null,null,null,886.7740565,null,null,null,null,null,null,null,null,null,0.00038,2,null]";

fn notice(data: &str, status: &str, text: &str) -> String {
    format!(r#"[1700901928870,"fon-req",null,null,{data},null,"{status}","{text}"]"#)
}

fn accepted(data: &str) -> Option<Offer> {
    let result = write_result(200, &notice(data, "SUCCESS", "Submitting funding offer"), &submit());
    let ActionResult::Accepted(offer) = result else { panic!("{result:?}") };
    offer.map(|offer| *offer)
}

#[test]
fn a_success_names_the_offer_whole_wrapped_partial_or_not_at_all() {
    let whole = accepted(WHOLE).unwrap();
    assert_eq!(
        (whole.id, whole.amount, whole.status),
        (OfferId(2_704_213_067), Amount::whole(150), OfferStatus::Active)
    );
    assert_eq!(accepted(&format!("[{WHOLE}]")), Some(whole));
    let partial = accepted(PARTIAL).unwrap();
    let Action::Submit(sent) = submit() else { panic!("a submit") };
    assert_eq!((partial.id, partial.created.millis()), (OfferId(813_944_405), 1_700_901_928_870));
    assert!(sent.made(&partial));
    for nothing in ["null", "[]", "[null]", "[[]]", "{}", r#"[5,"fBTC",1,1,1,1,"LIMIT"]"#, r#"["x"]"#, "[0]"] {
        assert_eq!(accepted(nothing), None, "{nothing}");
    }
    let reply = notice(WHOLE, "success", "Submitted cancellation");
    assert_eq!(write_result(200, &reply, &cancel()), ActionResult::Accepted(None));
    assert_eq!(write_result(200, &reply.replace("fon-req", "on-req"), &cancel()), ActionResult::Accepted(None));
}

#[test]
fn refusals_are_told_by_code_and_text_in_arrays_and_notices_alike() {
    let cases = [
        (10_001, "Invalid offer: incorrect amount, minimum is 150.0 dollar or equivalent in UST", Refusal::Minimum),
        (10_001, "Invalid offer: not enough USD balance available in deposit wallet", Refusal::Balance),
        (10_001, "Momentary balance check. Please wait few seconds and try the transfer again.", Refusal::Balance),
        (10_001, "Limit: too many active offers", Refusal::OfferCap),
        (10_001, "FRR offset larger than 30% of FRR, aborting.", Refusal::FrrOffset),
        (10_001, "api_key: permission invalid", Refusal::Permission),
        (10_020, "symbol: invalid", Refusal::Malformed),
        (10_001, "id: invalid", Refusal::Malformed),
        (10_001, "Something new", Refusal::Other),
        (10_100, "apikey: digest invalid", Refusal::Permission),
        (10_112, "", Refusal::Permission),
    ];
    for (code, text, refusal) in cases {
        for (status, body) in [
            (500, format!(r#"["error",{code},"{text}"]"#)),
            (200, format!(r#"["error",{code},"{text}"]"#)),
            (200, format!(r#"[1,"fon-req",null,null,null,{code},"ERROR","{text}"]"#)),
            (200, format!(r#"[1,"fon-req",null,null,{PARTIAL},{code},"FAILURE","{text}"]"#)),
        ] {
            let result = write_result(status, &body, &submit());
            assert!(matches!(result, ActionResult::Refused(kind, _) if kind == refusal), "{body}: {result:?}");
        }
    }
    let gone = r#"["error",10001,"Offer not found."]"#;
    assert!(matches!(write_result(500, gone, &cancel()), ActionResult::Refused(Refusal::NotFound, _)));
    assert!(matches!(write_result(500, gone, &submit()), ActionResult::Refused(Refusal::Other, _)));
    let limit = write_result(429, r#"{"error":"ERR_RATE_LIMIT"}"#, &submit());
    assert!(matches!(limit, ActionResult::Refused(Refusal::RateLimited, _)));
    let down = write_result(500, r#"["error",20060,"maintenance"]"#, &submit());
    assert!(matches!(down, ActionResult::Refused(Refusal::Maintenance, _)));
}

#[test]
fn without_definite_evidence_the_outcome_is_unknown() {
    let cases = [
        (502, "<html>Bad gateway", UnknownCause::ServerFault),
        (503, r#"{"code":503,"error":"temporarily_unavailable"}"#, UnknownCause::ServerFault),
        (500, "[]", UnknownCause::ServerFault),
        (520, "", UnknownCause::ServerFault),
        (200, "", UnknownCause::Unreadable),
        (200, "<html>", UnknownCause::Unreadable),
        (200, r#"[1,"fon-req",null,null,null,null,"SUCC"#, UnknownCause::Unreadable),
        (200, "[]", UnknownCause::Unreadable),
        (200, "null", UnknownCause::Unreadable),
        (200, r#"[1,"fon-req",null,null,null,null,null,null]"#, UnknownCause::Unreadable),
        (200, r#"[1,"fon-req",null,null,null,null,"PENDING","x"]"#, UnknownCause::Unreadable),
        (500, r#"["error",10114,"nonce: small"]"#, UnknownCause::Doubtful),
        (500, r#"["error",10008,"concurrent"]"#, UnknownCause::Doubtful),
        (500, r#"["error",11000,"ready: invalid"]"#, UnknownCause::Doubtful),
        (500, r#"["error",10000,"unknown"]"#, UnknownCause::Doubtful),
        (200, r#"[1,"fon-req",null,null,null,11000,"ERROR","x"]"#, UnknownCause::Doubtful),
        (200, r#"[1,"fon-req",null,null,null,null,"ERROR","ready: invalid"]"#, UnknownCause::Doubtful),
    ];
    for (status, body, cause) in cases {
        assert_eq!(write_result(status, body, &submit()), ActionResult::Unknown(cause), "{body}");
        assert_eq!(write_result(status, body, &cancel()), ActionResult::Unknown(cause), "{body}");
    }
}

proptest! {
    #[test]
    fn a_cut_or_garbled_success_is_never_a_refusal(cut in 0_usize..200, status in 200_u16..600) {
        let reply = notice(WHOLE, "SUCCESS", "x").replace('\n', "");
        let cut = reply.get(..cut.min(reply.len().saturating_sub(1))).unwrap();
        let result = write_result(status, cut, &submit());
        // 429 is a definite answer whatever the body.
        if status != 429 {
            prop_assert!(matches!(result, ActionResult::Unknown(_)), "{:?}", result);
        }
    }

    #[test]
    fn no_reply_makes_it_panic(status in any::<u16>(), body in any::<String>()) {
        let _ = write_result(status, &body, &submit());
    }
}

#[test]
fn an_error_without_code_and_words_leaves_the_outcome_open() {
    for body in [r#"["error",null,null]"#, r#"["error",0,""]"#] {
        assert_eq!(write_result(500, body, &submit()), ActionResult::Unknown(UnknownCause::Doubtful), "{body}");
    }
    assert!(matches!(write_result(500, r#"["error",null,"Invalid offer"]"#, &submit()), ActionResult::Refused(..)));
}
