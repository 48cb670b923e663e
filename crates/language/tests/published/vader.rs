//! Scores of the reference implementation of VADER (vaderSentiment 3.3.2 on Python 3.11), computed once for texts that take
//! every rule and every quirk of it.

use language::sentiment::{Score, Vader};

use super::shared;

/// Text, then compound, positive, neutral and negative.
const REFERENCE: &[(&str, f64, f64, f64, f64)] = &[
    ("The parcel came early and the driver was very kind.", 0.5709, 0.291, 0.709, 0.0),
    ("The parcel came early and the driver was VERY KIND!!!", 0.7926, 0.401, 0.599, 0.0),
    ("The hotline is not helpful.", -0.3252, 0.0, 0.632, 0.368),
    ("The hotline isn't helpful, nor is the manager friendly.", 0.2187, 0.255, 0.559, 0.186),
    ("The food was good, but the waiter was rude and the room was cold.", -0.4678, 0.109, 0.669, 0.223),
    ("good but good good bad bad", -0.2144, 0.479, 0.05, 0.471),
    ("love love but love", 0.9001, 0.917, 0.083, 0.0),
    ("This was only kind of helpful.", 0.3626, 0.334, 0.666, 0.0),
    ("It is sort of nice, just enough fun.", 0.701, 0.492, 0.508, 0.0),
    ("Never so happy with a purchase!", 0.7213, 0.502, 0.498, 0.0),
    ("He was never this rude??", -0.6689, 0.0, 0.471, 0.529),
    ("We had so much fun so good", 0.8084, 0.594, 0.406, 0.0),
    ("Without doubt a great product", 0.7359, 0.674, 0.326, 0.0),
    ("Without a doubt a great product", 0.7359, 0.608, 0.392, 0.0),
    ("The least helpful desk, at least polite.", -0.3252, 0.0, 0.72, 0.28),
    ("It is the very least helpful answer", 0.4728, 0.339, 0.661, 0.0),
    ("least helpful", -0.3252, 0.0, 0.3, 0.7),
    ("No problem, no trouble or harm", 0.8049, 0.822, 0.178, 0.0),
    ("no", -0.296, 0.0, 0.0, 1.0),
    ("No! ???? Really????", 0.0, 0.0, 1.0, 0.0),
    ("She thinks this phone is the bomb", 0.6124, 0.4, 0.6, 0.0),
    ("The cake was to die for, honest", 0.0258, 0.31, 0.388, 0.302),
    ("A total kiss of death for the brand", 0.1513, 0.267, 0.518, 0.216),
    ("Meet me at the bus stop happy", 0.0, 0.0, 1.0, 0.0),
    ("yeah right, great support", 0.8402, 0.9, 0.1, 0.0),
    (":) :( :D :P <3 xD", 0.9269, 0.85, 0.0, 0.15),
    ("Great 😀service💔 😡", 0.8271, 0.639, 0.178, 0.183),
    ("I love it 😍😍 !", 0.8883, 0.538, 0.462, 0.0),
    ("naïve CAFÉ owner, SUPERB coffee", 0.7034, 0.547, 0.453, 0.0),
    ("Bad, BAD, bad!!!!!!", -0.9246, 0.0, 0.0, 1.0),
    ("hardly good and barely nice", 0.6266, 0.63, 0.37, 0.0),
    ("incredible and extremely good", 0.5356, 0.535, 0.465, 0.0),
    ("don't, can't; WON'T be happy", 0.3566, 0.383, 0.617, 0.0),
    ("a b c d e f g h i j k l m n o good", 0.7096, 0.296, 0.704, 0.0),
    ("wonderful\u{a0}terrible\u{2003}fine\u{1c}ugly", -0.2263, 0.462, 0.0, 0.538),
    ("12345 67 !!!", 0.0, 0.0, 1.0, 0.0),
    ("", 0.0, 0.0, 0.0, 0.0),
    ("   ", 0.0, 0.0, 0.0, 0.0),
];

#[test]
fn scores_equal_the_reference_to_the_last_digit() {
    let mut vader = Vader::new();
    for &(text, compound, positive, neutral, negative) in REFERENCE {
        assert_eq!(vader.score(text), Score { compound, positive, neutral, negative }, "{text:?}");
    }
}

/// Sums over the 1,000 sentences, from the reference.
#[test]
fn the_yelp_sentences_sum_to_the_figures_of_the_reference() {
    let Some(text) = shared("sentiment/yelp_labelled.txt") else { return };
    let mut vader = Vader::new();
    let (mut n, mut n_right, mut compound, mut negative) = (0, 0, 0.0, 0.0);
    for (sentence, label) in text.lines().filter_map(|line| line.split_once('\t')) {
        let score = vader.score(sentence);
        n += 1;
        n_right += usize::from((score.compound > 0.05) == (label.trim() == "1"));
        compound += score.compound;
        negative += score.negative;
    }
    assert_eq!((n, n_right), (1000, 817));
    assert!((compound - 181.6049).abs() < 1e-6, "{compound}");
    assert!((negative - 88.143).abs() < 1e-6, "{negative}");
}
