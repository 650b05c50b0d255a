//! What is made of the report of `ffprobe`.

use lamassu_media::fuzzing::understand;
use lamassu_media::{Limits, ReadError};

fn read(report: &str) -> Result<(Option<[u32; 3]>, bool, u32), &'static str> {
    understand(report.as_bytes(), &Limits::default()).map_err(|error: ReadError| error.code())
}

#[test]
fn reports_and_what_they_mean() {
    let film = r#"{"streams":[
        {"index":0,"codec_type":"audio","disposition":{"attached_pic":0}},
        {"index":1,"codec_type":"video","width":80,"height":60,"disposition":{"attached_pic":1}},
        {"index":2,"codec_type":"video","width":1280,"height":720,"disposition":{"attached_pic":0}}],
        "format":{"duration":"12.345000"}}"#;
    assert_eq!(read(film), Ok((Some([2, 1280, 720]), true, 12_345)));
    let cover = r#"{"streams":[
        {"index":0,"codec_type":"video","width":80,"height":60,"disposition":{"attached_pic":1}}]}"#;
    assert_eq!(read(cover), Ok((None, false, 0)));
    for nothing in ["{}", r#"{"streams":[]}"#, r#"{"streams":[{"index":0,"codec_type":"subtitle"}]}"#] {
        assert_eq!(read(nothing), Ok((None, false, 0)));
    }
    for damaged in ["", "{", "[]", r#"{"streams":[{"codec_type":"video"}]}"#, r#"{"streams":[{"index":-1}]}"#]
    {
        assert_eq!(read(damaged), Err("malformed"), "{damaged}");
    }
}

#[test]
fn a_film_on_its_side_has_the_sides_that_are_seen() {
    for (degrees, size) in [
        ("90", [1280, 720]),
        ("-90", [1280, 720]),
        ("270", [1280, 720]),
        ("0", [720, 1280]),
        ("-180", [720, 1280]),
        ("-2147483648", [720, 1280]),
    ] {
        let film = format!(
            r#"{{"streams":[{{"index":0,"codec_type":"video","width":720,"height":1280,
            "side_data_list":[{{}},{{"rotation":{degrees}}}]}}]}}"#
        );
        assert_eq!(read(&film), Ok((Some([0, size[0], size[1]]), false, 0)), "{degrees}");
    }
}

#[test]
fn lengths_claimed_are_held_to_what_can_be_counted() {
    let claims = [("-5", 0), ("nan", 0), ("inf", u32::MAX), ("1e300", u32::MAX), ("N/A", 0), ("", 0)];
    for (claim, expected_ms) in claims {
        let report = format!(r#"{{"format":{{"duration":"{claim}"}}}}"#);
        assert_eq!(read(&report), Ok((None, false, expected_ms)), "{claim}");
    }
}

#[test]
fn sizes_and_streams_beyond_the_limits() {
    let video = |width: u64, height: u64| {
        format!(r#"{{"streams":[{{"index":0,"codec_type":"video","width":{width},"height":{height}}}]}}"#)
    };
    assert_eq!(read(&video(32_768, 2)), Ok((Some([0, 32_768, 2]), false, 0)));
    assert_eq!(read(&video(32_769, 2)), Err("limit-side"));
    assert_eq!(read(&video(20_000, 20_000)), Err("limit-pixels"));
    assert_eq!(read(&video(1 << 32, 2)), Err("malformed"));
    let streams = |count: usize| {
        let one = r#"{"index":0,"codec_type":"audio"}"#;
        format!(r#"{{"streams":[{}]}}"#, vec![one; count].join(","))
    };
    assert_eq!(read(&streams(64)), Ok((None, true, 0)));
    assert_eq!(read(&streams(65)), Err("limit-streams"));
}
