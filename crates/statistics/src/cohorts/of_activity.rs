//! The triangle from bits that say who was there in which period, without money.

use super::{Cell, Cohort, Triangle};
use crate::activity::Activity;

/// Cells of the triangle that can be counted.
pub const MOST_CELLS: usize = 4 << 20;

/// The periods span so much that the triangle has more than [`MOST_CELLS`] cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyPeriods {
    /// The first and the last period that somebody was there.
    pub periods: (i32, i32),
}

impl Triangle {
    /// Retention of those who were first there in the same period, until `last`; what came later is left out.
    ///
    /// **Units.** Periods of any length; the money of every cell is 0.
    ///
    /// **Errors.** [`TooManyPeriods`].
    ///
    /// ```
    /// use statistics::{activity::Activity, cohorts::Triangle};
    /// let active = Activity::of(3, &[0, 0, 1, 2, 1], &[7, 9, 7, 8, 7]);
    /// let triangle = Triangle::of_activity(&active, 9)?;
    /// let retained = |cohort: usize| -> Vec<u64> { triangle.cohorts[cohort].cells.iter().map(|c| c.retained).collect() };
    /// assert_eq!((retained(0), retained(1)), (vec![2, 0, 1], vec![1, 0]));
    /// # Ok::<(), statistics::cohorts::TooManyPeriods>(())
    /// ```
    pub fn of_activity(active: &Activity, last: i32) -> Result<Triangle, TooManyPeriods> {
        let spans = (0..active.n_customers() as u32).filter_map(|customer| active.span(customer));
        let (begin, end) =
            spans.fold((i32::MAX, i32::MIN), |(a, b), span| (a.min(span.first), b.max(span.last)));
        let end = end.min(last);
        if begin > end {
            return Ok(Triangle { cohorts: Vec::new() });
        }
        let n_periods = (i64::from(end) - i64::from(begin)) as usize + 1;
        if n_periods.saturating_mul(n_periods) / 2 > MOST_CELLS {
            return Err(TooManyPeriods { periods: (begin, end) });
        }
        let nothing = Cell { retained: 0, first_returns: 0, value_minor: 0 };
        let mut counted: Vec<Vec<Cell>> = (0..n_periods).map(|at| vec![nothing; n_periods - at]).collect();
        for customer in 0..active.n_customers() as u32 {
            let mut periods = active.periods(customer).take_while(|period| *period <= end);
            let Some(first) = periods.next() else { continue };
            let cells = &mut counted[(first - begin) as usize];
            cells[0].retained += 1;
            for (place, period) in periods.enumerate() {
                let cell = &mut cells[(period - first) as usize];
                cell.retained += 1;
                cell.first_returns += u64::from(place == 0);
            }
        }
        let cohorts = counted.into_iter().enumerate().map(|(at, mut cells)| {
            let month = begin + at as i32;
            cells.resize((last - month).max(0) as usize + 1, nothing);
            Cohort { month, n_customers: cells[0].retained, cells }
        });
        Ok(Triangle { cohorts: cohorts.filter(|cohort| cohort.n_customers > 0).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohorts::Cohorts;
    use crate::pseudo_random::Generator;

    #[test]
    fn the_triangle_is_the_one_of_rows_in_customer_order() {
        let mut g = Generator::from_seed(6);
        let mut rows: Vec<(u32, i32)> =
            (0..3000).map(|_| (g.below(400) as u32, g.below(30) as i32)).collect();
        rows.sort_by_key(|row| row.0);
        let mut by_rows = Cohorts::default();
        for &(customer, month) in &rows {
            by_rows.update(u64::from(customer), month, 0).unwrap();
        }
        let (customers, months): (Vec<u32>, Vec<i32>) = rows.into_iter().unzip();
        let active = Activity::of(400, &customers, &months);
        assert_eq!(Triangle::of_activity(&active, 29).unwrap(), by_rows.clone().finish(29).unwrap());
        assert_eq!(Triangle::of_activity(&active, 20).unwrap(), by_rows.finish(20).unwrap());
    }

    #[test]
    fn a_stray_date_is_an_error_and_nobody_is_no_cohort() {
        let active = Activity::of(2, &[0, 1], &[-2_000_000, 7]);
        assert_eq!(Triangle::of_activity(&active, 7), Err(TooManyPeriods { periods: (-2_000_000, 7) }));
        assert_eq!(Triangle::of_activity(&Activity::of(2, &[], &[]), 7).unwrap().cohorts, []);
    }
}
