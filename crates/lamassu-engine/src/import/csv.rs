//! One row of CSV (RFC 4180) that lies on one line.

/// The fields of a line; none when quotes do not close or something follows them.
pub fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            self::quoted(quoted)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// A field after its first quote, and what follows its last.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn rows() {
        let read = |line| fields(line).map(|fields| fields.join("|"));
        assert_eq!(read("a,b"), Some("a|b".to_owned()));
        assert_eq!(read(""), Some(String::new()));
        assert_eq!(read("a,,\"b, \"\"c\"\"\""), Some("a||b, \"c\"".to_owned()));
        assert_eq!(read("\"\",x"), Some("|x".to_owned()));
        assert_eq!(read("\"open"), None);
        assert_eq!(read("\"a\"b"), None);
    }
}
