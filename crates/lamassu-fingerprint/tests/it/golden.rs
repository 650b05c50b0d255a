//! PDQ of pictures made by formula, beside what Meta's own implementation says.
//!
//! `hash` and `quality` are ours and hold exactly: when they change, stored fingerprints no longer
//! compare, and `FINGERPRINT_VERSION` must change with them. The reference values are of the
//! package pdqhash 0.2.8, see `testdata/golden/SOURCE.md`.

use lamassu_fingerprint::pdq::{DihedralPdq, pdq};
use lamassu_fingerprint::{Bits256, Channels};

use crate::pictures::{Pixels, blobs, gradient, waves};

const TABLE: &str = include_str!("../../../../testdata/golden/pdq.tsv");

/// Meta's tolerance for a conforming implementation is 10; rounding alone moves fewer.
const REFERENCE_BITS_MAX: u32 = 4;

/// Below this quality most coefficients are rounding errors, and so are their bits.
const QUALITY_MIN: u8 = 50;

#[test]
fn pdq_of_known_pictures() {
    let mut wrong = Vec::new();
    for row in rows() {
        let DihedralPdq { quality, bits, .. } =
            pdq(&row.pixels().picture()).expect("golden pictures are large enough");
        if bits[0].to_string() != row.hash || quality != row.quality {
            wrong.push(format!("{}: {} {quality}", row.name(), bits[0]));
        }
    }
    assert!(wrong.is_empty(), "these pictures now hash to\n{}", wrong.join("\n"));
}

#[test]
fn pdq_agrees_with_the_reference() {
    for row in rows() {
        let ours: Bits256 = row.hash.parse().expect("the table holds hashes");
        let distance = ours.distance(row.reference_hash.parse().expect("the table holds hashes"));
        let flat = row.reference_quality < QUALITY_MIN;
        assert!(flat || distance <= REFERENCE_BITS_MAX, "{} is {distance} bits off", row.name());
        assert!(row.quality.abs_diff(row.reference_quality) <= 1, "{}: quality", row.name());
    }
}

struct Row {
    formula: &'static str,
    seed: u64,
    width: usize,
    height: usize,
    channels: Channels,
    hash: &'static str,
    quality: u8,
    reference_hash: &'static str,
    reference_quality: u8,
}

fn rows() -> Vec<Row> {
    let rows: Vec<Row> = TABLE.lines().skip(1).map(row).collect();
    assert!(rows.len() >= 10, "the table of golden values was cut short");
    rows
}

fn row(line: &'static str) -> Row {
    let cells: Vec<&str> = line.split('\t').collect();
    let number = |at: usize| cells[at].parse::<u64>().expect("a number");
    let channels = match cells[4] {
        "gray" => Channels::Gray,
        "rgb" => Channels::Rgb,
        "rgba" => Channels::Rgba,
        "rgba-on-white" => Channels::RgbaOnWhite,
        other => panic!("no such channels: {other}"),
    };
    Row {
        formula: cells[0],
        seed: number(1),
        width: number(2) as usize,
        height: number(3) as usize,
        channels,
        hash: cells[5],
        quality: number(6) as u8,
        reference_hash: cells[7],
        reference_quality: number(8) as u8,
    }
}

impl Row {
    fn name(&self) -> String {
        format!("{} {} {}x{} {:?}", self.formula, self.seed, self.width, self.height, self.channels)
    }

    fn pixels(&self) -> Pixels {
        let Self { width, height, channels, .. } = *self;
        let plane = |k: u64| match self.formula {
            "blobs" => blobs(self.seed + k, width, height),
            "waves" => waves(self.seed + k, width, height),
            "gradient" => gradient(width, height),
            other => panic!("no such formula: {other}"),
        };
        let planes: Vec<Vec<u8>> = (0..channels.size_bytes() as u64).map(plane).collect();
        let bytes = (0..width * height).flat_map(|at| planes.iter().map(move |plane| plane[at])).collect();
        Pixels { bytes, width, height, channels }
    }
}
