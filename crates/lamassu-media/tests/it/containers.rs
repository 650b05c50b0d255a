//! Containers without content, and ones that point to other files.

use crate::room::Room;
use crate::samples::{clip, ffmpeg};

const PARENTS: [&[u8]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"dinf"];

/// `bytes` up to where `marker` is found, `before` bytes earlier.
fn until<'a>(bytes: &'a [u8], marker: &[u8], before: usize) -> &'a [u8] {
    let at = bytes.windows(marker.len()).position(|window| window == marker).unwrap();
    &bytes[..at - before]
}

/// The same MP4 with other content in every `dref` box, and all boxes around it of the right size.
fn with_references(bytes: &[u8], content: &[u8]) -> Vec<u8> {
    let (mut result, mut rest) = (Vec::new(), bytes);
    while let Some((size, _)) = rest.split_first_chunk::<4>() {
        let (one, others) = rest.split_at(u32::from_be_bytes(*size) as usize);
        let (name, body) = (&one[4..8], &one[8..]);
        let body = match name {
            b"dref" => content.to_vec(),
            _ if PARENTS.contains(&name) => with_references(body, content),
            _ => body.to_vec(),
        };
        result.extend((body.len() as u32 + 8).to_be_bytes());
        result.extend(name);
        result.extend(body);
        rest = others;
    }
    result
}

/// The content of a `dref` box with one reference.
fn reference(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u32 + 12).to_be_bytes();
    // Version and number of references; then size, kind and flags: not in this file.
    [&[0, 0, 0, 0, 0, 0, 0, 1], &size[..], &kind, &[0; 4], body].concat()
}

#[test]
fn headers_without_content_have_no_frame() {
    let room = Room::new();
    let source = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=1", "-c:v", "mpeg4"];
    let pieces = ffmpeg(&[&source[..], &["-movflags", "empty_moov+frag_keyframe"]].concat(), "mp4");
    let mut outcomes = vec![room.outcome(until(&pieces, b"moof", 4))];
    let matroska = clip(1, "mpeg4", "matroska");
    outcomes.push(room.outcome(until(&matroska, b"\x1f\x43\xb6\x75", 0)));
    outcomes.push(room.outcome(b"\0\0\0\x14ftypisom\0\0\x02\0isom\0\0\0\x08free"));
    for outcome in outcomes {
        assert!(["no-streams", "malformed"].contains(&outcome), "{outcome}");
    }
    assert_eq!(room.outcome(&pieces), "video");
}

#[test]
fn a_film_that_points_to_another_file_does_not_open_it() {
    let room = Room::new();
    let film = clip(1, "mpeg4", "mp4");
    let own = room.read(&film).unwrap();
    let other = room.folder().join("other.mp4");
    fs_err::write(&other, ffmpeg(&["-f", "lavfi", "-i", "mandelbrot=size=160x120", "-t", "1"], "mp4"))
        .unwrap();
    let path = other.to_str().unwrap();

    let url = with_references(&film, &reference(*b"url ", format!("file://{path}\0").as_bytes()));
    assert_eq!(room.read(&url).unwrap().frames, own.frames, "the film's own bytes were read");

    // A Macintosh alias, with the path in a record of kind 2.
    let mut alias = vec![0; 150];
    alias.extend(2_u16.to_be_bytes());
    alias.extend((path.len() as u16).to_be_bytes());
    alias.extend(path.bytes().chain(std::iter::repeat_n(0, path.len() % 2)));
    alias.extend([0xff, 0xff, 0, 0]);
    let outcome = room.outcome(&with_references(&film, &reference(*b"alis", &alias)));
    assert!(["no-streams", "malformed"].contains(&outcome), "{outcome}");
}
