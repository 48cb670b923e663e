//! What is said about the model of churn.

use super::period::Period;
use super::{MOST_REASONED, words};
use crate::analyze::models::{Backtest, Driver, Learnt, Report};

/// A report of a model that abstains.
pub(super) fn empty(period: Option<&Period>, needs: Vec<String>) -> Report {
    let mut report = about(period);
    report.needs = needs;
    report
}

fn about(period: Option<&Period>) -> Report {
    let definition = match period {
        Some(period) => format!(
            "A customer is who bought within the last {0} days. The score is the probability that such a customer buys nothing in \
             the {0} days to come. Who has been silent for longer already counts as gone and has no score.",
            period.horizon
        ),
        None => "The probability that a customer buys nothing for as long as nearly all repeat purchases of this firm take."
            .to_string(),
    };
    Report {
        definition,
        horizon_days: period.map(|period| period.horizon),
        horizon_how: period.map(|period| period.how.clone()).unwrap_or_default(),
        notes: vec![words::CONTRACTS.to_string()],
        ..Report::default()
    }
}

pub(super) fn trained(
    period: &Period,
    learnt: &Learnt,
    drivers: Vec<Driver>,
    backtest: Result<Backtest, String>,
    n_snapshots: usize,
) -> Report {
    let mut report = about(Some(period));
    report.method = learnt.method.clone();
    report.quality = Some(learnt.quality.clone());
    report.drivers = drivers;
    report.figures = vec![
        ("Past days that it learnt from".to_string(), n_snapshots.to_string()),
        ("Customers who ever bought".to_string(), period.n_customers.to_string()),
    ];
    report.notes.insert(
        0,
        "It foretells by what was, not what would keep somebody: only an experiment tells that.".to_string(),
    );
    if period.n_sampled < period.n_customers {
        report.notes.push(format!(
            "Learnt from {} customers drawn evenly from {}; everybody is scored.",
            period.n_sampled, period.n_customers
        ));
        report.notes.push(format!(
            "Reasons are kept for the {MOST_REASONED} customers with the highest probabilities."
        ));
    }
    match backtest {
        Ok(backtest) => {
            if let (Some(auc), Some(plain)) = (backtest.quality.auc, best(&backtest)) {
                report.notes.push(if auc.estimate > plain.1 {
                    format!("Beside the best of the simpler ways ({}) it ranks better.", plain.0)
                } else {
                    format!("A simpler way ranks as well here: {}.", plain.0)
                });
            }
            report.backtest = Some(backtest);
        }
        Err(why) => report.notes.push(format!("There is no backtest: {why}.")),
    }
    report
}

fn best(backtest: &Backtest) -> Option<(&str, f64)> {
    let ranked = backtest.baselines.iter().map(|one| (one.name.as_str(), one.auc.estimate));
    ranked.max_by(|a, b| a.1.total_cmp(&b.1))
}
