//! The description of the API in OpenAPI 3.1, made from the handlers; `openapi.json` is this text, committed.
//!
//! What holds for every address is said here once: the token, the refusals, the condition of a change.

use axum::http::header;
use axum::response::IntoResponse;
use std::sync::LazyLock;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Object, Ref, RefOr, Required, Response, ResponseBuilder, Type};
use utoipa::{Modify, OpenApi};

use super::campaigns;
use super::{
    actions, attachments, clock, companies, contracts, deeds, duplicates, effects, events, experiments,
    exports, forecasts, goals, import_likenesses, imports, insights, merges, metrics, models, orders, people,
    plan, products, scores, segments, texts, tokens, turn, turns,
};
use crate::assets::unpacked;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rondel",
        description = "People, companies, products, orders, imports, segments and analyses of this installation. \
            docs/api.md tells how the API behaves as a whole.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/api/v1")),
    security(("token" = [])),
    modifiers(&Everywhere),
    components(schemas(super::answers::Problem)),
    tags(
        (name = "people", description = "Customers, contacts and leads, with consents, tags and notes"),
        (name = "companies", description = "Organisations that people work for"),
        (name = "products", description = "What the firm sells"),
        (name = "orders", description = "Orders with lines, refunds, cancellation"),
        (name = "imports", description = "Files become records, and can be taken back"),
        (name = "exports", description = "Records as files"),
        (name = "duplicates", description = "Pairs that are probably one record, why, and what was decided"),
        (name = "merges", description = "Two records that are one"),
        (name = "segments", description = "Groups of people by a filter"),
        (name = "goals", description = "What is to change, by when, and the metrics in which it is said"),
        (name = "insights", description = "What the last turn claims, with its evidence, and what was decided"),
        (name = "actions", description = "What is done about customers: campaigns, calls, offers, changes at touch points"),
        (name = "experiments", description = "Who was left alone, and what that showed"),
        (name = "campaigns", description = "E-mail to the people of an action, addresses that get nothing, mail that came back"),
        (name = "events", description = "Every change of every record"),
        (name = "analyses", description = "Turns and what they found about a customer"),
        (name = "turns", description = "Turns with their gates, costs and report, and what they are planned with"),
        (name = "measure", description = "What actions changed, and what follows from it"),
        (name = "tokens", description = "Who calls"),
        (name = "clock", description = "The time of the program, which a simulation may move"),
    ),
    paths(
        people::index, people::create, people::show, people::update, people::destroy, people::restore,
        people::show_by_external_id, people::state,
        attachments::consents_of, attachments::state_consent, attachments::tags_of, attachments::add_tag,
        attachments::remove_tag, attachments::notes_of, attachments::write_note, attachments::show_note,
        attachments::edit_note, attachments::delete_note,
        companies::index, companies::create, companies::show, companies::update, companies::destroy,
        companies::restore, companies::show_by_external_id, companies::state,
        products::index, products::create, products::show, products::update, products::destroy,
        products::show_by_sku, products::state,
        orders::index, orders::of_person, orders::create, orders::show, orders::update, orders::destroy,
        orders::show_by_number, orders::state, orders::cancel, orders::refund, orders::refunds,
        imports::index, imports::create, imports::show, imports::destroy, imports::set_plan, imports::preview,
        imports::show_preview, imports::run, imports::undo, imports::rows, imports::rejected,
        import_likenesses::index, imports::replay,
        segments::index, segments::create, segments::show, segments::update, segments::destroy,
        segments::members, segments::count,
        actions::index, actions::create, actions::show, actions::checks, actions::approve, actions::launch,
        actions::stop, actions::complete, actions::discard, actions::people,
        deeds::calls, deeds::call, deeds::codes, deeds::redeem, deeds::coupon, deeds::touch_points, deeds::record,
        deeds::end,
        experiments::index, experiments::show, experiments::plan, experiments::allow, experiments::standing,
        campaigns::index, campaigns::create, campaigns::show, campaigns::update, campaigns::check,
        campaigns::show_check, campaigns::approve, campaigns::launch, campaigns::hold, campaigns::resume,
        campaigns::stop, campaigns::messages, campaigns::suppress, campaigns::show_suppression,
        campaigns::unsuppress, campaigns::take_in,
        events::index, events::timeline, events::undo,
        insights::index, insights::show, insights::people, insights::review, insights::decide, insights::refute,
        insights::reopen, exports::people, exports::companies, exports::orders,
        duplicates::index, duplicates::show, duplicates::decide, duplicates::searches, duplicates::search,
        merges::index, merges::create, merges::show, merges::undo,
        contracts::index, scores::show, models::index, models::show, turn::create, turn::index, turn::latest,
        turns::index, turns::create, turns::current, turns::show, turns::open, turns::begin_close, turns::finish,
        turns::state_needs, turns::gates, turns::waive, turns::judge, turns::review, turns::state_review, turns::report,
        plan::costs, plan::state_cost, plan::purposes, plan::state_purpose, plan::personas, plan::create_persona,
        plan::strategy, plan::keep_strategy, plan::sign_strategy, plan::sources,
        effects::index, effects::looks, effects::look, effects::forecasts, effects::summary,
        goals::index, goals::create, goals::show, goals::update, goals::check, goals::open, goals::drop_goal,
        goals::progress, metrics::index, metrics::show, metrics::update, metrics::series, forecasts::index, forecasts::show,
        forecasts::moves, forecasts::moved, texts::topics, texts::notes, texts::of_person,
        tokens::me, tokens::index, tokens::revoke, clock::show, clock::update,
    )
)]
struct Description;

/// The description as it is committed: JSON, two spaces, a line break at the end.
pub fn text() -> String {
    let mut text = Description::openapi().to_pretty_json().expect("a description is always JSON");
    text.push('\n');
    text
}

/// `/openapi.json`, for everybody: it tells nothing about this installation. It is the committed text, which a test holds
/// equal to what the code says, so that a running program need not make it.
pub(crate) async fn show() -> impl IntoResponse {
    static TEXT: LazyLock<Vec<u8>> =
        LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"))));
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=300")], TEXT.as_slice())
}

/// What holds for every address.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        let token =
            Http::builder().scheme(HttpAuthScheme::Bearer).description(Some("A token such as rondel_…"));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        components.responses.extend(refusals().map(|(name, refusal)| (name, refusal.into())));
        for (path, item) in &mut api.paths.paths {
            let operations = [
                (HttpMethod::Get, &mut item.get),
                (HttpMethod::Post, &mut item.post),
                (HttpMethod::Put, &mut item.put),
                (HttpMethod::Patch, &mut item.patch),
                (HttpMethod::Delete, &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    complete(operation, &method, path);
                }
            }
        }
    }
}

fn complete(operation: &mut Operation, method: &HttpMethod, path: &str) {
    let tag = operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
    let name = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(format!("{tag}_{name}"));
    let changes = *method != HttpMethod::Get;
    let has_condition = matches!(method, HttpMethod::Patch | HttpMethod::Delete) && is_versioned(path);
    let mut refusals = vec!["401", "422"];
    if path.contains('{') {
        refusals.push("404");
    }
    if changes {
        refusals.extend(["403", "409"]);
    }
    if operation.request_body.is_some() {
        refusals.extend(["400", "413", "415"]);
    }
    if has_condition {
        refusals.push("412");
        let condition = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The ETag under which the record was read: the change is refused if it is another now",
            ))
            .schema(Some(Object::with_type(Type::String)));
        operation.parameters.get_or_insert_default().push(condition.build().into());
    }
    refusals.push("default");
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response {
            response.description = done_in_words(status).to_string();
        }
    }
    for status in refusals {
        responses.insert(status.to_string(), Ref::from_response_name(refusal_name(status)).into());
    }
}

fn done_in_words(status: &str) -> &'static str {
    match status {
        "201" => "Created",
        "202" => "Accepted: the worker does it",
        "204" => "Done",
        _ => "As asked",
    }
}

/// Why a request is refused, by status.
const REFUSALS: [(&str, &str); 10] = [
    ("400", "The body cannot be read"),
    ("401", "No token, or one that is not valid"),
    ("403", "The role of the token does not allow it"),
    ("404", "There is no such record"),
    ("409", "It collides with what is there"),
    ("412", "The record was changed since it was read"),
    ("413", "The body is too large"),
    ("415", "The body has another type"),
    ("422", "Something is wrong at a field"),
    ("default", "Something else went wrong"),
];

fn refusal_name(status: &str) -> String {
    format!("Refused_{status}")
}

/// The refusals as parts that every address names.
fn refusals() -> impl Iterator<Item = (String, Response)> {
    REFUSALS.into_iter().map(|(status, words)| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let refusal = ResponseBuilder::new().description(words).content("application/problem+json", content);
        (refusal_name(status), refusal.build())
    })
}

/// Records whose change may be bound to what the caller saw.
fn is_versioned(path: &str) -> bool {
    ["/people/{id}", "/companies/{id}", "/products/{id}", "/orders/{id}", "/segments/{id}"].contains(&path)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_description_is_what_the_code_says() {
        let committed = include_str!("../../openapi.json");
        assert!(
            committed == super::text(),
            "run `cargo run -p web --example openapi > openapi.new && mv openapi.new crates/web/openapi.json`"
        );
    }
}
