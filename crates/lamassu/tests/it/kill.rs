//! kill -9 between any two writes: nothing stored is lost or half there.

use std::process::Stdio;

use crate::pictures::png;
use crate::{Answered, Workplace, program};

/// System calls that change what is on disk.
const WRITES: &str = "write,pwrite64,fsync,fdatasync,ftruncate,unlink,rename,openat";

/// Runs a command that dies at the `when`-th of these system calls of any of its threads or children.
pub fn die_at(place: &Workplace, (calls, when): (&str, u32), arguments: &[&str]) -> Answered {
    let mut strace = program("strace");
    strace.args(["-f", "-qq", "-o"]).arg(place.path("trace"));
    strace.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:signal=KILL:when={when}")]);
    strace.arg(env!("CARGO_BIN_EXE_lamassu")).args(arguments).args(["--format", "json"]);
    strace.arg("--data").arg(place.data()).current_dir(place.path("")).stdin(Stdio::null());
    Answered::of(&mut strace)
}

/// Adds two files and dies at the `when`-th writing call; gives what it had acknowledged, and whether it lived to the
/// end.
fn add_and_die(place: &Workplace, when: u32) -> (Vec<String>, bool) {
    let answered = die_at(place, (WRITES, when), &["bank", "add", "known", "a.png", "b.txt"]);
    let whole_lines =
        answered.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let titles = whole_lines
        .filter(|row| row["error"].is_null())
        .map(|row| row["entry"]["metadata"]["title"].as_str().expect("a title").to_owned());
    (titles.collect(), answered.status == 0)
}

/// How many files of media are kept; none of them belongs to an addition that broke off.
pub fn kept(place: &Workplace) -> usize {
    let media = place.data().join("media");
    let marks = fs_err::read_dir(media.join("marks")).expect("the folder of marks is there");
    assert_eq!(marks.count(), 0, "opening the folder settles what is marked");
    let files = fs_err::read_dir(media).expect("the folder of media is there");
    files.filter(|file| file.as_ref().is_ok_and(|file| file.path().is_file())).count()
}

#[test]
fn killed_at_every_write_nothing_acknowledged_is_lost() {
    let mut lived_through = 0;
    for when in 1.. {
        let place = Workplace::with_bank();
        // Every addition is sealed, so that the kill meets segments and manifests, too.
        fs_err::write(place.data().join("lamassu.toml"), "[index]\nsealed_at = 1\n").expect("is written");
        place.write("a.png", &png(1));
        place.write("b.txt", b"an invented statement");
        let (acknowledged, lived) = add_and_die(&place, when);
        let titles = place.titles();
        assert_eq!(kept(&place), titles.len(), "each has its media and nothing else stayed, {when}");
        for title in &acknowledged {
            assert!(
                titles.contains(title),
                "{title} was acknowledged and is gone after a kill at write {when}"
            );
        }
        place.run(["audit", "verify"]).expect_status(0);
        place.run(["index", "verify"]).expect_status(0);
        // Going on where it stopped completes the work, and nothing is there twice.
        place.run(["bank", "add", "known", "a.png", "b.txt"]).expect_status(0);
        assert_eq!(place.titles().len(), 2, "after a kill at write {when}");
        assert_eq!(kept(&place), 2, "after a kill at write {when}");
        assert_eq!(place.check(&[&place.path("a.png")]).0, 1);
        // Threads count their calls apart: a run that lives has none with so many.
        lived_through += u32::from(lived);
        if lived_through == 2 {
            assert!(when > 20, "only {when} writes were tried");
            break;
        }
    }
}
