//! A table that people read in a terminal, programs as CSV and documents as Markdown.

use std::fmt::Write;

use crate::voice::visible;

/// Columns with names, rows of cells.
#[derive(Debug, Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Numbers stand right, words left.
    is_number: bool,
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    is_best: bool,
}

/// Switches a terminal to bold green, and back.
const BEST: (&str, &str) = ("\u{1b}[1;32m", "\u{1b}[0m");

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_best: false }
    }

    /// Marks the cell as the best of its column.
    pub(crate) fn best(self, is_best: bool) -> Self {
        Self { is_best, ..self }
    }
}

impl Table {
    pub(crate) fn words(mut self, name: &str) -> Self {
        self.columns.push(Column { name: name.to_owned(), is_number: false });
        self
    }

    pub(crate) fn numbers(mut self, name: &str) -> Self {
        self.columns.push(Column { name: name.to_owned(), is_number: true });
        self
    }

    /// Adds a row: one cell a column.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Aligned columns. The best cells are coloured, or get a star where colour is not wanted.
    pub(crate) fn text(&self, has_colour: bool) -> String {
        let star = |cell: &Cell| if cell.is_best && !has_colour { "*" } else { "" };
        let shown = |cell: &Cell| visible(&cell.text) + star(cell);
        let width = |index: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let name = self.columns[index].name.chars().count();
            cells.map(|cell| shown(cell).chars().count()).max().unwrap_or(0).max(name)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |texts: Vec<(String, bool)>| {
            let mut out = String::new();
            for (((text, is_best), column), width) in texts.iter().zip(&self.columns).zip(&widths) {
                let space = " ".repeat(width.saturating_sub(text.chars().count()));
                let text = if *is_best && has_colour {
                    format!("{}{text}{}", BEST.0, BEST.1)
                } else {
                    text.clone()
                };
                out += &if column.is_number { space + &text } else { text + &space };
                out += "  ";
            }
            out.trim_end().to_owned() + "\n"
        };
        let names = self.columns.iter().map(|column| (column.name.clone(), false)).collect();
        let mut out = line(names);
        for row in &self.rows {
            out += &line(row.iter().map(|cell| (shown(cell), cell.is_best)).collect());
        }
        out
    }

    /// RFC 4180 with line feeds.
    pub(crate) fn csv(&self) -> String {
        let quote = |text: &str| {
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let line = |texts: Vec<String>| texts.join(",") + "\n";
        let mut out = line(self.columns.iter().map(|column| quote(&column.name)).collect());
        for row in &self.rows {
            out += &line(row.iter().map(|cell| quote(&cell.text)).collect());
        }
        out
    }

    /// A Markdown table; the best cells are bold.
    pub(crate) fn markdown(&self) -> String {
        let escape = |text: &str| visible(text).replace('|', "\\|");
        let mut out = String::new();
        for column in &self.columns {
            // Writing to a string cannot fail.
            let _ = write!(out, "| {} ", escape(&column.name));
        }
        out += "|\n";
        for column in &self.columns {
            out += if column.is_number { "|---:" } else { "|---" };
        }
        out += "|\n";
        for row in &self.rows {
            for cell in row {
                let bold = if cell.is_best { "**" } else { "" };
                let _ = write!(out, "| {bold}{}{bold} ", escape(&cell.text));
            }
            out += "|\n";
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::default().words("id").numbers("AUC");
        table.row(vec![Cell::new("a,\"b\""), Cell::new("0.9").best(true)]);
        table.row(vec![Cell::new("x|\u{1b}"), Cell::new("0.75")]);
        table
    }

    #[test]
    fn each_form_shows_the_best_and_escapes_the_rest() {
        assert_eq!(table().text(false), "id         AUC\na,\"b\"     0.9*\nx|\\u{1b}  0.75\n");
        assert!(table().text(true).contains("\u{1b}[1;32m0.9\u{1b}[0m"));
        assert_eq!(table().csv(), "id,AUC\n\"a,\"\"b\"\"\",0.9\nx|\u{1b},0.75\n");
        assert_eq!(
            table().markdown(),
            "| id | AUC |\n|---|---:|\n| a,\"b\" | **0.9** |\n| x\\|\\u{1b} | 0.75 |\n"
        );
    }
}
