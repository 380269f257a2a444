use std::io::{self, Write};

use crate::data::{ColumnValues, MISSING_CODE, Table};

/// Writes a table as CSV: LF, quotes only where needed, missing values empty.
///
/// A number has as many digits as tell it from its neighbours, and at least one decimal
/// (`1.0`). [`read_csv`](super::read_csv) gives the same table again, unless a column of text
/// holds nothing but texts that read as numbers or as missing.
///
/// # Errors
/// What `out` reports.
pub fn write_csv(table: &Table, out: impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    for column in table.columns() {
        writer.write_field(&column.name)?;
    }
    writer.write_record(None::<&[u8]>)?;
    let mut digits = Vec::new();
    for row in 0..table.row_count() {
        for column in table.columns() {
            match &column.values {
                ColumnValues::Numeric(numbers) if numbers[row].is_nan() => {
                    writer.write_field(b"")?;
                }
                ColumnValues::Numeric(numbers) => {
                    digits.clear();
                    write!(digits, "{:?}", numbers[row])?;
                    writer.write_field(&digits)?;
                }
                ColumnValues::Text { codes, .. } if codes[row] == MISSING_CODE => {
                    writer.write_field(b"")?;
                }
                ColumnValues::Text { levels, codes } => {
                    writer.write_field(&levels[codes[row] as usize])?;
                }
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
