//! What bytes are is told from the first of them, whatever anybody calls them.

use image::ImageFormat as Encoder;
use lamassu_fingerprint::Digest;
use lamassu_media::fuzzing::sniff;
use lamassu_media::{Container, ImageFormat, Kind};

use crate::room::{Room, first_hash};
use crate::samples::{clip, encode, jpeg, png, smooth, tone};

#[test]
fn every_kind_of_picture_is_told_and_read() {
    let room = Room::new();
    let kinds = [
        (Encoder::Jpeg, ImageFormat::Jpeg),
        (Encoder::Png, ImageFormat::Png),
        (Encoder::Gif, ImageFormat::Gif),
        (Encoder::WebP, ImageFormat::WebP),
        (Encoder::Bmp, ImageFormat::Bmp),
        (Encoder::Tiff, ImageFormat::Tiff),
    ];
    let exact = first_hash(&room.read(&png(3)).unwrap());
    for (encoder, format) in kinds {
        let bytes = encode(&smooth(160, 120, 3).into(), encoder);
        assert_eq!(sniff(&bytes), Some(Kind::Image(format)));
        let reading = room.read(&bytes).unwrap();
        assert_eq!((reading.medium, reading.size_px), ("image", Some((160, 120))), "{format:?}");
        assert!(first_hash(&reading).distance(exact) <= 16, "{format:?}");
        assert_eq!(reading.digest, Digest::of(&bytes));
    }
}

#[test]
fn every_kind_of_container_that_ffmpeg_makes_is_told_and_read() {
    let room = Room::new();
    let films = [
        ("mp4", Container::Mov),
        ("mov", Container::Mov),
        ("matroska", Container::Matroska),
        ("avi", Container::Avi),
        ("mpegts", Container::MpegTs),
        ("asf", Container::Asf),
    ];
    for (format, container) in films {
        let bytes = clip(1, "mpeg4", format);
        assert_eq!(sniff(&bytes), Some(Kind::Container(container)), "{format}");
        assert_eq!(room.outcome(&bytes), "video", "{format}");
    }
    let others = [("flv", "flv", Container::Flv), ("mpeg2video", "vob", Container::MpegPs)];
    for (codec, format, container) in others {
        let bytes = crate::samples::ffmpeg(
            &["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=1", "-c:v", codec],
            format,
        );
        assert_eq!(sniff(&bytes), Some(Kind::Container(container)), "{format}");
        assert_eq!(room.outcome(&bytes), "video", "{format}");
    }
    let sounds = [
        ("wav", Container::Wav),
        ("ogg", Container::Ogg),
        ("flac", Container::Flac),
        ("mp3", Container::Mp3),
        ("adts", Container::Aac),
        ("aiff", Container::Aiff),
    ];
    for (format, container) in sounds {
        let bytes = tone(1, format);
        assert_eq!(sniff(&bytes), Some(Kind::Container(container)), "{format}");
        assert_eq!(room.outcome(&bytes), "audio", "{format}");
    }
}

#[test]
fn first_bytes_that_are_easily_taken_for_others() {
    let mov = Some(Kind::Container(Container::Mov));
    let mp3 = Some(Kind::Container(Container::Mp3));
    let ts = Some(Kind::Container(Container::MpegTs));
    let (text, document) = (Some(Kind::Text), Some(Kind::Document));
    let packets = |size: usize, first: usize| {
        let mut bytes = vec![0; 4096];
        bytes.iter_mut().skip(first).step_by(size).for_each(|byte| *byte = 0x47);
        bytes
    };
    let table: [(&[u8], Option<Kind>); 30] = [
        (b"", None),
        (b"\0", None),
        (b"BMX racing", text),
        (b"BM\x10\0\0\0\0\0\0\0\x36\0\0\0", Some(Kind::Image(ImageFormat::Bmp))),
        (b"\xffhello", None),
        (b"\xff\xfeh\0e\0l\0l\0o\0", None),
        (b"\xfe\xff\0h\0e\0l\0l\0o", None),
        (b"\xef\xbb\xbfhello", text),
        (b"na\xc3\xafve", text),
        (b"na\xc3", None),
        (b"na\x1b[0m", None),
        (b"hello\r\n\tworld\x0c", text),
        (b"RIFF\0\0\0\0WEBPVP8 ", Some(Kind::Image(ImageFormat::WebP))),
        (b"RIFF, he said", text),
        (b"II*\0\x08\0\0\0", Some(Kind::Image(ImageFormat::Tiff))),
        (b"MM\0*\0\0\0\x08", Some(Kind::Image(ImageFormat::Tiff))),
        (b"\0\0\0\x18ftypisom", mov),
        (b"\0\0\0\x08free\0\0\0\0mdat", mov),
        (b"The free library", text),
        (b"You skip it", text),
        (b"ID3\x04\0\0\0\0\0\0", mp3),
        (b"ID3 tags explained", text),
        (b"\xff\xfb\x90\x64", mp3),
        (b"\xff\xf1\x50\x80", Some(Kind::Container(Container::Aac))),
        (b"#!AMR\n", Some(Kind::Container(Container::Amr))),
        (b"%PDF-1.7\n", document),
        (b"junk before %PDF-1.7", document),
        (b"PK\x03\x04\x14\0", document),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", document),
        (b"GOP, a text that begins with G", text),
    ];
    for (bytes, kind) in table {
        assert_eq!(sniff(bytes), kind, "{}", bytes.escape_ascii());
    }
    assert_eq!(sniff(&packets(188, 0)), ts);
    assert_eq!(sniff(&packets(192, 4)), ts);
}

#[test]
fn text_cut_within_a_character_is_text_when_there_is_more_of_it() {
    let long = "aé".repeat(2000);
    assert_eq!(sniff(&long.as_bytes()[..4096]), Some(Kind::Text));
    assert_eq!(Room::new().outcome(long.as_bytes()), "text");
}

#[test]
fn what_is_no_picture_is_refused_or_found_by_its_digest() {
    let room = Room::new();
    let table: [(&[u8], &str); 7] = [
        (b"", "empty"),
        (b"\0\x01\x02\x03", "unsupported"),
        (b"\xff\xfeh\0i\0", "unsupported"),
        (b"A plain letter.\n", "text"),
        (b"%PDF-1.4\n1 0 obj\n", "document"),
        (b"#EXTM3U\nfile:///secret.mp4\n", "text"),
        (b"ffconcat version 1.0\nfile secret.mp4\n", "text"),
    ];
    for (bytes, outcome) in table {
        assert_eq!(room.outcome(bytes), outcome, "{}", bytes.escape_ascii());
    }
    let reading = room.read(b"A plain letter.\n").unwrap();
    assert_eq!((reading.digest, reading.size_bytes), (Digest::of(b"A plain letter.\n"), 16));
    assert_eq!((reading.size_px, reading.duration_ms, reading.preview), (None, 0, None));
    assert!(reading.frames.is_empty());
    assert!(room.children().is_empty(), "nothing was decoded, so no child was started");
}

#[test]
fn a_file_of_two_formats_is_the_first_one() {
    let room = Room::new();
    let alone = room.read(&jpeg(5)).unwrap();
    for second in [clip(1, "mpeg4", "mp4"), b"PK\x03\x04 and so on".to_vec(), png(6)] {
        let both = room.read(&[jpeg(5), second].concat()).unwrap();
        assert_eq!((both.medium, &both.frames), ("image", &alone.frames));
        assert_ne!(both.digest, alone.digest);
    }
}
