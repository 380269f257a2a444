/// The value below which the share `share` (0 to 1) of the sorted numbers lies, interpolated
/// linearly between the two nearest; `None` when there are none.
///
/// R. J. Hyndman, Y. Fan, "Sample Quantiles in Statistical Packages", The American
/// Statistician 50(4), 1996, definition 7, in the arithmetic of numpy's `percentile`.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    // The place is at most the last index.
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let weight = place - below as f64;
    // From the nearer end, so that the result never leaves the interval.
    Some(if weight < 0.5 {
        low + (high - low) * weight
    } else {
        high - (high - low) * (1.0 - weight)
    })
}

/// The numbers that are not NaN, smallest first.
pub(super) fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut present: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
    present.sort_unstable_by(f64::total_cmp);
    present
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand() {
        let numbers = sorted(&[5.0, 1.0, f64::NAN, 4.0, 2.0, 3.0, 9.0, 7.0]);
        assert_eq!(quantile(&numbers, 0.5), Some(4.0));
        assert!((quantile(&numbers, 0.05).unwrap() - 1.3).abs() < 1e-15);
        assert_eq!((quantile(&numbers, 0.0), quantile(&numbers, 1.0)), (Some(1.0), Some(9.0)));
        assert_eq!((quantile(&[], 0.5), quantile(&[2.0], 0.3)), (None, Some(2.0)));
    }
}
