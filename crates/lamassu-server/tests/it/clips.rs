//! Clips that ffmpeg makes out of nothing.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder of clips, gone at the end of the test.
pub struct Clips {
    folder: TempDir,
}

/// What is banked: pictures with much structure that move.
pub const FRACTAL: &str = "mandelbrot=size=320x180:rate=10:start_scale=0.3:end_scale=0.01:end_pts=100";
pub const AUTOMATON: &str = "life=size=80x45:rate=10:seed=7:ratio=0.35:mold=12:life_color=#ffd060:death_color=#803010:\
                             mold_color=#102040,scale=320:180:flags=neighbor";
/// What is not.
const FILLER: &str = "testsrc2=size=320x180:rate=10";

impl Clips {
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// Ten seconds of a source.
    pub fn release(&self, name: &str, source: &str) -> PathBuf {
        self.make(name, &["-f", "lavfi", "-i", source, "-t", "10"])
    }

    /// A minute and a half that is cheap to make and to read.
    pub fn film(&self, name: &str) -> PathBuf {
        self.make(name, &["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=1:duration=90"])
    }

    /// Ten seconds with a sound: five of a low tone, five of a high one.
    pub fn sounding(&self, name: &str) -> PathBuf {
        let tones =
            "sine=frequency=400:duration=5[a];sine=frequency=1000:duration=5[b];[a][b]concat=n=2:v=0:a=1";
        let inputs = ["-f", "lavfi", "-i", FRACTAL, "-f", "lavfi", "-i", tones, "-t", "10"];
        self.encode(name, &[&inputs[..], &["-c:a", "aac"]].concat())
    }

    /// The same content in other bytes.
    pub fn copy(&self, name: &str, of: &Path) -> PathBuf {
        self.make(name, &["-i", path(of), "-vf", "scale=240:-2"])
    }

    /// Two clips side by side, as in a split screen, as long as the shorter one.
    pub fn beside(&self, name: &str, left: &Path, right: &Path) -> PathBuf {
        let beside = "[0:v]setsar=1[a];[1:v]setsar=1[b];[a][b]hstack=shortest=1";
        self.make(name, &["-i", path(left), "-i", path(right), "-filter_complex", beside])
    }

    /// Four seconds of nothing known, five of each release from its second 2 on, three of nothing known.
    pub fn compilation(&self, name: &str, releases: &[&Path]) -> PathBuf {
        let mut inputs = vec!["-f", "lavfi", "-t", "4", "-i", FILLER];
        for release in releases {
            inputs.extend(["-ss", "2", "-t", "5", "-i", path(release)]);
        }
        inputs.extend(["-f", "lavfi", "-t", "3", "-i", "testsrc=size=320x180:rate=10"]);
        let count = releases.len() + 2;
        let even = (0..count).map(|k| format!("[{k}:v]scale=320:180,setsar=1,fps=10,format=yuv420p[v{k}];"));
        let all = (0..count).map(|k| format!("[v{k}]")).collect::<Vec<_>>().concat();
        let joined = format!("{}{all}concat=n={count}:v=1:a=0", even.collect::<Vec<_>>().concat());
        inputs.extend(["-filter_complex", &joined]);
        self.make(name, &inputs)
    }

    /// A clip without sound.
    fn make(&self, name: &str, arguments: &[&str]) -> PathBuf {
        self.encode(name, &[arguments, &["-an"]].concat())
    }

    fn encode(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let made = self.folder.path().join(name);
        #[expect(clippy::disallowed_methods, reason = "test media is made by ffmpeg itself")]
        let mut ffmpeg = std::process::Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-y"]).args(arguments);
        ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]).arg(&made);
        assert!(ffmpeg.status().expect("ffmpeg starts").success(), "{ffmpeg:?}");
        made
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}
