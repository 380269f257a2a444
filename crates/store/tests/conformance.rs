//! What every store must do, run against each of them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

use std::path::Path;

use bytes::Bytes;
use modelseal_store::{Limits, Put, Store, StoreError, StoreErrorKind};

const LIMITS: Limits = Limits { object_bytes_max: 1000, listing_count_max: 100 };

async fn conforms(store: Store) {
    assert!(matches!(store.get("absent").await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.get("absent").await.unwrap_err().kind(), StoreErrorKind::Retry);

    let bytes = Bytes::from_static(b"sealed");
    assert_eq!(store.put_if_absent("b-1.zip", bytes.clone()).await.unwrap(), Put::Created);
    assert_eq!(store.get("b-1.zip").await.unwrap(), bytes);
    assert_eq!(store.put_if_absent("b-1.zip", bytes.clone()).await.unwrap(), Put::Unchanged);

    let other = store.put_if_absent("b-1.zip", Bytes::from_static(b"forged")).await;
    assert!(matches!(other, Err(StoreError::Conflict { .. })));
    assert_eq!(store.get("b-1.zip").await.unwrap(), bytes, "a conflict must change nothing");

    store.put_if_absent("a-1.zip", Bytes::new()).await.unwrap();
    assert_eq!(store.list().await.unwrap(), ["a-1.zip", "b-1.zip"]);

    // Replaced only by whoever has seen what is there.
    let (seen, renewed) = (Bytes::from_static(b"sealed"), Bytes::from_static(b"renewed seal"));
    let blind = store.replace("b-1.zip", b"other!", renewed.clone()).await;
    assert!(matches!(blind, Err(StoreError::Changed { .. })), "{blind:?}");
    assert_eq!(store.get("b-1.zip").await.unwrap(), seen);
    store.replace("b-1.zip", &seen, renewed.clone()).await.unwrap();
    assert_eq!(store.get("b-1.zip").await.unwrap(), renewed);
    let late = store.replace("b-1.zip", &seen, Bytes::new()).await;
    assert!(matches!(late, Err(StoreError::Changed { .. })), "{late:?}");
    let absent = store.replace("absent", b"", renewed).await;
    assert!(matches!(absent, Err(StoreError::NotFound { .. })), "{absent:?}");
    assert_eq!(store.list().await.unwrap(), ["a-1.zip", "b-1.zip"], "nothing else is left behind");

    for name in ["", "..", ".", "a/b", "../a"] {
        let refused = store.get(name).await;
        assert!(matches!(refused, Err(StoreError::Name { .. })), "{name:?}: {refused:?}");
    }

    store.put_if_absent("large", vec![0; 1001].into()).await.unwrap();
    let refused = store.get("large").await;
    assert!(matches!(refused, Err(StoreError::TooLarge { found: 1001, max: 1000, .. })));
}

#[tokio::test]
async fn memory() {
    conforms(Store::open("memory:", Path::new("/"), LIMITS).unwrap()).await;
}

#[tokio::test]
async fn folder() {
    let base = tempfile::tempdir().unwrap();
    conforms(Store::open("file://./store", base.path(), LIMITS).unwrap()).await;
}

#[tokio::test]
async fn absolute_folder_with_a_space() {
    let base = tempfile::tempdir().unwrap();
    let url = format!("file://{}/my store", base.path().display());
    conforms(Store::open(&url, Path::new("/elsewhere"), LIMITS).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_replacements_have_one_winner() {
    let base = tempfile::tempdir().unwrap();
    let store = Store::open("file://./store", base.path(), LIMITS).unwrap();
    store.put_if_absent("m", Bytes::from_static(b"old")).await.unwrap();
    let writers: Vec<_> = (0..8_u8)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move { store.replace("m", b"old", vec![writer; 100].into()).await })
        })
        .collect();
    let mut replaced = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(()) => replaced += 1,
            Err(error) => assert!(matches!(error, StoreError::Changed { .. }), "{error}"),
        }
    }
    assert_eq!(replaced, 1);
    assert_eq!(store.get("m").await.unwrap().len(), 100);
}

#[tokio::test]
async fn racing_writers_have_one_winner() {
    let base = tempfile::tempdir().unwrap();
    let store = Store::open("file://./store", base.path(), LIMITS).unwrap();
    let writers: Vec<_> = (0..12_u8)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move { store.put_if_absent("m", vec![writer; 100].into()).await })
        })
        .collect();
    let mut created = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(put) => created += usize::from(put == Put::Created),
            Err(error) => assert!(matches!(error, StoreError::Conflict { .. }), "{error}"),
        }
    }
    assert_eq!(created, 1);
}
