//! What is measured with, made by ffmpeg once, and ffmpeg alone.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// A minute of 1080p H.264 at five megabits a second, with grain, which is what decoders work on, and sound.
pub fn film(folder: &Path) -> anyhow::Result<PathBuf> {
    let picture = "testsrc2=size=1920x1080:rate=25:duration=60,noise=alls=8:allf=t:all_seed=1";
    let sound = "anoisesrc=color=pink:seed=1:duration=60,tremolo=f=0.7";
    let inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound];
    let codecs =
        ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "5M", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    made(folder.join("minute.mp4"), &[&inputs[..], &codecs].concat())
}

/// An hour of sound as MP3.
pub fn hour_of_sound(folder: &Path) -> anyhow::Result<PathBuf> {
    let sound = "anoisesrc=color=pink:seed=2:duration=3600,tremolo=f=0.7";
    made(folder.join("hour.mp3"), &["-f", "lavfi", "-i", sound, "-c:a", "libmp3lame", "-b:a", "128k"])
}

/// Decodes the picture of `film` on one thread, twice a second of it, and does nothing with it.
pub fn decode_alone(film: &Path) -> anyhow::Result<()> {
    let film = film.to_string_lossy();
    run(&["-threads", "1", "-i", &film, "-map", "0:v:0", "-vf", "fps=2", "-f", "null", "-"])
}

/// Writes `path` whole or not at all, when it is not there.
fn made(path: PathBuf, arguments: &[&str]) -> anyhow::Result<PathBuf> {
    if !path.exists() {
        fs_err::create_dir_all(path.parent().context("files lie in folders")?)?;
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let unfinished = path.with_extension(format!("unfinished.{extension}"));
        run(&[arguments, &["-y", &unfinished.to_string_lossy()]].concat())?;
        fs_err::rename(&unfinished, &path)?;
    }
    Ok(path)
}

fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error"]).args(arguments).stdin(Stdio::null());
    let status = command.status().context("ffmpeg cannot be started; `make setup` installs it")?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
