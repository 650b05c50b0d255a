//! Backups: taken while a server goes on, opened like any data folder.

use std::process::Stdio;

use rustix::process::Signal;

use crate::Workplace;
use crate::concurrency::Server;
use crate::pictures::png;

#[test]
fn a_backup_is_a_data_folder_that_knows_the_same() {
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(1));
    place.write("data/policy.toml", b"[default]\nradius_bits = 30\n");
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    for served in [false, true] {
        let server = served.then(|| Server::start(&place));
        let audit = place.run(["audit", "verify", "--format", "json"]).expect_status(0).json();
        let copy = place.path(format!("copy-{served}"));
        let backup = place.command(["backup", "--format", "json"]).arg(&copy).output().expect("it runs");
        assert!(backup.status.success(), "{backup:?}");
        if let Some(server) = server {
            assert_eq!(server.end(Signal::TERM), Some(0));
        }
        let restored = crate::Answered::of(
            crate::program(env!("CARGO_BIN_EXE_lamassu"))
                .args(["audit", "verify", "--format", "json", "--data"])
                .arg(&copy),
        );
        assert_eq!(restored.expect_status(0).json()[0]["head"], audit[0]["head"]);
        let mut check = crate::program(env!("CARGO_BIN_EXE_lamassu"));
        check.arg("check").arg(&known).arg("--data").arg(&copy);
        assert_eq!(crate::Answered::of(&mut check).status, 1, "the entry is found");
        assert!(copy.join("policy.toml").exists());
        assert_eq!(media(&copy), media(&place.data()), "the media of the entry is in the copy");
    }
}

/// The names of the files of media and their sealed bytes.
fn media(data: &std::path::Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let files = fs_err::read_dir(data.join("media")).expect("the folder of media is there").flatten();
    let files = files.filter(|file| file.path().is_file());
    let mut media: Vec<_> =
        files.map(|file| (file.file_name(), fs_err::read(file.path()).expect("is read"))).collect();
    media.sort();
    assert_eq!(media.len(), 1, "one entry, one file");
    media
}

#[test]
fn a_folder_with_something_in_it_is_no_target() {
    let place = Workplace::with_bank();
    place.write("other.txt", b"something else");
    let refused = place.run(["backup", "."]).expect_status(2);
    assert!(refused.stderr.contains("(backup-target)"), "{refused:?}");
    let refused = place.run(["backup", "other.txt"]).expect_status(2);
    assert!(refused.stderr.contains("(backup-target)"), "{refused:?}");
}

#[test]
fn a_backup_beside_writers_holds_together() {
    let place = Workplace::with_bank();
    let server = Server::start(&place);
    for round in 0..3 {
        for seed in 0..4 {
            place.write(format!("{round}-{seed}.png"), &png(10 * round + seed));
        }
        let names: Vec<String> = (0..4).map(|seed| format!("{round}-{seed}.png")).collect();
        let mut adding = place.command(["bank", "add", "known"]);
        let mut adding =
            adding.args(&names).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        let copy = place.path(format!("copy-{round}"));
        let backup = place.command(["backup"]).arg(&copy).output().expect("it runs");
        assert!(backup.status.success(), "{backup:?}");
        assert!(adding.wait().expect("it ends").success());
        let mut verify = crate::program(env!("CARGO_BIN_EXE_lamassu"));
        crate::Answered::of(verify.args(["audit", "verify", "--data"]).arg(&copy)).expect_status(0);
    }
    assert_eq!(server.end(Signal::TERM), Some(0));
}
