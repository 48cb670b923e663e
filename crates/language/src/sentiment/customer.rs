//! The tone of what customers write: reviews, complaints, tickets, answers to surveys.
//!
//! VADER's lexicon with words and phrases of goods and service, and rules that follow the sentence: a negation reaches to the
//! end of its clause, a contrast weighs the two sides of one sentence, praise that is only wished for is none. It reads
//! English and says so where a text is something else.

use std::sync::LazyLock;

use super::customer_words::{
    BOOSTERS, CONCESSIONS, CONTRASTS, ENGLISH, FOREIGN, MEASURES, NEGATIONS, PHRASES, WISHES, WORDS,
};
use super::function_words;
use super::key::{Table, kind};
use super::reader::{self, Break, Word};
use super::{Score, compound, emphasis, rounded};
use crate::detect::{self, Language};

/// What a booster adds, and capitals among words that are not.
const BOOST: f64 = 0.293;
const CAPITALS: f64 = 0.733;
/// What a negation multiplies with: "not good" is bad, "not bad" is only fairly good.
const NEGATED_PRAISE: f64 = -0.74;
const NEGATED_COMPLAINT: f64 = -0.4;
/// How many words a negation reaches, unless the clause ends.
const REACH: u8 = 4;
/// What stands before and after a contrast in one sentence.
const BEFORE_CONTRAST: f64 = 0.5;
const AFTER_CONTRAST: f64 = 1.25;
/// A clause that begins with "although".
const CONCEDED: f64 = 0.5;
/// Praise that is only wished for.
const WISHED: f64 = -0.2;
/// Words that a `*` of a phrase stands for at most.
const GAP: usize = 2;

/// Numbers of the words that rules of this file call by name, beyond those of phrases.
const CONTRAST: u16 = 1;
const CONCESSION: u16 = 2;
const WISH: u16 = 3;
const MEASURE: u16 = 4;
/// Words that carry a negation on to the next word with a tone.
const JOINT: u16 = 5;
/// Words of phrases are numbered from here.
const FIRST_OF_PHRASES: u16 = 10;
/// What `*` is in a pattern.
const ANY: u16 = u16::MAX;

struct Pattern {
    /// Names of the words after the first.
    rest: Vec<u16>,
    valence: f64,
}

struct Knowledge {
    table: Table,
    /// Patterns by the name of their first word, longest first.
    patterns: Vec<Vec<Pattern>>,
    /// The rule that each name stands for, if any.
    roles: Vec<u16>,
}

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(knowledge);

fn knowledge() -> Knowledge {
    let lexicon = &super::lexicon::LEXICON;
    let mut table = Table::for_words(lexicon.len() + 2500);
    for &(word, valence) in lexicon {
        table.entry(word).set_valence(valence);
    }
    for &(tenths, words) in WORDS {
        for word in words.split_whitespace() {
            table.entry(word).set_valence(f64::from(tenths) / 10.0);
        }
    }
    function_words::mark(&mut table);
    let mut roles = vec![0; usize::from(FIRST_OF_PHRASES)];
    for (words, role) in [
        (CONTRASTS, CONTRAST),
        (CONCESSIONS, CONCESSION),
        (WISHES, WISH),
        (MEASURES, MEASURE),
        ("or nor", JOINT),
    ] {
        for word in words.split_whitespace() {
            let name = name_of(&mut table, &mut roles, word);
            roles[usize::from(name)] = role;
        }
    }
    for word in NEGATIONS.split_whitespace() {
        table.entry(word).kind |= kind::NEGATES;
    }
    for word in BOOSTERS.split_whitespace() {
        table.entry(word).kind |= kind::BOOSTS;
    }
    for word in ENGLISH.split_whitespace() {
        table.entry(word).kind |= kind::ENGLISH;
    }
    for word in FOREIGN.split_whitespace() {
        let entry = table.entry(word);
        if entry.kind & kind::ENGLISH == 0 {
            entry.kind |= kind::FOREIGN;
        }
    }
    let patterns = patterns(&mut table, &mut roles);
    Knowledge { table, patterns, roles }
}

fn name_of(table: &mut Table, roles: &mut Vec<u16>, word: &str) -> u16 {
    let entry = table.entry(word);
    if entry.name == 0 {
        entry.name = u16::try_from(roles.len()).expect("phrases have fewer than 65,535 words");
        roles.push(0);
    }
    entry.name
}

fn patterns(table: &mut Table, roles: &mut Vec<u16>) -> Vec<Vec<Pattern>> {
    let mut found: Vec<(u16, Pattern)> = Vec::new();
    for &(tenths, phrase) in PHRASES {
        let mut names = phrase.split(' ').map(|word| match word {
            "*" => ANY,
            word => name_of(table, roles, word),
        });
        let first = names.next().expect("a phrase has words");
        found.push((first, Pattern { rest: names.collect(), valence: f64::from(tenths) / 10.0 }));
    }
    for &(_, phrase) in PHRASES {
        let first = phrase.split(' ').next().expect("a phrase has words");
        table.entry(first).kind |= kind::BEGINS;
    }
    let mut patterns: Vec<Vec<Pattern>> = roles.iter().map(|_| Vec::new()).collect();
    found.sort_by_key(|(_, pattern)| std::cmp::Reverse(pattern.rest.len()));
    for (first, pattern) in found {
        patterns[usize::from(first)].push(pattern);
    }
    patterns
}

/// What [`Customer::judge`] finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The tone; nothing where the text is in a language that is not read, with `language` saying which.
    pub score: Option<Score>,
    pub language: Language,
}

/// Judges text after text, keeping its buffers.
#[derive(Debug, Default)]
pub struct Customer {
    words: Vec<Word>,
    padded: Vec<u8>,
    valences: Vec<f64>,
}

impl Customer {
    /// A judge; one per thread.
    pub fn new() -> Customer {
        Customer::default()
    }

    /// The tone of a text in English, or the language that it seems to be written in instead.
    ///
    /// A text without letters is judged by its emoji and emoticons; one that is too short to tell its language is judged as
    /// English.
    ///
    /// ```
    /// use language::sentiment::Customer;
    /// let mut customer = Customer::new();
    /// assert!(customer.judge("Waited 40 minutes and nobody came. Never again.").score.unwrap().negative > 0.0);
    /// assert_eq!(customer.judge("Das Essen war leider kalt und der Kellner sehr unfreundlich.").score, None);
    /// ```
    pub fn judge(&mut self, text: &str) -> Judgement {
        let knowledge = &*KNOWLEDGE;
        reader::padded(text, &mut self.padded);
        let tally = reader::read(&self.padded, &knowledge.table, &mut self.words);
        let language = detect::of_words(text, tally.words);
        if !matches!(language, Language::English | Language::Unknown) {
            return Judgement { score: None, language };
        }
        if tally.n_begins > 0 {
            self.take_phrases(knowledge);
        }
        self.weigh(knowledge, tally.n_capitals > 0 && tally.n_capitals < tally.words.n);
        let emphasis = if tally.has_marks { emphasis(text.as_bytes()) } else { 0.0 };
        Judgement { score: Some(self.summed(emphasis)), language }
    }

    /// Puts the valence of a phrase on its first word and takes the tone from the others.
    fn take_phrases(&mut self, knowledge: &Knowledge) {
        let mut i = 0;
        while i < self.words.len() {
            let word = self.words[i];
            if word.kind & kind::BEGINS == 0 {
                i += 1;
                continue;
            }
            let matched = knowledge.patterns[usize::from(word.name)]
                .iter()
                .find_map(|pattern| Some((matched(&self.words[i + 1..], &pattern.rest)?, pattern.valence)));
            let Some((n_more, valence)) = matched else {
                i += 1;
                continue;
            };
            for later in &mut self.words[i + 1..=i + n_more] {
                later.quieten();
            }
            let word = &mut self.words[i];
            word.quieten();
            word.valence = valence;
            word.kind |= kind::LADEN;
            i += n_more + 1;
        }
    }

    fn weigh(&mut self, knowledge: &Knowledge, mixed: bool) {
        self.valences.clear();
        let mut state = Clause::default();
        for word in &self.words {
            state.pass(word.before);
            match knowledge.roles.get(usize::from(word.name)).copied().unwrap_or(0) {
                CONTRAST if !self.valences.is_empty() || state.n_words > 0 => {
                    self.valences.iter_mut().skip(state.sentence_from).for_each(|v| *v *= BEFORE_CONTRAST);
                    state = Clause {
                        sentence_from: self.valences.len(),
                        weight: AFTER_CONTRAST,
                        ..Clause::default()
                    };
                }
                CONCESSION => state.weight = CONCEDED,
                WISH => state.wished = true,
                MEASURE if state.negated > 0 => state.negated = 0,
                JOINT if state.was_negated => state.negated = REACH,
                _ => {}
            }
            if state.new_sentence {
                state.sentence_from = self.valences.len();
                state.new_sentence = false;
            }
            if word.kind & kind::LADEN != 0 {
                let valence = state.valence(word, mixed);
                if valence != 0.0 {
                    self.valences.push(valence);
                }
            }
            state.hear(word);
        }
    }

    fn summed(&self, emphasis: f64) -> Score {
        if self.valences.is_empty() {
            let neutral = if self.words.is_empty() { 0.0 } else { 1.0 };
            return Score { neutral, ..Score::default() };
        }
        let mut sum: f64 = self.valences.iter().sum();
        let positive: f64 = self.valences.iter().filter(|&&v| v > 0.0).map(|v| v + 1.0).sum();
        let negative: f64 = self.valences.iter().filter(|&&v| v < 0.0).map(|v| 1.0 - v).sum();
        let neutral = self.words.len().saturating_sub(self.valences.len()) as f64;
        if sum != 0.0 {
            sum += emphasis.copysign(sum);
        }
        let total = positive + negative + neutral;
        Score {
            compound: rounded(compound(sum), 1e4),
            positive: rounded(positive / total, 1e3),
            negative: rounded(negative / total, 1e3),
            neutral: rounded(neutral / total, 1e3),
        }
    }
}

/// How many of the words match the rest of a pattern, within one clause.
fn matched(words: &[Word], rest: &[u16]) -> Option<usize> {
    let Some((&name, later)) = rest.split_first() else { return Some(0) };
    if name == ANY {
        return (0..=GAP.min(words.len())).find_map(|gap| {
            let broken = words[..gap].iter().any(|w| w.before != Break::None || w.kind & kind::NEGATES != 0);
            if broken { None } else { Some(gap + matched(&words[gap..], later)?) }
        });
    }
    let word = words.first()?;
    if word.name != name || word.before != Break::None {
        return None;
    }
    Some(1 + matched(&words[1..], later)?)
}

/// What a reader keeps in mind within a clause.
#[derive(Debug, Clone, Copy)]
struct Clause {
    /// Words that the last negation still reaches.
    negated: u8,
    /// The last word with a tone was negated.
    was_negated: bool,
    boost: f64,
    weight: f64,
    wished: bool,
    n_words: usize,
    new_sentence: bool,
    /// Number of valences before this sentence.
    sentence_from: usize,
}

impl Default for Clause {
    fn default() -> Clause {
        Clause {
            negated: 0,
            was_negated: false,
            boost: 0.0,
            weight: 1.0,
            wished: false,
            n_words: 0,
            new_sentence: false,
            sentence_from: 0,
        }
    }
}

impl Clause {
    fn pass(&mut self, before: Break) {
        match before {
            Break::None => {}
            Break::Comma => {
                let weight = if self.weight < 1.0 { 1.0 } else { self.weight };
                *self = Clause {
                    weight,
                    sentence_from: self.sentence_from,
                    n_words: self.n_words,
                    ..Clause::default()
                };
            }
            Break::Stop => *self = Clause { new_sentence: true, ..Clause::default() },
        }
    }

    fn valence(&mut self, word: &Word, mixed: bool) -> f64 {
        let mut valence = word.valence;
        if valence == 0.0 {
            return 0.0;
        }
        let mut strength = self.boost;
        if mixed && word.kind & kind::CAPITALS != 0 {
            strength += CAPITALS;
        }
        if word.elongated {
            strength += BOOST;
        }
        valence += strength.copysign(valence) * strength.signum();
        self.was_negated = self.negated > 0;
        if self.was_negated {
            self.negated = 0;
            valence *= if valence > 0.0 { NEGATED_PRAISE } else { NEGATED_COMPLAINT };
        } else if self.wished && valence > 0.0 {
            valence *= WISHED;
        }
        self.boost = 0.0;
        valence * self.weight
    }

    fn hear(&mut self, word: &Word) {
        self.n_words += 1;
        self.negated = self.negated.saturating_sub(1);
        self.boost *= 0.95;
        if word.kind & kind::NEGATES != 0 {
            self.negated = REACH;
        }
        if word.kind & kind::BOOSTS != 0 {
            self.boost += BOOST;
        } else if word.kind & kind::DAMPENS != 0 {
            self.boost -= BOOST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compound_of(text: &str) -> f64 {
        Customer::new().judge(text).score.map_or(f64::NAN, |score| score.compound)
    }

    #[test]
    fn a_negation_reaches_to_the_end_of_its_clause_and_no_further() {
        assert!(compound_of("The staff was not at any time helpful.") < 0.0);
        assert!(compound_of("This was not cheap, great food.") > 0.0);
        assert!(compound_of("The room isn\u{2019}t clean.") < 0.0);
        assert!(compound_of("Not clean or comfortable.") < -0.3);
        assert!(compound_of("I've never been treated so rudely and badly.") < 0.0);
    }

    #[test]
    fn the_side_after_a_contrast_weighs_more() {
        assert!(compound_of("The food is good but the service is terrible.") < 0.0);
        assert!(compound_of("Terrible parking, but a good doctor who is kind.") > 0.0);
        assert!(compound_of("Although the room was small, the staff made it wonderful.") > 0.0);
    }

    #[test]
    fn phrases_of_customers_are_heard_as_a_whole() {
        for complaint in [
            "What a waste of my time.",
            "We will never be back here.",
            "Will not be back!",
            "Do not buy this.",
            "Waited 45 minutes on hold.",
            "The app keeps crashing and timed out twice",
            "It doesn't work.",
            "I wish the staff were helpful.",
            "I would not buy from them again.",
            "I had to order it again.",
        ] {
            assert!(compound_of(complaint) < -0.05, "{complaint}");
        }
        for praise in [
            "I'll definitely be back!",
            "Works fine, no problems.",
            "You can't go wrong here.",
            "I could not be happier.",
            "Not bad at all, I would buy it again",
            "Would order from them again.",
        ] {
            assert!(compound_of(praise) > 0.05, "{praise}");
        }
    }

    #[test]
    fn emoji_and_emoticons_are_heard_without_a_word() {
        assert!(compound_of("😍😍") > 0.0);
        assert!(compound_of("😡") < 0.0);
        assert!(compound_of("the parcel came :-)") > 0.0);
    }

    #[test]
    fn other_languages_are_named_and_not_judged() {
        for (text, code) in [
            ("Das Essen war leider kalt und der Kellner sehr unfreundlich.", "deu"),
            ("El servicio fue muy malo y la comida estaba fría.", "spa"),
            ("Le service était très lent et la nourriture froide.", "fra"),
            ("Очень плохое обслуживание, мы ждали почти час и больше сюда не придём.", "rus"),
            ("サービスがとても悪いです。", "jpn"),
        ] {
            let judgement = Customer::new().judge(text);
            assert_eq!((judgement.score, judgement.language.code()), (None, code), "{text}");
        }
    }

    #[test]
    fn hostile_texts_are_judged_without_harm() {
        let mut customer = Customer::new();
        let mut vader = super::super::Vader::new();
        let long = "not good, but never bad!? ".repeat(40_000);
        let controls: String = (0u8..=127).map(char::from).collect();
        for text in [
            "",
            " ",
            "!!!",
            "'",
            "-",
            "''-''",
            "\u{0}\u{7f}\u{1f}",
            "a'''s n't 's",
            "sooooooo goooood",
            &long,
            &controls,
        ] {
            for score in [customer.judge(text).score.unwrap_or_default(), vader.score(text)] {
                assert!(score.compound.is_finite() && score.compound.abs() <= 1.0, "{score:?}");
                let shares = score.positive + score.neutral + score.negative;
                assert!(shares == 0.0 || (shares - 1.0).abs() < 0.002, "{score:?}");
            }
        }
        assert_eq!(customer.judge("").score, Some(Score::default()));
    }
}
