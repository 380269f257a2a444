//! "Did you mean": the name nearest to one that does not exist.

/// Longer names are not slips, and the distance takes quadratic time.
const NAME_CHARS_MAX: usize = 128;

/// The candidate with the fewest edits from `name`, when they are few enough for a slip
/// (at most a third of the candidate's length, at least one; case does not count).
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    if name.len() > NAME_CHARS_MAX {
        return None;
    }
    let name = name.to_lowercase();
    candidates
        .filter(|candidate| candidate.len() <= NAME_CHARS_MAX)
        .map(|candidate| (edits(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The sentence that goes behind "there is no such name", or nothing.
pub(crate) fn suggestion(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

/// Levenshtein distance, counted in characters.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, character) in left.chars().enumerate() {
        let mut diagonal = above[0];
        above[0] = row + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = above[column + 1];
            above[column + 1] = replaced.min(diagonal + 1).min(above[column] + 1);
        }
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["HighBP", "HighChol", "BMI"];
        let find = |name| nearest(name, names.into_iter());
        assert_eq!(find("HihgBP"), Some("HighBP"));
        assert_eq!(find("bmi"), Some("BMI"));
        assert_eq!(find("Income"), None);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }
}
