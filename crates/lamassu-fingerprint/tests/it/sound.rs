//! Sound that is made by formula: what survives which change, and the byte form.

use lamassu_fingerprint::sound::{
    BLOCK_MS, Listener, RATE_HZ, SOUND_CODEC_VERSION, STEP_MS, SoundBlock, SoundDecodeError, SoundTrack,
    Variant, decode_sound, encode_sound,
};
use proptest::prelude::*;

/// Numbers that look like chance, 0 to 1, by `SplitMix64` (Steele, Lea, Flood 2014).
fn chance(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Two voices of notes with overtones that fade: `seconds` long, played `tempo` times as fast and `pitch` times
/// as high.
fn music(seed: u64, seconds: f64, tempo: f64, pitch: f64) -> Vec<i16> {
    let rate = f64::from(RATE_HZ);
    let mut sum = vec![0.0_f64; (seconds * rate) as usize];
    for voice in 0..2 {
        let (mut next, mut start_s) = (chance(2 * seed + voice), 0.0);
        while start_s < seconds {
            let length_s = (0.15 + 0.35 * next()) / tempo;
            let hz = 180.0 * (3.0 * next()).exp2() * pitch;
            let loud = 1_500.0 + 3_000.0 * next();
            let from = (start_s * rate) as usize;
            let samples = sum.iter_mut().skip(from).take((1.5 * length_s * rate) as usize).enumerate();
            for (k, sample) in samples {
                let t = k as f64 / rate;
                let wave = |n: f64| (std::f64::consts::TAU * hz * n * t).sin() / n;
                *sample += loud * (-t * tempo * 4.0).exp() * (wave(1.0) + wave(2.0) + wave(3.0));
            }
            start_s += length_s;
        }
    }
    sum.into_iter().map(|sample| sample.clamp(-32768.0, 32767.0) as i16).collect()
}

fn listen(samples: &[i16], variants: &[Variant]) -> Vec<SoundTrack> {
    let mut listener = Listener::new(variants);
    listener.push(samples);
    listener.finish()
}

fn plain(samples: &[i16]) -> SoundTrack {
    listen(samples, &[Variant::PLAIN]).remove(0)
}

/// Mean distance of the blocks of `item` that may vote from the entry's nearest, in the best variant.
fn distance(entry: &SoundTrack, items: &[SoundTrack]) -> f64 {
    let entry = entry.blocks(1);
    let mean = |item: &SoundTrack| {
        let asked: Vec<SoundBlock> = item.blocks(4).into_iter().filter(|block| block.may_vote).collect();
        let nearest = |block: &SoundBlock| {
            entry.iter().map(|it| it.bits.distance(block.bits)).min().expect("the entry has blocks")
        };
        f64::from(asked.iter().map(nearest).sum::<u32>()) / asked.len() as f64
    };
    items.iter().map(mean).fold(f64::INFINITY, f64::min)
}

#[test]
fn blocks_lie_where_they_say() {
    let track = plain(&music(1, 10.0, 1.0, 1.0));
    let blocks = track.blocks(1);
    assert_eq!((blocks[0].start_ms, blocks[0].end_ms), (0, BLOCK_MS));
    assert_eq!(blocks[5].start_ms, 5 * STEP_MS);
    assert!(blocks.iter().all(|block| block.end_ms <= 10_000 && block.may_vote));
    assert!(blocks.last().expect("ten seconds have blocks").end_ms > 10_000 - STEP_MS);
    assert_eq!(track.blocks(4), blocks.iter().step_by(4).copied().collect::<Vec<_>>());
    assert_eq!(blocks[0].bits.0[0] as u16, track.words[0]);
    assert_eq!((blocks[0].bits.0[3] >> 48) as u16, track.words[15]);
}

#[test]
fn a_copy_is_near_and_other_music_is_not() {
    let entry = plain(&music(1, 20.0, 1.0, 1.0));
    let samples = music(1, 20.0, 1.0, 1.0);
    let cut = &samples[41_000..81_000];
    let quiet: Vec<i16> = cut.iter().map(|sample| sample / 8).collect();
    let mut next = chance(7);
    let noisy: Vec<i16> =
        cut.iter().map(|sample| sample.saturating_add((3_000.0 * (next() - 0.5)) as i16)).collect();
    for (name, samples, most) in [("cut", cut.to_vec(), 30.0), ("quiet", quiet, 35.0), ("noisy", noisy, 75.0)]
    {
        let found = distance(&entry, &[plain(&samples)]);
        assert!(found <= most, "{name}: {found}");
    }
    let other = distance(&entry, &listen(&music(2, 5.0, 1.0, 1.0), &Variant::ALL));
    assert!(other >= 80.0, "{other}");
}

#[test]
fn variants_undo_changes_of_speed_pitch_and_tempo() {
    let entry = plain(&music(3, 12.0, 1.0, 1.0));
    for (tempo, pitch) in [(1.03, 1.03), (0.97, 0.97), (1.0, 1.05), (1.0, 0.95), (1.1, 1.0), (0.9, 1.0)] {
        let item = music(3, 8.0, tempo, pitch);
        let found = distance(&entry, &listen(&item, &Variant::ALL));
        assert!(found <= 66.0, "tempo {tempo} pitch {pitch}: {found}");
    }
}

#[test]
fn silence_and_a_held_tone_may_not_vote() {
    let tone = |k: u32| (8_000.0 * (f64::from(k) * 0.5).sin()) as i16;
    let quiet: Vec<i16> = vec![0; 80_000];
    let mut faint = quiet.clone();
    faint.iter_mut().step_by(7).for_each(|sample| *sample = 1);
    let held: Vec<i16> = (0..80_000).map(tone).collect();
    for samples in [quiet, faint] {
        assert!(plain(&samples).blocks(1).iter().all(|block| !block.may_vote));
    }
    // Its bits are rounding errors, so only the most of it can be told.
    let voting = plain(&held).blocks(1).iter().filter(|block| block.may_vote).count();
    assert!(voting <= 80, "{voting}");
    assert!(plain(&[]).blocks(1).is_empty() && plain(&vec![0; 9_000]).blocks(1).is_empty());
}

/// The first words of the music with seed 1. When they change, stored sounds no longer compare.
const GOLDEN: [u16; 4] = [41_548, 41_548, 19_676, 24_024];

#[test]
fn known_music_has_known_words() {
    let track = plain(&music(1, 5.0, 1.0, 1.0));
    let far: u32 = track.words.iter().zip(GOLDEN).map(|(word, golden)| (word ^ golden).count_ones()).sum();
    // Another system's sine may turn over a bit that is on the edge.
    assert!(far <= 2, "{:?}", &track.words[..GOLDEN.len()]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn how_it_is_cut_into_calls_does_not_matter(cuts in prop::collection::vec(0_usize..5_000, 1..20)) {
        let samples = music(5, 4.0, 1.0, 1.0);
        let mut listener = Listener::new(&Variant::ALL);
        let mut rest = samples.as_slice();
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            listener.push(head);
            rest = tail;
        }
        listener.push(rest);
        prop_assert_eq!(listener.duration_ms(), 4_000);
        prop_assert_eq!(listener.finish(), listen(&samples, &Variant::ALL));
    }

    #[test]
    fn sounds_survive(words in prop::collection::vec(any::<(u16, bool)>(), 0..40)) {
        let (words, audible) = words.into_iter().unzip();
        let track = SoundTrack { variant: Variant::PLAIN, words, audible };
        prop_assert_eq!(decode_sound(&encode_sound(&track)), Ok(track));
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes: Vec<u8>, version: bool) {
        if let (Some(first), true) = (bytes.first_mut(), version) {
            *first = SOUND_CODEC_VERSION;
        }
        if let Ok(track) = decode_sound(&bytes) {
            prop_assert_eq!(encode_sound(&track), bytes);
        }
    }
}

#[test]
fn each_kind_of_damage_is_named() {
    let track =
        SoundTrack { variant: Variant::PLAIN, words: vec![1, 2, 3], audible: vec![true, false, true] };
    let good = encode_sound(&track);
    let read = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        decode_sound(&bytes).map(|track| track.words.len())
    };
    assert_eq!(read(&|_| ()), Ok(3));
    assert_eq!(read(&Vec::clear), Err(SoundDecodeError::Damaged), "no head");
    assert_eq!(read(&|b| b[0] += 1), Err(SoundDecodeError::Version(SOUND_CODEC_VERSION + 1)));
    assert_eq!(read(&|b| b.truncate(4)), Err(SoundDecodeError::Damaged), "cut off in the head");
    assert_eq!(read(&|b| b.truncate(11)), Err(SoundDecodeError::Damaged), "cut off");
    assert_eq!(read(&|b| b[1..5].fill(0xff)), Err(SoundDecodeError::Damaged), "more words than bytes");
    assert_eq!(read(&|b| b[11] |= 8), Err(SoundDecodeError::Damaged), "a bit of no word");
}
