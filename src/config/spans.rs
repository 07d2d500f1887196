//! Where in a file a key stands: from key path to byte range, and from there to line and column.

use std::ops::Range;

use toml_edit::{ImDocument, Item, TableLike, Value};

/// Which part of `key = value` is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The key, or the header of a section.
    Key,
    /// The value.
    Value,
}

/// The text of a file with the place of every key in it.
#[derive(Debug)]
pub(super) struct Spans {
    text: String,
    document: Option<ImDocument<String>>,
}

/// A place in a file, counted from 1, in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Line.
    pub(super) line: usize,
    /// Column.
    pub(super) column: usize,
    /// Characters to underline; at least 1, never beyond the line.
    pub(super) width: usize,
    /// The line's text.
    pub(super) source: String,
}

/// A syntax error of the file: its range and what the parser says.
#[derive(Debug)]
pub(super) struct SyntaxError {
    /// Byte range.
    pub(super) range: Range<usize>,
    /// One line of text.
    pub(super) message: String,
}

impl Spans {
    /// Parses `text`. With an error there are no places by key, only by byte.
    pub(super) fn new(text: String) -> (Self, Option<SyntaxError>) {
        match ImDocument::parse(text.clone()) {
            Ok(document) => (Self { text, document: Some(document) }, None),
            Err(error) => {
                let range = error.span().unwrap_or(0..0);
                let message = error.message().lines().collect::<Vec<_>>().join("; ");
                (Self { text, document: None }, Some(SyntaxError { range, message }))
            }
        }
    }

    /// The file's text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place of the key at `path`, or of its nearest ancestor that stands in the file, or the file's start.
    pub(super) fn locate(&self, path: &[String], part: Part) -> Place {
        match self.range(path, part) {
            Some(range) => self.place(range),
            // Nothing to underline: what is missing is missing from the file as a whole.
            None => Place { line: 1, column: 1, width: 1, source: String::new() },
        }
    }

    /// True when exactly this key stands in the file.
    pub(super) fn contains(&self, path: &[String]) -> bool {
        let mut node = self.document.as_ref().map(|document| Node::Item(document.as_item()));
        for segment in path {
            node = node.and_then(|node| node.child(segment)).map(|(_, child)| child);
        }
        node.is_some()
    }

    fn range(&self, path: &[String], part: Part) -> Option<Range<usize>> {
        let mut node = Node::Item(self.document.as_ref()?.as_item());
        let mut best = None;
        for (index, segment) in path.iter().enumerate() {
            let Some((key, child)) = node.child(segment) else { break };
            let whole = index.saturating_add(1) == path.len();
            best = match (part, whole) {
                (Part::Value, true) => child.value_range().or(key),
                // A table's own range is its header, or its braces.
                _ => key.or_else(|| child.value_range()),
            }
            .or(best);
            node = child;
        }
        best
    }

    /// The line, column and width of a byte range; a range over several lines is cut to its first.
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        let start = floor_boundary(&self.text, range.start);
        let end = floor_boundary(&self.text, range.end).max(start);
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let rest = self.text.get(line_start..).unwrap_or_default();
        let source = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.get(line_start..).unwrap_or_default().chars().count().saturating_add(1);
        let room = source.chars().count().saturating_add(1).saturating_sub(column);
        let width = self.text.get(start..end).unwrap_or_default().chars().count().min(room).max(1);
        Place { line, column, width, source: source.to_owned() }
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}

/// A node of the document: sections and inline values alike.
#[derive(Clone, Copy)]
enum Node<'a> {
    Item(&'a Item),
    Value(&'a Value),
    Table(&'a toml_edit::Table),
}

impl Node<'_> {
    /// The child under a key or an index, with the range of its key where it has one.
    fn child(self, segment: &str) -> Option<(Option<Range<usize>>, Self)> {
        let table: &dyn TableLike = match self {
            Self::Item(Item::Table(table)) | Self::Table(table) => table,
            Self::Item(Item::Value(Value::InlineTable(table))) | Self::Value(Value::InlineTable(table)) => table,
            Self::Item(Item::ArrayOfTables(tables)) => {
                let table = tables.get(segment.parse().ok()?)?;
                return Some((table.span(), Self::Table(table)));
            }
            Self::Item(Item::Value(Value::Array(array))) | Self::Value(Value::Array(array)) => {
                let value = array.get(segment.parse().ok()?)?;
                return Some((value.span(), Self::Value(value)));
            }
            Self::Item(Item::Value(_) | Item::None) | Self::Value(_) => return None,
        };
        let (key, item) = table.get_key_value(segment)?;
        Some((header(item).or_else(|| key.span()), Self::Item(item)))
    }

    fn value_range(self) -> Option<Range<usize>> {
        match self {
            Self::Item(item) => item.span(),
            Self::Value(value) => value.span(),
            Self::Table(table) => table.span(),
        }
    }
}

/// The range of `[section]`, where the item is one written so.
fn header(item: &Item) -> Option<Range<usize>> {
    match item {
        Item::Table(table) if !table.is_dotted() => table.span(),
        Item::ArrayOfTables(tables) => tables.get(0).and_then(toml_edit::Table::span),
        Item::Table(_) | Item::Value(_) | Item::None => None,
    }
}
