//! What many texts are about: topics with names, words, phrases and examples.
//!
//! It finds what is said often together. It does not know what is important, and a topic is a grouping, not a fact: another
//! number of topics draws other borders.

mod factors;
mod small_words;
mod terms;

use factors::{Factors, Sparse, factors};
use rayon::prelude::*;
use terms::{Terms, terms};

/// A word or phrase that marks a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    pub text: String,
    /// Texts of the topic that have it, and texts of all.
    pub n: usize,
    pub n_all: usize,
    /// How far it is more frequent in the topic than elsewhere, in standard errors.
    pub z: f64,
}

/// One topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    pub name: String,
    /// Texts whose main topic this is, best example first.
    pub texts: Vec<usize>,
    pub keywords: Vec<Keyword>,
    pub phrases: Vec<Keyword>,
    /// How often its leading words stand together: normalised pointwise mutual information, −1 to 1.
    pub coherence: f64,
}

/// What a collection is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Topics {
    /// Largest first.
    pub topics: Vec<Topic>,
    /// Words and phrases of all texts, most telling first; `z` is 0.
    pub keywords: Vec<Keyword>,
    /// Texts that belong to no topic: they share no term with others.
    pub without: Vec<usize>,
    /// Each number of topics that was tried with its coherence less its overlap.
    pub tried: Vec<(usize, f64)>,
}

/// Why there are no topics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there are {found} texts with words; at least {needed} are needed")]
    TooFewTexts { found: usize, needed: usize },
    #[error("hardly any text has a word that stands in several of them and in no more than half")]
    NothingShared,
}

/// Fewer texts have no topics.
pub const N_TEXTS_LEAST: usize = 20;
/// Numbers of topics that are tried.
const NUMBERS: [usize; 9] = [2, 3, 5, 8, 10, 12, 15, 20, 25];
/// Numbers below this are tried only where there are too few texts for it: so few topics are coherent and say nothing.
const N_TOPICS_USUAL: usize = 8;
/// Texts that decide on the number of topics; more would not change it.
const N_TEXTS_TRIED: usize = 4000;
/// Words by which coherence and names are judged.
const N_LEADING: usize = 6;
/// Keywords and phrases that are told of each topic.
const N_TOLD: usize = 10;
/// A term of more texts than this share says little; with few texts it may say all.
const MOST: f64 = 0.5;

/// Finds the topics of texts; `n_topics` fixes their number, else the most coherent of some numbers is chosen.
///
/// **Shape.** Places in the answer are those of `texts`.
///
/// **Source.** Lee and Seung, *Nature* 401 (1999) on tf-idf; number by coherence (NPMI, Lau, Newman and Baldwin, EACL 2014);
/// keywords by log-odds with a prior (Monroe, Colaresi and Quinn, *Political Analysis* 16 (2008), equation 22).
pub fn topics(texts: &[&str], n_topics: Option<usize>) -> Result<Topics, Refused> {
    let n_with_words = texts.iter().filter(|t| t.chars().any(char::is_alphanumeric)).count();
    if n_with_words < N_TEXTS_LEAST {
        return Err(Refused::TooFewTexts { found: n_with_words, needed: N_TEXTS_LEAST });
    }
    let n_least = (texts.len() / 1000).clamp(2, 20) as u32;
    let terms = terms(texts, n_least, MOST);
    let matrix = weighted(&terms);
    let n_shared = matrix.rows.iter().filter(|row| !row.is_empty()).count();
    if n_shared < N_TEXTS_LEAST / 2 {
        return Err(Refused::NothingShared);
    }
    let (k, tried) = match n_topics {
        Some(k) => (k.clamp(1, n_shared), Vec::new()),
        None => best_number(&matrix, &terms),
    };
    let factors = factors(&matrix, k);
    let (assigned, without) = assigned(&factors, &matrix);
    let mut topics: Vec<Topic> = (0..k)
        .into_par_iter()
        .filter(|&topic| !assigned[topic].is_empty())
        .map(|topic| told(&terms, &assigned[topic], &factors.terms[topic]))
        .collect();
    topics.sort_by_key(|topic| std::cmp::Reverse(topic.texts.len()));
    set_apart(&mut topics);
    Ok(Topics { topics, keywords: overall(&terms), without, tried })
}

/// Term frequencies by how rare the term is, each text of length 1; phrases weigh half, or they would count their words twice.
fn weighted(terms: &Terms) -> Sparse {
    let n = terms.texts.len() as f64;
    let rarity: Vec<f64> = terms
        .terms
        .iter()
        .map(|t| (1.0 + (n / f64::from(t.n_texts)).ln()) * if t.n_words > 1 { 0.5 } else { 1.0 })
        .collect();
    let row = |counts: &Vec<(u32, u32)>| {
        let mut row: Vec<(u32, f64)> =
            counts.iter().map(|&(t, k)| (t, rarity[t as usize] * (1.0 + f64::from(k).ln()))).collect();
        let length = row.iter().map(|(_, v)| v * v).sum::<f64>().sqrt();
        row.iter_mut().for_each(|(_, v)| *v /= length);
        row
    };
    Sparse { rows: terms.texts.par_iter().map(row).collect(), n_columns: terms.terms.len() }
}

fn best_number(matrix: &Sparse, terms: &Terms) -> (usize, Vec<(usize, f64)>) {
    let n = matrix.rows.len();
    let every = n.div_ceil(N_TEXTS_TRIED);
    let sample =
        Sparse { rows: matrix.rows.iter().step_by(every).cloned().collect(), n_columns: matrix.n_columns };
    let most = (sample.rows.len() / 20).max(2);
    let least = N_TOPICS_USUAL.min(most / 2);
    let numbers: Vec<usize> = NUMBERS.into_iter().filter(|&k| k <= most && k >= least).collect();
    let tried: Vec<(usize, f64)> = numbers
        .into_par_iter()
        .map(|k| {
            let found = factors(&sample, k);
            let leading: Vec<Vec<u32>> = found.terms.iter().map(|row| leading(row, terms)).collect();
            let coherence = leading.iter().map(|l| coherence(l, &terms.texts)).sum::<f64>() / k as f64;
            let mut words: Vec<u32> = leading.concat();
            let n_words = words.len().max(1);
            words.sort_unstable();
            words.dedup();
            let overlap = 1.0 - words.len() as f64 / n_words as f64;
            (k, coherence - overlap)
        })
        .collect();
    let best =
        tried.iter().copied().fold((0, f64::NEG_INFINITY), |best, t| if t.1 > best.1 { t } else { best });
    (best.0, tried)
}

/// The single words with the largest weights in a topic.
fn leading(row: &[f64], terms: &Terms) -> Vec<u32> {
    let mut words: Vec<u32> = (0..row.len() as u32)
        .filter(|&t| terms.terms[t as usize].n_words == 1 && row[t as usize] > 1e-9)
        .collect();
    words.sort_by(|&a, &b| row[b as usize].total_cmp(&row[a as usize]).then(a.cmp(&b)));
    words.truncate(N_LEADING);
    words
}

/// Mean normalised pointwise mutual information of the pairs of words over texts.
fn coherence(words: &[u32], texts: &[Vec<(u32, u32)>]) -> f64 {
    let k = words.len();
    if k < 2 {
        return 0.0;
    }
    let mut alone = vec![0.0f64; k];
    let mut both = vec![vec![0.0f64; k]; k];
    for text in texts {
        let has: Vec<usize> =
            (0..k).filter(|&i| text.binary_search_by_key(&words[i], |&(t, _)| t).is_ok()).collect();
        for (i, &a) in has.iter().enumerate() {
            alone[a] += 1.0;
            has[i + 1..].iter().for_each(|&b| both[a][b] += 1.0);
        }
    }
    let n = texts.len() as f64;
    let mut sum = 0.0;
    for a in 0..k {
        for b in a + 1..k {
            let together = both[a][b].max(both[b][a]);
            // Words that never meet say nothing: in short texts they are often two names of one thing.
            if together > 0.0 && together < n {
                sum += (together * n / (alone[a] * alone[b])).ln() / -(together / n).ln();
            }
        }
    }
    sum / (k * (k - 1) / 2) as f64
}

/// The texts of each topic, the best example first, and those of none.
fn assigned(factors: &Factors, matrix: &Sparse) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut topics: Vec<Vec<(usize, f64)>> = vec![Vec::new(); factors.terms.len()];
    let mut without = Vec::new();
    for (i, weights) in factors.texts.iter().enumerate() {
        let best = (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a)));
        match best {
            Some(topic) if weights[topic] > 1e-6 && !matrix.rows[i].is_empty() => {
                topics[topic].push((i, weights[topic]))
            }
            _ => without.push(i),
        }
    }
    let order = |mut texts: Vec<(usize, f64)>| {
        texts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        texts.into_iter().map(|(i, _)| i).collect()
    };
    (topics.into_iter().map(order).collect(), without)
}

fn told(terms: &Terms, texts: &[usize], row: &[f64]) -> Topic {
    let mut inside = vec![0u32; terms.terms.len()];
    for &text in texts {
        terms.texts[text].iter().for_each(|&(t, _)| inside[t as usize] += 1);
    }
    let (n_in, n_all) = (texts.len() as f64, terms.texts.len() as f64);
    let mut marks: Vec<(usize, Keyword)> = terms
        .terms
        .iter()
        .enumerate()
        .filter(|(t, _)| inside[*t] > 1)
        .map(|(t, term)| {
            let z = log_odds(f64::from(inside[t]), n_in, f64::from(term.n_texts), n_all);
            (t, Keyword { text: term.text.clone(), n: inside[t] as usize, n_all: term.n_texts as usize, z })
        })
        .filter(|(_, keyword)| keyword.z > 1.0)
        .collect();
    // Frequent in the topic and telling: one alone picks rare oddities or words of everywhere.
    let worth = |(t, k): &(usize, Keyword)| k.z * (1.0 + row[*t] * 10.0);
    marks.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.0.cmp(&b.0)));
    let of = |is_phrase: bool| -> Vec<Keyword> {
        let is_wanted = |(t, _): &&(usize, Keyword)| (terms.terms[*t].n_words > 1) == is_phrase;
        marks.iter().filter(is_wanted).map(|(_, k)| k.clone()).take(3 * N_TOLD).collect()
    };
    let (mut keywords, phrases) = (of(false), without_parts(of(true)));
    keywords.truncate(N_TOLD);
    let coherence = coherence(&leading(row, terms), &terms.texts);
    Topic {
        name: name(&keywords, &phrases, texts.len()),
        texts: texts.to_vec(),
        keywords,
        phrases,
        coherence,
    }
}

/// How far a term is more frequent in the topic than in the other texts, with half a text as prior on each side.
fn log_odds(n_in: f64, of_in: f64, n_all: f64, of_all: f64) -> f64 {
    let prior = 0.5;
    let (a, b) = (n_in + prior, of_in - n_in + prior);
    let (c, d) = (n_all - n_in + prior, (of_all - of_in) - (n_all - n_in) + prior);
    ((a / b).ln() - (c / d).ln()) / (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt()
}

/// Leaves out phrases that are part of a longer one in nearly as many texts, and longer ones of few.
fn without_parts(phrases: Vec<Keyword>) -> Vec<Keyword> {
    let is_part = |short: &Keyword, long: &Keyword| {
        let (short_text, long_text) = (format!(" {} ", short.text), format!(" {} ", long.text));
        short.text.len() < long.text.len() && long_text.contains(&short_text)
    };
    let keep = |k: &&Keyword| {
        phrases.iter().all(|other| {
            let covered = is_part(k, other) && other.n as f64 >= 0.7 * k.n as f64;
            let stretched = is_part(other, k) && (k.n as f64) < 0.7 * other.n as f64;
            !covered && !stretched
        })
    };
    let mut kept: Vec<Keyword> = phrases.iter().filter(keep).cloned().collect();
    kept.truncate(N_TOLD);
    kept
}

/// A phrase that many of the texts have, else the two leading words.
fn name(keywords: &[Keyword], phrases: &[Keyword], n: usize) -> String {
    if let Some(phrase) = phrases.iter().take(3).find(|p| 4 * p.n >= n) {
        return phrase.text.clone();
    }
    let words: Vec<&str> = keywords.iter().take(2).map(|k| k.text.as_str()).collect();
    if words.is_empty() { "other".to_owned() } else { words.join(", ") }
}

/// Gives topics with the same name a further word.
fn set_apart(topics: &mut [Topic]) {
    for i in 1..topics.len() {
        let (before, here) = topics.split_at_mut(i);
        let topic = &mut here[0];
        let mut further = topic
            .keywords
            .iter()
            .filter(|k| !topic.name.contains(&k.text))
            .map(|k| k.text.clone())
            .collect::<Vec<_>>()
            .into_iter();
        while before.iter().any(|other| other.name == topic.name) {
            match further.next() {
                Some(word) => topic.name = format!("{}, {word}", topic.name),
                None => topic.name = format!("{} {}", topic.name, i + 1),
            }
        }
    }
}

/// Words and phrases of all texts: frequent, and the phrases more than the words alone.
fn overall(terms: &Terms) -> Vec<Keyword> {
    let n = terms.texts.len() as f64;
    let worth = |t: &terms::Term| {
        f64::from(t.n_texts) * (n / f64::from(t.n_texts)).ln().max(0.1) * (t.n_words as f64).sqrt()
    };
    let mut order: Vec<&terms::Term> = terms.terms.iter().collect();
    order.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then_with(|| a.text.cmp(&b.text)));
    let keyword = |t: &&terms::Term| Keyword {
        text: t.text.clone(),
        n: t.n_texts as usize,
        n_all: t.n_texts as usize,
        z: 0.0,
    };
    order.iter().take(3 * N_TOLD).map(keyword).collect()
}
