//! What is sealed opens only here, only for what it was sealed for, and only unchanged.

use std::os::unix::fs::PermissionsExt;

use lamassu_store::{Vault, VaultError};
use tempfile::TempDir;

#[test]
fn what_is_sealed_opens_for_its_context_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    let sealed = Vault::new(&keys).seal("webhook 1", b"Example").unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"Example"));
    assert_eq!(sealed.len(), 1 + 24 + 7 + 16);
    let again = Vault::new(&keys);
    assert_eq!(again.open("webhook 1", &sealed).unwrap(), b"Example");
    assert!(matches!(again.open("webhook 2", &sealed), Err(VaultError::Refused)));
    assert_ne!(again.seal("webhook 1", b"Example").unwrap(), sealed, "never the same twice");
    let mode = |path: &std::path::Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&keys), mode(&keys.join("secrets.key"))), (0o700, 0o600));
    assert!(!keys.join("secrets.key.new").exists());
}

#[test]
fn what_was_changed_is_refused() {
    let folder = TempDir::new().unwrap();
    let vault = Vault::new(folder.path());
    let sealed = vault.seal("context", b"Example").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(matches!(vault.open("context", &changed), Err(VaultError::Refused)), "byte {at}");
        assert!(matches!(vault.open("context", &sealed[..at]), Err(VaultError::Refused)), "{at} bytes");
    }
}

#[test]
fn a_missing_or_wrong_key_is_an_error() {
    let folder = TempDir::new().unwrap();
    let sealed = Vault::new(folder.path()).seal("context", b"Example").unwrap();
    let key = folder.path().join("secrets.key");
    fs_err::remove_file(&key).unwrap();
    assert!(matches!(Vault::new(folder.path()).open("context", &sealed), Err(VaultError::KeyMissing)));
    assert!(!key.exists(), "opening makes no key");
    for bytes in [&b""[..], &[7; 31], &[7; 33]] {
        fs_err::write(&key, bytes).unwrap();
        let vault = Vault::new(folder.path());
        assert!(matches!(vault.open("context", &sealed), Err(VaultError::KeyUnusable(_))));
        assert!(matches!(vault.seal("context", b""), Err(VaultError::KeyUnusable(_))), "it is not replaced");
    }
    fs_err::write(&key, [7; 32]).unwrap();
    assert!(matches!(Vault::new(folder.path()).open("context", &sealed), Err(VaultError::Refused)));
}

#[test]
fn an_interrupted_making_of_the_key_is_made_good() {
    let folder = TempDir::new().unwrap();
    fs_err::write(folder.path().join("secrets.key.new"), b"half").unwrap();
    let vault = Vault::new(folder.path());
    let sealed = vault.seal("context", b"Example").unwrap();
    assert_eq!(Vault::new(folder.path()).open("context", &sealed).unwrap(), b"Example");
}

#[test]
fn several_at_once_make_one_key() {
    let folder = TempDir::new().unwrap();
    let vault = Vault::new(folder.path());
    let sealed: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| vault.seal("context", b"x").unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let again = Vault::new(folder.path());
    assert!(sealed.iter().all(|sealed| again.open("context", sealed).is_ok()));
}
