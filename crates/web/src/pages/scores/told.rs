//! The reasons of a person's score in words.

use cycle::analyze::leads::Why as OfLead;
use cycle::analyze::models::Reason;
use cycle::analyze::next_product::{Next, Why};
use cycle::analyze::{churn, leads};

use platform::{Result as Found, Snapshot};
use records::products;

use crate::wording::Words;

/// What raises a score and what lowers it.
#[derive(Default)]
pub(crate) struct Reasons {
    pub(crate) raises: Vec<String>,
    pub(crate) lowers: Vec<String>,
}

impl Reasons {
    pub(crate) fn of(reasons: &[Reason], word: impl Fn(&Reason) -> String) -> Self {
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

/// What moved the probability of a first order.
pub(crate) fn of_lead(reasons: &[Reason]) -> Reasons {
    Reasons::of(reasons, leads::words::reason)
}

/// The rules that gave a lead points, in one line.
pub(crate) fn points(why: &OfLead) -> String {
    let rule = |(label, points): &(String, f64)| {
        format!("{}{points:.0} {label}", if *points > 0.0 { "+" } else { "" }).replacen('-', "−", 1)
    };
    why.rules.iter().map(rule).collect::<Vec<_>>().join(" · ")
}

/// A product that may come next, with its reason.
pub(crate) struct Suggested {
    pub(crate) name: String,
    pub(crate) href: Option<String>,
    pub(crate) why: String,
}

/// The products that may come next, in words.
pub(crate) fn suggested(snapshot: &mut Snapshot<'_>, next: &[Next]) -> Found<Vec<Suggested>> {
    let mut told = Vec::with_capacity(next.len());
    for one in next {
        let (name, href) = product(snapshot, &one.sku)?;
        let why = match &one.why {
            Why::Again => "bought before".to_string(),
            Why::With(sku) => format!("goes with {} of the last basket", product(snapshot, sku)?.0),
            Why::Popular => "bought by most".to_string(),
        };
        told.push(Suggested { name, href, why });
    }
    Ok(told)
}

fn product(snapshot: &mut Snapshot<'_>, sku: &str) -> Found<(String, Option<String>)> {
    Ok(match products::by_sku_key(snapshot, &products::sku_key(sku))? {
        Some(product) => (product.name, Some(format!("/products/{}", product.id))),
        None => (sku.to_string(), None),
    })
}
