//! Items too large for a memory file go through a file without a name.

use std::io::Read;

use crate::room::{ITEM, Room};
use crate::samples::clip;

const MIB: u32 = 1 << 20;

#[test]
fn a_large_sound_file_is_read_and_leaves_nothing_behind() {
    let bytes = 70 * MIB;
    let head = [
        b"RIFF",
        &(bytes + 36).to_le_bytes()[..],
        b"WAVEfmt \x10\0\0\0\x01\0\x01\0",
        &8000_u32.to_le_bytes(),
        &16_000_u32.to_le_bytes(),
        b"\x02\0\x10\0data",
        &bytes.to_le_bytes(),
    ]
    .concat();
    let room = Room::new();
    let silence = std::io::repeat(0).take(bytes.into());
    let reading = room.read_from(head.chain(silence), ITEM).unwrap();
    assert_eq!((reading.medium, reading.size_bytes), ("audio", u64::from(bytes) + 44));
    assert_eq!(reading.duration_ms, bytes / 16);
    let left: Vec<_> = fs_err::read_dir(room.folder()).unwrap().flatten().map(|it| it.file_name()).collect();
    assert_eq!(left, ["child"]);
}

#[test]
fn a_large_film_is_read_as_the_small_one() {
    let room = Room::new();
    let film = clip(2, "mpeg4", "mp4");
    let free = [&(66 * MIB + 8).to_be_bytes()[..], b"free"].concat();
    let padded = film.as_slice().chain(free.as_slice()).chain(std::io::repeat(0).take((66 * MIB).into()));
    let (small, large) = (room.read(&film).unwrap(), room.read_from(padded, ITEM).unwrap());
    assert_eq!(large.size_bytes, small.size_bytes + u64::from(66 * MIB) + 8);
    assert_eq!((large.duration_ms, large.frames), (2000, small.frames));
}
