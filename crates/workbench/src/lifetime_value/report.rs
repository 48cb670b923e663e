//! What the fits say: parameters, forecast, check, the best customers, and a row for each.

use std::path::Path;

use serde_json::{Value, json};
use statistics::lifetime_value::bg_nbd::Customer;
use statistics::lifetime_value::buying::{Buying, Outlook};
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::group_ahead::group_ahead;
use statistics::lifetime_value::holdout;
use statistics::lifetime_value::value_ahead::{discounted_purchases, value_ahead};
use tables::columns::{ColumnOut, write};

use super::input::{Histories, file_name};
use super::{Fits, by_name};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};

/// What the model says of each customer, in the order of the histories.
struct Ahead {
    alive: Vec<f64>,
    purchases: Vec<f64>,
    /// Expected value of one purchase and of the horizon; empty without a model of spending.
    mean_value: Vec<f64>,
    value: Vec<f64>,
}

/// So many of the best customers are listed.
const N_BEST: usize = 10;

impl<B: Buying> Fits<'_, B> {
    pub(super) fn answer(
        &self,
        histories: &Histories,
        mut answer: Answer,
        out: Option<&Path>,
    ) -> Result<Answer, Problem> {
        let ahead = self.ahead(histories);
        self.tell_model(histories, &mut answer);
        self.tell_spending(&mut answer);
        self.tell_forecast(histories, &ahead, &mut answer);
        self.tell_holdout(histories, &mut answer);
        self.tell_best(histories, &ahead, &mut answer);
        let mut left_out = histories.left_out.clone();
        self.warn(&mut left_out);
        left_out.tell(&mut answer);
        if let Some(path) = out {
            self.write(path, histories, &ahead)?;
        }
        Ok(answer)
    }

    /// Equal histories stand together and are worked out once.
    fn ahead(&self, histories: &Histories) -> Ahead {
        let n = histories.customers.len();
        let mut ahead = Ahead {
            alive: Vec::with_capacity(n),
            purchases: Vec::with_capacity(n),
            mean_value: Vec::new(),
            value: Vec::new(),
        };
        let parameters = &self.buying.parameters;
        let mut last: Option<(Customer, f64, f64, f64)> = None;
        for (i, customer) in histories.customers.iter().enumerate() {
            let (_, alive, purchases, discounted) = match last {
                Some(known) if known.0 == *customer => known,
                _ => {
                    let Outlook { alive, purchases, .. } = parameters.outlook(customer, self.question.horizon);
                    let discounted = match self.question.discount_rate {
                        0.0 => purchases,
                        rate => discounted_purchases(parameters, customer, self.question.horizon, rate),
                    };
                    (*customer, alive, purchases, discounted)
                }
            };
            last = Some((*customer, alive, purchases, discounted));
            ahead.alive.push(alive);
            ahead.purchases.push(purchases);
            if let Ok(spending) = self.spending {
                let mean = spending.parameters.expected_mean_value(&histories.spenders[i]).unwrap_or(f64::NAN);
                ahead.mean_value.push(mean);
                ahead.value.push(mean * discounted);
            }
        }
        ahead
    }

    fn tell_model(&self, histories: &Histories, answer: &mut Answer) {
        let fit = self.buying;
        answer.tell("model", self.model.name());
        answer.tell("unit", &histories.unit);
        answer.tell("n_customers", fit.n_customers);
        answer.tell("n_repeaters", fit.n_repeaters);
        answer.tell("n_distinct", fit.n_distinct);
        answer.tell("parameters", by_name(&fit.parameters));
        answer.tell("standard_errors", fit.standard_errors.as_ref().map(by_name));
        answer.tell("log_likelihood", fit.log_likelihood);
        answer.tell("aic", 8.0 - 2.0 * fit.log_likelihood);
        answer.tell("bic", 4.0 * (fit.n_customers as f64).ln() - 2.0 * fit.log_likelihood);
        answer.tell("prior_used", fit.prior_used);
        answer.line(format!(
            "{} customers, {} of whom bought again; model {}, log-likelihood {:.4}",
            fit.n_customers,
            fit.n_repeaters,
            self.model.name(),
            fit.log_likelihood
        ));
        answer.line(format!("  {:<8} {:>12} {:>12}", "", "estimate", "std. error"));
        let errors = fit.standard_errors.map(|e| e.to_array());
        for (i, (name, value)) in B::NAMES.iter().zip(fit.parameters.to_array()).enumerate() {
            let error = errors.map_or("can't tell".to_owned(), |e| format!("{:.5}", e[i]));
            answer.line(format!("  {name:<8} {value:>12.5} {error:>12}"));
        }
    }

    fn tell_spending(&self, answer: &mut Answer) {
        let fit = match self.spending {
            Ok(fit) => fit,
            Err(why) => {
                answer.tell("gamma_gamma", Value::Null);
                answer.tell("gamma_gamma_missing", why);
                answer.line(format!("Value of a purchase: can't tell ({why})"));
                return;
            }
        };
        let parameters = |p: &gamma_gamma::Parameters| json!({"p": p.p, "q": p.q, "v": p.v});
        let mut told = parameters(&fit.parameters);
        told["log_likelihood"] = json!(fit.log_likelihood);
        told["standard_errors"] = json!(fit.standard_errors.as_ref().map(parameters));
        told["n_repeaters"] = json!(fit.n_repeaters);
        told["correlation"] = json!(fit.correlation);
        told["population_mean"] = json!(fit.parameters.population_mean());
        told["prior_used"] = json!(fit.prior_used);
        answer.tell("gamma_gamma", told);
        let gamma_gamma::Parameters { p, q, v } = fit.parameters;
        answer.line(format!(
            "Value of a purchase (Gamma-Gamma, {} repeat buyers): p {p:.4}, q {q:.4}, v {v:.4}, log-likelihood {:.4}, mean {:.2}",
            fit.n_repeaters,
            fit.log_likelihood,
            fit.parameters.population_mean().unwrap_or(f64::NAN)
        ));
    }

    fn tell_forecast(&self, histories: &Histories, ahead: &Ahead, answer: &mut Answer) {
        let n = histories.customers.len().max(1) as f64;
        let (alive, purchases): (f64, f64) = (ahead.alive.iter().sum(), ahead.purchases.iter().sum());
        let horizon = self.question.horizon;
        answer.tell("horizon", horizon);
        answer.tell("expected_purchases", purchases);
        answer.tell("mean_expected_purchases", purchases / n);
        answer.tell("mean_probability_alive", alive / n);
        answer.line(format!(
            "Next {horizon} {}: {purchases:.1} purchases expected ({:.4} per customer); {alive:.1} customers still there ({:.1} %)",
            histories.units(),
            purchases / n,
            100.0 * alive / n
        ));
        let Ok(spending) = self.spending else { return };
        let group =
            group_ahead(self.buying, spending, &histories.customers, &histories.spenders, &self.question);
        let Some(group) = group else { return };
        let (low, high) = group.interval.map_or((None, None), |i| (Some(i.low), Some(i.high)));
        answer.tell(
            "clv",
            json!({
                "expected": group.expected, "low": low, "high": high, "level": self.question.level,
                "mean": group.expected / n, "expected_buyers": group.expected_buyers,
                "expected_purchases": group.expected_purchases, "horizon": horizon,
                "discount_rate_per_unit": self.question.discount_rate,
            }),
        );
        let interval = match (low, high) {
            (Some(low), Some(high)) => format!("{low:.2} to {high:.2} ({} %)", 100.0 * self.question.level),
            _ => "no interval: its variance does not exist".to_owned(),
        };
        answer.line(format!("Worth {:.2} together, {interval}; {:.2} per customer", group.expected, group.expected / n));
    }

    fn tell_holdout(&self, histories: &Histories, answer: &mut Answer) {
        let checked = histories.holdout.as_ref().and_then(|(came, length)| {
            Some((holdout::check(&self.buying.parameters, &histories.customers, came, *length)?, *length))
        });
        let Some((check, length)) = checked else {
            answer.tell("holdout", Value::Null);
            return;
        };
        let groups: Vec<Value> = check
            .groups
            .iter()
            .map(|g| {
                json!({"n_repeat": g.n_repeat, "n_customers": g.n_customers, "expected": g.expected_mean, "actual": g.actual_mean})
            })
            .collect();
        let n = histories.customers.len() as f64;
        answer.tell(
            "holdout",
            json!({
                "horizon": length, "n_customers": histories.customers.len(),
                "expected": check.expected_total, "actual": check.actual_total,
                "relative_error": check.expected_total / check.actual_total as f64 - 1.0,
                "buyers": check.n_buyers, "expected_buyers": check.expected_buyers,
                "mean_expected": check.expected_total / n, "mean_actual": check.actual_total as f64 / n,
                "mae": check.mean_absolute_error, "correlation": check.correlation,
                "share_in_80_percent_interval": check.share_in_80_percent_interval, "groups": groups,
            }),
        );
        answer.line(format!(
            "Holdout of {} {}: {:.1} purchases expected, {} came; {:.1} buyers expected, {} came",
            (10.0 * length).round() / 10.0, histories.units(), check.expected_total, check.actual_total, check.expected_buyers, check.n_buyers
        ));
        answer.line(format!("  {:>8} {:>10} {:>10} {:>10}", "repeats", "customers", "expected", "came"));
        for g in &check.groups {
            answer.line(format!(
                "  {:>8} {:>10} {:>10.3} {:>10.3}",
                g.n_repeat, g.n_customers, g.expected_mean, g.actual_mean
            ));
        }
    }

    fn tell_best(&self, histories: &Histories, ahead: &Ahead, answer: &mut Answer) {
        let by = if ahead.value.is_empty() { &ahead.purchases } else { &ahead.value };
        let mut best: Vec<usize> = (0..by.len()).collect();
        let order = |a: &usize, b: &usize| by[*b].total_cmp(&by[*a]).then(a.cmp(b));
        if best.len() > N_BEST {
            best.select_nth_unstable_by(N_BEST, order);
            best.truncate(N_BEST);
        }
        best.sort_unstable_by(order);
        let rows: Vec<Value> = best.iter().map(|&i| self.row(histories, ahead, i)).collect();
        answer.tell("best_customers", rows);
    }

    fn row(&self, histories: &Histories, ahead: &Ahead, i: usize) -> Value {
        let customer = &histories.customers[i];
        let value = self.value_of(histories, i);
        json!({
            "customer": histories.name(i), "frequency": customer.n_repeat, "recency": customer.recency,
            "T": customer.age, "p_alive": ahead.alive[i], "expected_purchases": ahead.purchases[i],
            "expected_value": ahead.mean_value.get(i), "clv": ahead.value.get(i),
            "clv_low": value.map(|v| v.0), "clv_high": value.map(|v| v.1),
        })
    }

    /// The interval of one customer's value.
    fn value_of(&self, histories: &Histories, i: usize) -> Option<(f64, f64)> {
        let spending = self.spending.as_ref().ok()?;
        let spender: &Spender = histories.spenders.get(i)?;
        let found = value_ahead(
            &self.buying.parameters,
            &spending.parameters,
            &histories.customers[i],
            spender,
            &self.question,
        )?;
        Some((found.low, found.high))
    }

    fn warn(&self, left_out: &mut LeftOut) {
        if self.buying.prior_used {
            left_out.warn(
                "the likelihood has no greatest value inside the parameters' range; a weak prior holds them, so that the data say little about some of them".to_owned(),
            );
        }
        if let Ok(spending) = self.spending
            && spending.frequency_and_value_correlate()
        {
            left_out.warn(format!(
                "how often and how much customers buy are correlated ({:.2}), which Gamma-Gamma takes to be unrelated",
                spending.correlation
            ));
        }
    }

    /// One row per customer in the order of the file.
    fn write(&self, path: &Path, histories: &Histories, ahead: &Ahead) -> Result<(), Problem> {
        let mut order: Vec<usize> = (0..histories.customers.len()).collect();
        order.sort_by_key(|&i| histories.places[i]);
        let names: Vec<&str> = order.iter().map(|&i| histories.name(i).unwrap_or("")).collect();
        let of = |value: &dyn Fn(usize) -> f64| -> Vec<f64> { order.iter().map(|&i| value(i)).collect() };
        let column = |values: &[f64]| if values.is_empty() { Vec::new() } else { of(&|i| values[i]) };
        let frequency: Vec<i64> = order.iter().map(|&i| i64::from(histories.customers[i].n_repeat)).collect();
        let (recency, age) = (of(&|i| histories.customers[i].recency), of(&|i| histories.customers[i].age));
        let (alive, purchases) = (column(&ahead.alive), column(&ahead.purchases));
        let (mean_value, value) = (column(&ahead.mean_value), column(&ahead.value));
        let (mut low, mut high) = (Vec::new(), Vec::new());
        if !value.is_empty() {
            for &i in &order {
                let interval = self.value_of(histories, i).unwrap_or((f64::NAN, f64::NAN));
                low.push(interval.0);
                high.push(interval.1);
            }
        }
        let mut table: Vec<(&str, ColumnOut<'_>)> = Vec::new();
        if histories.names.is_some() {
            table.push(("customer", ColumnOut::Words(&names)));
        }
        table.push(("frequency", ColumnOut::Integers(&frequency)));
        table.push(("recency", ColumnOut::Numbers(&recency)));
        table.push(("T", ColumnOut::Numbers(&age)));
        table.push(("p_alive", ColumnOut::Numbers(&alive)));
        table.push(("expected_purchases", ColumnOut::Numbers(&purchases)));
        if !value.is_empty() {
            table.push(("expected_value", ColumnOut::Numbers(&mean_value)));
            table.push(("clv", ColumnOut::Numbers(&value)));
            table.push(("clv_low", ColumnOut::Numbers(&low)));
            table.push(("clv_high", ColumnOut::Numbers(&high)));
        }
        write(path, &table).map_err(|source| Problem::Write { file: file_name(path), source })
    }
}
