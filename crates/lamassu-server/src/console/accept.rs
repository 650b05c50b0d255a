//! What a browser says it takes: the list in `Accept` and `Accept-Encoding`.

use axum::http::{HeaderMap, HeaderName};

/// Whether the list in the headers `name` holds `wanted` itself, and not to say that it is refused.
pub fn takes(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let named = pieces.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        named && !pieces.any(is_zero)
    })
}

/// Whether this is a weight of nothing: `q=0`, `q=0.0` and so on.
fn is_zero(parameter: &str) -> bool {
    let weight = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    weight.is_some_and(|(_, value)| value.trim().parse::<f32>().is_ok_and(|value| value <= 0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::takes;

    fn takes_html(accept: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        takes(&headers, &header::ACCEPT, "text/html")
    }

    #[test]
    fn lists_are_read() {
        assert!(takes_html("text/html"));
        assert!(takes_html("application/xml, Text/HTML;charset=utf-8;q=0.9"));
        assert!(!takes_html("*/*"), "whoever asks for anything is no browser");
        assert!(!takes_html("text/html;q=0"));
        assert!(!takes_html("text/html; q=0.000, application/json"));
        assert!(!takes_html("text/htmlx"));
        assert!(!takes(&HeaderMap::new(), &header::ACCEPT, "text/html"));
    }
}
