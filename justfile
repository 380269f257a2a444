# Recipes for working on modelseal; `just` lists them.

# List the recipes.
default:
    @just --list

# Everything that CI checks.
check:
    bash .ci/run

# Format, lint and document.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Licences, bans and sources of all dependencies.
deny:
    cargo deny --offline check bans licenses sources

# All tests.
test:
    cargo test --release --workspace

# The whole path on the embedded data.
quickstart:
    cargo run --release -- quickstart

# Write the golden files again; read the diff before committing it.
bless:
    MODELSEAL_BLESS=1 cargo test --release -p modelseal-serve

# Fuzz one parser for a minute, from seeds; the targets are in fuzz/fuzz_targets.
fuzz target="package" seconds="60":
    python3 fuzz/seeds.py
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} -- -max_total_time={{seconds}}

# How fast modelseal signs and verifies, beside the reference and openssl; --write keeps the table.
bench-seal *options:
    cargo build --release -p modelseal
    python3 benches/seal.py {{options}}

# How fast modelseal trains, beside scikit-learn and LightGBM; --published compare adds the published stack, --write keeps the table.
bench-train *options:
    cargo build --release -p modelseal
    cargo build --release -p modelseal-train --example time_fit
    python3 benches/train.py {{options}}
