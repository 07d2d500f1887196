//! Tables and a little colour for a terminal. Cells are padded before they are coloured, so columns stay straight.

use std::io::{self, IsTerminal as _};

/// Whether standard output takes colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint(bool);

impl Paint {
    /// Colour on a terminal, unless `NO_COLOR` is set to anything; `env` is the whole environment.
    pub(super) fn of(env: &[(String, String)]) -> Self {
        let unwanted = env
            .iter()
            .any(|(name, value)| name == "NO_COLOR" && !value.is_empty() || name == "TERM" && value == "dumb");
        Self(io::stdout().is_terminal() && !unwanted)
    }

    /// None.
    #[cfg(test)]
    pub(super) const fn none() -> Self {
        Self(false)
    }

    /// A heading.
    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// All is well.
    pub(super) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// Something is in the way.
    pub(super) fn bad(self, text: &str) -> String {
        self.wrap("31;1", text)
    }

    /// Less important.
    pub(super) fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Another line.
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Lines that are ended already.
    pub(super) fn add(&mut self, lines: &str) {
        self.0.push_str(lines);
    }

    /// All of it.
    pub(super) fn text(self) -> String {
        self.0
    }
}

/// Rows under their heads, each line indented. A head that begins with `>` stands over a column of numbers, set to the
/// right. Columns in which nothing stands are left out, and so is the line of heads when all of them are empty.
pub(super) fn table(indent: usize, heads: &[&str], rows: &[Vec<String>], paint: Paint) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let columns = heads.iter().enumerate().filter_map(|(place, head)| {
        let cells: Vec<&str> = rows.iter().map(|row| row.get(place).map_or("", String::as_str)).collect();
        let used = cells.iter().any(|cell| !cell.is_empty());
        used.then_some((head.trim_start_matches('>'), head.starts_with('>'), cells))
    });
    let mut lines = vec![String::new(); rows.len().saturating_add(1)];
    for (head, right, cells) in columns {
        let all: Vec<&str> = std::iter::once(head).chain(cells).collect();
        let width = all.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        for (line, cell) in lines.iter_mut().zip(all) {
            let padded = if right { format!("{cell:>width$}") } else { format!("{cell:width$}") };
            line.push_str(&padded);
            line.push_str("  ");
        }
    }
    let mut page = Page::default();
    let headless = heads.iter().all(|head| head.trim_start_matches('>').is_empty());
    for (number, line) in lines.iter().enumerate().skip(usize::from(headless)) {
        let line = line.trim_end();
        let line = if number == 0 { paint.faint(line) } else { line.to_owned() };
        page.line(&format!("{:indent$}{line}", ""));
    }
    page.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_straight_and_empty_ones_left_out() {
        let rows = [["USD", "1.50", "", "core"], ["USDT", "1,200.00", "", ""]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        let text = table(2, &["what", ">amount", "note", "slice"], &rows, Paint::none());
        assert_eq!(text, "  what    amount  slice\n  USD       1.50  core\n  USDT  1,200.00\n");
    }

    #[test]
    fn colour_only_where_it_is_wanted() {
        assert_eq!(Paint(true).bad("x"), "\u{1b}[31;1mx\u{1b}[0m");
        assert_eq!(Paint::none().bad("x"), "x");
        assert_eq!(Paint::of(&[("NO_COLOR".to_owned(), "1".to_owned())]), Paint::none());
    }
}
