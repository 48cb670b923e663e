//! Rust source split into code and string literals, so that a rule does not trip over a comment or a message.
//!
//! A scanner, not a parser: it knows comments, literals and braces, and nothing of the grammar beyond.

/// One string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// **Units**: line of the opening quote, from 1.
    pub line: usize,
    /// The text between the quotes, escapes left as written.
    pub text: String,
}

/// A Rust file taken apart.
#[derive(Debug, Clone)]
pub struct RustText {
    /// The source with the inside of comments and literals blanked; lines keep their numbers.
    pub code: String,
    /// The string literals in order.
    pub literals: Vec<Literal>,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// **Units**: line of the `fn`, from 1.
    pub line: usize,
    /// **Units**: lines from the `fn` to the closing brace, both counted.
    pub n_lines: usize,
}

/// Takes a file apart.
pub fn split(source: &str) -> RustText {
    let mut scanner =
        Scanner { bytes: source.as_bytes(), at: 0, line: 1, code: Vec::new(), literals: Vec::new() };
    while scanner.at < scanner.bytes.len() {
        scanner.step();
    }
    // Only whole characters inside comments and literals are replaced, by as many spaces as they have bytes.
    let code = String::from_utf8_lossy(&scanner.code).into_owned();
    RustText { code, literals: scanner.literals }
}

/// The part before `#[cfg(test)]` opens a module: by our convention tests stand at the end of the file.
pub fn without_tests(source: &str) -> &str {
    let mut at = 0;
    let mut lines = source.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let opens_module = lines.peek().is_some_and(|next| next.trim_start().starts_with("mod "));
        if line.trim() == "#[cfg(test)]" && opens_module {
            return &source[..at];
        }
        at += line.len();
    }
    source
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    code: Vec<u8>,
    literals: Vec<Literal>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Copies one byte to the code.
    fn keep(&mut self) {
        let byte = self.bytes[self.at];
        self.line += usize::from(byte == b'\n');
        self.code.push(byte);
        self.at += 1;
    }

    /// Replaces one byte by a space (line ends stay).
    fn blank(&mut self) {
        let byte = self.peek(0);
        self.line += usize::from(byte == b'\n');
        self.code.push(if byte == b'\n' { b'\n' } else { b' ' });
        self.at += 1;
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'/', b'/') => {
                while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                    self.blank();
                }
            }
            (b'/', b'*') => self.block_comment(),
            (b'"', _) => self.string(),
            (b'r', b'"' | b'#') if self.starts_word() => self.raw_string(),
            (b'b' | b'c', b'r') if self.starts_word() && matches!(self.peek(2), b'"' | b'#') => {
                self.keep();
                self.raw_string();
            }
            (b'\'', _) => self.character_or_lifetime(),
            _ => self.keep(),
        }
    }

    fn starts_word(&self) -> bool {
        let before = if self.at == 0 { b' ' } else { self.bytes[self.at - 1] };
        !(before.is_ascii_alphanumeric() || before == b'_')
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => depth += 1,
                (b'*', b'/') => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        self.keep();
        let start = self.at;
        while self.at < self.bytes.len() && self.peek(0) != b'"' {
            if self.peek(0) == b'\\' {
                self.blank();
            }
            self.blank();
        }
        self.finish_literal(line, start);
        if self.at < self.bytes.len() {
            self.keep();
        }
    }

    fn raw_string(&mut self) {
        let mut n_hashes = 0;
        while self.peek(1 + n_hashes) == b'#' {
            n_hashes += 1;
        }
        if self.peek(1 + n_hashes) != b'"' {
            return self.keep(); // a raw identifier such as r#type
        }
        let line = self.line;
        for _ in 0..n_hashes + 2 {
            self.keep();
        }
        let start = self.at;
        let end: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', n_hashes)).collect();
        while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(&end) {
            self.blank();
        }
        self.finish_literal(line, start);
        for _ in 0..end.len().min(self.bytes.len() - self.at) {
            self.keep();
        }
    }

    fn finish_literal(&mut self, line: usize, start: usize) {
        let end = self.at.min(self.bytes.len());
        let text = String::from_utf8_lossy(&self.bytes[start..end]).into_owned();
        self.literals.push(Literal { line, text });
    }

    fn character_or_lifetime(&mut self) {
        let escaped = self.peek(1) == b'\\';
        let rest = &self.bytes[self.at + 1..];
        // One character is at most four bytes; a lifetime has no closing quote that near.
        let width = std::str::from_utf8(&rest[..rest.len().min(4)])
            .or_else(|e| std::str::from_utf8(&rest[..e.valid_up_to()]))
            .ok()
            .and_then(|s| s.chars().next())
            .map_or(1, char::len_utf8);
        if !escaped && self.peek(1 + width) != b'\'' {
            return self.keep();
        }
        self.keep();
        if escaped {
            self.blank();
        }
        self.blank();
        while self.at < self.bytes.len() && self.peek(0) != b'\'' && self.peek(0) != b'\n' {
            self.blank();
        }
        if self.at < self.bytes.len() {
            self.keep();
        }
    }
}

/// Words of blanked code: `(line, byte position, word)`.
pub fn words(code: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut line = 1;
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = code.as_bytes();
        while at < bytes.len() && !is_word_byte(bytes[at]) {
            line += usize::from(bytes[at] == b'\n');
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is_word_byte(bytes[at]) {
            at += 1;
        }
        (start < at).then(|| (line, start, &code[start..at]))
    })
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The functions with a body in blanked code.
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (line, at, word) in words(code) {
        if word != "fn" {
            continue;
        }
        let rest = &code[at + 2..];
        let name: String =
            rest.trim_start().bytes().take_while(|b| is_word_byte(*b)).map(char::from).collect();
        if name.is_empty() {
            continue; // a function type, `fn(u8) -> u8`
        }
        if let Some(body) = body_of(rest) {
            let n_lines = 1 + rest[..body].bytes().filter(|b| *b == b'\n').count();
            found.push(Function { name, line, n_lines });
        }
    }
    found
}

/// Where the body that follows a signature ends; `None` for a declaration without one.
fn body_of(rest: &str) -> Option<usize> {
    let mut in_brackets = 0;
    let mut in_braces = 0;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' | b'[' => in_brackets += 1,
            b')' | b']' => in_brackets -= 1,
            b';' if in_brackets == 0 && in_braces == 0 => return None,
            b'{' => in_braces += 1,
            b'}' => {
                in_braces -= 1;
                if in_braces == 0 && in_brackets == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_not_code() {
        let text = split("let a = \"x // y\"; // b\n/* c /* d */ e */ let f = r#\"g \"h\"\"#;");
        assert_eq!(text.code, "let a = \"      \";     \n                  let f = r#\"     \"#;");
        let found: Vec<_> = text.literals.iter().map(|l| (l.line, l.text.as_str())).collect();
        assert_eq!(found, [(1, "x // y"), (2, "g \"h\"")]);
    }

    #[test]
    fn a_quoted_quote_ends_nothing() {
        let text = split(r#"f('"', '\'', "a\"b", 'ä', &'static str, b'{')"#);
        assert_eq!(text.literals.len(), 1);
        assert_eq!(text.literals[0].text, r#"a\"b"#);
        assert!(!text.code.contains('{'));
        assert!(text.code.contains("'static str"));
    }

    #[test]
    fn raw_identifiers_are_code() {
        assert_eq!(split("let r#type = 1;").code, "let r#type = 1;");
    }

    #[test]
    fn functions_are_measured_to_their_closing_brace() {
        let code =
            split("fn a() {\n  if x {\n  }\n}\ntrait T { fn b(x: [u8; 2]); }\nlet f: fn(u8) = g;").code;
        assert_eq!(functions(&code), [Function { name: "a".into(), line: 1, n_lines: 4 }]);
    }

    #[test]
    fn tests_at_the_end_are_cut_off() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {}\n";
        assert_eq!(without_tests(source), "fn a() {}\n");
        assert_eq!(without_tests("#[cfg(test)]\nfn a() {}\n"), "#[cfg(test)]\nfn a() {}\n");
    }
}
