//! The byte form of frames.

use lamassu_fingerprint::{Bits256, CODEC_VERSION, DecodeError, Frame, View, decode_frames, encode_frames};
use proptest::prelude::*;

fn any_frame<const N: usize>() -> impl Strategy<Value = Frame<N>> {
    let bits = prop::collection::vec(any::<[u64; 4]>().prop_map(Bits256), N);
    (any::<(u32, u32)>(), 0..View::ALL.len(), 0..=100_u8, bits).prop_map(|((a, b), view, quality, bits)| {
        Frame {
            start_ms: a.min(b),
            end_ms: a.max(b),
            view: View::ALL[view],
            quality,
            bits: bits.try_into().expect("the vector has N elements"),
        }
    })
}

fn check_round_trip<const N: usize>(frames: &[Frame<N>]) {
    assert_eq!(decode_frames(&encode_frames(frames)).as_deref(), Ok(frames));
}

/// Bytes either do not decode, or are exactly what encoding gives again.
fn check_canonical<const N: usize>(bytes: &[u8]) {
    if let Ok(frames) = decode_frames::<N>(bytes) {
        assert_eq!(encode_frames(&frames), bytes);
    }
}

proptest! {
    #[test]
    fn frames_survive(one in prop::collection::vec(any_frame::<1>(), 0..9), eight in prop::collection::vec(any_frame::<8>(), 0..5)) {
        check_round_trip(&one);
        check_round_trip(&eight);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        check_canonical::<1>(&bytes);
        check_canonical::<8>(&bytes);
    }

    #[test]
    fn damaged_frames_are_read_or_refused(
        frames in prop::collection::vec(any_frame::<1>(), 0..4),
        at: prop::sample::Index,
        byte: u8,
        cut in 0_usize..3,
    ) {
        let mut bytes = encode_frames(&frames);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut);
        check_canonical::<1>(&bytes);
        check_canonical::<8>(&bytes);
    }
}

#[test]
fn each_kind_of_damage_is_named() {
    let frame = Frame { start_ms: 1, end_ms: 2, view: View::Full, quality: 3, bits: [Bits256::default()] };
    let good = encode_frames(&[frame]);
    let read = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        decode_frames::<1>(&bytes).map(|frames| frames.len())
    };
    assert_eq!(read(&|_| ()), Ok(1));
    assert_eq!(read(&Vec::clear), Err(DecodeError::Damaged), "no head");
    assert_eq!(read(&|b| b[0] = CODEC_VERSION + 1), Err(DecodeError::Version(CODEC_VERSION + 1)));
    assert_eq!(read(&|b| b[1] = 8), Err(DecodeError::Damaged), "another number of orientations");
    assert_eq!(read(&|b| b.truncate(43)), Err(DecodeError::Damaged), "cut off");
    assert_eq!(read(&|b| b[2] = 9), Err(DecodeError::Damaged), "ends before it starts");
    assert_eq!(read(&|b| b[10] = View::ALL.len() as u8), Err(DecodeError::Damaged), "no such view");
    assert_eq!(read(&|b| b[11] = 101), Err(DecodeError::Damaged), "quality over 100");
    assert_eq!(read(&|b| b.truncate(2)), Ok(0), "no frame at all is fine");
}
