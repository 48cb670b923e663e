//! Spelling made comparable: lower case, Latin letters, digits and single blanks; and what stands for "nothing".
//!
//! What a field means (a street, a company) is known in `prepare`, not here.

use deunicode::deunicode_char;

/// What people and programs write into a cell that they leave empty.
const NOTHING: [&str; 16] = [
    "n a",
    "null",
    "none",
    "nan",
    "nil",
    "unknown",
    "select",
    "please select",
    "not available",
    "not provided",
    "unbekannt",
    "keine angabe",
    "k a",
    "inconnu",
    "desconocido",
    "undefined",
];

/// Writes `text` folded to the end of `out`: what is neither letter nor digit parts words, apostrophes join them.
///
/// ```
/// let mut out = String::new();
/// linkage::fold::fold_into("  Zoë O’Brien-Müller ", &mut out);
/// assert_eq!(out, "zoe obrien muller");
/// ```
pub fn fold_into(text: &str, out: &mut String) {
    let start = out.len();
    let mut parted = false;
    for sign in text.chars() {
        match sign {
            'a'..='z' | '0'..='9' => push(out, start, &mut parted, sign),
            'A'..='Z' => push(out, start, &mut parted, sign.to_ascii_lowercase()),
            '\'' | '’' | '`' | '´' | '\\' => {}
            sign if sign.is_ascii() => parted = true,
            sign if sign.is_alphanumeric() => {
                for plain in
                    deunicode_char(sign).unwrap_or_default().chars().filter(char::is_ascii_alphanumeric)
                {
                    push(out, start, &mut parted, plain.to_ascii_lowercase());
                }
            }
            sign if ('\u{300}'..'\u{370}').contains(&sign) => {}
            _ => parted = true,
        }
    }
    if NOTHING.contains(&&out[start..]) {
        out.truncate(start);
    }
}

fn push(out: &mut String, start: usize, parted: &mut bool, sign: char) {
    if *parted && out.len() > start {
        out.push(' ');
    }
    *parted = false;
    out.push(sign);
}

/// `text` folded.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Takes the `e` from umlauts that were written without dots: `Müller`, `Mueller` and `Muller` become one.
///
/// ```
/// assert_eq!(linkage::fold::without_umlauts("mueller"), linkage::fold::without_umlauts("muller"));
/// ```
pub fn without_umlauts(folded: &str) -> String {
    let mut plain = String::with_capacity(folded.len());
    let mut last = ' ';
    for sign in folded.chars() {
        if !(sign == 'e' && matches!(last, 'a' | 'o' | 'u')) {
            plain.push(sign);
        }
        last = sign;
    }
    plain
}

/// How a folded word sounds, roughly, in English and German: consonants in order, doubles and vowels after the first left out.
///
/// ```
/// assert_eq!(linkage::fold::sound("philips"), linkage::fold::sound("fillips"));
/// ```
pub fn sound(word: &str) -> String {
    let bytes = word.as_bytes();
    let mut out = String::with_capacity(8);
    let mut at = 0;
    while at < bytes.len() && out.len() < 8 {
        let (sign, width) = match &bytes[at..] {
            [b'p', b'h', ..] => ('f', 2),
            [b's', b'c', b'h', ..] => ('s', 3),
            [b's', b'h' | b'z', ..] => ('s', 2),
            [b'c', b'k', ..] => ('k', 2),
            [b'd', b't', ..] | [b't', b'h', ..] => ('t', 2),
            [b'g', b'h', ..] => ('g', 2),
            [b'c' | b'q', ..] => ('k', 1),
            [b'z' | b'x', ..] => ('s', 1),
            [b'v' | b'w', ..] => ('f', 1),
            [b'd', ..] => ('t', 1),
            [b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'j', ..] => ('a', 1),
            [b'h', ..] => ('h', 1),
            [sign, ..] => (char::from(*sign), 1),
            [] => break,
        };
        let is_first = out.is_empty();
        if is_first || !(matches!(sign, 'a' | 'h') || out.ends_with(sign)) {
            out.push(sign);
        }
        at += width;
    }
    out
}

/// A number that depends on the bytes alone, the same on every machine and in every run.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("chunks of eight"));
        state = (state ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(state ^ u64::from_le_bytes(last).wrapping_mul(0xc4ce_b9fe_1a85_ec53))
}

/// Spreads the bits of a number over all of it.
pub(crate) fn mix(mut state: u64) -> u64 {
    state ^= state >> 33;
    state = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^= state >> 33;
    state = state.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    state ^ (state >> 33)
}
