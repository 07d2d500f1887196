//! Reading Rust as text, well enough for code that rustfmt has laid out: masking, functions, words.

use std::path::Path;

/// A file of ours.
#[derive(Debug)]
pub(crate) struct File {
    /// Path from the top of the repository, with `/`.
    pub(crate) path: String,
    /// As it stands.
    pub(crate) text: String,
    /// With comments, strings and characters blanked; the same lines.
    pub(crate) code: String,
}

impl File {
    /// From its text.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: mask(text) }
    }

    /// The code with its `#[cfg(test)] mod … { … }` blocks blanked too.
    pub(crate) fn shipped(&self) -> String {
        let mut lines: Vec<&str> = self.code.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let opens = lines[at].trim() == "#[cfg(test)]" && lines.get(at + 1).is_some_and(|next| next.ends_with('{'));
            if opens {
                let end = end_of_block(&lines, at + 1);
                lines[at..=end].fill("");
                at = end;
            }
            at += 1;
        }
        lines.join("\n")
    }
}

/// All files under `folder` whose names end in `ending`, sorted by path.
pub(crate) fn read_all(folder: &Path, ending: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().is_some_and(|name| name.ends_with(ending)) {
                found.push(File::new(&relative(&path), &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The repository's top folder.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(top()).unwrap_or(path).to_str().unwrap().replace('\\', "/")
}

/// Blanks comments, strings and character literals, keeping every line break and column.
pub(crate) fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at).unwrap_or(at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            let end = end.min(chars.len());
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; nothing when none begins there.
fn literal_end(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => Some(find(chars, at, &['\n']).unwrap_or(chars.len())),
        ('/', Some('*')) => Some(find(chars, at + 2, &['*', '/']).map_or(chars.len(), |end| end + 2)),
        ('"', _) => Some(quoted_end(chars, at + 1, '"')),
        ('\'', Some('\\')) => Some(quoted_end(chars, at + 1, '\'')),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        ('r', Some('"' | '#')) if at == 0 || !is_word(chars[at - 1]) || chars[at - 1] == 'b' => raw_end(chars, at),
        _ => None,
    }
}

fn quoted_end(chars: &[char], mut at: usize, quote: char) -> usize {
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', hashes));
    Some(find(chars, at + 2 + hashes, &close).map_or(chars.len(), |end| end + close.len()))
}

fn find(chars: &[char], from: usize, what: &[char]) -> Option<usize> {
    (from..chars.len()).find(|at| chars[*at..].starts_with(what))
}

/// True for what may stand in an identifier.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The line that closes the block opened at `start`, by rustfmt's indentation.
fn end_of_block(lines: &[&str], start: usize) -> usize {
    let closes = |line: &str| indent(line) == indent(lines[start]) && line.trim_start().starts_with('}');
    (start + 1..lines.len()).find(|at| closes(lines[*at])).unwrap_or(lines.len() - 1)
}

/// First line (from 1), name and number of lines of every function with a body.
pub(crate) fn functions(code: &str) -> Vec<(usize, String, usize)> {
    const BEFORE: [&str; 5] = ["pub", "const", "async", "unsafe", "extern"];
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((before, after)) = line.split_once("fn ") else { continue };
        let modifiers = before.split_whitespace().all(|word| BEFORE.contains(&word) || word.starts_with("pub("));
        let ends_here = line.trim_end().ends_with(['}', ';']);
        if !modifiers || ends_here {
            continue;
        }
        let name: String = after.chars().take_while(|c| is_word(*c)).collect();
        let same = |other: &&usize| !lines[**other].trim().is_empty() && indent(lines[**other]) == indent(line);
        let rest: Vec<usize> = (at + 1..lines.len()).collect();
        let end = rest.iter().filter(same).find(|other| {
            let text = lines[**other].trim();
            text.starts_with('}') || text.ends_with(';')
        });
        if let Some(end) = end.filter(|end| lines[**end].trim().starts_with('}')) {
            found.push((at + 1, name, end - at + 1));
        }
    }
    found
}

/// Lines (from 1) on which `word` stands by itself: not as a part of a longer identifier.
pub(crate) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let stands_alone = |line: &str, at: usize| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let open_end = !word.ends_with(is_word);
        before.is_none_or(|c| !is_word(c)) && (open_end || after.is_none_or(|c| !is_word(c)))
    };
    let hit = |line: &str| line.match_indices(word).any(|(at, _)| stands_alone(line, at));
    code.lines().enumerate().filter(|(_, line)| hit(line)).map(|(at, _)| at + 1).collect()
}
