use super::Matrix;

/// Distinct values that fit a byte.
const VALUES_MAX: usize = 256;

/// Slots of the table that finds a value's code: four for each value.
const SLOTS: usize = 4 * VALUES_MAX;

/// A matrix in little memory: a column of at most 256 distinct values takes a byte a row.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
enum Column {
    Coded { values: Vec<f64>, codes: Vec<u8> },
    Plain(Vec<f64>),
}

impl Packed {
    pub(crate) fn new(matrix: Matrix) -> Self {
        Self { columns: matrix.into_columns().into_iter().map(Column::new).collect() }
    }

    /// The matrix, bit for bit.
    pub(crate) fn unpack(&self) -> Matrix {
        let columns = self.columns.iter().map(|column| match column {
            Column::Coded { values, codes } => {
                codes.iter().map(|&code| values[usize::from(code)]).collect()
            }
            Column::Plain(values) => values.clone(),
        });
        Matrix::new(columns.collect()).unwrap_or_default()
    }
}

impl Column {
    fn new(column: Vec<f64>) -> Self {
        let mut values: Vec<f64> = Vec::new();
        // One more than the code; 0 is an empty slot.
        let mut slots = vec![0u16; SLOTS];
        let mut codes = Vec::with_capacity(column.len());
        for &value in &column {
            let bits = value.to_bits();
            let mut slot = (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize % SLOTS;
            let code = loop {
                match slots[slot] {
                    0 if values.len() == VALUES_MAX => return Self::Plain(column),
                    0 => {
                        values.push(value);
                        // At most 256.
                        slots[slot] = values.len() as u16;
                        break values.len() - 1;
                    }
                    taken if values[usize::from(taken) - 1].to_bits() == bits => {
                        break usize::from(taken) - 1;
                    }
                    _ => slot = (slot + 1) % SLOTS,
                }
            };
            codes.push(code as u8);
        }
        Self::Coded { values, codes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_unpacked_bit_for_bit() {
        let column = |count: u32| -> Vec<f64> {
            (0..3000u32).map(|row| f64::from(row * 7919 % count) / 3.0 - 50.0).collect()
        };
        let mut odd = vec![0.0; 3000];
        (odd[0], odd[1], odd[2]) = (f64::NAN, -0.0, f64::INFINITY);
        let columns = vec![column(1), column(256), column(257), odd];
        let packed = Packed::new(Matrix::new(columns.clone()).unwrap());
        let is_plain = |column: &Column| matches!(column, Column::Plain(_));
        let plain: Vec<bool> = packed.columns.iter().map(is_plain).collect();
        assert_eq!(plain, [false, false, true, false]);
        for (found, expected) in packed.unpack().columns().iter().zip(&columns) {
            let bits = |values: &[f64]| values.iter().map(|it| it.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(found), bits(expected));
        }
    }
}
