//! Exponential smoothing with level, damped or straight trend and season (Holt–Winters), chosen among its forms by AICc.
//!
//! The parameters minimise the one-step errors (relative ones where the season is multiplied). The states at the beginning
//! come from running the same recursion backwards over the series, which costs a pass instead of a dozen more parameters to
//! search for. No multiplied trends.
//!
//! **Source.** Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential Smoothing: The State Space Approach" (2008),
//! chapters 2 and 7; backcasting: Ledolter and Abraham, "Some comments on the initialization of exponential smoothing" (1984).

use super::season::{Kind, indices};
use crate::simplex::minimise;

/// How a trend goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    None,
    /// Straight on.
    Straight,
    /// Flattening out.
    Damped,
}

/// One form of exponential smoothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub trend: Trend,
    pub season: Option<Kind>,
    /// Whether errors are relative to the forecast.
    pub relative_errors: bool,
}

/// A fitted form.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothing {
    pub form: Form,
    /// Smoothing of level, trend and season, and the damping.
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
    pub phi: f64,
    /// Akaike's criterion with correction for short series; lower is better.
    pub aicc: f64,
    /// The same without counting the states of the season, for choosing among forms that all have one.
    pub aicc_besides_season: f64,
    period: usize,
    /// State before each value and after the last: level and trend.
    states: Vec<(f64, f64)>,
    /// Seasonal states: `seasons[t]` belongs to value t as it is known one season before.
    seasons: Vec<f64>,
}

/// Level, trend and the season of each place in the cycle.
#[derive(Clone)]
struct State {
    level: f64,
    trend: f64,
    season: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Parameters {
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
}

/// Fits a form to a series without gaps.
///
/// Returns `None` where the series is too short for it (below two seasons, or too few values for its parameters), or has
/// values that are not above 0 and the form needs them.
pub fn fit(values: &[f64], period: usize, form: Form) -> Option<Smoothing> {
    let n_parameters = form.n_parameters(period);
    let positive = values.iter().all(|v| *v > 0.0);
    if values.len() < 4.max(form.n_searched() + 3) || (!positive && form.needs_positive()) {
        return None;
    }
    let start = beginning(values, period, form)?;
    let mut work = Work { values, period, form, start: &start, state: start.clone() };
    let scale = if form.relative_errors { 1.0 } else { scale_of(values) };
    let mut error_of = |p: Parameters| work.error(p) / (scale * scale);
    let most = 40 + 35 * form.n_searched() as u32;
    let best = match (form.trend, form.season.is_some()) {
        (Trend::None, false) => {
            minimise([-0.5], 0.8, most, |[a]| error_of(unbounded(form, [a, 0.0, 0.0, 0.0]))).0.to_vec()
        }
        (Trend::None, true) => {
            minimise([-0.5, -1.5], 0.8, most, |[a, g]| error_of(unbounded(form, [a, 0.0, g, 0.0]))).0.to_vec()
        }
        (Trend::Straight, false) => {
            minimise([-0.5, -2.0], 0.8, most, |[a, b]| error_of(unbounded(form, [a, b, 0.0, 0.0]))).0.to_vec()
        }
        (Trend::Straight, true) => {
            minimise([-0.5, -2.0, -1.5], 0.8, most, |[a, b, g]| error_of(unbounded(form, [a, b, g, 0.0])))
                .0
                .to_vec()
        }
        (Trend::Damped, false) => {
            minimise([-0.5, -2.0, 1.0], 0.8, most, |[a, b, p]| error_of(unbounded(form, [a, b, 0.0, p])))
                .0
                .to_vec()
        }
        (Trend::Damped, true) => minimise([-0.5, -2.0, -1.5, 1.0], 0.8, most, |[a, b, g, p]| {
            error_of(unbounded(form, [a, b, g, p]))
        })
        .0
        .to_vec(),
    };
    let parameters = unbounded(form, spread(form, &best));
    let (criterion, states, seasons) = work.states(parameters);
    let aicc = |n_parameters: usize| {
        let (n, k) = (values.len() as f64, n_parameters as f64);
        let correction = if n > k + 1.0 { 2.0 * k * (k + 1.0) / (n - k - 1.0) } else { f64::INFINITY };
        criterion + 2.0 * k + correction
    };
    let of_season = if form.season.is_some() { period - 1 } else { 0 };
    let (aicc, aicc_besides_season) = (aicc(n_parameters), aicc(n_parameters - of_season));
    let Parameters { alpha, beta, gamma, phi } = parameters;
    criterion.is_finite().then_some(Smoothing {
        form,
        alpha,
        beta,
        gamma,
        phi,
        aicc,
        aicc_besides_season,
        period,
        states,
        seasons,
    })
}

/// The searched numbers at the places of (α, β, γ, φ).
fn spread(form: Form, found: &[f64]) -> [f64; 4] {
    match (form.trend, form.season.is_some()) {
        (Trend::None, false) => [found[0], 0.0, 0.0, 0.0],
        (Trend::None, true) => [found[0], 0.0, found[1], 0.0],
        (Trend::Straight, false) => [found[0], found[1], 0.0, 0.0],
        (Trend::Straight, true) => [found[0], found[1], found[2], 0.0],
        (Trend::Damped, false) => [found[0], found[1], 0.0, found[2]],
        (Trend::Damped, true) => [found[0], found[1], found[2], found[3]],
    }
}

/// 0 < α < 1, 0 < β < α, 0 < γ < 1 − α, .8 < φ < .98 from any numbers: the usual region.
fn unbounded(form: Form, [a, b, g, p]: [f64; 4]) -> Parameters {
    let share = |x: f64| 1e-4 + (1.0 - 2e-4) / (1.0 + (-x).exp());
    let alpha = share(a);
    Parameters {
        alpha,
        beta: if form.trend == Trend::None { 0.0 } else { alpha * share(b) },
        gamma: if form.season.is_some() { (1.0 - alpha) * share(g) } else { 0.0 },
        phi: if form.trend == Trend::Damped { 0.8 + 0.18 * share(p) } else { 1.0 },
    }
}

fn scale_of(values: &[f64]) -> f64 {
    let changes: f64 = values.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
    (changes / values.len() as f64).max(1e-300)
}

impl Form {
    fn n_searched(self) -> usize {
        let of_trend = match self.trend {
            Trend::None => 0,
            Trend::Straight => 1,
            Trend::Damped => 2,
        };
        1 + of_trend + usize::from(self.season.is_some())
    }

    /// Smoothing parameters, states at the beginning and the variance.
    fn n_parameters(self, period: usize) -> usize {
        let states = 1 + usize::from(self.trend != Trend::None) + self.season.map_or(0, |_| period - 1);
        self.n_searched() + states + 1
    }

    fn needs_positive(self) -> bool {
        self.relative_errors || self.season == Some(Kind::Multiplied)
    }
}

/// A first state from the classical decomposition and a line through the first seasons.
fn beginning(values: &[f64], period: usize, form: Form) -> Option<State> {
    let season = match form.season {
        None => Vec::new(),
        Some(kind) => indices(values, period, kind)?,
    };
    let n = values.len().min((2 * period).max(10));
    let without = |t: usize| match form.season {
        None => values[t],
        Some(Kind::Added) => values[t] - season[t % period],
        Some(Kind::Multiplied) => values[t] / season[t % period],
    };
    let middle = 0.5 * (n as f64 - 1.0);
    let mean = (0..n).map(without).sum::<f64>() / n as f64;
    let cross: f64 = (0..n).map(|t| (t as f64 - middle) * (without(t) - mean)).sum();
    let slope = cross / (n as f64 * (n as f64 * n as f64 - 1.0) / 12.0);
    let (level, trend) = match form.trend {
        Trend::None => (mean, 0.0),
        _ => (mean - slope * (middle + 1.0), slope),
    };
    let level = if form.needs_positive() && level <= 0.0 { mean } else { level };
    Some(State { level, trend, season })
}

/// The recursion over one series.
struct Work<'a> {
    values: &'a [f64],
    period: usize,
    form: Form,
    start: &'a State,
    state: State,
}

impl Work<'_> {
    /// The place in the season of the value at `t`; 0 without a season.
    fn place(&self, t: usize) -> usize {
        if self.period > 1 { t % self.period } else { 0 }
    }

    /// One step: the forecast and its error; the state moves on.
    #[inline]
    fn step(form: Form, state: &mut State, p: Parameters, value: f64, place: usize) -> (f64, f64) {
        let base = state.level + p.phi * state.trend;
        match form.season {
            None => {
                let error = value - base;
                state.level = base + p.alpha * error;
                state.trend = p.phi * state.trend + p.beta * error;
                (base, error)
            }
            Some(Kind::Added) => {
                let season = state.season[place];
                let forecast = base + season;
                let error = value - forecast;
                state.level = base + p.alpha * error;
                state.trend = p.phi * state.trend + p.beta * error;
                state.season[place] = season + p.gamma * error;
                (forecast, error)
            }
            Some(Kind::Multiplied) => {
                let season = state.season[place];
                let forecast = base * season;
                let error = value - forecast;
                state.level = base + p.alpha * error / season;
                state.trend = p.phi * state.trend + p.beta * error / season;
                state.season[place] = (season + p.gamma * error / base).max(1e-3);
                (forecast, error)
            }
        }
    }

    /// The state before the first value: forwards from a rough start is the same recursion as backwards from the end.
    fn backcast(&mut self, p: Parameters) {
        let n = self.values.len();
        self.state.clone_from(self.start);
        if n < 3 * self.period.max(4) {
            return;
        }
        // From the rough start forwards to a state at the end, then backwards with the trend turned round.
        for (t, &value) in self.values.iter().enumerate() {
            let place = self.place(t);
            Self::step(self.form, &mut self.state, p, value, place);
        }
        self.state.trend = -self.state.trend;
        for (t, &value) in self.values.iter().enumerate().rev() {
            let place = self.place(t);
            Self::step(self.form, &mut self.state, p, value, place);
        }
        self.state.trend = -self.state.trend;
        if self.form.needs_positive() && self.state.level <= 0.0 {
            self.state.clone_from(self.start);
        }
    }

    /// The criterion that is minimised: −2 log-likelihood up to a constant, as n ln of the mean squared error, as an
    /// exponential so that it stays smooth and positive.
    fn error(&mut self, p: Parameters) -> f64 {
        self.backcast(p);
        let n = self.values.len() as f64;
        let (mut squared, mut ln_size) = (0.0, 0.0);
        for (t, &value) in self.values.iter().enumerate() {
            let place = self.place(t);
            let (forecast, error) = Self::step(self.form, &mut self.state, p, value, place);
            if self.form.relative_errors {
                if forecast <= 0.0 {
                    return f64::INFINITY;
                }
                squared += (error / forecast) * (error / forecast);
                ln_size += forecast.ln();
            } else {
                squared += error * error;
            }
        }
        squared / n * (2.0 * ln_size / n).exp()
    }

    /// −2 log-likelihood without constants, and all states.
    fn states(&mut self, p: Parameters) -> (f64, Vec<(f64, f64)>, Vec<f64>) {
        let n = self.values.len();
        let criterion = n as f64 * self.error(p).max(1e-300).ln();
        self.backcast(p);
        let mut states = vec![(self.state.level, self.state.trend)];
        let mut seasons = self.state.season.clone();
        for (t, &value) in self.values.iter().enumerate() {
            let place = self.place(t);
            Self::step(self.form, &mut self.state, p, value, place);
            states.push((self.state.level, self.state.trend));
            if self.form.season.is_some() {
                seasons.push(self.state.season[place]);
            }
        }
        (criterion, states, seasons)
    }
}

impl Smoothing {
    /// Forecasts of the next `horizon` periods.
    pub fn ahead(&self, horizon: usize) -> Vec<f64> {
        self.ahead_at(self.states.len() - 1, horizon)
    }

    /// Forecasts that the fitted form would have given before value `origin`.
    pub fn ahead_at(&self, origin: usize, horizon: usize) -> Vec<f64> {
        let (level, trend) = self.states[origin];
        let (mut damped, mut power) = (0.0, 1.0);
        let step = |h: usize| {
            power *= self.phi;
            damped += power;
            let base = level + damped * trend;
            match self.form.season {
                None => base,
                Some(kind) => {
                    let season = self.seasons[origin + h % self.period];
                    match kind {
                        Kind::Added => base + season,
                        Kind::Multiplied => base * season,
                    }
                }
            }
        };
        (0..horizon).map(step).collect()
    }
}
