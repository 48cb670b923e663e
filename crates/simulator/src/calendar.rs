//! The days on which the company is open, the seasons, and the two periods in which something happened.
//!
//! Days are counted from the opening of the shop. Seasons stretch and squeeze time: a purchase process that runs evenly
//! in *season weeks* follows the textbook model there and shows a Christmas peak on the calendar.

use crate::settings::{Error, Settings, World};
use jiff::{ToSpan, civil::Date};

/// How far ahead purchases are expected, in weeks.
pub const HORIZON_WEEKS: u32 = 26;

const REPEAT_SEASON: [f64; 12] = [0.88, 0.90, 0.96, 0.98, 0.96, 0.90, 0.84, 0.88, 0.98, 1.06, 1.22, 1.44];
const ARRIVAL_SEASON: [f64; 12] = [0.80, 0.82, 0.92, 0.96, 0.94, 0.84, 0.76, 0.82, 1.00, 1.12, 1.50, 1.95];
/// How much more people come at the end of the window than at its beginning.
const GROWTH: f64 = 0.4;
/// How much more people come in the month of the campaign.
const CAMPAIGN_CROWD: f64 = 2.0;

/// The calendar of one company.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub opening: Date,
    pub today: Date,
    /// Days from the opening up to, not including, today.
    pub n_days: u32,
    dates: Vec<Date>,
    season_weeks: Vec<f64>,
    arrivals: Vec<f64>,
    /// First day and first day after the campaign month, if there was one.
    pub campaign: Option<(u32, u32)>,
    /// First day and first day after the week in which the marketplace exported cents as whole euros.
    pub fault: Option<(u32, u32)>,
}

impl Calendar {
    /// Lays out the calendar of a company.
    ///
    /// **Errors**: the number of months is out of bounds, or the window leaves the calendar.
    pub fn new(settings: &Settings) -> Result<Calendar, Error> {
        let (today, months) = (settings.today, settings.months);
        if !(3..=120).contains(&months) {
            return Err(Error::Months(months));
        }
        let out_of_bounds = |_| Error::Today(today, months);
        let opening = today.checked_sub(i64::from(months).months()).map_err(out_of_bounds)?;
        today.checked_add(i64::from(HORIZON_WEEKS).weeks()).map_err(out_of_bounds)?;
        let n_days = days_between(opening, today);
        let n_all = n_days + HORIZON_WEEKS * 7 + 1;
        let dates: Vec<Date> = opening.series(1.day()).take(n_all as usize).collect();
        let lively = settings.world == World::Lively;
        let (campaign, fault) =
            if lively { (campaign_month(opening, today, months), fault_week(n_days)) } else { (None, None) };
        let season_weeks =
            running_total(&dates, |_, date| if lively { season(&REPEAT_SEASON, date) } else { 1.0 } / 7.0);
        let arrivals = running_total(&dates[..n_days as usize], |day, date| {
            let growth = 1.0 + GROWTH * day as f64 / f64::from(n_days);
            let crowd = if within(campaign, day as u32) { CAMPAIGN_CROWD } else { 1.0 };
            growth * crowd * season(&ARRIVAL_SEASON, date)
        });
        Ok(Calendar { opening, today, n_days, dates, season_weeks, arrivals, campaign, fault })
    }

    /// The date of a day, up to the horizon after today.
    pub fn date(&self, day: u32) -> Date {
        self.dates[day as usize]
    }

    /// The day on which the given share of all customers had arrived, with its fraction.
    pub fn arrival(&self, share: f64) -> f64 {
        let total = self.arrivals[self.arrivals.len() - 1];
        invert(&self.arrivals, share * total).min(f64::from(self.n_days) - 1e-6)
    }

    /// **Units**: season weeks since the opening.
    pub fn season_time(&self, day: f64) -> f64 {
        let whole = (day as usize).min(self.season_weeks.len() - 2);
        let (low, high) = (self.season_weeks[whole], self.season_weeks[whole + 1]);
        low + (high - low) * (day - whole as f64)
    }

    /// The day of a moment in season weeks, or `None` when it is not before today.
    pub fn day_of_season_time(&self, weeks: f64) -> Option<f64> {
        if weeks >= self.season_weeks[self.n_days as usize] {
            return None;
        }
        Some(invert(&self.season_weeks, weeks).min(f64::from(self.n_days) - 1e-6))
    }

    /// **Units**: season weeks from today to the horizon.
    pub fn season_weeks_ahead(&self) -> f64 {
        self.season_time(f64::from(self.n_days + HORIZON_WEEKS * 7)) - self.season_weeks[self.n_days as usize]
    }
}

/// How much busier than an average month the month of a date is, for customers who come again.
pub fn repeat_season(date: Date) -> f64 {
    season(&REPEAT_SEASON, date)
}

/// How much busier than an average month the month of a date is, for those who come for the first time.
pub fn arrival_season(date: Date) -> f64 {
    season(&ARRIVAL_SEASON, date)
}

/// Whether a day lies in a period.
pub fn within(period: Option<(u32, u32)>, day: u32) -> bool {
    period.is_some_and(|(first, end)| (first..end).contains(&day))
}

fn days_between(from: Date, to: Date) -> u32 {
    let hours = from.duration_until(to).as_hours();
    u32::try_from(hours / 24).expect("the opening is at most ten years before today")
}

/// The calendar month ten months before today, or the one in the middle of a shorter history.
fn campaign_month(opening: Date, today: Date, months: u32) -> Option<(u32, u32)> {
    let back = if months >= 14 { 10 } else { i64::from(months / 2) };
    let first = today.checked_sub(back.months()).ok()?.first_of_month();
    let end = first.checked_add(1.month()).ok()?;
    (first >= opening && end <= today).then(|| (days_between(opening, first), days_between(opening, end)))
}

/// One week, five months before today or in the second third of a shorter history.
fn fault_week(n_days: u32) -> Option<(u32, u32)> {
    let first = if n_days > 300 { n_days - 152 } else { n_days / 2 };
    Some((first, first + 7))
}

fn season(factors: &[f64; 12], date: Date) -> f64 {
    factors[date.month() as usize - 1] / (factors.iter().sum::<f64>() / 12.0)
}

fn running_total(dates: &[Date], weight: impl Fn(usize, Date) -> f64) -> Vec<f64> {
    let mut total = 0.0;
    let mut totals = Vec::with_capacity(dates.len() + 1);
    totals.push(0.0);
    for (day, date) in dates.iter().enumerate() {
        total += weight(day, *date);
        totals.push(total);
    }
    totals
}

/// The place at which a growing running total reaches a value, by linear interpolation within a day.
fn invert(totals: &[f64], value: f64) -> f64 {
    let after = totals.partition_point(|total| *total <= value).clamp(1, totals.len() - 1);
    let (low, high) = (totals[after - 1], totals[after]);
    (after - 1) as f64 + ((value - low) / (high - low)).clamp(0.0, 1.0)
}
