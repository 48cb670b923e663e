//! `analyze power`: how many people a comparison needs, what it can see with those there are, and how long it takes.

use statistics::always_valid::last_critical;
use statistics::power::{self, Design, Size};

use crate::{Answer, Problem};

/// How many people a comparison needs, or what it can see with those there are
///
/// Give the rate (or mean and deviation) of those who are left alone. With an effect the answer is the number of people;
/// with a number of people it is the smallest effect that they show; with both, the chance of seeing it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze power --rate 0.05 --effect 0.01                      people needed to see 5 % become 6 %
  rondel analyze power --mean 40 --deviation 55 --effect 3 --share-treated 0.9
  rondel analyze power --rate 0.05 --people 20000 --looks 28          smallest effect seen with daily looks
  rondel analyze power --rate 0.05 --effect 0.01 --per-day 300        and the days it takes")]
pub struct Power {
    /// Share of the held-out people who respond, from 0 to 1
    #[arg(long, value_name = "P", required_unless_present = "deviation", conflicts_with_all = ["mean", "deviation"])]
    rate: Option<f64>,
    /// Mean of the outcome of the held-out people
    #[arg(long, value_name = "X", requires = "deviation")]
    mean: Option<f64>,
    /// Standard deviation of one person's outcome
    #[arg(long, value_name = "X")]
    deviation: Option<f64>,
    /// Difference to be seen, in the outcome's unit (0.01 of a rate is one percentage point)
    #[arg(long, value_name = "X", allow_hyphen_values = true, required_unless_present = "people")]
    effect: Option<f64>,
    /// People in both arms together
    #[arg(long, value_name = "N")]
    people: Option<u64>,
    /// Share of the people who are treated
    #[arg(long, value_name = "P", default_value_t = 0.5)]
    share_treated: f64,
    /// Probability of seeing an effect that is there
    #[arg(long, value_name = "P", default_value_t = 0.8)]
    power: f64,
    /// Confidence of the interval
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    level: f64,
    /// How often the interval is looked at; the plan pays for every look
    #[arg(long, value_name = "N", default_value_t = 1)]
    looks: u32,
    /// Correlation of the outcome with the same person's outcome before (CUPED)
    #[arg(long, value_name = "R", default_value_t = 0.0, allow_hyphen_values = true)]
    correlation: f64,
    /// People who come in a day, for the number of days
    #[arg(long, value_name = "N")]
    per_day: Option<f64>,
}

/// What is compared: shares of people, or means of an outcome.
#[derive(Clone, Copy)]
enum Outcome {
    Share(f64),
    Mean { deviation: f64 },
}

impl Power {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let design = self.design()?;
        let outcome = match (self.rate, self.deviation) {
            (Some(rate), _) if !(0.0..=1.0).contains(&rate) => return Err(refused("rate", "a share lies from 0 to 1")),
            (Some(rate), _) => Outcome::Share(rate),
            (None, Some(deviation)) if deviation > 0.0 && deviation.is_finite() => Outcome::Mean { deviation },
            _ => return Err(refused("deviation", "a standard deviation is above 0")),
        };
        let needed = self.effect.map(|effect| size(outcome, effect, &design)).transpose()?;
        let mut answer = Answer::default();
        answer.tell("critical", design.critical);
        if let Some(size) = needed {
            self.tell_size(&mut answer, size);
        }
        if let Some(people) = self.people {
            self.tell_people(&mut answer, outcome, people, &design)?;
        }
        Ok(answer)
    }

    fn design(&self) -> Result<Design, Problem> {
        let between = |option, value: f64| match value > 0.0 && value < 1.0 {
            true => Ok(value),
            false => Err(refused(option, "must lie between 0 and 1")),
        };
        let level = between("level", self.level)?;
        let critical =
            last_critical(level, self.looks).ok_or_else(|| refused("looks", "there must be at least one look"))?;
        if self.correlation.is_nan() || self.correlation.abs() >= 1.0 {
            return Err(refused("correlation", "must lie between -1 and 1"));
        }
        Ok(Design {
            share_treated: between("share-treated", self.share_treated)?,
            critical,
            power: between("power", self.power)?,
            correlation: self.correlation,
        })
    }

    fn tell_size(&self, answer: &mut Answer, size: Size) {
        answer.tell("n", size.total());
        answer.tell("n_treated", size.n_treated);
        answer.tell("n_held_out", size.n_held_out);
        answer.line(format!(
            "{} people are needed: {} treated, {} held out",
            size.total(),
            size.n_treated,
            size.n_held_out
        ));
        if let Some(per_day) = self.per_day {
            let days = power::days_until(size.total(), per_day);
            answer.tell("days", days);
            answer.line(days.map_or("nobody comes, so it never ends".into(), |days| format!("in {days} days")));
        }
    }

    fn tell_people(
        &self,
        answer: &mut Answer,
        outcome: Outcome,
        people: u64,
        design: &Design,
    ) -> Result<(), Problem> {
        let detectable = match outcome {
            Outcome::Share(rate) => power::shares_detectable(rate, people, design),
            Outcome::Mean { deviation } => power::means_detectable(people, deviation, design),
        };
        if self.effect.is_none() {
            answer.tell("n", people);
        }
        answer.tell("detectable_effect", detectable);
        answer.line(match detectable {
            Some(effect) => format!("{people} people show an effect of {effect:.6} or more"),
            None => format!("{people} people cannot show any effect"),
        });
        if let Some(effect) = self.effect {
            let chance = match outcome {
                Outcome::Share(rate) => power::shares_power(rate, rate + effect, people, design),
                Outcome::Mean { deviation } => power::means_power(effect, people, deviation, design),
            };
            let chance = chance.ok_or_else(|| refused("effect", "cannot be reached from this rate"))?;
            answer.tell("power", chance);
            answer.line(format!("an effect of {effect} is seen with a probability of {chance:.3}"));
        }
        Ok(())
    }
}

fn size(outcome: Outcome, effect: f64, design: &Design) -> Result<Size, Problem> {
    match outcome {
        Outcome::Share(rate) => power::shares_size(rate, rate + effect, design),
        Outcome::Mean { deviation } => power::means_size(effect, deviation, design),
    }
    .ok_or_else(|| refused("effect", "must not be 0, and a share must stay between 0 and 1"))
}

fn refused(option: &'static str, message: &str) -> Problem {
    Problem::Option { option, message: message.to_owned() }
}
