//! Recipes: from what metrics are computed, and of those whose facts do not exist yet, what they need.

/// From what a metric is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// From the purchases and returns of each customer.
    Purchases(OfPurchases),
    /// From how each person stands now; what was before is not kept.
    Standing(OfStanding),
    /// From the messages that went out.
    Mail(OfMail),
    /// From what was spent.
    Spending(OfSpending),
    /// From contracts as the last turn found them.
    Contracts(OfContracts),
    /// From the users who changed something by hand.
    Seats,
    /// From nothing yet: what it needs, in a word or two.
    Lacking(&'static str),
}

/// What is asked of one customer's purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfPurchases {
    Revenue,
    Orders,
    /// Revenue by orders.
    AverageOrderValue,
    /// Orders by customers who bought.
    OrdersPerCustomer,
    Active,
    New,
    /// Of those who bought, who had bought before.
    Repeat,
    Retention,
    Churn,
    /// Money returned by money sold.
    Returned,
    /// Change of revenue by the revenue of the period before.
    Growth,
}

/// What is asked of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfMail {
    /// A person followed a link in it.
    Clicked,
    /// It led to an unsubscription.
    Unsubscribed,
}

/// What is asked of spending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfSpending {
    /// By customers who ordered.
    OnCustomers,
    /// On winning, by new customers.
    OnNewCustomers,
    /// Months in which a new customer brings what it cost.
    Payback,
    /// Expected value of a customer by the cost of a new one.
    ValueByCost,
}

/// What is asked of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfContracts {
    /// Of those that ran when the period began, those that ended in it.
    Churn,
    /// Money a month of those that run at its end.
    Recurring,
}

/// What is asked of how a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfStanding {
    /// Expected money of those about whom the last turn could tell.
    LifetimeValue,
    /// Has an e-mail address.
    Reachable,
    /// Has granted marketing by e-mail.
    Consenting,
    /// Filled fields of those that a letter, a call and a message need.
    Completeness,
    /// Stands in a pair that waits for a decision.
    Duplicate,
}

impl OfPurchases {
    /// Whether orders of nobody in particular count too.
    pub(super) fn counts_unknown(self) -> bool {
        matches!(self, Self::Revenue | Self::Orders | Self::AverageOrderValue | Self::Returned | Self::Growth)
    }

    /// Whether the whole history of a customer matters, not only the period and the window before it.
    pub(super) fn needs_history(self) -> bool {
        matches!(self, Self::New | Self::Repeat)
    }

    pub(super) fn has_window(self) -> bool {
        matches!(self, Self::Retention | Self::Churn)
    }
}
