//! Customers who pay by period: they pay a plan each month or year, some late, and leave at a renewal by a hidden chance.
//!
//! They are drawn from a stream of chance of their own and have files of their own, so that nothing else of the company moves.
//! Chances of leaving are beta-distributed over customers of a plan's period, as the shifted beta-geometric model has them; who
//! pays late is who is likelier to leave. What is true about each contract is never written into the files.

use crate::random::{Chance, Purpose};
use crate::settings::Error;
use crate::table::{Style, Table};
use jiff::ToSpan;
use jiff::civil::Date;
use std::path::Path;

/// A plan that is paid by period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    pub sku: &'static str,
    pub name: &'static str,
    pub months: i32,
    /// **Units**: minor units.
    pub price_minor: i64,
    /// Shapes of the beta distribution of the chance to leave at a renewal.
    pub leaving: (f64, f64),
    share: f64,
}

pub const PLANS: [Plan; 3] = [
    plan(("ABO-101", "Bohnen-Abo"), 1, 1_490, (0.8, 8.0), 0.5),
    plan(("ABO-102", "Espresso-Abo"), 1, 2_490, (0.8, 8.0), 0.3),
    plan(("ABO-112", "Jahres-Abo"), 12, 17_900, (0.9, 2.5), 0.2),
];

const fn plan(
    (sku, name): (&'static str, &'static str),
    months: i32,
    price_minor: i64,
    leaving: (f64, f64),
    share: f64,
) -> Plan {
    Plan { sku, name, months, price_minor, leaving, share }
}

/// Chances of what goes another way than by the textbook.
const CHANGES_PLAN: f64 = 0.01;
const PAYS_EARLY: f64 = 0.1;
const COMES_BACK: f64 = 0.12;
/// Who leaves is charged once more and given it back.
const CHARGED_IN_VAIN: f64 = 0.08;
/// Buys something else on a day of payment.
const BUYS_ELSE: f64 = 0.05;
/// Latest payment after the cover has ended. **Units**: days.
const MOST_LATE: usize = 12;
/// How far beyond the last day a life goes on, for those who judge forecasts. **Units**: months.
const MONTHS_BEYOND: i32 = 15;

/// Subscribers of a shop with known truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subscriptions {
    pub seed: u64,
    pub n_customers: u32,
    pub opening: Date,
    /// The last day of the files.
    pub last_day: Date,
}

/// A payment as the shop books it.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    pub day: Date,
    /// Place in [`PLANS`].
    pub plan: usize,
    pub is_given_back: bool,
}

/// A contract as it truly is.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    pub payments: Vec<Payment>,
    /// The first day without cover after the last payment.
    pub covered_until: Date,
    /// The hidden chance to leave at each renewal.
    pub leaving: f64,
    /// Whether the customer left at `covered_until`; false where the life was not followed so far.
    pub has_left: bool,
}

impl Contract {
    /// The contract as it can be known at the end of a day: payments until then, and the cover that they gave.
    pub fn known(&self, day: Date) -> Option<Contract> {
        let payments: Vec<Payment> = self.payments.iter().filter(|p| p.day <= day).cloned().collect();
        let first = payments.first()?;
        let (mut anchor, mut months) = (first.day, 0);
        let mut until = first.day;
        for payment in &payments {
            if payment.day > until {
                (anchor, months) = (payment.day, 0);
            }
            months += PLANS[payment.plan].months;
            until = anchor.saturating_add(months.months());
        }
        let has_left = self.has_left && payments.len() == self.payments.len();
        Some(Contract { payments, covered_until: until, leaving: self.leaving, has_left })
    }
}

impl Subscriptions {
    /// The number of a customer.
    pub fn number(&self, index: u32) -> String {
        format!("A{:06}", 100_001 + index)
    }

    /// The contracts of a customer, some months beyond the last day.
    pub fn contracts(&self, index: u32) -> Vec<Contract> {
        let mut chance = Chance::new(self.seed, Purpose::Subscription, u64::from(index));
        let n_days = self.opening.until(self.last_day).map_or(0, |span| span.get_days()).max(1);
        let mut day =
            self.opening.saturating_add(chance.below(n_days as usize).try_into().unwrap_or(0i64).days());
        let beyond = self.last_day.saturating_add(MONTHS_BEYOND.months());
        let mut contracts = Vec::new();
        loop {
            let contract = live(&mut chance, day, beyond);
            let (has_left, until) = (contract.has_left, contract.covered_until);
            contracts.push(contract);
            if !has_left || !chance.happens(COMES_BACK) {
                return contracts;
            }
            day = until.saturating_add((60 + chance.below(140) as i64).days());
            if day > self.last_day {
                return contracts;
            }
        }
    }

    /// Writes the plans and the payments until the last day, as a billing program exports them; returns the names of both
    /// files and the number of payments.
    ///
    /// **Errors** where a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<([&'static str; 2], u64), Error> {
        const FILES: [&str; 2] = ["plans.csv", "payments.csv"];
        let mut plans = Table::create(
            &folder.join(FILES[0]),
            Style::TIDY,
            &["SKU", "Product name", "Price", "Paid for months"],
        )?;
        for plan in PLANS {
            plans.text(plan.sku);
            plans.text(plan.name);
            plans.money(plan.price_minor);
            plans.whole(plan.months.into());
            plans.end_row()?;
        }
        plans.finish()?;
        let mut bills = Bills { table: Table::create(&folder.join(FILES[1]), Style::TIDY, HEADER)?, n: 0 };
        for index in 0..self.n_customers {
            let mut chance = Chance::new(self.seed, Purpose::Subscription, u64::from(index) | 1 << 40);
            for payment in self.contracts(index).iter().flat_map(|contract| &contract.payments) {
                if payment.day <= self.last_day {
                    bills.book(&self.number(index), payment, &mut chance, self.last_day)?;
                }
            }
        }
        let n = bills.n;
        bills.table.finish()?;
        Ok((FILES, n))
    }
}

impl Subscriptions {
    /// Writes the truth about each contract that began by the last day, for tests only; returns their number.
    ///
    /// **Errors** where the file cannot be written.
    pub fn write_truth(&self, file: &Path) -> Result<u64, Error> {
        let head = &[
            "customer_no",
            "started_on",
            "covered_until",
            "n_payments",
            "leaves_at_renewal",
            "chance_to_leave",
        ];
        let mut table = Table::create(file, Style::TIDY, head)?;
        for index in 0..self.n_customers {
            for contract in self.contracts(index).iter().filter_map(|contract| contract.known(self.last_day))
            {
                table.text(&self.number(index));
                table.date(contract.payments[0].day);
                table.date(contract.covered_until);
                table.whole(contract.payments.len() as i64);
                table.whole(contract.has_left.into());
                table.fraction(contract.leaving, 6);
                table.end_row()?;
            }
        }
        table.finish()
    }
}

const HEADER: &[&str] = &[
    "Order no",
    "Order date",
    "Customer no",
    "Customer name",
    "SKU",
    "Product",
    "Quantity",
    "Unit price",
    "Status",
    "Credit for",
];

/// The file of payments while it grows.
struct Bills {
    table: Table,
    n: u64,
}

impl Bills {
    /// A payment, and what else happened on its day: a cancelled try, another purchase, the money given back.
    fn book(&mut self, who: &str, paid: &Payment, chance: &mut Chance, last_day: Date) -> Result<(), Error> {
        let plan = PLANS[paid.plan];
        self.n += 1;
        let number = format!("ABO-{:06}", self.n);
        if chance.happens(0.02) {
            self.row(
                (&format!("{number}-X"), who, paid.day),
                (plan.sku, plan.name, 1, plan.price_minor),
                ["storniert", ""],
            )?;
        }
        self.row((&number, who, paid.day), (plan.sku, plan.name, 1, plan.price_minor), ["bezahlt", ""])?;
        if chance.happens(BUYS_ELSE) {
            self.row((&format!("{number}-B"), who, paid.day), ("TASSE-9", "Tasse", 1, 990), ["bezahlt", ""])?;
        }
        let back = paid.day.saturating_add(3.days());
        if paid.is_given_back && back <= last_day {
            let line = (plan.sku, plan.name, -1, plan.price_minor);
            self.row((&format!("{number}-G"), who, back), line, ["erstattet", &number])?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        (number, who, day): (&str, &str, Date),
        (sku, name, quantity, price): (&str, &str, i64, i64),
        [status, credit_for]: [&str; 2],
    ) -> Result<(), Error> {
        self.table.text(number);
        self.table.date(day);
        self.table.text(who);
        self.table.text(&format!("Abonnent {who}"));
        self.table.text(sku);
        self.table.text(name);
        self.table.whole(quantity);
        self.table.money(price);
        self.table.text(status);
        self.table.text(credit_for);
        self.table.end_row()
    }
}

/// One contract from its first payment until the customer leaves, or until nobody follows any more.
fn live(chance: &mut Chance, first: Date, beyond: Date) -> Contract {
    let mut plan = chance.weighted(&PLANS.map(|plan| plan.share));
    let (a, b) = PLANS[plan].leaving;
    let leaving = chance.beta(a, b);
    // Who is likely to leave is likely to pay late: what shows from outside.
    let pays_late = (0.03 + 1.5 * leaving).min(0.8);
    let mut payments = vec![Payment { day: first, plan, is_given_back: false }];
    let (mut anchor, mut months) = (first, PLANS[plan].months);
    loop {
        let until = anchor.saturating_add(months.months());
        let last =
            |payments: Vec<Payment>, has_left| Contract { payments, covered_until: until, leaving, has_left };
        if until > beyond {
            return last(payments, false);
        }
        if chance.happens(leaving) {
            if chance.happens(CHARGED_IN_VAIN) {
                payments.push(Payment { day: until, plan, is_given_back: true });
            }
            return last(payments, true);
        }
        let day = if chance.happens(pays_late) {
            until.saturating_add((1 + chance.below(MOST_LATE) as i64).days())
        } else if chance.happens(PAYS_EARLY) {
            until.saturating_sub((1 + chance.below(5) as i64).days())
        } else {
            until
        };
        if PLANS[plan].months == 1 && chance.happens(CHANGES_PLAN) {
            plan = 1 - plan;
        }
        if day > until {
            (anchor, months) = (day, 0);
        }
        months += PLANS[plan].months;
        payments.push(Payment { day, plan, is_given_back: false });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn subscriptions() -> Subscriptions {
        Subscriptions { seed: 1, n_customers: 400, opening: date(2021, 1, 1), last_day: date(2023, 12, 31) }
    }

    #[test]
    fn the_same_seed_makes_the_same_contracts_and_what_is_known_on_a_day_is_a_part_of_them() {
        let shop = subscriptions();
        for index in 0..400 {
            let contracts = shop.contracts(index);
            assert_eq!(contracts, shop.contracts(index));
            for contract in &contracts {
                let whole = contract.known(date(2030, 1, 1));
                let given_back = contract.payments.iter().any(|payment| payment.is_given_back);
                assert!(
                    given_back || whole.is_some_and(|known| known.covered_until == contract.covered_until)
                );
            }
        }
    }

    #[test]
    fn of_monthly_contracts_the_share_that_leaves_first_is_that_of_the_beta_distribution() {
        let shop = Subscriptions { n_customers: 6_000, ..subscriptions() };
        let firsts = (0..6_000).flat_map(|index| shop.contracts(index).into_iter().take(1));
        let monthly: Vec<Contract> = firsts.filter(|contract| contract.payments[0].plan < 2).collect();
        let gone = |c: &&Contract| c.has_left && c.payments.iter().filter(|p| !p.is_given_back).count() == 1;
        let share = monthly.iter().filter(gone).count() as f64 / monthly.len() as f64;
        assert!((share - 0.8 / 8.8).abs() < 0.015, "{share}");
    }
}
