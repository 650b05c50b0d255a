//! When a child stays, and when the next item meets a fresh one.

use lamassu_media::{Limits, ReadError};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::room::Room;
use crate::samples::{jpeg, plain, png};

/// Kills the process and waits until it has ended.
fn kill(number: i32) {
    let pid = Pid::from_raw(number).unwrap();
    let process = rustix::process::pidfd_open(pid, PidfdFlags::empty()).unwrap();
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    rustix::event::poll(&mut [PollFd::new(&process, PollFlags::IN)], None).unwrap();
}

/// Whether the child was told how much time its item may take, which is when work begins.
fn is_at_work(number: i32) -> bool {
    let limits = fs_err::read_to_string(format!("/proc/{number}/limits")).unwrap_or_default();
    let told = limits.lines().find_map(|line| line.strip_prefix("Max cpu time"));
    told.is_some_and(|values| !values.trim_start().starts_with("unlimited"))
}

#[test]
fn a_child_is_kept_for_the_next_picture() {
    let room = Room::new();
    assert!(room.children().is_empty());
    assert_eq!(room.outcome(&jpeg(1)), "image");
    let kept = room.children();
    assert_eq!(kept.len(), 1);
    assert_eq!(room.outcome(&png(2)), "image");
    assert_eq!(room.children(), kept);
}

#[test]
fn a_child_outlives_the_thread_that_asked_for_it() {
    let room = Room::new();
    let started = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            assert_eq!(room.outcome(&jpeg(1)), "image");
            rustix::thread::gettid()
        });
        reading.join().unwrap()
    });
    // `join` may return a moment before the kernel's thread has gone.
    while fs_err::metadata(format!("/proc/self/task/{}", started.as_raw_nonzero())).is_ok() {
        std::thread::yield_now();
    }
    let kept = room.children();
    for item in 0..5 {
        assert_eq!(room.outcome(&jpeg(item)), "image");
    }
    assert_eq!(room.children(), kept);
}

#[test]
fn children_end_with_their_jail() {
    let room = Room::new();
    assert_eq!(room.outcome(&jpeg(1)), "image");
    let number = room.children()[0];
    drop(room);
    assert!(fs_err::metadata(format!("/proc/{number}")).is_err());
}

#[test]
fn a_child_is_replaced_after_so_many_items() {
    let room = Room::with(Limits { child_items_max: 3, ..Limits::default() });
    let mut seen = Vec::new();
    for _ in 0..2 {
        for item in 1..=3 {
            assert_eq!(room.outcome(&jpeg(item)), "image");
            let now = room.children();
            assert_eq!(now.len(), usize::from(item < 3), "item {item}");
            seen.extend(now);
        }
    }
    assert_eq!((seen[0], seen[2]), (seen[1], seen[3]));
    assert_ne!(seen[0], seen[2]);
}

#[test]
fn a_child_that_grew_too_large_is_replaced() {
    let room = Room::with(Limits { child_resident_bytes_max: 1, ..Limits::default() });
    for item in 0..2 {
        assert_eq!(room.outcome(&jpeg(item)), "image");
        assert!(room.children().is_empty());
    }
}

#[test]
fn a_child_is_replaced_after_an_error() {
    let room = Room::new();
    assert_eq!(room.outcome(&jpeg(1)), "image");
    let before = room.children();
    assert_eq!(room.outcome(&png(1)[..50]), "malformed");
    assert!(room.children().is_empty());
    assert_eq!(room.outcome(&jpeg(1)), "image");
    assert_ne!(room.children(), before);
}

#[test]
fn an_idle_child_that_was_killed_costs_nobody_anything() {
    let room = Room::new();
    assert_eq!(room.outcome(&jpeg(1)), "image");
    let killed = room.children()[0];
    kill(killed);
    assert_eq!(room.outcome(&jpeg(1)), "image");
    assert_ne!(room.children(), [killed]);
}

#[test]
fn a_child_killed_at_work_is_a_crash_and_the_next_item_is_fine() {
    let room = Room::new();
    let large = plain(12_000, 9_000);
    let result = std::thread::scope(|scope| {
        let reading = scope.spawn(|| room.read(&large));
        loop {
            assert!(!reading.is_finished(), "the child was never seen at work");
            if let Some(number) = room.children().into_iter().find(|&number| is_at_work(number)) {
                kill(number);
                break reading.join().unwrap();
            }
            std::thread::yield_now();
        }
    });
    let error = result.unwrap_err();
    assert_eq!(error.code(), "decoder-crashed");
    assert!(matches!(error, ReadError::Crashed { signal: 9 }), "{error:?}");
    assert_eq!(room.outcome(&jpeg(1)), "image");
}
