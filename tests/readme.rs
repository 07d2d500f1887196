//! The README says what the code does: its tables are the code's own. `YIELDSFORGE_BLESS=1` writes them anew.

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use yieldsforge::config::keys_table;
    use yieldsforge::telemetry::{advice, catalogue};

    fn readme() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
    }

    /// The text before, between and after `<!-- NAME -->` and `<!-- /NAME -->`.
    fn part<'a>(text: &'a str, name: &str) -> (&'a str, &'a str, &'a str) {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let start = text.find(&open).unwrap_or_else(|| panic!("README.md lacks {open}")) + open.len();
        let end = start + text[start..].find(&close).unwrap_or_else(|| panic!("README.md lacks {close}"));
        (&text[..start], &text[start..end], &text[end..])
    }

    /// One test, since blessing writes the file.
    #[test]
    fn the_tables_are_the_codes_own() {
        for (name, table) in [("keys", keys_table()), ("reasons", advice::table()), ("metrics", catalogue::table())] {
            let text = std::fs::read_to_string(readme()).unwrap();
            let (before, now, after) = part(&text, name);
            if std::env::var_os("YIELDSFORGE_BLESS").is_some() {
                std::fs::write(readme(), format!("{before}{table}{after}")).unwrap();
            } else {
                assert_eq!(
                    now, table,
                    "README.md's table of {name} is old: YIELDSFORGE_BLESS=1 cargo test --test readme"
                );
            }
        }
    }
}
