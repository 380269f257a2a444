/// The name of a type: `diabetes_risk_model` and `Input` give `DiabetesRiskModelInput`.
pub fn type_name(snake: &str, suffix: &str) -> String {
    let mut name = String::with_capacity(snake.len() + suffix.len());
    for word in snake.split('_') {
        let mut characters = word.chars();
        name.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(characters.as_str());
    }
    name + suffix
}

/// The title of a field: `general_health` gives `General Health`.
pub(super) fn title(snake: &str) -> String {
    let words: Vec<String> =
        snake.split('_').filter(|word| !word.is_empty()).map(|word| type_name(word, "")).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_published_service() {
        assert_eq!(type_name("diabetes_risk_model", "Input"), "DiabetesRiskModelInput");
        assert_eq!(type_name("a__b_2c", ""), "AB2c");
        assert_eq!(title("body_mass_index"), "Body Mass Index");
    }
}
