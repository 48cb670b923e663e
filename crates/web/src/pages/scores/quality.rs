//! How good a model is: figures, reliability curve, lift, backtest.

use cycle::analyze::models::{Backtest, Model, Quality};

use crate::charts::{Chart, Kind, Series, Unit};
use crate::parts::Stat;
use crate::words;

/// How many it expects it to happen to, with the interval.
pub(super) fn expected(model: &Model) -> String {
    match (model.expected, model.expected_low, model.expected_high) {
        (Some(expected), Some(low), Some(high)) => format!(
            "{} ({} – {})",
            words::count(expected.round() as i64),
            words::count(low.round() as i64),
            words::count(high.round() as i64)
        ),
        _ => "–".to_string(),
    }
}

pub(super) fn stats(quality: &Quality) -> Vec<Stat> {
    let n = format!("of {} rows", words::count(quality.n as i64));
    let ranking = "Chance that of two rows, one in which it happened and one in which it did not, the first has the higher score: 0.5 is guessing, 1 is perfect. Each row was judged by a model that had not seen it.";
    let ranks = match quality.auc {
        Some(auc) => Stat::new("Ranks rightly (AUC)", format!("{:.3}", auc.estimate), ranking)
            .interval(format!("{:.3} – {:.3}", auc.low, auc.high), "95 % interval"),
        None => Stat::cannot_tell("Ranks rightly (AUC)", "it happened to all or to none", ranking),
    };
    vec![
        ranks,
        Stat::new(
            "It happened to",
            words::share(quality.base_rate),
            "Share of the rows that were learnt from in which it happened.",
        )
        .unit(&n),
        Stat::new(
            "Off by (ECE)",
            words::share(quality.ece),
            "Mean distance between what was said and the share that came, over ten classes of probability.",
        ),
        Stat::new(
            "Brier score",
            format!("{:.3}", quality.brier),
            "Mean squared distance of probability and outcome: 0 is perfect; always saying the common share gives the figure beside it.",
        )
        .unit(&format!("beside {:.3}", quality.base_rate * (1.0 - quality.base_rate))),
        Stat::new(
            "Log loss",
            format!("{:.3}", quality.log_loss),
            "Mean surprise by what came: 0 is perfect; a confident mistake costs much.",
        ),
    ]
}

/// What was said against what came; the band is where the true share lies in 95 of 100 cases.
pub(super) fn reliability(quality: &Quality, id: &str, subtitle: &str) -> Chart {
    let came: Vec<f64> = quality.reliability.iter().map(|class| class.came.estimate).collect();
    let said: Vec<f64> = quality.reliability.iter().map(|class| class.expected).collect();
    let band = quality.reliability.iter().map(|class| (class.came.low, class.came.high)).collect();
    Chart {
        id: id.to_string(),
        title: "Said and come".to_string(),
        subtitle: subtitle.to_string(),
        kind: Kind::Lines,
        label_name: "Probability that was said (rows)".to_string(),
        labels: quality
            .reliability
            .iter()
            .map(|class| format!("{} ({})", words::share(class.expected), words::count(class.n as i64)))
            .collect(),
        unit: Unit::Share,
        series: vec![Series::of("Came", &came).interval(band), Series::of("Said", &said)],
    }
}

pub(super) fn lift(quality: &Quality) -> Chart {
    let lift: Vec<f64> = quality.deciles.iter().map(|decile| decile.lift).collect();
    Chart {
        id: "lift".to_string(),
        title: "Tenths by score".to_string(),
        subtitle: "How many times oftener than usual it happened, the highest scores first".to_string(),
        kind: Kind::Bars,
        label_name: "Tenth".to_string(),
        labels: (1..=quality.deciles.len()).map(|tenth| tenth.to_string()).collect(),
        unit: Unit::Plain { digits: 2 },
        series: vec![Series::of("Lift", &lift)],
    }
}

/// A row of the table of tenths.
pub(super) struct Tenth {
    pub(super) tenth: usize,
    pub(super) rows: String,
    pub(super) happened: String,
    pub(super) said: String,
    pub(super) lift: String,
    pub(super) captured: String,
}

pub(super) fn tenths(quality: &Quality) -> Vec<Tenth> {
    let tenth = |(at, decile): (usize, &cycle::analyze::models::Decile)| Tenth {
        tenth: at + 1,
        rows: words::count(decile.n as i64),
        happened: words::count(decile.n_positive as i64),
        said: words::share(decile.expected),
        lift: format!("{:.2} ({:.2} – {:.2})", decile.lift, decile.lift_low, decile.lift_high),
        captured: words::share(decile.captured),
    };
    quality.deciles.iter().enumerate().map(tenth).collect()
}

/// The model as it would have been a period ago.
pub(super) struct Tried {
    pub(super) words: String,
    pub(super) stats: Vec<Stat>,
    pub(super) chart: Chart,
    /// Ways to rank, with AUC and interval; the model first.
    pub(super) ways: Vec<(String, String, String)>,
}

pub(super) fn tried(backtest: &Backtest, label: &str) -> Tried {
    let ranged = |auc: cycle::analyze::models::Range| {
        (format!("{:.3}", auc.estimate), format!("{:.3} – {:.3}", auc.low, auc.high))
    };
    let own = backtest.quality.auc.map(|auc| {
        let (auc, interval) = ranged(auc);
        (format!("{label}: this model"), auc, interval)
    });
    let others = backtest.baselines.iter().map(|way| {
        let (auc, interval) = ranged(way.auc);
        (way.name.clone(), auc, interval)
    });
    let expected = "Sum of the probabilities that the earlier model told.";
    Tried {
        words: format!(
            "Trained on what was known at the end of {}, judged on {} until the end of {}.",
            backtest.known_until,
            words::counted(backtest.quality.n as i64, "row", "rows"),
            backtest.judged_until
        ),
        stats: vec![
            Stat::new("Expected", words::count(backtest.expected.round() as i64), expected)
                .unit(&format!("came {}", words::count(backtest.came as i64))),
            Stat::new(
                "Off by (ECE)",
                words::share(backtest.quality.ece),
                "Mean distance between what was said and the share that came, over ten classes of probability.",
            ),
            Stat::new(
                "Brier score",
                format!("{:.3}", backtest.quality.brier),
                "Mean squared distance of probability and outcome.",
            )
            .unit(&format!("beside {:.3}", backtest.quality.base_rate * (1.0 - backtest.quality.base_rate))),
        ],
        chart: reliability(
            &backtest.quality,
            "backtest",
            "The model of then on what came since; band: 95 % interval of the share",
        ),
        ways: own.into_iter().chain(others).collect(),
    }
}
