//! Axes.

use super::chart::Axis;

#[test]
fn axes_have_round_marks_within_their_range() {
    for (from, to) in [(0.0, 7.3), (0.0, 365.0), (0.0, 100.0), (0.0, 0.004), (0.0, 1e-9)] {
        let axis = Axis::linear("x", from, to);
        assert!((3..=12).contains(&axis.marks.len()), "{axis:?}");
        assert!(axis.marks.iter().all(|(at, _)| (axis.from..=axis.to * 1.000_1).contains(at)), "{axis:?}");
        let mut texts: Vec<&String> = axis.marks.iter().map(|(_, text)| text).collect();
        texts.dedup();
        assert_eq!(texts.len(), axis.marks.len(), "no mark is written twice: {axis:?}");
    }
}
