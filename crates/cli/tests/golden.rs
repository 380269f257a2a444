//! Pages of the documentation that the program writes: `MODELSEAL_BLESS=1` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use session::Session;

/// What is printed, and the file that holds it.
const PAGES: [(&str, &str); 2] = [
    ("learners --format markdown", "docs/learners.md"),
    ("init --schema", "docs/project.schema.json"),
];

#[test]
fn pages_are_what_the_program_prints() {
    let session = Session::new();
    for (line, page) in PAGES {
        let printed = session.ok(line);
        let file = format!("{}/../../{page}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("MODELSEAL_BLESS").is_some() {
            std::fs::write(&file, &printed).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        // No assert_eq: a difference would print two whole pages.
        assert!(printed == written, "{page} is stale; MODELSEAL_BLESS=1 writes it anew");
    }
}
