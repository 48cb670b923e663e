//! From payments to contracts: which payments follow one another, until when each covers, and where a contract ended.
//!
//! Pure: it reads nothing and knows nobody's name.

use super::payments::{Payment, Product};
use crate::analyze::Day;
pub use crate::plan::metrics::GRACE_DAYS;

/// What one day's payments cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub paid: i32,
    /// The first day that is not covered any more: the day of the renewal.
    pub until: i32,
    pub months: i32,
    pub amount_minor: i64,
    pub monthly_minor: i64,
    pub product: u16,
    /// Days from the end of the cover before until the payment; 0 where it came in time.
    pub n_late: i32,
}

/// Payments of one customer that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// Number of the facts.
    pub customer: u32,
    first: u32,
    end: u32,
    /// The first day without cover, where the grace passed without a payment.
    pub ended: Option<i32>,
    /// Contracts that the customer had before.
    pub n_before: u32,
}

/// All contracts, by customer and start.
#[derive(Debug, Default)]
pub struct Contracts {
    pub all: Vec<Contract>,
    terms: Vec<Term>,
    pub products: Vec<Product>,
    pub n_taken_back: u64,
}

impl Contracts {
    /// The terms of a contract, oldest first; never none.
    pub fn terms(&self, contract: &Contract) -> &[Term] {
        &self.terms[contract.first as usize..contract.end as usize]
    }

    pub fn newest(&self, contract: &Contract) -> &Term {
        &self.terms[contract.end as usize - 1]
    }

    pub fn started(&self, contract: &Contract) -> i32 {
        self.terms[contract.first as usize].paid
    }

    /// Contracts that had not ended by the end of the data.
    pub fn running(&self) -> impl Iterator<Item = &Contract> {
        self.all.iter().filter(|contract| contract.ended.is_none())
    }

    /// Contracts of payments in the order of customer and day, as they stand at the end of `last_day`.
    pub fn of(payments: &[Payment], products: Vec<Product>, last_day: Day) -> Self {
        let mut found = Self { products, ..Self::default() };
        for of_customer in payments.chunk_by(|a, b| a.customer == b.customer) {
            found.customer(of_customer, last_day);
        }
        found
    }

    fn customer(&mut self, payments: &[Payment], last_day: Day) {
        let mut n_before = 0;
        // The day from which months are counted, so that a contract of the 31st does not drift to the 28th.
        let (mut anchor, mut months) = (Day(0), 0);
        for of_day in payments.chunk_by(|a, b| a.day == b.day) {
            let mut term = together(of_day);
            let open = self.all.last().filter(|c| c.customer == of_day[0].customer && c.ended.is_none());
            let cover = open.map(|contract| self.newest(contract).until);
            match cover.filter(|cover| term.paid <= cover + GRACE_DAYS) {
                Some(cover) if term.paid <= cover => months += term.months,
                Some(cover) => {
                    (anchor, months) = (Day(term.paid), term.months);
                    term.n_late = term.paid - cover;
                }
                None => {
                    if let (Some(cover), Some(before)) = (cover, self.all.last_mut()) {
                        before.ended = Some(cover);
                        n_before += 1;
                    }
                    (anchor, months) = (Day(term.paid), term.months);
                    let place = self.terms.len() as u32;
                    let customer = of_day[0].customer;
                    self.all.push(Contract { customer, first: place, end: place, ended: None, n_before });
                }
            }
            term.until = anchor.plus_months(months).0;
            self.terms.push(term);
            if let Some(contract) = self.all.last_mut() {
                contract.end += 1;
            }
        }
        let Some(last) = self.all.last().copied() else { return };
        let until = self.newest(&last).until;
        if until + GRACE_DAYS <= last_day.0
            && let Some(contract) = self.all.last_mut()
        {
            contract.ended = Some(until);
        }
    }
}

/// The payments of one day: several products run beside each other, several payments for one after each other.
fn together(payments: &[Payment]) -> Term {
    let mut term = Term {
        paid: payments[0].day,
        until: payments[0].day,
        months: 0,
        amount_minor: 0,
        monthly_minor: 0,
        product: payments[0].product,
        n_late: 0,
    };
    let mut most = i64::MIN;
    for same in payments.chunk_by(|a, b| a.product == b.product) {
        let months: i32 = same.iter().map(|p| p.months).sum();
        let amount: i64 = same.iter().map(|p| p.amount_minor).sum();
        let monthly = amount / i64::from(months.max(1));
        if monthly > most {
            (most, term.product) = (monthly, same[0].product);
        }
        term.months = term.months.max(months);
        term.amount_minor += amount;
        term.monthly_minor += monthly;
    }
    term
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        Day::parse(text).unwrap().0
    }

    fn contracts(payments: &[(&str, u16, i32)], last_day: &str) -> Contracts {
        let rows: Vec<Payment> = payments
            .iter()
            .map(|(at, product, months)| {
                Payment::made(7, day(at), *product, *months, 1_200 * i64::from(*months))
            })
            .collect();
        Contracts::of(&rows, Vec::new(), Day::parse(last_day).unwrap())
    }

    fn until(found: &Contracts) -> Vec<String> {
        found.all.iter().map(|c| Day(found.newest(c).until).to_string()).collect()
    }

    #[test]
    fn payments_that_follow_one_another_are_one_contract_until_its_cover_ends() {
        let paid = [("2024-01-31", 0, 1), ("2024-02-29", 0, 1), ("2024-03-31", 0, 1)];
        let found = contracts(&paid, "2024-05-13");
        assert_eq!((found.all.len(), until(&found)[0].as_str(), found.all[0].ended), (1, "2024-04-30", None));
        assert_eq!(found.terms(&found.all[0]).len(), 3);
        let found = contracts(&paid, "2024-05-14");
        assert_eq!(found.all[0].ended, Some(day("2024-04-30")));
    }

    #[test]
    fn a_payment_within_the_grace_is_late_and_covers_from_its_own_day() {
        let found = contracts(&[("2024-01-10", 0, 1), ("2024-02-24", 0, 1)], "2024-03-01");
        assert_eq!((found.all.len(), found.newest(&found.all[0]).n_late), (1, 14));
        assert_eq!(until(&found), ["2024-03-24"]);
        let found = contracts(&[("2024-01-10", 0, 1), ("2024-02-25", 0, 1)], "2024-03-01");
        assert_eq!((found.all.len(), found.all[1].n_before), (2, 1));
        assert_eq!(found.all[0].ended, Some(day("2024-02-10")));
    }

    #[test]
    fn a_payment_ahead_of_time_covers_from_the_end_of_the_cover_that_runs() {
        let found =
            contracts(&[("2024-01-10", 0, 1), ("2024-01-20", 0, 1), ("2024-02-01", 0, 12)], "2024-03-01");
        assert_eq!((found.all.len(), until(&found)[0].as_str()), (1, "2025-03-10"));
    }

    #[test]
    fn another_plan_continues_the_contract_and_plans_of_one_day_run_beside_each_other() {
        let found = contracts(&[("2024-01-10", 0, 1), ("2024-02-10", 1, 12)], "2024-03-01");
        assert_eq!((found.all.len(), found.newest(&found.all[0]).product), (1, 1));
        let found = contracts(&[("2024-01-10", 0, 1), ("2024-01-10", 1, 1)], "2024-01-20");
        let term = found.newest(&found.all[0]);
        assert_eq!((term.months, term.monthly_minor, until(&found)[0].as_str()), (1, 2_400, "2024-02-10"));
    }
}
