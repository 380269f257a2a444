//! What is refused, and the exact words of each refusal.

use std::cell::Cell;
use std::io::{self, Read};

use modelseal_train::data::{ColumnValues, CsvError, CsvLimits, Table, read_csv};

fn read(bytes: &[u8]) -> Result<Table, CsvError> {
    read_csv(bytes, "data.csv", &CsvLimits::default(), &mut |_| {})
}

fn message(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

#[test]
fn each_fault_has_its_message() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "data.csv: is empty; the first line must name the columns"),
        (b"\n\n", "data.csv: is empty; the first line must name the columns"),
        (b"a,b\n", "data.csv: has a header and no rows below it"),
        (
            b"a,b,a\n1,2,3\n",
            "data.csv: line 1, column 3: \"a\" is already the name of column 1; give each column its own name",
        ),
        (
            b",b\n1,2\n",
            "data.csv: line 1, column 1: the column has no name; give it one in the header",
        ),
        (
            b"a,b\n1,2\n3\n",
            "data.csv: line 3: found 1 cell(s) where the header has 2; check the commas and whether a quote is left open",
        ),
        (
            b"a,b\r\n1,2\r\n\r\n3,4,5\r\n6,7\r\n",
            "data.csv: line 4: found 3 cell(s) where the header has 2; check the commas and whether a quote is left open",
        ),
        (
            b"a,b\n1,2\n\n\n\"x\ny\",2,3",
            "data.csv: line 5: found 3 cell(s) where the header has 2; check the commas and whether a quote is left open",
        ),
        (
            b"a,b\n7,8\n1,\"2\n3,4\n5,6\n",
            "data.csv: line 3: a quote is opened and never closed, so the rest of the file became one cell; close it, or write a quote inside a text twice",
        ),
        (
            b"a,b\r\n7,8\r\n1,\"2\r\n3,4\r\n",
            "data.csv: line 3: a quote is opened and never closed, so the rest of the file became one cell; close it, or write a quote inside a text twice",
        ),
        (
            b"a,b\n1,2\n3,inf\n",
            "data.csv: line 3, column 2 (\"b\"): \"inf\" is not a finite number; write the number, or leave the cell empty when it is unknown",
        ),
        (
            b"a,b\r\n1,2\r\n3,1e999\r\n4,5\r\n",
            "data.csv: line 3, column 2 (\"b\"): \"1e999\" is not a finite number; write the number, or leave the cell empty when it is unknown",
        ),
        (
            b"a,b\n1,caf\xe9\n",
            "data.csv: line 2, column 2 (\"b\"): is not UTF-8 text (found \"caf\\xe9\"); save the file as UTF-8",
        ),
        (
            b"\xff\xfea\0,\0b\0",
            "data.csv: line 1, column 1: is not UTF-8 text (found \"\\xff\\xfea\\x00\"); save the file as UTF-8",
        ),
    ];
    for (bytes, expected) in cases {
        let input = bytes.escape_ascii();
        assert_eq!(message(bytes), *expected, "{input}");
    }
}

#[test]
fn a_text_below_many_numbers_is_an_error_and_not_a_column_of_text() {
    let mut bytes = b"id,weight\n".to_vec();
    for row in 0..5000 {
        bytes.extend(format!("1,{row}.5\n").as_bytes());
    }
    assert!(read(&bytes).is_ok());
    bytes.extend(b"1,heavy\n");
    assert_eq!(
        message(&bytes),
        "data.csv: line 5002, column 2 (\"weight\"): found \"heavy\" below 5000 numbers with more than 4096 different spellings; correct the cell, or leave it empty when the value is unknown"
    );
}

/// Inches and other lone quotes inside of a text are common, and hide nothing.
#[test]
fn a_lone_quote_that_swallows_no_row_is_read() {
    for bytes in
        [&b"a,b\n1,5\" pipe\n"[..], b"a,b\r\n1,5\" pipe\r\n", b"a,b\n1,\"2", b"a\n1\n\"2\n"]
    {
        assert!(read(bytes).is_ok(), "{}", bytes.escape_ascii());
    }
}

#[test]
fn limits_hold() {
    let limits = CsvLimits {
        column_count_max: 2,
        row_count_max: 2,
        record_bytes_max: 8,
        cell_bytes_max: 3,
        text_count_max: 1,
    };
    let cases: &[(&[u8], &str)] = &[
        (b"a,b,c\n", "data.csv: line 1: columns: found 3, the limit is 2"),
        (b"a\n1\n2\n3\n", "data.csv: line 4: rows: found 3, the limit is 2"),
        (
            b"a\n1234\n",
            "data.csv: line 2, column 1 (\"a\"): bytes of one cell: found 4, the limit is 3",
        ),
        (
            b"a\n1\n12345678\n",
            "data.csv: line 3: the row has more than 8 bytes; close the quote that is left open, or check that the file is CSV with one row a line",
        ),
        (
            b"a\nx\ny\n",
            "data.csv: line 3, column 1 (\"a\"): different texts in one column: found 2, the limit is 1",
        ),
    ];
    for (bytes, expected) in cases {
        let error = read_csv(*bytes, "data.csv", &limits, &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), *expected);
    }
}

/// Bytes without end, and a count of those that were read.
struct Endless<'a> {
    start: &'a [u8],
    then: &'a [u8],
    read: &'a Cell<usize>,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read.get();
        for (place, byte) in (read..).zip(buffer.iter_mut()) {
            *byte = match self.start.get(place) {
                Some(first) => *first,
                None => self.then[(place - self.start.len()) % self.then.len()],
            };
        }
        self.read.set(read + buffer.len());
        Ok(buffer.len())
    }
}

/// What cannot be a row is refused while it is read, not when it is in memory.
#[test]
fn rows_without_end_are_not_read_to_their_end() {
    let too_long = |line: u64| {
        format!(
            "data.csv: line {line}: the row has more than 100000 bytes; close the quote that is left open, or check that the file is CSV with one row a line"
        )
    };
    let limits = CsvLimits { record_bytes_max: 100_000, ..CsvLimits::default() };
    let cases: &[(&[u8], &[u8], String)] = &[
        (b"", b"x", too_long(1)),
        (b"\"", b",\r\n", too_long(1)),
        (b"\"", b",\n", too_long(1)),
        (b"a,b\n1,2\n", b",", too_long(3)),
        (b"a,b\n1,2\n3,\"4", b"5,6\n", too_long(3)),
        (b"a,b\r\n1,2\r\n3,\"4", b"5,6\r\n", too_long(3)),
    ];
    for (start, then, expected) in cases {
        let read = Cell::new(0);
        let endless = Endless { start, then, read: &read };
        let error = read_csv(endless, "data.csv", &limits, &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), *expected);
        assert!(read.get() < 120_000, "{} bytes were read", read.get());
    }
    let read = Cell::new(0);
    let endless = Endless { start: b"", then: b",", read: &read };
    let error = read_csv(endless, "data.csv", &CsvLimits::default(), &mut |_| {}).unwrap_err();
    assert!(
        error.to_string().starts_with("data.csv: line 1: columns: found ")
            && error.to_string().ends_with(", the limit is 10000"),
        "{error}"
    );
    assert!(read.get() < 30_000, "{} bytes were read", read.get());
}

/// Commas inside of a quoted name are no columns, and a row of exactly the limit is read.
#[test]
fn what_the_limits_allow_is_read() {
    let header = format!("\"{}\",b\n", ",".repeat(50_000));
    let limits = CsvLimits { record_bytes_max: header.len(), ..CsvLimits::default() };
    let bytes = format!("{header}1,2\n");
    assert!(read_csv(bytes.as_bytes(), "data.csv", &limits, &mut |_| {}).is_ok());
    let limits = CsvLimits { record_bytes_max: header.len() - 1, ..limits };
    let error = read_csv(bytes.as_bytes(), "data.csv", &limits, &mut |_| {}).unwrap_err();
    assert!(error.to_string().starts_with("data.csv: line 1: the row has more"), "{error}");
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_source_that_breaks_is_named() {
    let error = read_csv(Broken, "data.csv", &CsvLimits::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "data.csv: cannot be read: the disk is gone");
}

#[test]
fn the_usual_variants_are_read_alike() {
    let plain = read(b"a,b\n1.0,x y\n,\"p,\"\"q\"\n").unwrap();
    let ColumnValues::Text { levels, codes } = &plain.column("b").unwrap().values else {
        panic!("not text")
    };
    assert_eq!(
        (levels.as_slice(), codes.as_slice()),
        (&["p,\"q".into(), "x y".into()][..], &[1, 0][..])
    );
    for variant in [
        &b"\xef\xbb\xbfa,b\n1.0,x y\nNA,\"p,\"\"q\"\n"[..],
        b"a,b\r\n1,x y\r\nnull,\"p,\"\"q\"\r\n",
        b"a,b\n\n 1 ,x y\n\nNaN,\"p,\"\"q\"",
        b"\"a\",\"b\"\r1,x y\rnone,\"p,\"\"q\"\r",
    ] {
        let found = read(variant).unwrap();
        assert_eq!(format!("{found:?}"), format!("{plain:?}"), "{}", variant.escape_ascii());
    }
}

#[test]
fn progress_ends_with_all_bytes() {
    let bytes = format!("a\n{}", "1234567\n".repeat(400_000));
    let mut told = Vec::new();
    read_csv(bytes.as_bytes(), "data.csv", &CsvLimits::default(), &mut |bytes| told.push(bytes))
        .unwrap();
    assert_eq!(told.last(), Some(&(bytes.len() as u64)));
    assert!(told.len() >= 3 && told.is_sorted());
}
