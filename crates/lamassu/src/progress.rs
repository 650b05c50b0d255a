//! What standard error shows while files are worked on, when it is a terminal: how many are done, and how far the
//! reading of a long one is.

use std::fmt;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use lamassu_media::{Progress, SoFar};

/// Most characters of a file's name that are shown.
const NAME_CHARS_MAX: usize = 40;

/// The line about all files of a command.
pub struct FilesLine {
    bar: ProgressBar,
    under_work: Arc<UnderWork>,
}

/// Files that are worked on, in the order in which they were begun: until nobody tells their progress any more.
#[derive(Debug, Default)]
struct UnderWork(Mutex<Vec<(String, Weak<Progress>)>>);

impl FilesLine {
    /// A line that says `what` is done.
    pub fn begin(what: &'static str) -> Self {
        let under_work = Arc::<UnderWork>::default();
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), under_work };
        }
        let shown = Arc::clone(&under_work);
        let template = "{spinner} {msg} {human_pos} files, {per_sec}, {elapsed}{reading}";
        let style = ProgressStyle::with_template(template).expect("the template is valid").with_key(
            "reading",
            move |_: &ProgressState, line: &mut dyn fmt::Write| {
                // A terminal that cannot be written to shows nothing.
                let _shown = shown.longest().map(|text| write!(line, "; {text}"));
            },
        );
        let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, under_work }
    }

    /// Takes note of a file that is begun; gives what is to be told how far its reading is.
    pub fn file(&self, path: &Path) -> Arc<Progress> {
        let progress = Arc::<Progress>::default();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        self.under_work.add(&name, &progress);
        progress
    }

    /// Writes what a finished file gave.
    pub fn done(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
        self.bar.inc(1);
    }
}

impl Drop for FilesLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl UnderWork {
    fn add(&self, name: &str, progress: &Arc<Progress>) {
        let clean = name.chars().map(|it| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it });
        let name = clean.take(NAME_CHARS_MAX).collect();
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|(_, progress)| progress.strong_count() > 0);
        files.push((name, Arc::downgrade(progress)));
    }

    /// How far the first one is that tells something: whoever waits waits for that one.
    fn longest(&self) -> Option<String> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().find_map(|(name, progress)| Some(told(name, progress.upgrade()?.so_far()?)))
    }
}

fn told(name: &str, SoFar { read_ms, total_ms }: SoFar) -> String {
    match total_ms {
        Some(total_ms) => format!("{name} {} of {}", clock(read_ms), clock(total_ms)),
        None => format!("{name} {}", clock(read_ms)),
    }
}

/// `1:05:09`, or without hours `5:09`.
fn clock(ms: u32) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lamassu_media::{Progress, SoFar};

    use super::{UnderWork, told};

    #[test]
    fn seconds_of_the_total_or_those_so_far() {
        let so_far = |read_ms, total_ms| told("film.mp4", SoFar { read_ms, total_ms });
        assert_eq!(so_far(4_215_000, Some(10_800_000)), "film.mp4 1:10:15 of 3:00:00");
        assert_eq!(so_far(65_999, None), "film.mp4 1:05");
    }

    #[test]
    fn files_are_forgotten_and_their_names_harmless() {
        let under_work = UnderWork::default();
        let (first, second) = (Arc::<Progress>::default(), Arc::<Progress>::default());
        under_work.add("first\u{1b}[2J", &first);
        under_work.add(&"second".repeat(50), &second);
        assert_eq!(under_work.longest(), None, "nothing is told yet");
        let names = || under_work.0.lock().unwrap().iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names()[0], "first\u{fffd}[2J");
        assert_eq!(names()[1].chars().count(), super::NAME_CHARS_MAX);
        drop(first);
        under_work.add("third", &second);
        assert_eq!(names().len(), 2);
    }
}
