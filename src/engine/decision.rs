//! The slices' answers as they are shown: numbers for programs, words for people.

use std::fmt;

use crate::domain::{DailyRate, Total};
use crate::strategy::{Answer, Wish};

use super::view::{Candidate, SliceDecision, Verdict};

/// The answers of the slices with these names, and what is planned for.
pub(super) fn decisions(slices: &[String], answers: &[Answer], wishes: &[Wish]) -> Vec<SliceDecision> {
    let told = |(index, (name, answer)): (usize, (&String, &Answer))| SliceDecision {
        slice: name.clone(),
        candidates: candidates(answer, wishes.iter().filter(|wish| wish.slice == index)),
        weighed: answer.weighed.clone(),
        held: answer.held.iter().copied().filter(|(_, amount)| amount.is_positive()).collect(),
    };
    slices.iter().zip(answers).enumerate().map(told).collect()
}

/// Wishes that differ only in their amounts are one thought.
fn candidates<'a>(answer: &Answer, wishes: impl Iterator<Item = &'a Wish>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    for wish in wishes {
        match all.last_mut() {
            Some(last) if is_same(last, wish) => {
                last.amount = last.amount.plus(wish.amount);
                if let Verdict::Wished { offers, .. } = &mut last.verdict {
                    *offers = offers.saturating_add(1);
                }
            }
            _ => all.push(wished(wish)),
        }
    }
    let declined = answer.declined.iter().map(|declined| Candidate {
        amount: Total::from(declined.amount),
        verdict: Verdict::Declined(declined.reason),
        why: declined.why,
    });
    all.extend(declined);
    all
}

fn wished(wish: &Wish) -> Candidate {
    let (rate, kind, period, hidden) = (wish.effective, wish.kind, wish.period, wish.hidden);
    let verdict = Verdict::Wished { offers: 1, rate, kind, period, hidden };
    Candidate { amount: Total::from(wish.amount), verdict, why: wish.why }
}

fn is_same(candidate: &Candidate, wish: &Wish) -> bool {
    let Verdict::Wished { rate, kind, period, hidden, .. } = candidate.verdict else { return false };
    (rate, kind, period, hidden) == (wish.effective, wish.kind, wish.period, wish.hidden) && candidate.why == wish.why
}

impl fmt::Display for SliceDecision {
    /// One line: what is to be open, and what is held back.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.slice)?;
        let mut parts: Vec<String> = self.summary().into_iter().collect();
        parts.extend(self.held.iter().map(|(reason, amount)| format!("{amount} held: {reason}")));
        if parts.is_empty() { out.write_str("nothing to offer") } else { out.write_str(&parts.join("; ")) }
    }
}

impl SliceDecision {
    /// All that is to be open.
    fn summary(&self) -> Option<String> {
        let (mut sum, mut count, mut rates, mut first) = (Total::ZERO, 0_u16, Vec::<DailyRate>::new(), None);
        for candidate in &self.candidates {
            let Verdict::Wished { offers, rate, period, .. } = candidate.verdict else { continue };
            sum = sum.plus_total(candidate.amount);
            count = count.saturating_add(offers);
            rates.push(rate);
            first = first.or(Some((candidate.why.rule, period)));
        }
        let ((rule, period), cheapest, dearest) = (first?, rates.first()?, rates.last()?);
        let rates = if cheapest == dearest { cheapest.to_string() } else { format!("{cheapest} to {dearest}") };
        Some(format!("{sum} in {count} by {rule} at {rates} for {period}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Amount, Days, IdleReason, OfferKind};
    use crate::strategy::{Declined, Why};

    fn why(raw: i64) -> Why {
        let rate = DailyRate::from_units;
        let (frr, floor) = (rate(200_000_000), rate(100_000_000));
        Why { rule: "spread", raw: rate(raw), frr, last: frr, best_offer: None, floor, expected: None }
    }

    fn wish(dollars: i32, raw: i64) -> Wish {
        let rate = DailyRate::from_units(raw);
        let (amount, kind, period) = (Amount::whole(dollars), OfferKind::Limit, Days::MIN);
        Wish { slice: 0, amount, rate, kind, period, hidden: false, meets_bid: false, effective: rate, why: why(raw) }
    }

    #[test]
    fn equal_wishes_are_one_candidate_and_what_was_declined_is_told() {
        let answer = Answer {
            wishes: vec![wish(200, 200_000_000), wish(300, 200_000_000), wish(500, 300_000_000)],
            held: vec![(IdleReason::BelowFloor, Amount::whole(150)), (IdleReason::Reserve, Amount::ZERO)],
            declined: vec![Declined {
                amount: Amount::whole(150),
                reason: IdleReason::BelowFloor,
                why: why(50_000_000),
            }],
            high: None,
            weighed: Vec::new(),
        };
        let wishes = answer.wishes.clone();
        let told = decisions(&["core".to_owned()], &[answer], &wishes);
        let all = &told[0].candidates;
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].amount, Total::from(Amount::whole(500)));
        assert!(matches!(all[0].verdict, Verdict::Wished { offers: 2, .. }));
        assert_eq!(all[2].verdict, Verdict::Declined(IdleReason::BelowFloor));
        assert_eq!(all[2].why.raw, DailyRate::from_units(50_000_000));
        assert_eq!(
            told[0].to_string(),
            "core: 1000 in 3 by spread at 0.02 %/day (7.3 %/year) to 0.03 %/day (10.95 %/year) for 2 d; 150 held: below_floor"
        );
        assert_eq!(
            SliceDecision { slice: "core".to_owned(), ..SliceDecision::default() }.to_string(),
            "core: nothing to offer"
        );
    }
}
