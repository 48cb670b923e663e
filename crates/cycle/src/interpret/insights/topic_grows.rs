//! A topic of which customers write more than before, and more angrily than of other things, with the money behind it.
//!
//! What the topics are is found by `analyze::texts`; here the claim is made and the counter-checks are asked.

use super::Answer;
use crate::analyze::texts::{Group, LATELY, MONTHS, Report, Topic};
use crate::interpret::View;
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{chance, count, customers, percent};
use platform::store::Snapshot;
use statistics::intervals::{Interval, bootstrap};
use statistics::pseudo_random::Generator;

/// Growth and tone are told beyond this chance, corrected for all topics.
const ALARM: f64 = 0.05;
/// Notes of the last months below which a topic is not told of.
const FEWEST: u64 = 5;
const LEVEL: f64 = 0.8;
const N_RESAMPLES: usize = 1_000;
const SEED: u64 = 4_411;

pub(super) fn find(view: &View<'_>, _: &mut Snapshot<'_>) -> Answer {
    let kind = Kind::TopicGrows;
    let Some(report) = view.inputs.texts.as_deref() else {
        return Ok(Err(Silent::abstained(kind, "no texts were read")));
    };
    if let Some(why) = &report.abstained {
        return Ok(Err(Silent::abstained(kind, why.clone())));
    }
    let can_tell = report.topics.iter().filter(|topic| topic.p_share.is_some()).count();
    if can_tell == 0 {
        let why = format!("notes from before the last {LATELY} months are needed to see a topic grow");
        return Ok(Err(Silent::abstained(kind, why)));
    }
    let told = |topic: &&Topic| topic.lately.0 >= FEWEST && topic.grows(ALARM) && topic.sounds_worse(ALARM);
    let found: Vec<Found> =
        report.topics.iter().filter(told).filter_map(|topic| insight(view, report, topic)).collect();
    if found.is_empty() {
        let why = format!(
            "of {can_tell} topics none is both spoken of more in the last {LATELY} months and in a worse tone than the others, \
             beyond chance"
        );
        return Ok(Err(Silent::nothing(kind, why)));
    }
    Ok(Ok(found))
}

fn share((n, of): (u64, u64)) -> f64 {
    n as f64 / of.max(1) as f64
}

/// How a tone sounds, in a word.
fn sounds(tone: f64) -> &'static str {
    match tone {
        t if t <= -0.4 => "angry",
        t if t < -0.05 => "rather angry",
        t if t <= 0.05 => "neither glad nor angry",
        t if t < 0.4 => "rather glad",
        _ => "glad",
    }
}

fn insight(view: &View<'_>, report: &Report, topic: &Topic) -> Option<Found> {
    let tone = topic.tone_lately?;
    let writers = writers(view, topic);
    let spent: Vec<f64> = writers.iter().map(|(_, spent)| *spent as f64).collect();
    let money = money(&spent);
    let checks = checks(report, topic);
    let claim = format!(
        "Customers write more of “{}”: {} of {} notes in the last {LATELY} months, {} before. These notes sound {} ({:+.2}; the \
         others {:+.2}). The {} who wrote them spent {} in the last year.",
        topic.name,
        count(topic.lately.0),
        count(topic.lately.1),
        percent(share(topic.before)),
        sounds(tone.mean),
        tone.mean,
        topic.tone_of_others.unwrap_or_default(),
        customers(writers.len() as u64),
        view.money(spent.iter().sum::<f64>() as i64)
    );
    let member = |(person, spent): &(String, i64)| Member {
        person_id: person.clone(),
        figures: vec![MemberFigure::new("Spent in the last year", Unit::Money, *spent as f64)],
    };
    Some(Found {
        kind: Kind::TopicGrows,
        // The name of a topic may change from run to run; its leading words hardly do.
        about: topic.keywords.first().cloned().unwrap_or_else(|| topic.name.clone()),
        claim,
        n_customers: writers.len() as u64,
        money,
        money_how: "What those who wrote such notes in the last months spent in the 365 days before: the money that is behind the \
                    topic, not money that is lost. The interval (80 %) is that of the sum had other customers written (bootstrap)."
            .to_string(),
        evidence: evidence(report, topic, tone),
        confidence: confidence(&checks),
        checks,
        refuted_by: "If the share of such notes falls back in the coming months without anything having been changed, it was a wave, \
                     not a fault."
            .to_string(),
        suggested_action: format!(
            "Read the examples, mend what “{}” is about, and answer those who wrote; then see whether the notes change.",
            topic.name
        ),
        people: writers.iter().map(member).collect(),
    })
}

/// Who wrote lately with their money, the most money first.
fn writers(view: &View<'_>, topic: &Topic) -> Vec<(String, i64)> {
    let last = view.inputs.last_day;
    let spent = |person: &String| crate::analyze::texts::spent(view.facts(), person, last);
    let mut writers: Vec<(String, i64)> =
        topic.writers_lately.iter().map(|person| (person.clone(), spent(person))).collect();
    writers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    writers
}

fn money(spent: &[f64]) -> Option<Money> {
    let n = spent.len() as f64;
    let mut generator = Generator::from_seed(SEED);
    let mean = |sample: &[f64]| sample.iter().sum::<f64>() / sample.len() as f64;
    let Interval { estimate, low, high } = bootstrap(spent, LEVEL, N_RESAMPLES, &mut generator, mean)?;
    let minor = |mean: f64| (n * mean).round() as i64;
    Some(Money {
        expected_minor: minor(estimate),
        low_minor: minor(low),
        high_minor: minor(high),
        level: LEVEL,
    })
}

fn evidence(report: &Report, topic: &Topic, tone: Group) -> Evidence {
    let mut figures = vec![
        Figure::new("share", "Share of the notes lately", Unit::Share, share(topic.lately))
            .of(topic.lately.1),
        Figure::new("share_before", "Share of the notes before", Unit::Share, share(topic.before))
            .of(topic.before.1),
        Figure::new("tone", "Tone of these notes lately, −1 to 1", Unit::Number, tone.mean)
            .between(tone.low, tone.high, 0.95)
            .of(tone.n),
    ];
    if let Some(others) = topic.tone_of_others {
        let n = topic.lately.1 - topic.lately.0;
        figures.push(
            Figure::new("tone_of_others", "Tone of the other notes lately", Unit::Number, others).of(n),
        );
    }
    let rows = report.months.iter().zip(&topic.by_month).filter(|(month, _)| month.n > 0);
    let row = |(month, n): (&crate::analyze::texts::Month, &u64)| {
        vec![month.month.clone(), count(*n), count(month.n), percent(*n as f64 / month.n as f64)]
    };
    Evidence {
        query: "topic grows".to_string(),
        definition: format!(
            "Topics of the newest {} notes of {MONTHS} months, grouped by words said together ({}). Share: notes of the topic in the \
             last {LATELY} months of all then, against the months before (two shares). Tone: from −1 (angry) to 1 (glad) by a list \
             of words and the rules of the sentence, against the other notes of these months (Welch). Both corrected by Holm for {} \
             topics.",
            count(report.n_texts),
            topic.keywords.join(", "),
            report.topics.len()
        ),
        last_day: String::new(),
        figures,
        tables: vec![Table {
            caption: "Notes of the topic by month".to_string(),
            columns: ["Month", "Of the topic", "All notes", "Share"].map(str::to_string).to_vec(),
            rows: rows.map(row).collect(),
        }],
        filter: None,
        filter_note: String::new(),
        quality_rows: None,
    }
}

fn checks(report: &Report, topic: &Topic) -> Vec<Check> {
    vec![mix(topic), season(topic, report), looks(topic, report)]
}

/// Does one customer write all of it?
fn mix(topic: &Topic) -> Check {
    let writers = topic.writers_lately.len() as u64;
    let words =
        format!("{} notes of the last months come from {}.", count(topic.lately.0), customers(writers));
    let verdict = if 2 * writers < topic.lately.0 { Verdict::Weakened } else { Verdict::Stands };
    Check::new(Question::MixShift, verdict, words)
}

/// Were the same months of the year before as full of it?
fn season(topic: &Topic, report: &Report) -> Check {
    let n = topic.by_month.len();
    let Some(start) = n.checked_sub(12 + LATELY as usize) else {
        let words = "The notes go back less than fifteen months, so the same months of the year before cannot be compared.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    };
    let own: u64 = topic.by_month[start..start + LATELY as usize].iter().sum();
    let all: u64 = report.months[start..start + LATELY as usize].iter().map(|month| month.n).sum();
    if all < FEWEST {
        let words = "In the same months of the year before hardly anything was written.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    }
    let then = share((own, all));
    let words =
        format!("In the same months of the year before it was {} of {} notes.", percent(then), count(all));
    let verdict = if then > 0.8 * share(topic.lately) { Verdict::Explained } else { Verdict::Stands };
    Check::new(Question::Season, verdict, words)
}

fn looks(topic: &Topic, report: &Report) -> Check {
    let (share, tone) = (topic.p_share.unwrap_or(1.0), topic.p_tone.unwrap_or(1.0));
    let words = format!(
        "{} topics were looked at; after Holm's correction the chance of such a growth is p {}, of such a tone p {}.",
        report.topics.len(),
        chance(share),
        chance(tone)
    );
    let verdict = if share.max(tone) < 0.01 { Verdict::Stands } else { Verdict::Weakened };
    Check::new(Question::TooManyLooks, verdict, words)
}
