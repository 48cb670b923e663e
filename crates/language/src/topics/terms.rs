//! Texts as terms for topics: words that say something, and phrases of two or three of them.
//!
//! Small words of English and of the other languages of the texts are left out; plural and singular meet where both occur. No
//! other stemming: a reader has to recognise the words.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::small_words::SmallWords;

/// A text is read up to this many bytes.
const LONGEST_TEXT: usize = 20_000;

/// Words that say nothing about what a text is about.
const STOP_WORDS: &str = "a about above after again against all almost already also although always am among an and another any \
    anybody anyone anything are aren't around as at away back be became because been before being below between both but by \
    came can can't cannot come could couldn't did didn't do does doesn't doing don't done down during each either else enough \
    even ever every everything few first for from further gave get gets getting give given go goes going gone got had hadn't \
    has hasn't have haven't having he he's her here hers herself him himself his how however i i'd i'll i'm i've if in \
    instead into is isn't it it's its itself just keep kept know known last least less let like ll made make makes making many \
    may maybe me might mine more most much must my myself near need needs never new next no nobody none nor not nothing now of \
    off often ok okay on once one only onto or other others our ours ourselves out over own per please put quite rather re \
    really said same saw say says see seem seems seen several shall she should shouldn't since so some somebody someone \
    something still such take taken taking tell than that that's the their theirs them themselves then there there's these they \
    they're they've thing things think this those though three through thus till to together told too took toward trying tried try \
    two under until up upon us use used using ve very via want wanted wants was wasn't way we we're we've well went were weren't \
    what what's when where whether which while who whom whose why will with within without won't would wouldn't yet you you'd \
    you'll you're you've your yours yourself yourselves d s t m im ive dont didnt doesnt cant wont isnt wasnt hi hello dear \
    thanks thank regards der die das und ist nicht ich ein eine den dem mit auf sehr sie wir auch aber von zu im les des est \
    une pas pour dans que qui sur avec el los las una por con para pero como del al";

static STOPS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

/// A term and the texts that it stands in.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub text: String,
    pub n_words: usize,
    pub n_texts: u32,
}

/// The terms of a collection and of each text.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub terms: Vec<Term>,
    /// For each text, its terms, each once, by number, with how often.
    pub texts: Vec<Vec<(u32, u32)>>,
}

/// Words of a text in lower case, with a blank entry wherever a phrase cannot go on.
fn words(text: &str, small: &SmallWords) -> Vec<String> {
    let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let mut words = Vec::new();
    let mut word = String::new();
    for sign in lower.chars().chain([' ']) {
        if sign.is_alphanumeric() || (sign == '\'' && !word.is_empty()) {
            word.push(sign);
            continue;
        }
        if !word.is_empty() {
            words.push(small.telling(&word).to_owned());
            word.clear();
        }
        if !sign.is_whitespace() && !matches!(sign, '-' | '/' | '\'' | '"' | '&') {
            words.push(String::new());
        }
    }
    words
}

/// The singular of an English plural whose singular also occurs.
fn singular(word: &str, known: &HashMap<&str, u32>) -> Option<String> {
    let stem = word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s'))?;
    let mut candidates = vec![stem.to_owned()];
    if let Some(stem) = word.strip_suffix("ies") {
        candidates.insert(0, format!("{stem}y"));
    }
    candidates.into_iter().find(|c| known.contains_key(c.as_str()))
}

/// Reads a collection: words and phrases that stand in at least `n_least` texts and at most in the share `most` of them.
pub(super) fn terms(texts: &[&str], n_least: u32, most: f64) -> Terms {
    let small = SmallWords::of(texts, &STOPS);
    let mut read: Vec<Vec<String>> = texts.iter().map(|text| words(text, &small)).collect();
    unite_plurals(&mut read);
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut all: Vec<Term> = Vec::new();
    let counted: Vec<HashMap<u32, u32>> = read
        .iter()
        .map(|words| {
            let mut counts: HashMap<u32, u32> = HashMap::new();
            for n in 1..=3 {
                for window in words.windows(n).filter(|w| w.iter().all(|word| !word.is_empty())) {
                    if n > 1 && window.windows(2).any(|pair| pair[0] == pair[1]) {
                        continue;
                    }
                    let text = window.join(" ");
                    let number = *numbers.entry(text).or_insert_with_key(|text| {
                        all.push(Term { text: text.clone(), n_words: n, n_texts: 0 });
                        all.len() as u32 - 1
                    });
                    *counts.entry(number).or_default() += 1;
                }
            }
            counts.keys().for_each(|&number| all[number as usize].n_texts += 1);
            counts
        })
        .collect();
    let n_most = (most * texts.len() as f64).max(f64::from(n_least)) as u32;
    let mut kept: HashMap<u32, u32> = HashMap::new();
    let mut terms = Vec::new();
    // A word of nearly all texts, such as the name of the firm, makes no phrase either.
    let everywhere: HashSet<String> =
        all.iter().filter(|t| t.n_words == 1 && t.n_texts > n_most).map(|t| t.text.clone()).collect();
    for (number, term) in all.into_iter().enumerate() {
        let is_common = term.text.split(' ').any(|word| everywhere.contains(word));
        if term.n_texts >= n_least && !is_common {
            kept.insert(number as u32, terms.len() as u32);
            terms.push(term);
        }
    }
    let texts = counted
        .into_iter()
        .map(|counts| {
            let mut list: Vec<(u32, u32)> =
                counts.into_iter().filter_map(|(number, n)| Some((*kept.get(&number)?, n))).collect();
            list.sort_unstable();
            list
        })
        .collect();
    Terms { terms, texts }
}

fn unite_plurals(read: &mut [Vec<String>]) {
    let mut known: HashMap<&str, u32> = HashMap::new();
    for word in read.iter().flatten().filter(|w| !w.is_empty()) {
        *known.entry(word).or_default() += 1;
    }
    let united: HashMap<String, String> =
        known.keys().filter_map(|word| Some(((*word).to_owned(), singular(word, &known)?))).collect();
    for word in read.iter_mut().flatten() {
        if let Some(singular) = united.get(word) {
            word.clone_from(singular);
        }
    }
}
