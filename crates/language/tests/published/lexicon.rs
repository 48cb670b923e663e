//! The lexicon of VADER 3.3.2, entry by entry.

use std::collections::BTreeMap;

use language::sentiment::{emoji_descriptions, vader_lexicon};

use super::shared;

/// The file as the reference reads it: later lines hold, words that are not in lower case are never found.
fn file_of_the_reference(text: &str) -> BTreeMap<&str, f64> {
    text.lines()
        .filter_map(|line| {
            let mut cells = line.trim().split('\t');
            Some((cells.next()?, cells.next()?.parse().expect("a valence is a number")))
        })
        .filter(|(word, _)| word.to_lowercase() == *word)
        .collect()
}

#[test]
fn every_word_of_the_reference_has_its_valence() {
    let Some(text) = shared("sentiment/vader_lexicon.txt") else { return };
    let expected = file_of_the_reference(&text);
    let found: BTreeMap<&str, f64> = vader_lexicon().iter().copied().collect();
    assert_eq!(found, expected);
}

#[test]
fn every_emoji_of_the_reference_has_its_description() {
    let Some(text) = shared("sentiment/emoji_utf8_lexicon.txt") else { return };
    let expected: BTreeMap<char, &str> = text
        .lines()
        .filter_map(|line| line.trim().split_once('\t'))
        .filter_map(|(emoji, told)| {
            let mut signs = emoji.chars();
            let sign = signs.next()?;
            signs.next().is_none().then_some((sign, told))
        })
        .collect();
    let found: BTreeMap<char, &str> = emoji_descriptions().iter().copied().collect();
    assert_eq!(found, expected);
}

/// Without the shared files too: number, sum of valences in tenths and a few entries of release 3.3.2.
#[test]
fn the_lexicon_has_the_number_and_the_sum_of_the_reference() {
    let lexicon = vader_lexicon();
    let tenths: i64 = lexicon.iter().map(|(_, valence)| (valence * 10.0).round() as i64).sum();
    assert_eq!((lexicon.len(), tenths), (N_WORDS, SUM_IN_TENTHS));
    let valence = |word: &str| lexicon.iter().find(|(w, _)| *w == word).map(|&(_, v)| v);
    assert_eq!(valence("heart"), Some(3.2));
    assert_eq!(valence(":p"), Some(1.0));
    assert_eq!(valence("o.o"), Some(-0.8));
    assert_eq!(emoji_descriptions().len(), 1212);
}

const N_WORDS: usize = 7492;
const SUM_IN_TENTHS: i64 = -13728;
