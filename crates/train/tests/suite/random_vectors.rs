use modelseal_train::random::Mt19937;

use crate::shared::{indices, numbers, vectors};

#[test]
fn numbers_equal_numpy() {
    let Some(vectors) = vectors("rng") else { return };
    let mut random = Mt19937::new(42);
    for word in indices(&vectors["mt19937_seed42_u32"]) {
        assert_eq!(random.next_u32(), word);
    }
    let mut random = Mt19937::new(42);
    for number in numbers(&vectors["mt19937_seed42_random_sample"]) {
        assert_eq!(random.uniform(), number);
    }
    for (name, count) in [
        ("randint_0_2147483647_seed42", 2_147_483_647),
        ("randint_u64_n106029000_seed42", 106_029_000),
        ("forest_tree_seeds_random_state42", 2_147_483_647),
    ] {
        let mut random = Mt19937::new(42);
        for number in indices(&vectors[name]) {
            assert_eq!(random.up_to(count - 1), u64::from(number), "{name}");
        }
    }
    let mut random = Mt19937::new(1_608_637_542);
    for number in indices(&vectors["bootstrap_indices_seed1608637542_n20"]) {
        assert_eq!(random.up_to(19), u64::from(number));
    }
    assert_eq!(Mt19937::new(42).permutation(10), indices(&vectors["permutation10_seed42"]));
    assert_eq!(Mt19937::new(0).permutation(100), indices(&vectors["permutation100_seed0"]));
}
