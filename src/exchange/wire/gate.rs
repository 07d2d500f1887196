//! The key gate: what a key may do, from REST permissions or from the `caps` of a socket authentication (DESIGN.md
//! section 7). What cannot be read counts as given.

use crate::domain::{GateVerdict, MissingScope, Scope};

use super::{Json, WireError};

/// Scopes from the rows of `auth/r/permissions`.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn permissions(json: Json<'_>) -> Result<Vec<Scope>, WireError> {
    let items = json.items().ok_or_else(|| WireError::shape("permissions", json))?;
    Ok(items
        .map(|row| match row.row() {
            Some([name, read, write]) => scope(name.text().as_deref(), read.truth(), write.truth()),
            None => scope(None, true, true),
        })
        .collect())
}

/// Scopes from `caps`: an object, or (in older replies) a string that holds one. Nothing when it is neither.
#[must_use]
pub fn caps(json: Json<'_>) -> Option<Vec<Scope>> {
    if let Some(text) = json.text() {
        return Json::parse(&text).and_then(from_object);
    }
    from_object(json)
}

fn from_object(json: Json<'_>) -> Option<Vec<Scope>> {
    let fields = json.fields()?;
    Some(
        fields
            .map(|(name, rights)| {
                // Rights that are no object cannot be told apart: a truth there counts for both.
                let whole = rights.fields().is_none() && rights.truth();
                let (read, write) = (rights.field("read").truth(), rights.field("write").truth());
                scope(Some(&name), read || whole, write || whole)
            })
            .collect(),
    )
}

fn scope(name: Option<&str>, read: bool, write: bool) -> Scope {
    Scope { name: super::head(name.unwrap_or("(unreadable)")), read, write }
}

/// True for a scope that could move money out, or write what no lender needs: one such is enough to refuse a key.
#[must_use]
pub fn is_too_much(scope: &Scope) -> bool {
    let name = scope.name.to_ascii_lowercase();
    let moves_money_out = name.contains("withdraw") && (scope.read || scope.write);
    moves_money_out || (scope.write && name != "funding")
}

/// The verdict on a key with these scopes.
#[must_use]
pub fn gate(scopes: &[Scope]) -> GateVerdict {
    let refused: Vec<String> =
        scopes.iter().filter(|scope| is_too_much(scope)).map(|scope| scope.name.clone()).collect();
    if !refused.is_empty() {
        return GateVerdict::Refused(refused);
    }
    let has = |name: &str, right: fn(&Scope) -> bool| scopes.iter().any(|scope| scope.name == name && right(scope));
    let missing: Vec<MissingScope> = [
        (has("funding", |scope| scope.read), MissingScope::FundingRead),
        (has("funding", |scope| scope.write), MissingScope::FundingWrite),
        (has("wallets", |scope| scope.read), MissingScope::WalletsRead),
        (has("history", |scope| scope.read), MissingScope::HistoryRead),
    ]
    .into_iter()
    .filter_map(|(given, what)| (!given).then_some(what))
    .collect();
    if missing.is_empty() { GateVerdict::Good } else { GateVerdict::Insufficient(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(rows: &str) -> GateVerdict {
        gate(&permissions(Json::parse(rows).unwrap()).unwrap())
    }

    const LENDER: &str = r#"["funding",1,1],["wallets",1,0],["history",1,0]"#;

    #[test]
    fn a_lenders_key_is_good_and_what_it_lacks_is_named() {
        let all =
            format!(r#"[["account",0,0],{LENDER},["withdraw",0,0],["ui_withdraw",0,"0"],["eaas_withdraw",null]]"#);
        assert_eq!(verdict(&all), GateVerdict::Good);
        assert_eq!(
            verdict(r#"[["funding",1,0],["wallets",1,0]]"#),
            GateVerdict::Insufficient(vec![MissingScope::FundingWrite, MissingScope::HistoryRead])
        );
        assert_eq!(
            verdict("[]"),
            GateVerdict::Insufficient(vec![
                MissingScope::FundingRead,
                MissingScope::FundingWrite,
                MissingScope::WalletsRead,
                MissingScope::HistoryRead
            ])
        );
    }

    #[test]
    fn every_way_to_move_money_out_is_refused_in_every_spelling() {
        for row in [
            r#"["withdraw",0,1]"#,
            r#"["withdraw",1,0]"#,
            r#"["withdraw","1",0]"#,
            r#"["ui_withdraw",true,false]"#,
            r#"["EAAS_Withdraw_v9",0,2]"#,
            r#"["withdraw",0,"yes"]"#,
            r#"["withdraw",{},0]"#,
            r#"["wallets",1,1]"#,
            r#"["orders",0,1]"#,
            r#"["brand_new_scope",0,"1"]"#,
            "7",
            "[null,0,1]",
        ] {
            let verdict = verdict(&format!("[{LENDER},{row}]"));
            assert!(matches!(&verdict, GateVerdict::Refused(names) if names.len() == 1), "{row}: {verdict:?}");
        }
    }

    #[test]
    fn caps_come_as_an_object_or_as_a_string_of_one() {
        let object = r#"{"orders":{"read":1,"write":0},"funding":{"read":1,"write":1},"history":{"read":1,"write":0},
            "wallets":{"read":1,"write":0},"withdraw":{"read":0,"write":0}}"#;
        assert_eq!(gate(&caps(Json::parse(object).unwrap()).unwrap()), GateVerdict::Good);
        let text = serde_json::to_string(&object.replace(['\n'], "").replace(":1", ":\"1\"").replace(":0", ":\"0\""));
        let text = text.unwrap();
        assert_eq!(gate(&caps(Json::parse(&text).unwrap()).unwrap()), GateVerdict::Good);
        let bad = text.replace(r#"withdraw\":{\"read\":\"0\""#, r#"withdraw\":{\"read\":\"1\""#);
        assert_ne!(bad, text);
        assert_eq!(gate(&caps(Json::parse(&bad).unwrap()).unwrap()), GateVerdict::Refused(vec!["withdraw".into()]));
        assert_eq!(caps(Json::NULL), None);
        assert_eq!(gate(&caps(Json::parse(r#"{"withdraw":1}"#).unwrap()).unwrap()), {
            GateVerdict::Refused(vec!["withdraw".into()])
        });
    }
}
