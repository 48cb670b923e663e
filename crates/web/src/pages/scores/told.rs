//! The reasons of a person's score in words.

use cycle::analyze::churn;
use cycle::analyze::models::Reason;

use crate::wording::Words;

/// What raises a score and what lowers it.
#[derive(Default)]
pub(crate) struct Reasons {
    pub(crate) raises: Vec<String>,
    pub(crate) lowers: Vec<String>,
}

impl Reasons {
    fn of(reasons: &[Reason], word: impl Fn(&Reason) -> String) -> Self {
        let mut told = Self::default();
        for reason in reasons {
            let side = if reason.1 > 0.0 { &mut told.raises } else { &mut told.lowers };
            side.push(word(reason));
        }
        told
    }

    /// All of it in one line.
    pub(crate) fn line(&self) -> String {
        let raises = self.raises.iter().map(|words| format!("▲ {words}"));
        raises.chain(self.lowers.iter().map(|words| format!("▼ {words}"))).collect::<Vec<_>>().join(" · ")
    }
}

pub(crate) fn of_churn(reasons: &[Reason], words: &Words) -> Reasons {
    Reasons::of(reasons, |reason| churn::words::reason(reason, |minor| words.money(minor)))
}
