//! The data folder and its lock.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use lamassu_store::{DataFolder, FolderError, Owner};
use tempfile::TempDir;

fn owner(pid: u32, command: &str) -> Owner {
    Owner { pid, command: command.to_owned() }
}

fn place() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let path = parent.path().join("state/lamassu");
    (parent, path)
}

#[tokio::test]
async fn a_folder_is_made_for_its_owner_alone() {
    let (_parent, path) = place();
    let folder = DataFolder::open(&path, &owner(1, "lamassu serve"), 0).await.expect("opens");
    let mode = fs_err::metadata(&path).expect("exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let paths = [folder.database(), folder.socket(), folder.tmp()];
    assert_eq!(paths, ["lamassu.db", "lamassu.sock", "tmp"].map(|name| path.join(name)));
    assert!(folder.tmp().is_dir());
}

#[tokio::test]
async fn a_second_owner_is_told_who_the_first_is() {
    let (_parent, path) = place();
    let first = DataFolder::open(&path, &owner(11, "lamassu serve --quiet"), 0).await.expect("opens");
    let second = owner(12, "ls");
    let refused = DataFolder::open(&path, &second, 0).await.expect_err("is in use");
    assert_eq!(refused.code(), "folder-locked");
    let FolderError::Locked { owner } = &refused else { panic!("{refused:?}") };
    assert_eq!(owner, "process 11 (lamassu serve --quiet)");
    let text = "the data folder is in use by process 11 (lamassu serve --quiet)";
    assert_eq!(refused.to_string(), text);

    drop(first);
    // A shorter text replaces the longer one whole, and the file that stayed behind does not block.
    let second = DataFolder::open(&path, &second, 0).await.expect("is free");
    assert_eq!(fs_err::read_to_string(path.join("lock")).expect("reads"), "process 12 (ls)\n");
    drop(second);
}

#[tokio::test]
async fn a_second_owner_waits_for_the_first() {
    let (_parent, path) = place();
    let first = DataFolder::open(&path, &owner(11, "lamassu check"), 0).await.expect("opens");
    let second = owner(12, "lamassu check");
    let (second, ()) = tokio::join!(DataFolder::open(&path, &second, 60_000), async move { drop(first) });
    second.expect("the first is gone");
}

#[tokio::test]
async fn tmp_is_emptied_and_nothing_else() {
    let (_parent, path) = place();
    let elsewhere = path.with_file_name("elsewhere");
    let folder = DataFolder::open(&path, &owner(1, "first"), 0).await.expect("opens");
    fs_err::create_dir_all(folder.tmp().join("a/b")).expect("makes");
    fs_err::write(folder.tmp().join("a/b/file"), "left over").expect("writes");
    fs_err::write(folder.tmp().join("file"), "left over").expect("writes");
    fs_err::create_dir_all(&elsewhere).expect("makes");
    fs_err::write(elsewhere.join("kept"), "kept").expect("writes");
    fs_err::os::unix::fs::symlink(&elsewhere, folder.tmp().join("link")).expect("links");
    fs_err::write(folder.database(), "kept").expect("writes");
    drop(folder);

    let folder = DataFolder::open(&path, &owner(2, "second"), 0).await.expect("opens");
    assert_eq!(fs_err::read_dir(folder.tmp()).expect("reads").count(), 0);
    assert!(folder.database().exists() && elsewhere.join("kept").exists());
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_left_alone() {
    let (_parent, path) = place();
    fs_err::create_dir_all(path.join("tmp")).expect("makes");
    fs_err::write(path.join("tmp/file"), "not ours").expect("writes");
    let mode = || fs_err::metadata(&path).expect("exists").permissions().mode();
    let before = mode();
    let refused = DataFolder::open(&path, &owner(1, "lamassu"), 0).await.expect_err("is not ours");
    assert!(matches!(refused, FolderError::Foreign));
    assert!(path.join("tmp/file").exists());
    assert_eq!(mode(), before);

    // The root of a file system of its own is empty but for one folder.
    fs_err::rename(path.join("tmp"), path.join("lost+found")).expect("renames");
    DataFolder::open(&path, &owner(1, "lamassu"), 0).await.expect("is ours now");
}

#[tokio::test]
async fn a_path_that_is_no_folder_is_unusable() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let path = parent.path().join("file");
    fs_err::write(&path, "").expect("writes");
    let refused = DataFolder::open(&path, &owner(1, "lamassu"), 0).await.expect_err("is a file");
    assert!(matches!(refused, FolderError::Unusable(_)), "{refused:?}");
}
