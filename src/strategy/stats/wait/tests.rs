use proptest::prelude::*;

use super::*;

fn parameters() -> Parameters {
    Parameters::default()
}

#[test]
fn a_bucket_hit_every_day_waits_half_a_day_and_one_never_hit_for_ever() {
    let mut wait = Wait::since(0.0);
    for day in 1..=40_i32 {
        wait.hit(f64::from(day), 1.0, &parameters());
    }
    let waits = wait.waits(40.0, &parameters());
    // All gaps are one day: the mean residual wait is half of one.
    assert!((waits[0] - 0.5).abs() < 1e-9);
    // x of bucket 52 is 0.35 e^1.04 = 0.990, of 53 it is 1.0102: not under 1.
    assert!(waits[52].is_finite() && waits[53].is_infinite());
    assert_eq!(wait.lowest_hit(), Some(0));
}

#[test]
fn a_random_moment_falls_into_long_gaps() {
    // Gaps of 0.1 and 1.9 days in turn: the mean gap is a day, the mean residual wait (0.01 + 3.61) / (2 × 2) = 0.905.
    let unhurried = Parameters { gap_half_life: 1e9, ..parameters() };
    let mut wait = Wait::since(0.0);
    for pair in 0..50_i32 {
        wait.hit(f64::from(pair) * 2.0 + 0.1, 1.0, &unhurried);
        wait.hit(f64::from(pair) * 2.0 + 2.0, 1.0, &unhurried);
    }
    assert!((wait.waits(100.0, &unhurried)[0] - 0.905).abs() < 1e-6);
}

#[test]
fn what_has_been_waited_for_takes_as_long_again_and_a_long_silence_is_a_surprise() {
    let mut wait = Wait::since(0.0);
    for hour in 1..=48_i32 {
        wait.hit(f64::from(hour) / 24.0, 1.0, &parameters());
    }
    assert!(!wait.surprised(2.0 + 1.0 / 24.0, 0, &parameters()));
    assert!(wait.surprised(3.5, 0, &parameters()), "a day and a half against half an hour");
    let waits = wait.waits(3.5, &parameters());
    assert!((waits[0] - 1.5).abs() < 1e-9, "the open gap itself: {}", waits[0]);
    let before = residual(&wait.buckets[0], 0.1, 1.0);
    wait.forget_half();
    let after = residual(&wait.buckets[0], 0.1, 1.0);
    assert!(after > before, "the open gap weighs more: {after} after {before}");
}

#[test]
fn who_was_passed_over_waits_three_times_as_long_and_who_was_not_as_long_as_nothing_came() {
    let mut wait = Wait::since(0.0);
    for hour in 1..=48_i32 {
        // The dear bucket was lent in the first hour only.
        wait.hit(f64::from(hour) / 24.0, if hour == 1 { 2.0 } else { 1.0 }, &parameters());
    }
    let dear = (0..BUCKETS).find(|bucket| relative(*bucket, &parameters()) > 1.5).unwrap();
    let waits = wait.waits(2.0 + 1.0 / 24.0, &parameters());
    // An hour without any event, after 47 in which others were served.
    assert!((waits[dear] * 24.0 - (48.0 + 2.0 * 47.0)).abs() < 1e-6, "{}", waits[dear] * 24.0);
    assert!((waits[0] * 24.0 - 1.0).abs() < 1e-6, "{}", waits[0] * 24.0);
}

#[test]
fn time_that_nobody_watched_is_not_waited() {
    let mut wait = Wait::since(0.0);
    for hour in 1..=48_i32 {
        wait.hit(f64::from(hour) / 24.0, 1.0, &parameters());
    }
    let before = wait.waits(2.5, &parameters());
    wait.pause(10.0);
    let after = wait.waits(12.5, &parameters());
    for (one, other) in before.iter().zip(&after).take(53) {
        assert!((one - other).abs() < 1e-9);
    }
}

#[test]
fn an_event_costs_the_buckets_it_hits_and_no_more() {
    let mut wait = Wait::since(0.0);
    assert_eq!(wait.hit(1.0, 0.35, &parameters()), 0, "a level at the lowest bucket is not above it");
    assert_eq!(wait.hit(1.0, 0.36, &parameters()), 2);
    assert_eq!(wait.hit(1.0, 1e9, &parameters()), BUCKETS);
}

/// The same by the reference: every sum decayed at every event.
struct Eager {
    gaps: Vec<f64>,
    squares: Vec<f64>,
    last: Vec<f64>,
    at: f64,
}

impl Eager {
    fn hit(&mut self, now: f64, level: f64, parameters: &Parameters) {
        let left = 0.5_f64.powf((now - self.at) / parameters.gap_half_life);
        self.at = now;
        for bucket in 0..BUCKETS {
            self.gaps[bucket] *= left;
            self.squares[bucket] *= left;
            if relative(bucket, parameters) < level {
                let gap = now - self.last[bucket];
                self.gaps[bucket] += gap;
                self.squares[bucket] += gap * gap;
                self.last[bucket] = now;
            }
        }
    }

    fn wait(&self, now: f64, bucket: usize, parameters: &Parameters) -> f64 {
        let left = 0.5_f64.powf((now - self.at) / parameters.gap_half_life);
        let (gaps, squares) = (self.gaps[bucket] * left, self.squares[bucket] * left);
        let open = now - self.last[bucket];
        let bound = open + (parameters.lindy - 1.0) * (self.last[0] - self.last[bucket]).max(0.0);
        ((squares + open * open) / (2.0 * (gaps + open) + 1e-12)).max(bound)
    }
}

proptest! {
    #[test]
    fn lazily_decayed_is_as_good_as_eagerly(
        events in proptest::collection::vec((0.0_f64..40.0, 0.2_f64..9.0), 1..80), after in 0.0_f64..20.0,
    ) {
        let parameters = parameters();
        let mut eager = Eager { gaps: vec![0.0; BUCKETS], squares: vec![0.0; BUCKETS], last: vec![0.0; BUCKETS], at: 0.0 };
        let mut lazy = Wait::since(0.0);
        let mut now = 0.0;
        for (gap, level) in events {
            now += gap;
            eager.hit(now, level, &parameters);
            lazy.hit(now, level, &parameters);
        }
        let waits = lazy.waits(now + after, &parameters);
        let mut longest = 0.0_f64;
        for (bucket, wait) in waits.iter().enumerate() {
            if eager.gaps[bucket] <= 0.0 {
                continue;
            }
            longest = longest.max(eager.wait(now + after, bucket, &parameters));
            if wait.is_finite() {
                prop_assert!((wait - longest).abs() <= 1e-6 * longest.max(1e-6), "bucket {}: {} against {}", bucket, wait, longest);
            }
        }
    }

    #[test]
    fn a_dearer_offer_never_waits_for_a_shorter_time(
        events in proptest::collection::vec((0.0_f64..3.0, 0.2_f64..9.0), 1..80), after in 0.0_f64..20.0,
    ) {
        let mut wait = Wait::since(0.0);
        let mut now = 0.0;
        for (gap, level) in events {
            now += gap;
            wait.hit(now, level, &parameters());
        }
        let waits = wait.waits(now + after, &parameters());
        prop_assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
