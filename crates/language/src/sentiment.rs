//! How friendly or angry a text sounds: VADER as its reference computes it, and a scorer for what customers write.

mod customer;
mod customer_words;
mod emoji;
mod function_words;
mod key;
mod lexicon {
    include!(concat!(env!("OUT_DIR"), "/vader.rs"));
}
mod reader;
mod vader;

pub use customer::{Customer, Judgement};
pub use vader::Vader;

/// The tone of one text.
///
/// **Units.** `compound` from −1 (most negative) to 1; the other three are shares of the words that add up to 1, all 0 for a
/// text without words.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    pub compound: f64,
    pub positive: f64,
    pub neutral: f64,
    pub negative: f64,
}

/// Every word that carries a tone in VADER's lexicon with its valence from −4 to 4, in order of the words.
///
/// **Source.** Hutto and Gilbert (2014), lexicon of release 3.3.2 (MIT licence).
pub fn vader_lexicon() -> &'static [(&'static str, f64)] {
    &lexicon::LEXICON
}

/// Every emoji of one character with the description that stands for it.
pub fn emoji_descriptions() -> &'static [(char, &'static str)] {
    &lexicon::EMOJI
}

/// A sum of valences on the scale from −1 to 1.
fn compound(sum: f64) -> f64 {
    (sum / (sum * sum + 15.0).sqrt()).clamp(-1.0, 1.0)
}

/// Exclamation marks count up to four; question marks from two, all alike from four.
fn emphasis(text: &[u8]) -> f64 {
    let count = |mark: u8| text.iter().filter(|&&b| b == mark).count();
    let exclamations = count(b'!').min(4) as f64 * 0.292;
    let questions = match count(b'?') {
        0 | 1 => 0.0,
        n @ (2 | 3) => n as f64 * 0.18,
        _ => 0.96,
    };
    exclamations + questions
}

/// Rounded to whole parts of `1/scale`, a power of ten, a tie of the decimal expansion to the even digit.
fn rounded(value: f64, scale: f64) -> f64 {
    let scaled = value.abs() * scale + 0.5;
    let whole = scaled as i64 as f64;
    if (1e-7..1.0 - 1e-7).contains(&(scaled - whole)) {
        // Adding 0 makes nothing of a negative nothing.
        return (whole / scale).copysign(value) + 0.0;
    }
    let text = format!("{value:.*}", scale.log10() as usize);
    text.parse().expect("a number that was just written is a number")
}
