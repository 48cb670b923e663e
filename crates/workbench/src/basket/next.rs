//! The next item, foretold for orders that were held out.

use serde_json::{Value, json};
use statistics::baskets::{Baskets, Compared, Hits, History, hits};
use tables::columns::NO_CODE;

use super::Orders;
use crate::Answer;

/// Orders to foretell without which nothing is said.
const FEWEST: usize = 20;

/// What is learnt from, and what is foretold.
struct Split {
    learnt: Baskets,
    to_choose: Vec<History>,
    judged: Vec<History>,
    words: &'static str,
}

/// Tells `hit_rate` beside the hit rates of naming what sells most and of the customer's own past.
pub fn tell(answer: &mut Answer, orders: &Orders) {
    let split = match &orders.customers {
        Some(customers) => last_orders(orders, customers),
        None => one_item_out(orders),
    };
    let found = (split.judged.len() >= FEWEST).then(|| hits(&split.learnt, &split.to_choose, &split.judged)).flatten();
    let Some(Compared { popularity, recency, model }) = found else {
        answer.tell("hit_rate", Value::Null);
        let reason = format!("{} orders could be foretold; at least {FEWEST} are needed", split.judged.len());
        answer.line(format!("The next item: can't tell, {reason}"));
        answer.tell("hit_rate_cannot_tell", reason);
        return;
    };
    let of = |h: Hits| json!({ "1": h.at[0], "5": h.at[1], "10": h.at[2], "n": h.n });
    answer.tell("hit_rate", of(model));
    answer.tell("hit_rate_popularity", of(popularity));
    answer.tell("hit_rate_recency", orders.customers.is_some().then(|| of(recency)));
    answer.tell("hit_rate_split", split.words);
    answer.line(format!("The next item, foretold {} times ({}): right among the first 1, 5, 10 named", model.n, split.words));
    let own_past = orders.customers.is_some().then_some(("the own past", recency));
    for (name, h) in [("what sells most", popularity)].into_iter().chain(own_past).chain([("with what goes together", model)]) {
        let [a, b, c] = h.at.map(|x| 100.0 * x);
        answer.line(format!("  {name:<24} {a:5.1} %  {b:5.1} %  {c:5.1} %"));
    }
}

/// Each customer's last order is foretold from the orders before.
fn last_orders(orders: &Orders, customers: &[u32]) -> Split {
    let n_customers = customers.iter().filter(|c| **c != NO_CODE).max().map_or(0, |c| *c as usize + 1);
    let mut of_customer: Vec<Vec<usize>> = vec![Vec::new(); n_customers];
    for order in orders.in_time.iter().filter(|o| customers[**o] != NO_CODE && !orders.baskets.basket(**o).is_empty()) {
        of_customer[customers[*order] as usize].push(*order);
    }
    let basket = |order: &usize| orders.baskets.basket(*order).to_vec();
    let mut held_out = vec![false; orders.baskets.len()];
    let (mut to_choose, mut judged) = (Vec::new(), Vec::new());
    for own in of_customer.iter().filter(|own| own.len() > 1) {
        let last = own.len() - 1;
        held_out[own[last]] = true;
        judged.push(History { is_same_basket: false, before: own[..last].iter().map(basket).collect(), next: basket(&own[last]) });
        if last > 1 {
            to_choose.push(History {
                is_same_basket: false,
                before: own[..last - 1].iter().map(basket).collect(), next: basket(&own[last - 1]) });
        }
    }
    let learnt = learnt(orders, |order| !held_out[order]);
    Split { learnt, to_choose, judged, words: "the last order of each customer from those before" }
}

/// Of the newest fifth of the orders one item each is foretold from the others.
fn one_item_out(orders: &Orders) -> Split {
    let n = orders.in_time.len();
    let (older, newest) = (n * 7 / 10, n * 8 / 10);
    let mut place_in_time = vec![0; n];
    orders.in_time.iter().enumerate().for_each(|(place, order)| place_in_time[*order] = place);
    let of = |places: std::ops::Range<usize>| -> Vec<History> {
        let one = |order: &usize| {
            let mut items = orders.baskets.basket(*order).to_vec();
            if items.len() < 2 {
                return None;
            }
            // Which item is taken out follows from the order's place, not from what it is.
            let out = items.remove(order.wrapping_mul(2_654_435_761) % items.len());
            Some(History { is_same_basket: true, before: vec![items], next: vec![out] })
        };
        orders.in_time[places].iter().filter_map(one).collect()
    };
    let learnt = learnt(orders, |order| place_in_time[order] < older);
    Split { learnt, to_choose: of(older..newest), judged: of(newest..n), words: "one item of each order of the newest fifth, from its others" }
}

fn learnt(orders: &Orders, is_learnt: impl Fn(usize) -> bool) -> Baskets {
    let mut pairs = Vec::new();
    let mut n = 0;
    for order in (0..orders.baskets.len()).filter(|o| is_learnt(*o)) {
        pairs.extend(orders.baskets.basket(order).iter().map(|item| (n, *item)));
        n += 1;
    }
    Baskets::of(&pairs, n as usize)
}
