//! Offers: a code of their own for each treated customer, with a discount, a time and a budget.
//!
//! Rondel issues codes and records where they were used; the shop takes the discount off. A code follows from a secret of
//! the offer and the person's id, so that issuing may stop anywhere and begin again.

use super::actions::{self, Action, Check};
use super::experiments;
use crate::calendar::Day;
use platform::events::{self, Entry};
use platform::jobs::{self, Job, NewJob};
use platform::store::{IntoParam, Param, Row, Snapshot, Store, Tx};
use platform::{By, Error, Micros, Problem, Result, params, random, settings};
use records::values::currency::Currency;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub const KIND: &str = "coupon";
/// Issues the codes of an offer that began, chunk by chunk.
pub const ISSUE_JOB: &str = "act.offer_codes";
const CHUNK: i64 = 2_000;
const PREFIX_LENGTH: usize = 8;
/// Characters behind the prefix: 50 bits, without letters that are read as digits.
const CODE_LENGTH: usize = 10;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What a code takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discount {
    /// **Units.** Thousandths of the order.
    Percent(i64),
    /// **Units.** Minor units of the offer's currency.
    Amount(i64),
}

/// What belongs to an offer beside its action.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub action_id: String,
    pub discount: Discount,
    pub currency: Currency,
    pub least_order_minor: i64,
    pub valid_from: Day,
    pub valid_until: Day,
    pub budget_minor: Option<i64>,
    /// Discounts given so far.
    pub given_minor: i64,
    pub prefix: String,
    code_key: String,
}

/// What somebody states about an offer. An empty currency is the workspace's, an empty first day the day of the launch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    pub percent_permille: Option<i64>,
    pub amount_minor: Option<i64>,
    pub least_order_minor: i64,
    pub valid_from: String,
    pub valid_until: String,
    pub budget_minor: Option<i64>,
    pub prefix: String,
}

/// A customer's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub code: String,
    pub action_id: String,
    pub person_id: String,
    pub arm: String,
    pub issued_at: Micros,
    pub redeemed_at: Option<Micros>,
    pub order_number: Option<String>,
    pub order_minor: Option<i64>,
    pub discount_minor: Option<i64>,
}

/// What speaks against an offer, at `discount`, `least_order`, `valid_from`, `valid_until`, `budget` and `prefix`.
pub(super) fn problems(tx: &mut Tx<'_>, input: &Input) -> Result<Vec<Problem>> {
    let today = Day::of(tx.now());
    let mut found = Vec::new();
    let mut problem =
        |field: &str, message: &str| found.push(Problem { field: field.into(), message: message.into() });
    match (input.percent_permille, input.amount_minor) {
        (None, None) => problem("discount", "say what the code takes off: per cent or an amount"),
        (Some(_), Some(_)) => problem("discount", "per cent or an amount, not both"),
        (Some(1..=1000), None) | (None, Some(1..)) => {}
        (Some(_), None) => problem("discount", "between 0.1 % and 100 %"),
        (None, Some(_)) => problem("discount", "an amount above 0"),
    }
    if input.least_order_minor < 0 {
        problem("least_order", "at least 0");
    }
    if input.budget_minor.is_some_and(|budget| budget <= 0) {
        problem("budget", "above 0, or empty for no bound");
    }
    let from = match input.valid_from.trim() {
        "" => Some(today),
        text => Day::parse(text).ok(),
    };
    if from.is_none() {
        problem("valid_from", "write a date such as 2026-01-31");
    }
    match Day::parse(input.valid_until.trim()) {
        Err(_) => problem("valid_until", "write the last day of the codes, such as 2026-01-31"),
        Ok(until) if until < today => problem("valid_until", "that day is over"),
        Ok(until) if from.is_some_and(|from| until < from) => {
            problem("valid_until", "it ends before it begins")
        }
        Ok(_) => {}
    }
    let prefix = input.prefix.trim();
    if prefix.len() > PREFIX_LENGTH || !prefix.bytes().all(|b| b.is_ascii_alphanumeric()) {
        problem("prefix", "at most 8 letters and digits");
    }
    Ok(found)
}

/// Keeps the draft; the secret of the codes is drawn once.
pub(super) fn write(tx: &mut Tx<'_>, action: &Action, input: &Input) -> Result<()> {
    let today = Day::of(tx.now());
    let currency: Option<String> = settings::get(tx, settings::CURRENCY)?;
    let from = if input.valid_from.trim().is_empty() { today } else { Day::parse(&input.valid_from)? };
    tx.execute(
        "INSERT INTO offers (action_id, percent_permille, amount_minor, currency, least_order_minor, valid_from,
           valid_until, budget_minor, given_minor, prefix, code_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)
         ON CONFLICT (action_id) DO UPDATE SET percent_permille = excluded.percent_permille,
           amount_minor = excluded.amount_minor, least_order_minor = excluded.least_order_minor,
           valid_from = excluded.valid_from, valid_until = excluded.valid_until, budget_minor = excluded.budget_minor,
           prefix = excluded.prefix",
        &params![
            action.id,
            input.percent_permille,
            input.amount_minor,
            currency.unwrap_or_else(|| "EUR".to_string()),
            input.least_order_minor,
            from.to_string(),
            Day::parse(&input.valid_until)?.to_string(),
            input.budget_minor,
            input.prefix.trim().to_uppercase(),
            random::token()
        ],
    )?;
    Ok(())
}

/// The offer of an action.
pub fn of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<Offer>> {
    snapshot.first(
        "SELECT action_id, percent_permille, amount_minor, currency, least_order_minor, valid_from, valid_until,
           budget_minor, given_minor, prefix, code_key
         FROM offers WHERE action_id = $1",
        &params![action_id],
        |row| {
            let discount = match (row.get::<Option<i64>>(1)?, row.get::<Option<i64>>(2)?) {
                (Some(permille), _) => Discount::Percent(permille),
                (None, amount) => Discount::Amount(amount.unwrap_or(0)),
            };
            Ok(Offer {
                action_id: row.get(0)?,
                discount,
                currency: Currency::from_code(row.text(3)?)
                    .ok_or_else(|| Error::database("unknown currency of an offer"))?,
                least_order_minor: row.get(4)?,
                valid_from: Day::parse(row.text(5)?)?,
                valid_until: Day::parse(row.text(6)?)?,
                budget_minor: row.get(7)?,
                given_minor: row.get(8)?,
                prefix: row.get(9)?,
                code_key: row.get(10)?,
            })
        },
    )
}

pub(super) fn check(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Check> {
    let (field, name) = ("valid_until", "Validity");
    let today = Day::of(snapshot.now());
    Ok(match of_action(snapshot, action_id)? {
        None => Check::refused(field, name, "the offer says nothing about its discount"),
        Some(offer) if offer.valid_until < today => Check::refused(
            field,
            name,
            format!("the codes would be valid until {}, and that is over", offer.valid_until),
        ),
        Some(offer) => Check::fine(
            field,
            name,
            format!("the codes hold from {} to {}", offer.valid_from, offer.valid_until),
        ),
    })
}

pub(super) fn begun(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    jobs::enqueue(tx, NewJob::once(ISSUE_JOB, format!("codes {}", action.id)), &action.id).map(drop)
}

/// Issues a code to everybody who is treated and has none.
pub fn issue(store: &Store, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    let mut after = String::new();
    loop {
        let (id, from) = (id.clone(), after.clone());
        match store.write(By::system(), move |tx| issue_chunk(tx, &id, &from)).wait()? {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

fn issue_chunk(tx: &mut Tx<'_>, action_id: &str, after: &str) -> Result<Option<String>> {
    let action = actions::get(tx, action_id)?;
    let Some(offer) = of_action(tx, action_id)? else { return Ok(None) };
    if action.state != actions::State::Running {
        return Ok(None);
    }
    let people = actions::people(tx, &action, after, CHUNK)?;
    let Some((last, _)) = people.last().cloned() else { return Ok(None) };
    let now = tx.now();
    let codes: Vec<String> = people.iter().map(|(person, _)| offer.code_of(person)).collect();
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(people.len() * 5);
    for ((person, arm), code) in people.iter().zip(&codes) {
        rows.extend([code.param(), action_id.param(), person.param(), arm.param(), Param::Int(now)]);
    }
    // Two of 50 random bits are never the same among the codes of a firm; if they were, the first holder keeps it.
    tx.insert_rows(
        "coupon_codes",
        &["code", "action_id", "person_id", "arm", "issued_at"],
        "ON CONFLICT DO NOTHING",
        &rows,
    )?;
    if let Some(experiment) = experiments::of_action(tx, action_id)? {
        let ids: Vec<&str> = people.iter().map(|(person, _)| person.as_str()).collect();
        experiments::expose_many(tx, &experiment.id, &ids, "code_issued")?;
    }
    Ok(Some(last))
}

impl Offer {
    fn code_of(&self, person_id: &str) -> String {
        let digest = Sha256::new()
            .chain_update(self.code_key.as_bytes())
            .chain_update([0])
            .chain_update(person_id.as_bytes())
            .finalize();
        let mut code = self.prefix.clone();
        if !code.is_empty() {
            code.push('-');
        }
        code.extend(digest.iter().take(CODE_LENGTH).map(|byte| char::from(ALPHABET[usize::from(byte & 31)])));
        code
    }

    /// What the offer takes off an order, within what is left of its budget.
    pub fn discount_on(&self, order_minor: i64) -> i64 {
        let wanted = match self.discount {
            Discount::Percent(permille) => {
                let exact = i128::from(order_minor) * i128::from(permille);
                i64::try_from((exact + 500) / 1000).unwrap_or(i64::MAX)
            }
            Discount::Amount(minor) => minor.min(order_minor),
        };
        let left = self.budget_minor.map_or(i64::MAX, |budget| (budget - self.given_minor).max(0));
        wanted.clamp(0, left)
    }
}

/// What an order says about a code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redemption {
    pub code: String,
    pub order_number: Option<String>,
    /// The order before the discount, in minor units of the offer's currency.
    pub order_minor: i64,
    /// What the shop took off; None is what the offer says.
    pub discount_minor: Option<i64>,
}

/// Records that a code was used. The same order again changes nothing.
///
/// **Errors** at `code` when it is unknown, used, not valid today, or its budget is used up; at `order` and `discount`.
pub fn redeem(tx: &mut Tx<'_>, redemption: &Redemption) -> Result<Code> {
    let typed = redemption.code.trim().to_uppercase();
    let Some(before) = find(tx, &typed)? else {
        return Err(Error::invalid("code", format!("there is no code {typed}")));
    };
    if before.redeemed_at.is_some() {
        if before.order_number.is_some() && before.order_number == redemption.order_number {
            return Ok(before);
        }
        return Err(Error::invalid(
            "code",
            format!("{typed} was used before; each code is good for one order"),
        ));
    }
    let offer =
        of_action(tx, &before.action_id)?.ok_or_else(|| Error::missing("offer", &before.action_id))?;
    refuse_redemption(tx, &offer, redemption)?;
    let discount = redemption.discount_minor.unwrap_or_else(|| offer.discount_on(redemption.order_minor));
    if offer.budget_minor.is_some_and(|budget| offer.given_minor + discount > budget) || discount == 0 {
        return Err(Error::invalid("code", "the budget of the offer is used up"));
    }
    let now = tx.now();
    let code = Code {
        redeemed_at: Some(now),
        order_number: redemption.order_number.clone(),
        order_minor: Some(redemption.order_minor),
        discount_minor: Some(discount),
        ..before.clone()
    };
    write_code(tx, &code)?;
    tx.execute(
        "UPDATE offers SET given_minor = given_minor + $2 WHERE action_id = $1",
        &params![code.action_id, discount],
    )?;
    if let Some(experiment) = experiments::of_action(tx, &code.action_id)? {
        experiments::expose(tx, &experiment.id, &code.person_id, "code_used")?;
    }
    let entry = Entry {
        verb: "coupon.redeemed",
        record_kind: KIND,
        record_id: &code.code,
        subject_id: &code.person_id,
        before: Some(serde_json::to_string(&before)?),
        after: Some(
            serde_json::json!({ "order": code.order_number, "discount_minor": discount }).to_string(),
        ),
    };
    events::append(tx, entry)?;
    Ok(code)
}

fn refuse_redemption(tx: &mut Tx<'_>, offer: &Offer, redemption: &Redemption) -> Result<()> {
    let today = Day::of(tx.now());
    if !(offer.valid_from..=offer.valid_until).contains(&today) {
        return Err(Error::invalid(
            "code",
            format!("the code holds from {} to {}, today is {today}", offer.valid_from, offer.valid_until),
        ));
    }
    if redemption.order_minor <= 0 {
        return Err(Error::invalid("order", "state the amount of the order, above 0"));
    }
    if redemption.order_minor < offer.least_order_minor {
        return Err(Error::invalid("order", "the order is smaller than the offer asks for"));
    }
    if redemption.discount_minor.is_some_and(|minor| minor < 0 || minor > redemption.order_minor) {
        return Err(Error::invalid("discount", "between 0 and the amount of the order"));
    }
    Ok(())
}

const COLUMNS: &str =
    "code, action_id, person_id, arm, issued_at, redeemed_at, order_number, order_minor, discount_minor";

/// The code, however it is typed.
pub fn find(snapshot: &mut Snapshot<'_>, code: &str) -> Result<Option<Code>> {
    let sql = format!("SELECT {COLUMNS} FROM coupon_codes WHERE code = $1");
    snapshot.first(&sql, &params![code.trim().to_uppercase()], read)
}

/// A page of an offer's codes, by code.
pub fn codes(
    snapshot: &mut Snapshot<'_>,
    action_id: &str,
    after_person: &str,
    limit: i64,
) -> Result<Vec<Code>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM coupon_codes WHERE action_id = $1 AND person_id > $2 ORDER BY person_id LIMIT $3"
    );
    snapshot.query(&sql, &params![action_id, after_person, limit], read)
}

/// The code of one person, for a mail that names it.
pub fn code_of(snapshot: &mut Snapshot<'_>, action_id: &str, person_id: &str) -> Result<Option<Code>> {
    let sql = format!("SELECT {COLUMNS} FROM coupon_codes WHERE action_id = $1 AND person_id = $2");
    snapshot.first(&sql, &params![action_id, person_id], read)
}

/// The codes that a person may use today with their offers, the one that ends first before the others.
pub fn usable_by(
    snapshot: &mut Snapshot<'_>,
    person_id: &str,
    today: Day,
    limit: i64,
) -> Result<Vec<(Code, Offer)>> {
    let sql = "SELECT c.code FROM coupon_codes c JOIN offers o ON o.action_id = c.action_id
               WHERE c.person_id = $1 AND c.redeemed_at IS NULL AND o.valid_from <= $2 AND o.valid_until >= $2
               ORDER BY o.valid_until, c.code LIMIT $3";
    let codes: Vec<String> =
        snapshot.query(sql, &params![person_id, today.to_string(), limit], |row| row.get(0))?;
    let mut usable = Vec::with_capacity(codes.len());
    for code in codes {
        let Some(code) = find(snapshot, &code)? else { continue };
        let Some(offer) = of_action(snapshot, &code.action_id)? else { continue };
        usable.push((code, offer));
    }
    Ok(usable)
}

/// How an offer stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    pub n_issued: i64,
    pub n_redeemed: i64,
    /// Minor units of the offer's currency.
    pub ordered_minor: i64,
    pub given_minor: i64,
}

pub fn standing(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Standing> {
    snapshot.one(
        "SELECT count(*), count(redeemed_at), CAST(COALESCE(sum(order_minor), 0) AS BIGINT),
           CAST(COALESCE(sum(discount_minor), 0) AS BIGINT)
         FROM coupon_codes WHERE action_id = $1",
        &params![action_id],
        |row| {
            Ok(Standing {
                n_issued: row.get(0)?,
                n_redeemed: row.get(1)?,
                ordered_minor: row.get(2)?,
                given_minor: row.get(3)?,
            })
        },
    )
}

fn write_code(tx: &mut Tx<'_>, code: &Code) -> Result<()> {
    tx.execute(
        "UPDATE coupon_codes SET redeemed_at = $2, order_number = $3, order_minor = $4, discount_minor = $5
         WHERE code = $1",
        &params![code.code, code.redeemed_at, code.order_number, code.order_minor, code.discount_minor],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Code> {
    Ok(Code {
        code: row.get(0)?,
        action_id: row.get(1)?,
        person_id: row.get(2)?,
        arm: row.get(3)?,
        issued_at: row.get(4)?,
        redeemed_at: row.get(5)?,
        order_number: row.get(6)?,
        order_minor: row.get(7)?,
        discount_minor: row.get(8)?,
    })
}
