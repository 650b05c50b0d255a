//! The containers and codecs that people send, whole and damaged: a row for each, and what it is read as.

use std::ops::RangeInclusive;

use lamassu_media::Reading;

use crate::room::{ITEM, Room, whole};
use crate::samples::{ffmpeg, noise};

/// Three seconds of picture, and of a tone.
const PICTURE: &[&str] = &["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=3"];
const BOTH: &[&str] = &[
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=160x120:rate=10:duration=3",
    "-f",
    "lavfi",
    "-i",
    "aevalsrc=0.3*sin(600*t*t):d=3",
    "-threads",
    "1",
];
const SOUND: &[&str] = &["-f", "lavfi", "-i", "aevalsrc=0.3*sin(600*t*t):d=3"];

/// What a file is read as.
enum Expected {
    /// Picture of a length in milliseconds, with or without sound.
    Video(RangeInclusive<u32>, bool),
    /// Sound of a length in milliseconds, heard or not.
    Audio(RangeInclusive<u32>, bool),
    /// One of these codes.
    Refused(&'static [&'static str]),
    /// Either of those: how far it goes depends on the decoder.
    PartOrRefused(&'static [&'static str]),
}
use Expected::{Audio, PartOrRefused, Refused, Video};

const WHOLE_MS: RangeInclusive<u32> = 2_900..=3_500;

/// Name, input, options, format, what is done to the bytes, and what comes of it.
type Row =
    (&'static str, &'static [&'static str], &'static str, &'static str, fn(Vec<u8>) -> Vec<u8>, Expected);

fn as_it_is(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

/// Bytes in the middle are turned into noise.
fn damaged(mut bytes: Vec<u8>) -> Vec<u8> {
    let (from, to) = (bytes.len() * 2 / 5, bytes.len() * 3 / 5);
    let mut next = noise(1);
    bytes[from..to].iter_mut().for_each(|byte| *byte = next());
    bytes
}

/// The first 70 percent.
fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() * 7 / 10);
    bytes
}

/// All up to the index of an AVI.
fn without_index(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = bytes.windows(4).rposition(|window| window == b"idx1").expect("there is an index");
    bytes.truncate(at);
    bytes
}

/// A sound that no decoder knows.
fn with_unknown_sound(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = bytes.windows(4).rposition(|window| window == b"sowt").expect("there is sound");
    bytes[at..at + 4].copy_from_slice(b"zzzz");
    bytes
}

/// Another film behind it, of another size.
fn then_larger(bytes: Vec<u8>) -> Vec<u8> {
    let larger = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=3", "-c:v", "mpeg2video"];
    let offset = ["-output_ts_offset", "3"];
    [bytes, ffmpeg(&[&larger[..], &offset].concat(), "mpegts")].concat()
}

#[rustfmt::skip]
fn containers() -> Vec<Row> {
    let h264 = "-c:v libx264 -preset ultrafast -c:a aac";
    vec![
        ("MP4", BOTH, h264, "mp4", as_it_is, Video(WHOLE_MS, true)),
        ("fragmented MP4", BOTH, "-c:v libx264 -preset ultrafast -c:a aac -movflags frag_keyframe+empty_moov", "mp4", as_it_is, Video(WHOLE_MS, true)),
        ("fragmented MP4, cut", BOTH, "-c:v libx264 -preset ultrafast -g 5 -c:a aac -movflags frag_keyframe+empty_moov", "mp4", cut, Video(1_000..=3_000, true)),
        ("MP4, index missing", BOTH, h264, "mp4", cut, Refused(&["malformed"])),
        ("MOV of JPEGs", BOTH, "-c:v mjpeg -c:a pcm_s16le", "mov", as_it_is, Video(WHOLE_MS, true)),
        ("MOV of PNGs", PICTURE, "-c:v png", "mov", as_it_is, Video(WHOLE_MS, false)),
        ("MPEG-TS", BOTH, "-c:v mpeg2video -c:a mp2", "mpegts", as_it_is, Video(WHOLE_MS, true)),
        ("MPEG-TS, cut", BOTH, "-c:v mpeg2video -c:a mp2", "mpegts", cut, Video(1_500..=3_000, true)),
        ("MPEG-TS, damaged", BOTH, "-c:v mpeg2video -c:a mp2", "mpegts", damaged, Video(2_000..=3_500, true)),
        ("MPEG-TS, size changes", PICTURE, "-c:v mpeg2video", "mpegts", then_larger, Video(5_000..=7_000, false)),
        ("MPEG-PS", BOTH, "-c:v mpeg2video -r 25 -c:a mp2", "mpeg", as_it_is, Video(WHOLE_MS, true)),
        ("WebM", BOTH, "-c:v libvpx -deadline realtime -c:a libopus", "webm", as_it_is, Video(WHOLE_MS, true)),
        ("MKV", BOTH, h264, "matroska", as_it_is, Video(WHOLE_MS, true)),
        ("MKV, index missing", BOTH, h264, "matroska", cut, Video(1_000..=3_000, true)),
        ("MKV, damaged", BOTH, h264, "matroska", damaged, Video(500..=3_500, true)),
        ("AVI", BOTH, "-c:v mpeg4 -c:a libmp3lame", "avi", as_it_is, Video(WHOLE_MS, true)),
        ("AVI, index missing", BOTH, "-c:v mpeg4 -c:a libmp3lame", "avi", without_index, Video(WHOLE_MS, true)),
        ("Ogg", BOTH, "-c:v libtheora -c:a libvorbis", "ogg", as_it_is, Video(WHOLE_MS, true)),
        ("FLV", BOTH, "-c:v flv1 -c:a libmp3lame -ar 44100", "flv", as_it_is, Video(WHOLE_MS, true)),
        ("ASF", BOTH, "-c:v wmv2 -c:a wmav2", "asf", as_it_is, Video(WHOLE_MS, true)),
    ]
}

#[rustfmt::skip]
fn pictures() -> Vec<Row> {
    vec![
        ("variable rate", PICTURE, "-vf select='lt(n,10)+not(mod(n,4))' -vsync vfr -c:v mpeg4", "matroska", as_it_is, Video(2_700..=3_500, false)),
        ("1 frame a second", PICTURE, "-vf fps=1:round=down -frames:v 3 -c:v mpeg4", "mp4", as_it_is, Video(2_900..=4_000, false)),
        ("240 frames a second", PICTURE, "-r 240 -c:v mpeg4", "mp4", as_it_is, Video(WHOLE_MS, false)),
        ("ten bits", PICTURE, "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le", "mp4", as_it_is, Video(WHOLE_MS, false)),
        ("interlaced", PICTURE, "-r 25 -c:v mpeg2video -flags +ildct+ilme -top 1", "mpegts", as_it_is, Video(WHOLE_MS, false)),
        ("no key frame", PICTURE, "-c:v libx264 -preset ultrafast -g 300 -bsf:v noise=drop='key'", "matroska", as_it_is, PartOrRefused(&["no-streams", "malformed"])),
        ("no frame at all", PICTURE, "-c:v mpeg4 -bsf:v noise=drop=1", "matroska", as_it_is, Refused(&["no-streams", "malformed"])),
        ("locked by a key", PICTURE, "-c:v libx264 -preset ultrafast -encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff -encryption_kid 00112233445566778899aabbccddeeff", "mp4", as_it_is, PartOrRefused(&["no-streams", "malformed"])),
    ]
}

#[rustfmt::skip]
fn sounds() -> Vec<Row> {
    vec![
        ("M4A", SOUND, "-c:a aac", "ipod", as_it_is, Audio(WHOLE_MS, true)),
        ("MP3, cut", SOUND, "-c:a libmp3lame", "mp3", cut, Audio(1_700..=2_500, true)),
        ("FLAC", SOUND, "-c:a flac", "flac", as_it_is, Audio(WHOLE_MS, true)),
        ("AAC", SOUND, "-c:a aac", "adts", as_it_is, Audio(WHOLE_MS, true)),
        ("AIFF", SOUND, "-c:a pcm_s16be", "aiff", as_it_is, Audio(WHOLE_MS, true)),
        ("eight channels", SOUND, "-ac 8 -c:a flac", "matroska", as_it_is, Audio(WHOLE_MS, true)),
        ("192 kHz", SOUND, "-ar 192000 -c:a pcm_s24le", "wav", as_it_is, Audio(WHOLE_MS, true)),
        ("silence", &["-f", "lavfi", "-i", "anullsrc=duration=3"], "-t 3 -c:a flac", "flac", as_it_is, Audio(WHOLE_MS, false)),
        ("sound of no length", BOTH, "-c:v mpeg4 -c:a aac -bsf:a noise=drop=1", "matroska", as_it_is, Video(WHOLE_MS, false)),
        ("sound that nobody knows", BOTH, "-c:v mpeg4 -c:a pcm_s16le", "mov", with_unknown_sound, Video(WHOLE_MS, false)),
        ("only sound of no length", SOUND, "-c:a aac -bsf:a noise=drop=1", "matroska", as_it_is, Refused(&["no-streams", "malformed"])),
    ]
}

/// Whether anything of the sound can be looked for.
fn is_heard(reading: &Reading) -> bool {
    reading.sound.iter().any(|track| track.audible.iter().any(|&audible| audible))
}

/// What is wrong with this row, if anything.
fn fault(room: &Room, (name, input, options, format, change, expected): Row) -> Option<String> {
    let options: Vec<&str> = options.split(' ').collect();
    let bytes = change(ffmpeg(&[input, &options].concat(), format));
    let read = room.read_from(&bytes[..], ITEM);
    let good = match (&read, expected) {
        (Ok(it), Video(ms, sound)) => {
            it.medium == "video"
                && ms.contains(&it.duration_ms)
                && is_heard(it) == sound
                && whole(it).count() > 0
        }
        (Ok(it), Audio(ms, heard)) => {
            it.medium == "audio" && ms.contains(&it.duration_ms) && is_heard(it) == heard
        }
        (Ok(it), PartOrRefused(_)) => it.medium == "video",
        (Err(error), Refused(codes) | PartOrRefused(codes)) => codes.contains(&error.code()),
        _ => false,
    };
    let found = read.map(|it| (it.medium, it.duration_ms, is_heard(&it), whole(&it).count()));
    (!good).then(|| format!("{name}: {found:?}"))
}

fn assert_all(rows: Vec<Row>) {
    let room = Room::new();
    let faults: Vec<String> = rows.into_iter().filter_map(|row| fault(&room, row)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(room.children().is_empty(), "everything started for them has ended");
}

#[test]
fn containers_are_read_as_far_as_they_go() {
    assert_all(containers());
}

#[test]
fn pictures_of_all_kinds_are_read() {
    assert_all(pictures());
}

#[test]
fn sounds_of_all_kinds_are_read() {
    assert_all(sounds());
}

#[test]
fn subtitles_alone_are_neither() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines.srt");
    fs_err::write(&path, "1\n00:00:00,000 --> 00:00:02,000\nan invented line\n").unwrap();
    let bytes = ffmpeg(&["-i", path.to_str().unwrap()], "matroska");
    assert_eq!(Room::new().outcome(&bytes), "no-streams");
}

#[test]
fn of_several_sounds_the_one_that_players_play_is_heard() {
    let other = ["-f", "lavfi", "-i", "aevalsrc=0.3*sin(2000*t+40*sin(9*t)):d=3"];
    let coded = ["-c:v", "mpeg4", "-c:a", "flac"];
    let all = ["-map", "0", "-map", "1", "-map", "2"];
    let made = |chosen: &[&str]| ffmpeg(&[BOTH, &other, &coded, chosen].concat(), "matroska");
    let room = Room::new();
    let sound = |chosen: &[&str]| room.read(&made(chosen)).unwrap().sound;
    let second = ["-disposition:a:0", "0", "-disposition:a:1", "default"];
    let first = ["-disposition:a:0", "default", "-disposition:a:1", "0"];
    let (one, two) = (sound(&["-map", "0", "-map", "1"]), sound(&["-map", "0", "-map", "2"]));
    assert_ne!(one, two);
    assert_eq!(sound(&[&all[..], &first].concat()), one);
    assert_eq!(sound(&[&all[..], &second].concat()), two);
}

#[test]
fn neither_picture_nor_sound_waits_for_the_other() {
    // Raw, a second of picture takes as much as eighteen pipes hold, and five seconds of sound as one.
    let room = Room::new();
    let read = |picture_s: u32, sound_s: u32, format: &str| {
        let picture = format!("testsrc2=size=64x48:rate=6:duration={picture_s}");
        let sound = format!("aevalsrc=0.3*sin(600*t*t):d={sound_s}");
        let inputs = ["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound];
        let reading = room.read(&ffmpeg(&[&inputs[..], &["-c:v", "mpeg4"]].concat(), format)).unwrap();
        assert!(reading.duration_ms.abs_diff(picture_s * 1000) <= 500, "{} ms", reading.duration_ms);
        assert!(is_heard(&reading) && !reading.truncated);
        reading.sound[0].words.len() as u32 * 128 / 1000
    };
    assert!((56..=60).contains(&read(1, 60, "mp4")));
    assert!((56..=60).contains(&read(60, 60, "matroska")));
    assert!(read(60, 1, "mp4") <= 1);
}
