//! Thresholds for a query whose buckets are fuller than they should be: less of the full bands, more of the
//! others (Qin et al., General Pigeonhole, ICDE 2018).

use crate::bands::{BANDS_MAX, THRESHOLD_MAX, Thresholds};
use crate::cost::bands_ns;
use crate::order::Stored;
use crate::table::Bands;

/// Choices of a band: from not looked at to the largest threshold.
const CHOICES: usize = THRESHOLD_MAX as usize + 2;
/// The largest sum of the thresholds + 1.
const SUM_MAX: usize = BANDS_MAX * (THRESHOLD_MAX as usize + 1);

/// The cheapest thresholds for this query, by the exact sizes of its buckets, of those that go at most one
/// beyond the even ones.
pub fn allocate(bands: &Bands<'_>, query: &Stored, even: &Thresholds) -> Thresholds {
    let count = bands.shape.bands();
    let sum: usize = even[..count].iter().map(|&threshold| (threshold + 1) as usize).sum();
    let choices = ((even[0] + 3) as usize).min(CHOICES);
    let mut cheapest = [f64::INFINITY; SUM_MAX + 1];
    cheapest[0] = 0.0;
    let mut chosen = vec![[0_u8; SUM_MAX + 1]; count];
    for (band, chosen) in chosen.iter_mut().enumerate() {
        let costs = costs(bands, query, band, choices);
        for total in (0..=sum).rev() {
            let with = |choice: usize| cheapest[total - choice] + costs[choice];
            let best = (0..choices.min(total + 1)).min_by(|&a, &b| with(a).total_cmp(&with(b)));
            let best = best.expect("not looking at the band is always a choice");
            (cheapest[total], chosen[total]) = (with(best), best as u8);
        }
    }
    let mut thresholds = [-1; BANDS_MAX];
    let mut left = sum;
    for band in (0..count).rev() {
        let choice = chosen[band][left];
        thresholds[band] = i32::from(choice) - 1;
        left -= usize::from(choice);
    }
    thresholds
}

/// What each choice of a band costs.
fn costs(bands: &Bands<'_>, query: &Stored, band: usize, choices: usize) -> [f64; CHOICES] {
    let key = bands.shape.key(query, band);
    let (mut buckets, mut sketches) = (0, 0);
    let mut costs = [0.0; CHOICES];
    for weight in 0..choices - 1 {
        for mask in bands.shape.masks(weight) {
            let (start, end) = bands.bucket(band, key ^ mask);
            buckets += 1;
            sketches += u64::from(end - start);
        }
        costs[weight + 1] = bands_ns(buckets, sketches, 0);
    }
    costs
}
