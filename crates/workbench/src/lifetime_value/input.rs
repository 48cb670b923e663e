//! Customers' histories from purchases or from a summary, sorted so that equal histories stand together.

use std::path::Path;

use jiff::civil::Date;
use statistics::lifetime_value::bg_nbd::Customer;
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::{FitError, bg_bb};
use tables::columns::{self, Columns, NO_CODE, NO_DAY, ReadOptions, Texts};

use super::{LifetimeValue, Model, Unit, refused};
use crate::Problem;
use crate::left_out::LeftOut;

/// What is known of each customer, in ascending order of history.
pub(super) struct Histories {
    pub(super) customers: Vec<Customer>,
    /// Empty without values.
    pub(super) spenders: Vec<Spender>,
    /// Purchases in the holdout, with its length; for each customer.
    pub(super) holdout: Option<(Vec<u32>, f64)>,
    /// Names of the customers, in the order of the file.
    pub(super) names: Option<Texts>,
    /// Place in the order of the file, for each customer.
    pub(super) places: Vec<u32>,
    pub(super) unit: String,
    pub(super) unit_days: f64,
    pub(super) usual_horizon: f64,
    pub(super) counts_opportunities: bool,
    pub(super) left_out: LeftOut,
}

/// A customer before sorting.
struct Member {
    customer: Customer,
    spender: Spender,
    came: u32,
    place: u32,
}

impl Histories {
    /// Gamma-Gamma on the values, or why not.
    pub(super) fn spending(&self) -> Result<gamma_gamma::Fit, String> {
        if self.spenders.is_empty() {
            return Err("no column with values was given".to_owned());
        }
        gamma_gamma::fit(&self.spenders).map_err(|why| why.to_string())
    }

    /// A refusal in words, with the name of the customer where it is about one.
    pub(super) fn refusal(&self, why: &FitError) -> Problem {
        let who = match why {
            FitError::Impossible { index, .. } => {
                self.name(*index).map_or(String::new(), |name| format!(" (customer “{name}”)"))
            }
            _ => String::new(),
        };
        Problem::CannotTell(format!("{why}{who}{}", self.left_out.words()))
    }

    /// The unit in the plural.
    pub(super) fn units(&self) -> String {
        match self.unit.split_once(' ') {
            Some((unit, of)) => format!("{unit}s {of}"),
            None => format!("{}s", self.unit),
        }
    }

    pub(super) fn name(&self, index: usize) -> Option<&str> {
        self.names.as_ref().map(|names| names.get(self.places[index] as usize))
    }

    fn sorted(mut members: Vec<Member>, with_values: bool, holdout: Option<f64>, unit: (&str, f64)) -> Histories {
        members.sort_unstable_by_key(|m| {
            (m.customer.n_repeat, m.customer.age.to_bits(), m.customer.recency.to_bits(), m.place)
        });
        Histories {
            customers: members.iter().map(|m| m.customer).collect(),
            spenders: if with_values { members.iter().map(|m| m.spender).collect() } else { Vec::new() },
            holdout: holdout.map(|length| (members.iter().map(|m| m.came).collect(), length)),
            names: None,
            places: members.iter().map(|m| m.place).collect(),
            unit: unit.0.to_owned(),
            unit_days: unit.1,
            usual_horizon: 0.0,
            counts_opportunities: false,
            left_out: LeftOut::default(),
        }
    }
}

/// One row per purchase.
pub(super) fn purchases(ask: &LifetimeValue, date: &str) -> Result<Histories, Problem> {
    let customer = ask.customer.as_deref().unwrap_or_default();
    let mut wanted = vec![customer, date];
    wanted.extend(ask.value.as_deref());
    let file = columns::read(&ask.file, &wanted, &ReadOptions::default())?;
    let (codes, days) = (file.codes(customer)?, file.days(date)?);
    let values = ask.value.as_deref().map(|value| file.numbers(value)).transpose()?;
    let mut left_out = LeftOut::of(&file);
    left_out.doubt(date, days.evidence.as_deref());
    if let (Some(name), Some(values)) = (&ask.value, &values) {
        left_out.doubt(name, values.evidence.as_deref());
    }
    let mut rows: Vec<(u32, i32, f64)> = Vec::with_capacity(file.n_rows());
    let shown = Shown::new(&file, &wanted)?;
    for row in 0..file.n_rows() {
        let (code, day) = (codes.values[row], days.values[row]);
        let value = values.as_ref().map_or(0.0, |values| values.values[row]);
        let fault = if code == NO_CODE {
            Some((0, "no customer"))
        } else if day == NO_DAY {
            Some((1, "not a date"))
        } else if !value.is_finite() {
            Some((2, "not an amount"))
        } else {
            None
        };
        match fault {
            Some((column, reason)) => left_out.row(file.row_number(row), wanted[column], shown.get(column, row), reason),
            None => rows.push((code, day, value)),
        }
    }
    let last = rows.iter().map(|r| r.1).max();
    let last = last.ok_or_else(|| {
        Problem::CannotTell(format!("no row has a customer and a date{}", left_out.words()))
    })?;
    let until = ask.until.as_deref().map(day_of).transpose()?.unwrap_or(last);
    let calendar = Calendar { until, last, unit: ask.unit.unwrap_or(Unit::Week), model: ask.model };
    let mut histories = calendar.histories(rows, codes.names.len(), values.is_some(), ask.horizon, left_out)?;
    histories.names = Some(codes.names);
    Ok(histories)
}

/// The texts of the columns, for showing what was left out.
struct Shown(Vec<Texts>);

impl Shown {
    fn new(file: &Columns, wanted: &[&str]) -> Result<Shown, Problem> {
        Ok(Shown(wanted.iter().map(|name| file.texts(name)).collect::<Result<_, _>>()?))
    }

    fn get(&self, column: usize, row: usize) -> &str {
        self.0[column].get(row)
    }
}

fn day_of(text: &str) -> Result<i32, Problem> {
    let date: Date = text.parse().map_err(|_| refused("until", &format!("“{text}” is not a date such as 2025-06-30")))?;
    let days = date.since(Date::constant(1970, 1, 1)).map(|span| span.get_days());
    days.map_err(|_| refused("until", &format!("“{text}” is too far away")))
}

/// How days become times.
struct Calendar {
    until: i32,
    last: i32,
    unit: Unit,
    model: Model,
}

impl Calendar {
    fn histories(
        &self,
        mut rows: Vec<(u32, i32, f64)>,
        n_names: usize,
        with_values: bool,
        horizon: Option<f64>,
        left_out: LeftOut,
    ) -> Result<Histories, Problem> {
        let unit_days = f64::from(self.unit.days());
        let mut length = f64::from(self.last - self.until) / unit_days;
        let mut end = self.last;
        if let Some(horizon) = horizon.filter(|horizon| *horizon < length) {
            length = horizon;
            end = self.until + (horizon * unit_days).floor() as i32;
        }
        rows.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let mut members = Vec::with_capacity(n_names);
        let (mut days, mut refunds, mut refunded, mut later) = (Vec::new(), 0usize, 0.0, 0usize);
        for own in rows.chunk_by(|a, b| a.0 == b.0) {
            days.clear();
            for same in own.chunk_by(|a, b| a.1 == b.1) {
                let sum: f64 = same.iter().map(|row| row.2).sum();
                if sum < 0.0 {
                    refunds += 1;
                    refunded -= sum;
                } else {
                    days.push((same[0].1, sum));
                }
            }
            match self.member(&days, own[0].0, end) {
                Some(member) => members.push(member),
                None => later += 1,
            }
        }
        let holdout = (length > 0.0).then_some(length);
        let unit = match self.unit {
            Unit::Day => "day",
            Unit::Week => "week",
        };
        let mut histories = Histories::sorted(members, with_values, holdout, (unit, unit_days));
        histories.left_out = left_out;
        histories.usual_horizon = if self.unit == Unit::Week { 52.0 } else { 365.0 };
        if refunds > 0 {
            histories.left_out.warn(format!(
                "{refunds} days of a customer on which more came back than was bought (together {refunded:.2}) are not purchases and not counted in any value"
            ));
        }
        if later > 0 {
            histories.left_out.warn(format!("{later} customers bought nothing until the end of calibration and are left out"));
        }
        Ok(histories)
    }

    /// One customer from days with their net value, ascending.
    fn member(&self, days: &[(i32, f64)], place: u32, end: i32) -> Option<Member> {
        let only: Vec<i32> = days.iter().map(|d| d.0).collect();
        let customer = match self.model {
            Model::BgBb => bg_bb::from_purchase_days(&only, self.until, self.unit.days())?,
            _ => Customer::from_purchase_days(&only, self.until, f64::from(self.unit.days()))?,
        };
        let repeats = days.iter().skip(1).filter(|d| d.0 <= self.until);
        let (n, sum) = repeats.fold((0u32, 0.0), |(n, sum), d| (n + 1, sum + d.1));
        let in_holdout = only.iter().filter(|day| **day > self.until && **day <= end);
        let came = match self.model {
            Model::BgBb => {
                let mut opportunities: Vec<i32> =
                    in_holdout.map(|day| (day - self.until - 1) / self.unit.days()).collect();
                opportunities.dedup();
                opportunities.len()
            }
            _ => in_holdout.count(),
        };
        let mean_value = if n > 0 { sum / f64::from(n) } else { 0.0 };
        let came = u32::try_from(came).unwrap_or(u32::MAX);
        Some(Member { customer, spender: Spender { n_repeat: n, mean_value }, came, place })
    }
}

/// Names by which the columns of a summary are known, ignoring case.
const FREQUENCY: &[&str] = &["frequency", "x", "frequency_cal", "repeat_purchases", "n_repeat", "p1x"];
const RECENCY: &[&str] = &["recency", "t_x", "tx", "t.x", "recency_cal", "last_purchase"];
const AGE: &[&str] = &["t", "age", "t_cal", "t.cal"];
const OPPORTUNITIES: &[&str] = &["periods", "n_periods", "opportunities", "n.cal"];
const VALUE: &[&str] = &["monetary_value", "monetary", "monetary_value_cal", "m_x", "mean_value", "zbar"];
const WEIGHT: &[&str] = &["weights", "weight", "n_customers", "custs", "count"];
const HOLDOUT: &[&str] = &["holdout", "frequency_holdout", "x_star", "x.star", "p2x"];
const LENGTH: &[&str] = &["duration_holdout"];
const NAME: &[&str] = &["customer_id", "customer", "id", "cust", "client"];

/// The column that was named, or the first that is known by one of the names.
fn column<'a>(file: &'a Columns, named: Option<&'a str>, known: &[&str]) -> Option<&'a str> {
    let by_name = || {
        let found = known.iter().find_map(|name| file.names().iter().find(|n| n.trim().to_lowercase() == *name));
        found.map(String::as_str)
    };
    named.or_else(by_name)
}

/// One row per customer, or per group of equal customers.
pub(super) fn summary(ask: &LifetimeValue) -> Result<Histories, Problem> {
    let file = columns::read(&ask.file, &[], &ReadOptions::default())?;
    let need = |option, named: Option<&str>, known: &[&[&str]]| {
        let found = known.iter().find_map(|known| column(&file, named, known));
        found.map(str::to_owned).ok_or_else(|| Problem::Option {
            option,
            message: format!(
                "for purchases give --customer and --date; a summary needs a column such as “{}”, but the file has: {}",
                known[0][0],
                file.names().join(", ")
            ),
        })
    };
    let frequency = need("frequency", ask.frequency.as_deref(), &[FREQUENCY])?;
    let recency = need("recency", ask.recency.as_deref(), &[RECENCY])?;
    let age = need("age", ask.age.as_deref(), &[AGE, OPPORTUNITIES])?;
    let value = column(&file, ask.value.as_deref(), VALUE);
    let weight = column(&file, ask.weight.as_deref(), WEIGHT);
    let came = column(&file, ask.holdout.as_deref(), HOLDOUT);
    let optional = |name: Option<&str>| name.map(|name| file.numbers(name).map(|n| n.values)).transpose();
    let table = Summary {
        frequency: file.numbers(&frequency)?.values,
        recency: file.numbers(&recency)?.values,
        age: file.numbers(&age)?.values,
        value: optional(value)?,
        weight: optional(weight)?,
        came: optional(came)?,
    };
    let mut left_out = LeftOut::of(&file);
    let mut members = Vec::with_capacity(file.n_rows());
    for row in 0..file.n_rows() {
        match table.member(row) {
            Ok((member, weight)) => {
                if members.len() + weight > MOST_CUSTOMERS {
                    return Err(Problem::CannotTell("the weights make more than 100,000,000 customers".to_owned()));
                }
                members.extend(std::iter::repeat_with(|| member.copy()).take(weight));
            }
            Err(reason) => {
                let text = format!("{}, {}, {}", table.frequency[row], table.recency[row], table.age[row]);
                left_out.row(file.row_number(row), &format!("{frequency}, {recency}, {age}"), &text, reason);
            }
        }
    }
    let longest = members.iter().fold(0.0f64, |longest, m| longest.max(m.customer.age));
    let length = column(&file, None, LENGTH).map(|name| file.numbers(name)).transpose()?;
    let length = length.and_then(|l| l.values.iter().copied().find(|v| v.is_finite())).or(ask.horizon);
    let unit = match ask.unit {
        Some(Unit::Day) => ("day", 1.0),
        Some(Unit::Week) => ("week", 7.0),
        None => ("unit of time", 7.0),
    };
    let mut histories = Histories::sorted(members, value.is_some(), came.and(length), unit);
    histories.usual_horizon = longest;
    histories.counts_opportunities = OPPORTUNITIES.contains(&age.trim().to_lowercase().as_str());
    histories.names = column(&file, ask.customer.as_deref(), NAME).map(|name| file.texts(name)).transpose()?;
    histories.left_out = left_out;
    if came.is_some() && length.is_none() {
        histories.left_out.warn("the holdout is not checked, because its length is not known: give --horizon".to_owned());
    }
    if ask.discount != 0.0 && ask.unit.is_none() {
        return Err(refused("discount", "needs --unit, because a summary does not tell its unit of time"));
    }
    Ok(histories)
}

const MOST_CUSTOMERS: usize = 100_000_000;

/// The columns of a summary.
struct Summary {
    frequency: Vec<f64>,
    recency: Vec<f64>,
    age: Vec<f64>,
    value: Option<Vec<f64>>,
    weight: Option<Vec<f64>>,
    came: Option<Vec<f64>>,
}

impl Summary {
    /// The customer of a row and how many there are of it, or why there is none.
    fn member(&self, row: usize) -> Result<(Member, usize), &'static str> {
        let whole = |value: f64| value >= 0.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX);
        let frequency = self.frequency[row];
        if !whole(frequency) {
            return Err("the number of repeat purchases must be a whole number");
        }
        let customer = Customer { n_repeat: frequency as u32, recency: self.recency[row], age: self.age[row] };
        if let Some(reason) = customer.fault() {
            return Err(reason);
        }
        let weight = self.weight.as_ref().map_or(1.0, |weight| weight[row]);
        if !whole(weight) {
            return Err("the number of customers must be a whole number");
        }
        let mut mean_value = self.value.as_ref().map_or(0.0, |value| value[row]);
        if customer.n_repeat == 0 && mean_value.is_nan() {
            mean_value = 0.0;
        }
        if !mean_value.is_finite() {
            return Err("the mean value must be a number");
        }
        let came = self.came.as_ref().map_or(0.0, |came| came[row]);
        if !whole(came) {
            return Err("the purchases of the holdout must be a whole number");
        }
        let spender = Spender { n_repeat: customer.n_repeat, mean_value };
        Ok((Member { customer, spender, came: came as u32, place: row as u32 }, weight as usize))
    }
}

impl Member {
    fn copy(&self) -> Member {
        Member { customer: self.customer, spender: self.spender, came: self.came, place: self.place }
    }
}

/// The name of a file for a message.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
