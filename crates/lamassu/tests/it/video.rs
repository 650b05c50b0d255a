//! Video end to end: which seconds of an item show which seconds of an entry.

use std::path::{Path, PathBuf};

use crate::{Answered, Workplace, program};

/// A clip made by ffmpeg from its own sources.
pub fn clip(place: &Workplace, name: &str, arguments: &[&str]) -> PathBuf {
    let path = place.path(name);
    let mut ffmpeg = program("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-nostdin"]).args(arguments).arg(&path);
    Answered::of(&mut ffmpeg).expect_status(0);
    path
}

/// Ten seconds with much structure and movement.
pub fn release(place: &Workplace, name: &str) -> PathBuf {
    let source = "mandelbrot=size=320x180:rate=25:start_scale=0.3:end_scale=0.01:end_pts=250";
    clip(place, name, &["-f", "lavfi", "-i", source, "-t", "10", "-c:v", "libx264", "-preset", "ultrafast"])
}

fn add(place: &Workplace, path: &Path) {
    Answered::of(place.command(["bank", "add", "known"]).arg(path)).expect_status(0);
}

#[test]
fn a_cut_from_a_release_is_found_with_its_seconds() {
    let place = Workplace::with_bank();
    let release = release(&place, "release.mp4");
    add(&place, &release);
    let release = release.to_str().expect("text");
    let cut = clip(
        &place,
        "cut.webm",
        &[
            "-ss",
            "4",
            "-t",
            "5",
            "-i",
            release,
            "-vf",
            "hflip,scale=240:-2",
            "-c:v",
            "libvpx",
            "-b:v",
            "300k",
        ],
    );
    let (status, reports) = place.check(&[&cut]);
    assert_eq!((status, &reports[0]["medium"]), (1, &"video".into()), "{reports:?}");
    let found = &reports[0]["matches"][0];
    assert_eq!((&found["title"], &found["method"]), (&"release.mp4".into(), &"frames".into()));
    let segment = &found["segments"][0];
    let near = |field: &str, expected: f64| {
        let value = segment[field].as_f64().expect("seconds");
        assert!((value - expected).abs() <= 1.0, "{field} is {value}, not near {expected}: {segment}");
    };
    near("item_start_s", 0.0);
    near("item_end_s", 5.0);
    near("entry_start_s", 4.0);
    near("entry_end_s", 9.0);
    assert!(found["item_coverage"].as_f64().expect("a share") > 0.8);
    assert!((0.3..0.7).contains(&found["entry_coverage"].as_f64().expect("a share")));
}

#[test]
fn black_that_flashes_at_the_pace_of_the_samples_hides_no_second() {
    let place = Workplace::with_bank();
    let release = release(&place, "release.mp4");
    add(&place, &release);
    let black = "drawbox=color=black:t=fill:enable='lt(mod(t,0.5),0.12)'";
    let release = release.to_str().expect("text");
    let item = clip(&place, "flashing.mp4", &["-i", release, "-vf", black, "-preset", "ultrafast"]);
    let (status, reports) = place.check(&[&item]);
    assert_eq!((status, &reports[0]["matches"][0]["method"]), (1, &"frames".into()), "{reports:?}");
    let coverage = reports[0]["matches"][0]["item_coverage"].as_f64().expect("a share");
    assert!(coverage > 0.9, "{coverage}");
}

#[test]
fn a_bar_shows_which_seconds_are_known() {
    let place = Workplace::with_bank();
    let release = release(&place, "release.mp4");
    add(&place, &release);
    let text = release.to_str().expect("text");
    // Four seconds of nothing known, then four of the release.
    let joined = "[0:v]format=yuv420p,setsar=1[a];[1:v]format=yuv420p,setsar=1[b];[a][b]concat=n=2";
    let other = "testsrc2=size=320x180:rate=25";
    let inputs = ["-f", "lavfi", "-t", "4", "-i", other, "-ss", "3", "-t", "4", "-i", text];
    let cut = clip(&place, "cut.mp4", &[&inputs[..], &["-filter_complex", joined]].concat());
    let told = |locale: &str| {
        let mut command = place.command(["check", "--format", "human"]);
        Answered::of(command.arg(&cut).env("LC_ALL", locale)).expect_status(1).stdout
    };
    let plain = told("C");
    let bar =
        plain.lines().find(|line| line.contains("picture |")).unwrap_or_else(|| panic!("a bar: {plain}"));
    let columns = bar.split('|').nth(1).expect("between its ends");
    let filled = columns.find('#').expect("known seconds");
    assert!(columns.len() == 48 && (20..=28).contains(&filled) && columns.ends_with("##"), "{bar}");
    assert!(bar.contains(" of 0:08.0, ") && plain.contains(" shows 0:0"), "{plain}");
    let blocks = told("en_GB.UTF-8");
    assert!(blocks.contains("picture ▕") && blocks.contains("██▏") && blocks.contains("···"), "{blocks}");
}

#[test]
fn a_still_of_a_release_and_a_banked_picture_in_a_video_are_found() {
    let place = Workplace::with_bank();
    let release = release(&place, "release.mp4");
    add(&place, &release);
    let text = release.to_str().expect("text");
    let still = clip(&place, "still.png", &["-ss", "5", "-i", text, "-frames:v", "1"]);
    let (status, reports) = place.check(&[&still]);
    assert_eq!((status, &reports[0]["matches"][0]["method"]), (1, &"pdq".into()), "{reports:?}");
    let at = reports[0]["matches"][0]["segments"][0]["entry_start_s"].as_f64().expect("seconds");
    assert!((at - 5.0).abs() <= 1.0, "{reports:?}");

    let other = Workplace::with_bank();
    add(&other, &still);
    let still = still.to_str().expect("text");
    let slides = clip(
        &other,
        "slides.mp4",
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=320x180:rate=25:duration=2",
            "-loop",
            "1",
            "-t",
            "2",
            "-i",
            still,
            "-filter_complex",
            "[1:v]fps=25,format=yuv420p,setsar=1[s];[0:v]format=yuv420p,setsar=1[t];[t][s]concat=n=2",
        ],
    );
    let (status, reports) = other.check(&[&slides]);
    assert_eq!((status, &reports[0]["matches"][0]["title"]), (1, &"still.png".into()), "{reports:?}");
}

#[test]
fn other_videos_are_not_found() {
    let place = Workplace::with_bank();
    add(&place, &release(&place, "release.mp4"));
    let other = clip(&place, "other.avi", &["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "6"]);
    let sound = clip(&place, "sound.ogg", &["-f", "lavfi", "-i", "sine=frequency=440:duration=3"]);
    let (status, reports) = place.check(&[&other, &sound]);
    assert_eq!(status, 0, "{reports:?}");
    assert_eq!((&reports[0]["medium"], &reports[1]["medium"]), (&"video".into(), &"audio".into()));
}

#[test]
fn without_ffmpeg_only_video_and_sound_are_refused() {
    let place = Workplace::with_bank();
    let other = clip(&place, "other.avi", &["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-t", "1"]);
    place.write("picture.png", &crate::pictures::png(1));
    let mut command = place.command(["check", "--format", "json", "other.avi", "picture.png"]);
    let answered = Answered::of(command.env("PATH", "")).expect_status(2);
    let reports = answered.json();
    assert_eq!(reports[0]["error"]["code"], "tool-missing");
    assert!(reports[1]["error"].is_null());
    drop(other);
}
