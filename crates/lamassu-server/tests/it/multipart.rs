//! Bodies of parts, made by hand so that they can be wrong.

/// A body of parts with their boundary, and its content type.
pub struct Parts {
    body: Vec<u8>,
}

const BOUNDARY: &str = "a-boundary";

impl Parts {
    /// No parts.
    pub fn new() -> Self {
        Self { body: Vec::new() }
    }

    /// With a part of text.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.part(&format!("name=\"{name}\""), text.as_bytes())
    }

    /// With a part that is a file.
    pub fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.part(&format!("name=\"{name}\"; filename=\"picture\""), bytes)
    }

    fn part(mut self, disposition: &str, bytes: &[u8]) -> Self {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// The whole body.
    pub fn end(mut self) -> Vec<u8> {
        self.body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body
    }

    /// The body without its end.
    pub fn cut(self) -> Vec<u8> {
        self.body
    }
}

/// A request with such a body.
pub fn post(path: &str, body: &[u8]) -> crate::Ask {
    crate::Ask::post(path)
        .header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body)
}
