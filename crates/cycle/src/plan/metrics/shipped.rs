//! The metrics that the program brings, each with its definition in words.
//!
//! A definition that changes here gets a new version number; the older rows stay in the database.

use super::recipes::{OfContracts, OfMail, OfPurchases, OfSpending, OfStanding, Recipe};
use super::{Direction, Kind, Metric, Params, Unit};
use platform::Micros;

/// A metric as the program brings it.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    pub key: &'static str,
    pub version: i64,
    pub name: &'static str,
    pub definition: &'static str,
    pub unit: Unit,
    pub direction: Direction,
    pub grain: &'static str,
    pub kind: Kind,
    pub params: Params,
    pub recipe: Recipe,
    /// The query, in words.
    pub query: &'static str,
    /// What the denominator counts; for a sum or a number of people, from whom it comes.
    pub of_what: &'static str,
}

impl Shipped {
    /// What it still needs before it can be computed.
    pub fn lacks(&self) -> Option<&'static str> {
        match self.recipe {
            Recipe::Lacking(what) => Some(what),
            _ => None,
        }
    }

    /// The version that the program brings, as a record.
    pub fn metric(&self, valid_from: Micros) -> Metric {
        Metric {
            key: self.key.to_string(),
            version: self.version,
            name: self.name.to_string(),
            definition: self.definition.to_string(),
            unit: self.unit,
            direction: self.direction,
            grain: self.grain.to_string(),
            kind: self.kind,
            params: self.params,
            owner_id: None,
            reason: None,
            valid_from,
            created_by: None,
        }
    }
}

/// The shipped metric with this key.
pub fn by_key(key: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|metric| metric.key == key)
}

const NO_WINDOW: Params = Params { window_days: None };
/// Days of silence after which a customer without a contract counts as gone, until somebody states another number.
const HALF_A_YEAR: Params = Params { window_days: Some(180) };

const SALES: &str =
    "Orders that were placed, in the workspace's currency, dated in the period; returns count as less.";

const fn of_purchases(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    (unit, kind): (Unit, Kind),
    recipe: OfPurchases,
    of_what: &'static str,
) -> Shipped {
    Shipped {
        key,
        version: 1,
        name,
        definition,
        unit,
        direction: Direction::Up,
        grain: "order",
        kind,
        params: NO_WINDOW,
        recipe: Recipe::Purchases(recipe),
        query: SALES,
        of_what,
    }
}

const fn mail(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    direction: Direction,
    recipe: OfMail,
) -> Shipped {
    Shipped {
        key,
        version: 1,
        name,
        definition,
        unit: Unit::Share,
        direction,
        grain: "message",
        kind: Kind::Ratio,
        params: NO_WINDOW,
        recipe: Recipe::Mail(recipe),
        query: "Messages of campaigns that a mail server took in the period; links that machines followed do not count.",
        of_what: "messages",
    }
}

const fn spending(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    (unit, direction): (Unit, Direction),
    recipe: OfSpending,
    of_what: &'static str,
) -> Shipped {
    Shipped {
        key,
        version: 1,
        name,
        definition,
        unit,
        direction,
        grain: "cost",
        kind: Kind::Ratio,
        params: NO_WINDOW,
        recipe: Recipe::Spending(recipe),
        query: "Costs that were stated on turns and actions, dated in the period; planned ones do not count.",
        of_what,
    }
}

const fn of_contracts(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    (unit, direction, kind): (Unit, Direction, Kind),
    recipe: OfContracts,
    of_what: &'static str,
) -> Shipped {
    Shipped {
        key,
        version: 1,
        name,
        definition,
        unit,
        direction,
        grain: "contract",
        kind,
        params: NO_WINDOW,
        recipe: Recipe::Contracts(recipe),
        query: "Contracts as the last turn found them in payments for products that are paid by period.",
        of_what,
    }
}

const fn standing(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    unit: Unit,
    recipe: OfStanding,
    (query, of_what): (&'static str, &'static str),
) -> Shipped {
    Shipped {
        key,
        version: 1,
        name,
        definition,
        unit,
        direction: Direction::Up,
        grain: "person",
        kind: Kind::Snapshot,
        params: NO_WINDOW,
        recipe: Recipe::Standing(recipe),
        query,
        of_what,
    }
}

const fn lacking(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    (unit, direction): (Unit, Direction),
    needs: &'static str,
) -> Shipped {
    Shipped {
        key,
        version: 1,
        name,
        definition,
        unit,
        direction,
        grain: needs,
        kind: Kind::Ratio,
        params: NO_WINDOW,
        recipe: Recipe::Lacking(needs),
        query: "Nothing yet: what it is counted from is not in the database.",
        of_what: needs,
    }
}

/// Every metric, in the order in which pages list them.
pub static SHIPPED: &[Shipped] = &[
    of_purchases(
        "revenue",
        "Revenue",
        "What customers paid for orders in the period, less what was returned in it. Before tax and shipping only where the \
         orders say so.",
        (Unit::Money, Kind::Sum),
        OfPurchases::Revenue,
        "customers who ordered or returned; orders of nobody in particular count too",
    ),
    of_purchases(
        "orders",
        "Orders",
        "How many orders for money were placed in the period. Returns and free samples are no orders.",
        (Unit::Count, Kind::Sum),
        OfPurchases::Orders,
        "customers who ordered; orders of nobody in particular count too",
    ),
    of_purchases(
        "average_order_value",
        "Average order value",
        "Revenue of the period divided by its number of orders.",
        (Unit::Money, Kind::Ratio),
        OfPurchases::AverageOrderValue,
        "orders",
    ),
    of_purchases(
        "active_customers",
        "Active customers",
        "How many known customers placed at least one order in the period.",
        (Unit::Count, Kind::Binary),
        OfPurchases::Active,
        "customers",
    ),
    of_purchases(
        "orders_per_customer",
        "Orders per customer",
        "Orders of known customers in the period divided by the number of customers who ordered.",
        (Unit::Ratio, Kind::Ratio),
        OfPurchases::OrdersPerCustomer,
        "customers who ordered",
    ),
    of_purchases(
        "new_customers",
        "New customers",
        "How many known customers placed the first order of their life in the period.",
        (Unit::Count, Kind::Binary),
        OfPurchases::New,
        "customers",
    ),
    of_purchases(
        "repeat_purchase_rate",
        "Repeat purchase rate",
        "Of the customers who ordered in the period, the share for whom it was not the only order so far.",
        (Unit::Share, Kind::Ratio),
        OfPurchases::Repeat,
        "customers who ordered in the period",
    ),
    Shipped {
        params: HALF_A_YEAR,
        query: "Customers with an order in the window before the period; of them, those with an order in the window before \
                the period's end.",
        ..of_purchases(
            "retention",
            "Retention (no contract)",
            "Of the customers who were active when the period began, the share who still are at its end. Active is who \
             ordered within the window of days before.",
            (Unit::Share, Kind::Ratio),
            OfPurchases::Retention,
            "customers who were active when the period began",
        )
    },
    Shipped {
        params: HALF_A_YEAR,
        direction: Direction::Down,
        query: "Customers with an order in the window before the period; of them, those without an order in the window \
                before the period's end.",
        ..of_purchases(
            "churn",
            "Churn (no contract)",
            "Of the customers who were active when the period began, the share who no longer are at its end. Active is who \
             ordered within the window of days before.",
            (Unit::Share, Kind::Ratio),
            OfPurchases::Churn,
            "customers who were active when the period began",
        )
    },
    Shipped {
        // Version 1 lacked contracts.
        version: 2,
        ..of_contracts(
            "churn_contract",
            "Churn (contracts)",
            "Of the contracts that ran when the period began, the share that ended in it. A contract ends with the cover of its last \
         payment, once 14 days have passed without another; so a period is told 14 days after its end.",
            (Unit::Share, Direction::Down, Kind::Ratio),
            OfContracts::Churn,
            "contracts that ran when the period began",
        )
    },
    of_contracts(
        "recurring_revenue",
        "Recurring revenue a month",
        "Money a month of the contracts that run at the end of the period, at the price of their newest payment.",
        (Unit::Money, Direction::Up, Kind::Sum),
        OfContracts::Recurring,
        "customers with a running contract",
    ),
    of_purchases(
        "sales_growth",
        "Sales growth",
        "Revenue of the period less that of the period of the same length before it, divided by the latter.",
        (Unit::Share, Kind::Ratio),
        OfPurchases::Growth,
        "money of revenue in the period before",
    ),
    Shipped {
        direction: Direction::Down,
        ..of_purchases(
            "return_rate",
            "Return rate",
            "What was returned in the period divided by what was sold in it, in money.",
            (Unit::Share, Kind::Ratio),
            OfPurchases::Returned,
            "money of sales",
        )
    },
    standing(
        "lifetime_value",
        "Expected customer value (CLV)",
        "What a customer is expected to spend in the coming 12 months by the last turn's model; the average of those about \
         whom it can tell.",
        Unit::Money,
        OfStanding::LifetimeValue,
        ("Scores of the last turn, of the people who have one.", "customers about whom the model can tell"),
    ),
    standing(
        "email_reach",
        "Reach by e-mail",
        "The share of people who have an e-mail address.",
        Unit::Share,
        OfStanding::Reachable,
        ("People with an address, as the records stand now.", "people"),
    ),
    standing(
        "marketing_consent",
        "Consent to marketing by e-mail",
        "The share of people who have granted marketing by e-mail.",
        Unit::Share,
        OfStanding::Consenting,
        ("Consents for the purpose marketing on the channel email, as they stand now.", "people"),
    ),
    standing(
        "data_completeness",
        "Data completeness",
        "Of five fields (family name, e-mail, telephone, postcode, country), the share that is filled, over all people.",
        Unit::Share,
        OfStanding::Completeness,
        ("The five fields of each person, as the records stand now.", "fields, five for each person"),
    ),
    Shipped {
        direction: Direction::Down,
        ..standing(
            "duplicate_rate",
            "Duplicate rate",
            "The share of people who stand in a pair of likely duplicates about which nobody has decided.",
            Unit::Share,
            OfStanding::Duplicate,
            ("Pairs that the last search proposed and that wait for a decision.", "people"),
        )
    },
    Shipped {
        key: "active_seats",
        version: 1,
        name: "Adoption (active seats)",
        definition: "Of the users who could sign in, the share who changed something by hand in the period.",
        unit: Unit::Share,
        direction: Direction::Up,
        grain: "user",
        kind: Kind::Ratio,
        params: NO_WINDOW,
        recipe: Recipe::Seats,
        query: "Users with a change of their own in the log of events, dated in the period; imports do not count.",
        of_what: "users",
    },
    mail(
        "email_click_rate",
        "E-mail click rate",
        "Of the messages that went out in the period, the share in which a person followed a link.",
        Direction::Up,
        OfMail::Clicked,
    ),
    mail(
        "unsubscribe_rate",
        "Unsubscribe rate",
        "Of the messages that went out in the period, the share that made somebody unsubscribe.",
        Direction::Down,
        OfMail::Unsubscribed,
    ),
    spending(
        "cost_to_serve",
        "Cost to serve",
        "What was spent in the period, divided by the number of customers who ordered in it.",
        (Unit::Money, Direction::Down),
        OfSpending::OnCustomers,
        "customers who ordered in the period",
    ),
    spending(
        "acquisition_cost",
        "Cost of a new customer (CAC)",
        "What was spent in the period on actions that are measured by new customers, divided by the number of new customers.",
        (Unit::Money, Direction::Down),
        OfSpending::OnNewCustomers,
        "new customers of the period",
    ),
    spending(
        "payback",
        "Payback time in months",
        "The cost of a new customer divided by what a customer is expected to bring in a month.",
        (Unit::Ratio, Direction::Down),
        OfSpending::Payback,
        "money a month that a customer is expected to bring",
    ),
    spending(
        "value_to_cost",
        "Value of a customer to its cost (LTV:CAC)",
        "What a customer is expected to bring in 12 months, divided by the cost of a new customer.",
        (Unit::Ratio, Direction::Up),
        OfSpending::ValueByCost,
        "money that a new customer cost",
    ),
    lacking(
        "gross_margin",
        "Gross margin",
        "Revenue less the cost of the goods sold, divided by revenue.",
        (Unit::Share, Direction::Up),
        "what products cost to buy",
    ),
    lacking(
        "lead_conversion",
        "Lead conversion",
        "Of the leads that came in, the share that became customers.",
        (Unit::Share, Direction::Up),
        "leads",
    ),
    lacking(
        "win_rate",
        "Win rate",
        "Of the deals that were closed in the period, the share that was won.",
        (Unit::Share, Direction::Up),
        "deals",
    ),
    lacking(
        "sales_cycle",
        "Sales cycle",
        "Days from the opening of a deal to its closing, for deals won in the period.",
        (Unit::Days, Direction::Down),
        "deals",
    ),
    lacking(
        "pipeline_velocity",
        "Pipeline velocity",
        "Open deals × win rate × average deal ÷ sales cycle: money a day.",
        (Unit::Money, Direction::Up),
        "deals",
    ),
    lacking(
        "csat",
        "Customer satisfaction (CSAT)",
        "Of the answers in the period, the share that was satisfied or very satisfied.",
        (Unit::Share, Direction::Up),
        "survey answers",
    ),
    lacking(
        "nps",
        "Net promoter score (NPS)",
        "Share of promoters (9, 10) less the share of detractors (0 to 6).",
        (Unit::Share, Direction::Up),
        "survey answers",
    ),
    lacking(
        "ces",
        "Customer effort score (CES)",
        "Average of the answers to how easy it was, from 1 to 7.",
        (Unit::Ratio, Direction::Up),
        "survey answers",
    ),
    lacking(
        "first_response_time",
        "First response time",
        "Time from a customer's question to the first answer of a person.",
        (Unit::Days, Direction::Down),
        "tickets",
    ),
    lacking(
        "resolution_time",
        "Resolution time",
        "Time from a customer's question to the closing of the ticket.",
        (Unit::Days, Direction::Down),
        "tickets",
    ),
    lacking(
        "reopen_rate",
        "Reopen rate",
        "Of the tickets that were closed in the period, the share that was opened again.",
        (Unit::Share, Direction::Down),
        "tickets",
    ),
];
