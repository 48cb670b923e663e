//! What a file is, by its first bytes; its name only decides where the bytes leave a choice.

use crate::json_object;

/// What the first bytes say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    Text,
    JsonLines,
    Zip,
    /// Something that is no table, in words, and what to do about it.
    Other {
        what: &'static str,
        advice: &'static str,
    },
}

const EXPORT: &str = "export the table as CSV or XLSX";
const RESAVE: &str = "open it in a spreadsheet and save it as .xlsx or CSV";
const UNPACK: &str = "unpack it and bring the file inside";

/// First bytes that are never the start of a table.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"%PDF-", "a PDF document", EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", EXPORT),
    (b"\xff\xd8\xff", "a JPEG image", EXPORT),
    (b"GIF8", "a GIF image", EXPORT),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel (.xls) or Word file, or a workbook with a password",
        RESAVE,
    ),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a", "a RAR archive", UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"{\\rtf", "a rich text document", EXPORT),
    (b"\x7fELF", "a program", EXPORT),
    (b"<?xml", "an XML document", EXPORT),
    (b"<!doctype html", "a web page (HTML), which some programs save under the name .xls", RESAVE),
    (b"<html", "a web page (HTML), which some programs save under the name .xls", RESAVE),
];

/// Judges the first bytes of a file; `extension` is in lower case, without the dot.
pub(crate) fn recognize(sample: &[u8], extension: &str) -> Looks {
    if sample.starts_with(b"PK\x03\x04") || sample.starts_with(b"PK\x05\x06") {
        return Looks::Zip;
    }
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
    for (signature, what, advice) in SIGNATURES {
        let is_text = signature.starts_with(b"<");
        let start = if is_text { text } else { sample };
        if start.len() >= signature.len() && start[..signature.len()].eq_ignore_ascii_case(signature) {
            return Looks::Other { what, advice };
        }
    }
    if is_binary(sample) {
        return Looks::Other { what: "binary data, not text", advice: EXPORT };
    }
    recognize_json(text, extension)
}

/// More than a tenth of control characters that no text has. Sixteen-bit text has a mark or is half zeros.
fn is_binary(sample: &[u8]) -> bool {
    let start = &sample[..sample.len().min(4096)];
    let has_mark = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    let n_control = start.iter().filter(|byte| matches!(byte, 1..=8 | 14..=26 | 28..=31)).count();
    let n_zero = start.iter().filter(|byte| **byte == 0).count();
    let zeros_alternate = n_zero * 10 >= start.len() * 3 && n_zero * 10 <= start.len() * 6;
    !has_mark && (n_control * 10 > start.len() || (n_zero * 5 > start.len() && !zeros_alternate))
}

fn recognize_json(text: &[u8], extension: &str) -> Looks {
    let named_json = matches!(extension, "json" | "jsonl" | "ndjson");
    let first_line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(text);
    match text.first() {
        Some(b'{') => {
            let is_object =
                std::str::from_utf8(first_line).is_ok_and(|line| json_object::flatten(line).is_ok());
            let is_open = matches!(first_line.trim_ascii(), b"{");
            match (is_object, named_json) {
                (true, _) => Looks::JsonLines,
                (false, true) if is_open => Looks::Other {
                    what: "JSON spread over several lines",
                    advice: "save it as JSON Lines: one whole object on each line",
                },
                (false, true) => Looks::JsonLines,
                (false, false) => Looks::Text,
            }
        }
        Some(b'[') if named_json || starts_with_object(&text[1..]) => Looks::Other {
            what: "one JSON array",
            advice: "save it as JSON Lines: one object on each line, without brackets and commas around them",
        },
        Some(_) if named_json => Looks::JsonLines,
        _ => Looks::Text,
    }
}

fn starts_with_object(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{")
}
