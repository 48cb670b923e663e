//! What the notes are about: topics with their trend, their tone, and the money of those who wrote them.

use super::super::{Day, Facts};
use super::{LATELY, MONTHS, MOST_TEXTS};
use crate::calendar::month_in_words;
use language::topics::{self, Keyword, topics as find};
use platform::store::Snapshot;
use platform::{Micros, Result, params};
use serde::{Deserialize, Serialize};
use statistics::intervals::{Interval, student_mean};
use statistics::moments::Moments;
use statistics::multiple::holm;
use statistics::significance::{share_z, welch};
use std::collections::{BTreeMap, BTreeSet};

/// Confidence of the intervals of tones.
pub const LEVEL: f64 = 0.95;
/// Money of the last so many days stands behind a topic.
pub const MONEY_DAYS: i32 = 365;
const N_EXAMPLES: usize = 3;
const N_KEYWORDS: usize = 8;

/// What a run found in the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub last_day: Day,
    pub model_version: i64,
    /// Notes of the last months that were grouped.
    pub n_texts: u64,
    /// All notes that were read, by language: code, notes, and whether their tone is read.
    pub languages: Vec<(String, u64, bool)>,
    pub months: Vec<Month>,
    pub topics: Vec<Topic>,
    /// Texts that share no word with others.
    pub n_without: u64,
    /// Why there are no topics.
    pub abstained: Option<String>,
}

/// The tone of the notes of a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Month {
    pub month: String,
    pub n: u64,
    /// Mean tone with its interval; None with fewer than two notes.
    pub tone: Option<Group>,
}

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
    pub n: u64,
}

/// What some of the notes are about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// The place among the topics of this run.
    pub number: i64,
    pub name: String,
    pub n: u64,
    pub keywords: Vec<String>,
    pub phrases: Vec<String>,
    pub coherence: f64,
    pub tone: Option<Group>,
    /// Notes of the topic in each month of [`Report::months`].
    pub by_month: Vec<u64>,
    /// Notes of the topic, of all: in the last months, and before them.
    pub lately: (u64, u64),
    pub before: (u64, u64),
    /// The chance that its share changed like this by itself, corrected for all topics; None where it cannot be asked.
    pub p_share: Option<f64>,
    /// The tone of its notes in the last months beside that of all others then, and the chance of that, corrected.
    pub tone_lately: Option<Group>,
    pub tone_of_others: Option<f64>,
    pub p_tone: Option<f64>,
    /// The notes that are most like the topic, by their ids.
    pub examples: Vec<String>,
    /// The customers who wrote them, and what they spent in the last [`MONEY_DAYS`] days.
    pub n_people: u64,
    pub value_minor: i64,
    /// Those who wrote in the last months.
    pub writers_lately: Vec<String>,
}

impl Topic {
    /// Whether it is spoken of more than before, beyond chance.
    pub fn grows(&self, alarm: f64) -> bool {
        let share = |(n, of): (u64, u64)| n as f64 / (of.max(1)) as f64;
        self.p_share.is_some_and(|p| p < alarm) && share(self.lately) > share(self.before)
    }

    /// Whether its notes of late sound worse than the others, beyond chance.
    pub fn sounds_worse(&self, alarm: f64) -> bool {
        let worse = self.tone_lately.zip(self.tone_of_others).is_some_and(|(own, others)| own.mean < others);
        worse && self.p_tone.is_some_and(|p| p < alarm)
    }
}

struct Text {
    id: String,
    person: Option<String>,
    body: String,
    month: i32,
    tone: f64,
}

/// Groups the newest notes; the second part names the topic of each note that has one.
pub(crate) fn analyze(
    snapshot: &mut Snapshot<'_>,
    facts: &Facts,
    last_day: Day,
) -> Result<(Report, Vec<(String, i64)>)> {
    let last_month = Day::of(snapshot.now()).month();
    let first_month = last_month - MONTHS + 1;
    let texts = read(snapshot, Day::first_of_month(first_month).start())?;
    let first = texts.iter().map(|text| text.month).min().unwrap_or(last_month);
    let months: Vec<i32> = (first..=last_month).collect();
    let mut report = Report {
        last_day,
        model_version: super::MODEL_VERSION,
        n_texts: texts.len() as u64,
        languages: languages(snapshot)?,
        months: months.iter().map(|month| of_month(*month, &texts)).collect(),
        topics: Vec::new(),
        n_without: 0,
        abstained: None,
    };
    let bodies: Vec<&str> = texts.iter().map(|text| text.body.as_str()).collect();
    match find(&bodies, None) {
        Ok(found) => {
            report.n_without = found.without.len() as u64;
            report.topics = tell(&found, &texts, &months, facts, last_day);
            let of_topic = |(at, topic): (usize, &topics::Topic)| {
                topic.texts.iter().map(|text| (texts[*text].id.clone(), at as i64)).collect::<Vec<_>>()
            };
            let topic_of = found.topics.iter().enumerate().flat_map(of_topic).collect();
            Ok((report, topic_of))
        }
        Err(why) => {
            report.abstained = Some(why.to_string());
            Ok((report, Vec::new()))
        }
    }
}

/// The newest notes whose tone is known, in the order of time.
fn read(snapshot: &mut Snapshot<'_>, from: Micros) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    snapshot.each(
        "SELECT n.id, n.record_kind, n.record_id, n.body, t.written_at, t.tone, o.person_id
         FROM note_tones t JOIN notes n ON n.id = t.note_id LEFT JOIN orders o ON o.id = n.record_id
         WHERE t.written_at >= $1 AND t.tone IS NOT NULL AND n.deleted_at IS NULL
         ORDER BY t.written_at DESC, t.note_id DESC LIMIT $2",
        &params![from, MOST_TEXTS as i64],
        |row| {
            let kind = row.text(1)?;
            let person = match kind {
                "person" => Some(row.get(2)?),
                "order" => row.get::<Option<String>>(6)?,
                _ => None,
            };
            let month = Day::of(row.get(4)?).month();
            texts.push(Text { id: row.get(0)?, person, body: row.get(3)?, month, tone: row.get(5)? });
            Ok(())
        },
    )?;
    texts.reverse();
    Ok(texts)
}

fn languages(snapshot: &mut Snapshot<'_>) -> Result<Vec<(String, u64, bool)>> {
    let found = snapshot.query(
        "SELECT language, count(*), count(tone) FROM note_tones GROUP BY language ORDER BY count(*) DESC, language LIMIT 50",
        &[],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)),
    )?;
    Ok(found.into_iter().map(|(code, n, judged)| (code, n.unsigned_abs(), judged > 0)).collect())
}

fn of_month(month: i32, texts: &[Text]) -> Month {
    let tones: Vec<f64> = texts.iter().filter(|text| text.month == month).map(|text| text.tone).collect();
    Month { month: month_in_words(month), n: tones.len() as u64, tone: group(&tones) }
}

fn group(tones: &[f64]) -> Option<Group> {
    let Interval { estimate, low, high } = student_mean(tones, LEVEL)?;
    Some(Group { mean: estimate, low: low.max(-1.0), high: high.min(1.0), n: tones.len() as u64 })
}

fn tell(found: &topics::Topics, texts: &[Text], months: &[i32], facts: &Facts, last_day: Day) -> Vec<Topic> {
    let newest = months.last().copied().unwrap_or_default();
    let is_late = |text: &Text| text.month > newest - LATELY;
    let (n_late, n) = (texts.iter().filter(|text| is_late(text)).count() as u64, texts.len() as u64);
    let mut told: Vec<Topic> = found
        .topics
        .iter()
        .enumerate()
        .map(|(at, topic)| {
            let own: Vec<&Text> = topic.texts.iter().map(|text| &texts[*text]).collect();
            let late: Vec<&Text> = own.iter().copied().filter(|text| is_late(text)).collect();
            let mine: BTreeSet<&str> = late.iter().map(|text| text.id.as_str()).collect();
            let others = texts.iter().filter(|text| is_late(text) && !mine.contains(text.id.as_str()));
            let others: Vec<f64> = others.map(|text| text.tone).collect();
            let tones = |texts: &[&Text]| texts.iter().map(|text| text.tone).collect::<Vec<f64>>();
            let late_tones = tones(&late);
            let people: BTreeSet<&str> = own.iter().filter_map(|text| text.person.as_deref()).collect();
            let writers: BTreeSet<String> = late.iter().filter_map(|text| text.person.clone()).collect();
            let (own_late, own_before) = (late.len() as u64, (own.len() - late.len()) as u64);
            Topic {
                number: at as i64,
                name: topic.name.clone(),
                n: own.len() as u64,
                keywords: names(&topic.keywords),
                phrases: names(&topic.phrases),
                coherence: topic.coherence,
                tone: group(&tones(&own)),
                by_month: by_month(&own, months),
                lately: (own_late, n_late),
                before: (own_before, n - n_late),
                p_share: share_z((own_late, n_late), (own_before, n - n_late)).map(|test| test.p_value),
                tone_lately: group(&late_tones),
                tone_of_others: (!others.is_empty()).then(|| Moments::of(&others).mean()),
                p_tone: welch(&Moments::of(&late_tones), &Moments::of(&others)).map(|test| test.p_value),
                examples: own.iter().take(N_EXAMPLES).map(|text| text.id.clone()).collect(),
                n_people: people.len() as u64,
                value_minor: people.iter().map(|id| spent(facts, id, last_day)).sum(),
                writers_lately: writers.into_iter().collect(),
            }
        })
        .collect();
    correct(&mut told);
    told
}

/// All topics were looked at: the chances are corrected for that.
fn correct(topics: &mut [Topic]) {
    let of = |p: Option<f64>| p.unwrap_or(f64::NAN);
    let shares = holm(&topics.iter().map(|topic| of(topic.p_share)).collect::<Vec<f64>>());
    let tones = holm(&topics.iter().map(|topic| of(topic.p_tone)).collect::<Vec<f64>>());
    for ((topic, share), tone) in topics.iter_mut().zip(shares).zip(tones) {
        topic.p_share = (!share.is_nan()).then_some(share);
        topic.p_tone = (!tone.is_nan()).then_some(tone);
    }
}

fn names(keywords: &[Keyword]) -> Vec<String> {
    keywords.iter().take(N_KEYWORDS).map(|keyword| keyword.text.clone()).collect()
}

fn by_month(texts: &[&Text], months: &[i32]) -> Vec<u64> {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    texts.iter().for_each(|text| *counts.entry(text.month).or_default() += 1);
    months.iter().map(|month| counts.get(month).copied().unwrap_or(0)).collect()
}

/// What a person spent in the last [`MONEY_DAYS`] days; minor units.
pub(crate) fn spent(facts: &Facts, person: &str, last_day: Day) -> i64 {
    let Some(customer) = facts.find(person) else { return 0 };
    let from = last_day.0 - MONEY_DAYS;
    facts.orders(customer).until(last_day).each().filter(|row| row.0 > from).map(|row| row.1).sum()
}
