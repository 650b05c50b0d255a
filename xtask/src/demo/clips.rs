//! The clips of the demo, made by ffmpeg out of nothing.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::{Expected, Original, Sample};

/// What is banked: name and source.
const BANKED: [(&str, &str); 2] = [
    ("mandelbrot", "mandelbrot=size=320x240:rate=10"),
    (
        "automaton",
        "life=size=80x60:rate=10:seed=7:ratio=0.35:mold=12:life_color=#ffd060:death_color=#803010:mold_color=#102040",
    ),
];
/// What is not: a compilation's filler.
const FILLER: &str = "testsrc2=size=320x240:rate=10";
/// What only looks like something banked. No other part of the fractal: it has the same shapes in all sizes, which are
/// found, and rightly.
const INNOCENT: [(&str, &str); 2] = [
    (
        "other-automaton",
        "life=size=80x60:rate=10:seed=99:ratio=0.35:mold=12:life_color=#ffd060:death_color=#803010:mold_color=#102040",
    ),
    ("other-testsrc", FILLER),
];
/// Length of an original in seconds.
const CLIP_S: u32 = 10;

/// The banked clips, made where they are missing.
pub fn originals(folder: &Path) -> anyhow::Result<Vec<Original>> {
    let original = |(k, (name, source)): (usize, &(&str, &str))| {
        let path = folder.join(format!("originals/clip-{name}.mp4"));
        ffmpeg(&path, &[generated(source, CLIP_S)], "scale=320:240:flags=neighbor", "libx264")?;
        Ok(Original { path, title: format!("Example Agency clip {}", k + 1) })
    };
    BANKED.iter().enumerate().map(original).collect()
}

/// Copies of the clips and look-alikes, made where they are missing.
pub fn samples(folder: &Path, originals: &[Original]) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut add =
        |name: &str, done: &str, titles: Vec<String>, make: &dyn Fn(&Path) -> anyhow::Result<()>| {
            let path = folder.join("samples").join(name);
            make(&path)?;
            let expected = if titles.is_empty() { Expected::Nothing } else { Expected::Found(titles) };
            samples.push(Sample { path, done: done.to_owned(), expected });
            anyhow::Ok(())
        };
    for original in originals {
        let stem = original.path.file_stem().unwrap_or_default().to_string_lossy();
        let input = || vec![vec!["-i".to_owned(), original.path.display().to_string()]];
        let title = || vec![original.title.clone()];
        add(&format!("{stem}-small.avi"), "re-encoded, smaller", title(), &|path| {
            ffmpeg(path, &input(), "scale=240:180", "mpeg4")
        })?;
        add(&format!("{stem}-mirrored.mp4"), "mirrored", title(), &|path| {
            ffmpeg(path, &input(), "hflip", "libx264")
        })?;
    }
    let titles = originals.iter().map(|original| original.title.clone()).collect();
    add("clip-compilation.mp4", "5 s of each, between others", titles, &|path| compilation(path, originals))?;
    for (name, source) in INNOCENT {
        add(&format!("{name}.mp4"), "another clip", Vec::new(), &|path| {
            ffmpeg(path, &[generated(source, CLIP_S)], "null", "libx264")
        })?;
    }
    Ok(samples)
}

/// Filler, five seconds of each original, filler.
fn compilation(path: &Path, originals: &[Original]) -> anyhow::Result<()> {
    let mut inputs = vec![generated(FILLER, 4)];
    for original in originals {
        let part = ["-ss", "2", "-t", "5", "-i"].map(str::to_owned);
        inputs.push(part.into_iter().chain([original.path.display().to_string()]).collect());
    }
    inputs.push(generated("testsrc=size=320x240:rate=10", 3));
    let count = inputs.len();
    let even = (0..count).map(|k| format!("[{k}:v]scale=320:240,setsar=1,fps=10,format=yuv420p[v{k}]"));
    let all = (0..count).map(|k| format!("[v{k}]")).collect::<Vec<_>>().concat();
    let joined = format!("{all}concat=n={count}:v=1:a=0");
    ffmpeg(path, &inputs, &even.chain([joined]).collect::<Vec<_>>().join(";"), "libx264")
}

/// The arguments for an input that a filter makes up.
fn generated(source: &str, seconds: u32) -> Vec<String> {
    ["-f", "lavfi", "-t", &seconds.to_string(), "-i", source].map(str::to_owned).to_vec()
}

/// Writes `path` whole or not at all, when it is not there.
fn ffmpeg(path: &Path, inputs: &[Vec<String>], filter: &str, codec: &str) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let unfinished: PathBuf = path.with_extension(format!("unfinished.{extension}"));
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error", "-y"]).args(inputs.iter().flatten());
    command.args(["-filter_complex", filter, "-an", "-c:v", codec, "-q:v", "6", "-pix_fmt", "yuv420p"]);
    let status = command.arg(&unfinished).stdin(Stdio::null()).status();
    let status = status.context("ffmpeg cannot be started; `make setup` installs it")?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(fs_err::rename(&unfinished, path)?)
}
