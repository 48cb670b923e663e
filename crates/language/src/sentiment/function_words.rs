//! The words that change the tone of others, as the reference implementation of VADER lists them.
//!
//! **Source.** Hutto and Gilbert (2014), "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
//! Text"; lists of release 3.3.2 (MIT licence).

use super::key::{Table, kind};

/// Words that turn a following one into its opposite, besides every word with "n't".
const NEGATIONS: &str = "aint arent cannot cant couldnt darent didnt doesnt ain't aren't can't couldn't daren't didn't \
    doesn't dont hadnt hasnt havent isnt mightnt mustnt neither don't hadn't hasn't haven't isn't mightn't mustn't neednt \
    needn't never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent oughtn't shan't shouldn't uh-uh \
    wasn't weren't without wont wouldnt won't wouldn't rarely seldom despite";

/// Words that strengthen a following one.
const BOOSTERS: &str = "absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous \
    enormously entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking \
    fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible incredibly \
    intensely major majorly more most particularly purely quite really remarkably so substantially thoroughly total totally \
    tremendous tremendously uber unbelievably unusually utter utterly very";

/// Words that weaken a following one.
const DAMPENERS: &str = "almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally \
    partly scarce scarcely slight slightly somewhat sorta sortof sort-of";

/// Words that rules call by name; the number of a word is its place here, from 1.
const NAMED: [&str; 33] = [
    "no", "or", "nor", "never", "so", "this", "without", "doubt", "least", "at", "very", "but", "kind", "of",
    "the", "shit", "bomb", "bad", "ass", "bus", "stop", "yeah", "right", "kiss", "death", "to", "die", "for",
    "beating", "heart", "just", "enough", "sort",
];

/// The number of a word that a rule calls by name.
pub(super) const fn named(word: &str) -> u16 {
    let mut i = 0;
    while i < NAMED.len() {
        if same(NAMED[i].as_bytes(), word.as_bytes()) {
            return i as u16 + 1;
        }
        i += 1;
    }
    panic!("the word is not among those with a name")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Marks the negations, boosters and dampeners in a table.
pub(super) fn mark(table: &mut Table) {
    let mut mark = |words: &str, bit: u8| {
        for word in words.split_whitespace() {
            table.entry(word).kind |= bit;
        }
    };
    mark(NEGATIONS, kind::NEGATES);
    mark(BOOSTERS, kind::BOOSTS);
    mark(DAMPENERS, kind::DAMPENS);
}

/// Gives the words that VADER's rules call by name their numbers.
pub(super) fn name(table: &mut Table) {
    for word in NAMED {
        table.entry(word).name = named(word);
    }
}
