//! A disk that fills up: what was acknowledged is kept, what was not is told, and work goes on later.

use crate::pictures::png;
use crate::{Answered, Workplace, program};

/// Fills a file system of 24 MiB, most of it taken by a filler, with entries, frees some room, and goes on. Prints what the test reads.
const SCENARIO: &str = r#"
set -e
mount -t tmpfs -o size=24m tmpfs "$DATA"
"$LAMASSU" bank create known --data "$DATA"
printf '[index]\nsealed_at = 8\n' > "$DATA/lamassu.toml"
head -c 22m /dev/zero > "$DATA/tmp-filler"
set +e
"$LAMASSU" bank add known "$MEDIA" --data "$DATA" --format json > "$OUT/first"; echo "first=$?"
rm "$DATA/tmp-filler"
"$LAMASSU" bank show known --data "$DATA" --format json > "$OUT/shown"; echo "shown=$?"
"$LAMASSU" audit verify --data "$DATA" > /dev/null; echo "audit=$?"
"$LAMASSU" bank add known "$MEDIA" --data "$DATA" --format json > "$OUT/second"; echo "second=$?"
"$LAMASSU" index verify --data "$DATA" > /dev/null; echo "index=$?"
"#;

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let place = Workplace::new();
    for folder in ["data", "media", "out"] {
        fs_err::create_dir(place.path(folder)).expect("a folder");
    }
    for seed in 0..400 {
        place.write(format!("media/{seed:03}.png"), format!("an invented text {seed}").as_bytes());
    }
    for seed in 0..3 {
        place.write(format!("media/picture-{seed}.png"), &png(seed));
    }
    // A mount of one's own: root may, others may inside a user namespace.
    let namespace = if rustix::process::getuid().is_root() { "-m" } else { "-rm" };
    let mut scenario = program("unshare");
    scenario.args([namespace, "sh", "-c", SCENARIO]).env("LAMASSU", env!("CARGO_BIN_EXE_lamassu"));
    scenario.env("DATA", place.path("data")).env("MEDIA", place.path("media")).env("OUT", place.path("out"));
    let answered = Answered::of(&mut scenario).expect_status(0);
    assert_eq!(answered.stdout, "first=2\nshown=0\naudit=0\nsecond=0\nindex=0\n", "{answered:?}");

    let lines = |name: &str| -> Vec<serde_json::Value> {
        let text = fs_err::read_to_string(place.path("out").join(name)).expect("read");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let (first, shown, second) = (lines("first"), lines("shown"), lines("second"));
    assert_eq!((first.len(), second.len()), (403, 403));
    let (kept, failed): (Vec<_>, Vec<_>) = first.iter().partition(|row| row["error"].is_null());
    assert!(!kept.is_empty() && !failed.is_empty(), "{} kept, {} failed", kept.len(), failed.len());
    assert!(failed.iter().all(|row| row["error"]["code"] == "disk-full"), "{failed:?}");
    assert!(failed[0]["error"]["message"].as_str().expect("text").contains("free some space"));
    assert_eq!(shown.len(), kept.len(), "exactly what was acknowledged is there");
}
