//! Every address of the program on one page.
//!
//! Order of the guards, from the outside: journal, headers, compression, failures, panics, session, token of the session,
//! and for pages that somebody must be signed in. Programs come in by the token that they send and by nothing else.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};
use platform::limits;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::api;
use crate::error::{self, Failure};
use crate::guard::{bearer, csrf, headers, journal, sign_in};
use crate::pages::{attachments, changes, companies, orders, people, products, search, segments, tokens};
use crate::pages::{
    cohorts, contracts, dictionary, duplicates, forecasts, goals, imports, insights, jobs, methods, moves,
    overview, quality, scores, session, settings, setup, texts, turn_runs, users, value,
};
use crate::state::App;
use crate::{assets, health};

/// The program as a service.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(inside().route_layer(from_fn(sign_in::require)))
        .merge(outside())
        .fallback(nothing_here.layer(from_fn(sign_in::require)))
        .layer(DefaultBodyLimit::max(limits::FORM_BYTES))
        .layer(from_fn(csrf::check))
        .layer(from_fn_with_state(app.clone(), sign_in::find))
        .nest("/api/v1", programs(app.clone()))
        .merge(machines())
        .merge(readers())
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(error::present))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), headers::add))
        .layer(from_fn(journal::write))
        .with_state(app)
}

/// For those who have signed in.
fn inside() -> Router<App> {
    Router::new()
        .route("/", get(overview::show))
        .merge(of_records())
        .merge(of_the_loop())
        .merge(of_the_turn())
        .merge(of_mail())
        .merge(of_measure())
        .merge(of_the_plan())
        .route("/sign-out", post(session::destroy))
        .route("/settings", get(settings::show).post(settings::update))
        .route("/settings/theme", post(settings::choose_theme))
        .route("/settings/password", post(settings::change_password))
        .route("/settings/users", get(users::index).post(users::create))
        .route("/settings/users/{id}/role", post(users::change_role))
        .route("/settings/users/{id}/password", post(users::reset_password))
        .route("/settings/users/{id}/removal", post(users::remove))
        .route("/settings/tokens", get(tokens::index).post(tokens::create))
        .route("/settings/tokens/{id}/revocation", post(tokens::revoke))
        .route("/settings/jobs", get(jobs::index))
        .route("/settings/jobs/{id}/retry", post(jobs::retry))
}

/// Files, and what the turn makes of them: quality, duplicates, value, cohorts.
fn of_the_loop() -> Router<App> {
    Router::new()
        .route("/imports", get(imports::index))
        .route("/imports/new", get(imports::new).post(imports::create).layer(DefaultBodyLimit::disable()))
        .route("/imports/samples/{name}", get(imports::sample))
        .route("/imports/{id}", get(imports::show))
        .route("/imports/{id}/format", post(imports::read_again))
        .route("/imports/{id}/plan", post(imports::update_plan))
        .route("/imports/{id}/dry-run", get(imports::dry_run).post(imports::start_dry_run))
        .route("/imports/{id}/dry-run/progress", get(imports::dry_run_progress))
        .route("/imports/{id}/run", post(imports::start))
        .route("/imports/{id}/progress", get(imports::progress))
        .route("/imports/{id}/rejected", get(imports::rejected))
        .route("/imports/{id}/rejected.csv", get(imports::download))
        .route("/imports/{id}/replay", post(imports::replay))
        .route("/imports/{id}/undo", post(imports::undo))
        .route("/imports/{id}/removal", post(imports::discard))
        .route("/quality", get(quality::show))
        .route("/quality/measurements", post(quality::measure))
        .route("/quality/progress", get(quality::progress))
        .route("/quality/rows", get(quality::rows))
        .route("/rfm", get(value::show))
        .route("/cohorts", get(cohorts::show))
        .route("/scores", get(scores::index))
        .route("/scores/export", get(scores::export))
        .route("/scores/lead/rules", get(scores::edit).post(scores::state_rules))
        .route("/scores/{name}", get(scores::show))
        .route("/contracts", get(contracts::index))
        .route("/forecasts", get(forecasts::index))
        .route("/methods", get(methods::index))
        .route("/methods/{name}", get(methods::show))
        .route("/moves", get(moves::index))
        .route("/texts", get(texts::index))
        .route("/texts/topics/{number}", get(texts::topic))
        .route("/turn-runs", post(turn_runs::create))
        .route("/turn-runs/progress", get(turn_runs::progress))
        .route("/insights", get(insights::index))
        .route("/insights/report", get(insights::report))
        .route("/insights/{id}", get(insights::show))
        .route("/insights/{id}/review", post(insights::review))
        .route("/insights/{id}/decision", post(insights::decide))
        .route("/insights/{id}/refutation", post(insights::refute))
        .route("/insights/{id}/reopening", post(insights::reopen))
        .merge(of_actions())
        .route("/duplicates", get(duplicates::index))
        .route("/duplicates/searches", post(duplicates::search))
        .route("/duplicates/progress", get(duplicates::progress))
        .route("/duplicates/history", get(duplicates::history))
        .route("/duplicates/merges/{id}/undo", post(duplicates::undo))
        .route("/duplicates/{left}/{right}", post(duplicates::decide))
        .route("/duplicates/{left}/{right}/reopening", post(duplicates::reopen))
}

/// The turn and what it is planned with.
fn of_the_turn() -> Router<App> {
    use crate::pages::{budget, personas, preflight, sources, strategy, turn};
    Router::new()
        .route("/turn", get(turn::show_current))
        .route("/turns", get(turn::index).post(turn::create))
        .route("/turns/new", get(turn::new))
        .route("/turns/{id}", get(turn::show).post(turn::update))
        .route("/turns/{id}/edit", get(turn::edit))
        .route("/turns/{id}/agenda.ics", get(turn::calendar))
        .route("/turns/{id}/opening", post(turn::open))
        .route("/turns/{id}/closing", post(turn::close_begun))
        .route("/turns/{id}/resumption", post(turn::resume))
        .route("/turns/{id}/deletion", post(turn::delete))
        .route("/turns/{id}/needs", post(turn::state_needs))
        .route("/turns/{id}/vocabulary", post(turn::choose_vocabulary))
        .route("/turns/{id}/waivers", post(turn::waive))
        .route("/turns/{id}/meetings/{kind}", post(turn::meet))
        .route("/turns/{id}/close", get(turn::close::show).post(turn::close::keep))
        .route("/turns/{id}/verdicts", post(turn::close::judge_all))
        .route("/turns/{id}/verdicts/{goal_id}", post(turn::close::judge))
        .route("/turns/{id}/closure", post(turn::close::finish))
        .route("/turns/{id}/report", get(turn::report::html))
        .route("/turns/{id}/report.pdf", get(turn::report::pdf))
        .route("/strategy", get(strategy::show).post(strategy::keep))
        .route("/strategy/{id}/sign-offs", post(strategy::sign))
        .route("/personas", get(personas::index).post(personas::create))
        .route("/personas/new", get(personas::new))
        .route("/personas/{id}", post(personas::update))
        .route("/personas/{id}/edit", get(personas::edit))
        .route("/personas/{id}/deletion", post(personas::delete))
        .route("/sources", get(sources::index).post(sources::create))
        .route("/sources/new", get(sources::new))
        .route("/sources/{key}", get(sources::edit).post(sources::state))
        .route("/sources/{key}/deletion", post(sources::delete))
        .route("/budget", get(budget::show))
        .route("/costs", post(budget::create))
        .route("/costs/{id}/removal", post(budget::remove))
        .route("/hourly-rates", post(budget::state_rate))
        .route("/mail-price", post(budget::state_mail_price))
        .route("/preflight", get(preflight::show).post(preflight::create))
        .route("/preflight/{key}", post(preflight::state))
}

/// What is done about what was found, and how it is compared.
fn of_actions() -> Router<App> {
    use crate::pages::{actions, experiments};
    Router::new()
        .route("/actions", get(actions::index).post(actions::create))
        .route("/actions/new", get(actions::new))
        .route("/actions/power", post(actions::try_out))
        .route("/actions/{id}", get(actions::show).post(actions::update))
        .route("/actions/{id}/edit", get(actions::edit))
        .route("/actions/{id}/plan", post(actions::reckon))
        .route("/actions/{id}/allowance", post(actions::allow))
        .route("/actions/{id}/approval", post(actions::approve))
        .route("/actions/{id}/launch", post(actions::launch))
        .route("/actions/{id}/stop", post(actions::stop))
        .route("/actions/{id}/completion", post(actions::finish))
        .route("/actions/{id}/removal", post(actions::discard))
        .route("/actions/{id}/calls", get(actions::calls))
        .route("/actions/{id}/calls/{task}", post(actions::close_call))
        .route("/actions/{id}/codes.csv", get(actions::export_codes))
        .route("/actions/{id}/people.csv", get(actions::export_people))
        .route("/actions/{id}/redemptions", post(actions::redeem))
        .route("/experiments", get(experiments::index))
        .route("/experiments/{id}", get(experiments::show))
}

/// Campaigns, the outbox, and the addresses that get nothing.
fn of_mail() -> Router<App> {
    use crate::pages::{campaigns, mail_settings};
    Router::new()
        .route("/campaigns", get(campaigns::index).post(campaigns::create))
        .route("/campaigns/new", get(campaigns::new))
        .route("/campaigns/switch", post(campaigns::switch_all))
        .route("/campaigns/preview", post(campaigns::preview))
        .route("/campaigns/outbox", get(campaigns::outbox))
        .route("/campaigns/outbox/{name}", get(campaigns::letter))
        .route("/campaigns/outbox/{name}/source", get(campaigns::source))
        .route("/actions/{id}/campaign", get(campaigns::of_action))
        .route("/campaigns/{id}", get(campaigns::show).post(campaigns::update))
        .route("/campaigns/{id}/edit", get(campaigns::edit))
        .route("/campaigns/{id}/progress", get(campaigns::progress))
        .route("/campaigns/{id}/messages", get(campaigns::messages))
        .route("/campaigns/{id}/messages/{message}/resolution", post(campaigns::resolve))
        .route("/campaigns/{id}/test", post(campaigns::test))
        .route("/campaigns/{id}/{deed}", post(campaigns::act))
        .route("/suppressions", get(campaigns::suppressions).post(campaigns::add_suppression))
        .route("/suppressions/removal", post(campaigns::remove_suppression))
        .route("/settings/mail", get(mail_settings::show).post(mail_settings::update))
        .route("/settings/mail/test", post(mail_settings::test))
        .route("/settings/mail/topics", post(mail_settings::state_topic))
}

/// What the actions changed, and what follows from it.
fn of_measure() -> Router<App> {
    use crate::pages::measure;
    Router::new()
        .route("/measure", get(measure::overview))
        .route("/measure/looks", post(measure::look_at_all))
        .route("/measure/results", get(measure::results))
        .route("/measure/results/{id}", get(measure::show))
        .route("/measure/results/{id}/looks", post(measure::look))
        .route("/measure/goals", get(measure::goals))
        .route("/measure/credit", get(measure::credit))
        .route("/measure/contributions", get(measure::contributions))
        .route("/measure/stop", get(measure::stop))
        .route("/measure/calibration", get(measure::calibration))
}

/// What is wanted: goals, and the numbers in which they are said.
fn of_the_plan() -> Router<App> {
    Router::new()
        .route("/goals", get(goals::index).post(goals::create))
        .route("/goals/new", get(goals::new))
        .route("/goals/check", post(goals::check))
        .route("/goals/{id}", get(goals::show).post(goals::update))
        .route("/goals/{id}/edit", get(goals::edit))
        .route("/goals/{id}/now", get(goals::now))
        .route("/goals/{id}/opening", post(goals::open))
        .route("/goals/{id}/dropping", post(goals::drop_goal))
        .route("/dictionary", get(dictionary::index))
        .route("/dictionary/{key}", get(dictionary::show))
        .route("/dictionary/{key}/edit", get(dictionary::edit).post(dictionary::update))
}

/// Records, what can be put on all of them, and groups of people.
fn of_records() -> Router<App> {
    Router::new()
        .route("/records/{id}/notes", post(attachments::write_note))
        .route("/records/{id}/tags", post(attachments::add_tag))
        .route("/records/{id}/tags/removal", post(attachments::remove_tag))
        .route("/tags", get(attachments::tag_names))
        .route("/events/{id}/undo", post(changes::undo_event))
        .route("/changes/{origin}/undo", post(changes::undo_together))
        .route("/people", get(people::index).post(people::create))
        .route("/people/new", get(people::new))
        .route("/people/count", get(people::count))
        .route("/people/similar", post(people::similar))
        .route("/people/tags", post(people::add_tag))
        .route("/people/tags/removal", post(people::remove_tag))
        .route("/people/deletion", post(people::delete_many))
        .route("/people/{id}", get(people::show).post(people::update))
        .route("/people/{id}/edit", get(people::edit))
        .route("/people/{id}/peek", get(people::peek))
        .route("/people/{id}/deletion", post(people::delete))
        .route("/people/{id}/restoration", post(people::restore))
        .route("/people/{id}/consents", post(people::state_consent))
        .route("/people/export", get(people::export).post(people::export_ticked))
        .route("/companies", get(companies::index).post(companies::create))
        .route("/companies/new", get(companies::new))
        .route("/companies/names", get(companies::names))
        .route("/companies/export", get(companies::export))
        .route("/companies/{id}", get(companies::show).post(companies::update))
        .route("/companies/{id}/edit", get(companies::edit))
        .route("/companies/{id}/deletion", post(companies::delete))
        .route("/orders", get(orders::index))
        .route("/orders/export", get(orders::export))
        .route("/orders/{id}", get(orders::show))
        .route("/orders/{id}/refund", post(orders::refund))
        .route("/orders/{id}/cancellation", post(orders::cancel))
        .route("/products", get(products::index).post(products::create))
        .route("/products/new", get(products::new))
        .route("/products/{id}", get(products::show).post(products::update))
        .route("/products/{id}/edit", get(products::edit))
        .route("/products/{id}/deletion", post(products::delete))
        .route("/search", get(search::page))
        .route("/palette", get(search::palette))
        .route("/segments", get(segments::index).post(segments::create))
        .route("/segments/new", get(segments::new))
        .route("/segments/draft", post(segments::draft))
        .route("/segments/count", post(segments::count))
        .route("/segments/starters", get(segments::starters))
        .route("/segments/{id}", get(segments::edit).post(segments::update))
        .route("/segments/{id}/count", get(segments::count_one))
        .route("/segments/{id}/deletion", post(segments::delete))
}

/// For everybody.
fn outside() -> Router<App> {
    Router::new()
        .route("/sign-in", get(session::new).post(session::create))
        .route("/setup", get(setup::new).post(setup::create))
}

/// For programs that come with a token. `crates/web/openapi.json` describes each.
fn programs(app: App) -> Router<App> {
    let attached = Router::new()
        .route(
            "/people/{id}/consents",
            get(api::attachments::consents_of).post(api::attachments::state_consent),
        )
        .route("/people/{id}/tags", get(api::attachments::tags_of))
        .route("/people/{id}/tags/{tag}", put(api::attachments::add_tag).delete(api::attachments::remove_tag))
        .route("/people/{id}/notes", get(api::attachments::notes_of).post(api::attachments::write_note))
        .route("/people/{id}/orders", get(api::orders::of_person));
    let notes = get(api::attachments::show_note).patch(api::attachments::edit_note);
    Router::new()
        .merge(attached)
        .merge(programs_records())
        .merge(programs_cycle())
        .merge(programs_turn())
        .merge(programs_mail())
        .route("/notes/{id}", notes.delete(api::attachments::delete_note))
        .route("/me", get(api::tokens::me))
        .route("/clock", get(api::clock::show).put(api::clock::update))
        .route("/tokens", get(api::tokens::index))
        .route("/tokens/{id}", delete(api::tokens::revoke))
        .fallback(no_such_address)
        .layer(DefaultBodyLimit::max(limits::API_BODY_BYTES))
        .layer(from_fn_with_state(app, bearer::require))
}

fn programs_records() -> Router<App> {
    use api::{companies, orders, people, products};
    Router::new()
        .route("/people", get(people::index).post(people::create))
        .route("/people/{id}", get(people::show).patch(people::update).delete(people::destroy))
        .route("/people/{id}/restoration", post(people::restore))
        .route("/people/by-external-id/{external_id}", get(people::show_by_external_id).put(people::state))
        .route("/companies", get(companies::index).post(companies::create))
        .route("/companies/{id}", get(companies::show).patch(companies::update).delete(companies::destroy))
        .route("/companies/{id}/restoration", post(companies::restore))
        .route(
            "/companies/by-external-id/{external_id}",
            get(companies::show_by_external_id).put(companies::state),
        )
        .route("/products", get(products::index).post(products::create))
        .route("/products/{id}", get(products::show).patch(products::update).delete(products::destroy))
        .route("/products/by-sku/{sku}", get(products::show_by_sku).put(products::state))
        .route("/orders", get(orders::index).post(orders::create))
        .route("/orders/{id}", get(orders::show).patch(orders::update).delete(orders::destroy))
        .route("/orders/by-number/{number}", get(orders::show_by_number).put(orders::state))
        .route("/orders/{id}/cancellation", post(orders::cancel))
        .route("/orders/{id}/refunds", get(orders::refunds).post(orders::refund))
}

fn programs_cycle() -> Router<App> {
    use api::{contracts, effects, events, imports, models, scores, segments, turn};
    Router::new()
        .merge(programs_knowledge())
        .merge(programs_actions())
        .route("/imports", get(imports::index).post(imports::create.layer(DefaultBodyLimit::disable())))
        .route("/imports/{id}", get(imports::show).delete(imports::destroy))
        .route("/imports/{id}/plan", put(imports::set_plan))
        .route("/imports/{id}/preview", get(imports::show_preview).post(imports::preview))
        .route("/imports/{id}/run", post(imports::run))
        .route("/imports/{id}/undo", post(imports::undo))
        .route("/imports/{id}/rows", get(imports::rows))
        .route("/imports/{id}/rejected", get(imports::rejected))
        .route("/imports/{id}/likenesses", get(api::import_likenesses::index))
        .route("/imports/{id}/replay", post(imports::replay))
        .route("/segments", get(segments::index).post(segments::create))
        .route("/segments/{id}", get(segments::show).patch(segments::update).delete(segments::destroy))
        .route("/segments/{id}/members", get(segments::members))
        .route("/segments/{id}/count", get(segments::count))
        .merge(programs_plan())
        .route("/events", get(events::index))
        .route("/events/{id}/undo", post(events::undo))
        .route("/records/{id}/events", get(events::timeline))
        .route("/scores/{person_id}", get(scores::show))
        .route("/contracts", get(contracts::index))
        .route("/models", get(models::index))
        .route("/models/{name}", get(models::show))
        .route("/effects", get(effects::index))
        .route("/experiments/{id}/effects", get(effects::looks))
        .route("/experiments/{id}/looks", post(effects::look))
        .route("/forecasts", get(effects::forecasts))
        .route("/measure", get(effects::summary))
        .route("/turn-runs", get(turn::index).post(turn::create))
        .route("/turn-runs/latest", get(turn::latest))
}

/// What is known, taken out as files, and brought together.
fn programs_knowledge() -> Router<App> {
    use api::{duplicates, exports, insights, merges};
    Router::new()
        .route("/insights", get(insights::index))
        .route("/insights/{id}", get(insights::show))
        .route("/insights/{id}/people", get(insights::people))
        .route("/insights/{id}/review", post(insights::review))
        .route("/insights/{id}/decision", post(insights::decide))
        .route("/insights/{id}/refutation", post(insights::refute))
        .route("/insights/{id}/reopening", post(insights::reopen))
        .route("/exports/people.csv", get(exports::people))
        .route("/exports/companies.csv", get(exports::companies))
        .route("/exports/orders.csv", get(exports::orders))
        .route("/duplicates", get(duplicates::index))
        .route("/duplicates/{left_id}/{right_id}", get(duplicates::show))
        .route("/duplicates/{left_id}/{right_id}/decision", post(duplicates::decide))
        .route("/duplicate-searches", get(duplicates::searches).post(duplicates::search))
        .route("/merges", get(merges::index).post(merges::create))
        .route("/merges/{id}", get(merges::show))
        .route("/merges/{id}/undo", post(merges::undo))
}

fn programs_actions() -> Router<App> {
    use api::{actions, deeds, experiments};
    Router::new()
        .route("/actions", get(actions::index).post(actions::create))
        .route("/actions/{id}", get(actions::show))
        .route("/actions/{id}/checks", get(actions::checks))
        .route("/actions/{id}/approval", post(actions::approve))
        .route("/actions/{id}/launch", post(actions::launch))
        .route("/actions/{id}/stop", post(actions::stop))
        .route("/actions/{id}/completion", post(actions::complete))
        .route("/actions/{id}/removal", post(actions::discard))
        .route("/actions/{id}/people", get(actions::people))
        .route("/actions/{id}/calls", get(deeds::calls))
        .route("/actions/{id}/codes", get(deeds::codes))
        .route("/calls/{id}/outcome", post(deeds::call))
        .route("/coupons/redemptions", post(deeds::redeem))
        .route("/coupons/{code}", get(deeds::coupon))
        .route("/touch-points", get(deeds::touch_points).post(deeds::record))
        .route("/touch-points/{id}/end", post(deeds::end))
        .route("/experiments", get(experiments::index))
        .route("/experiments/{id}", get(experiments::show))
        .route("/experiments/{id}/plan", post(experiments::plan))
        .route("/experiments/{id}/allowance", post(experiments::allow))
        .route("/experiments/{id}/standing", get(experiments::standing))
}

/// The turn and what it is planned with.
fn programs_turn() -> Router<App> {
    use api::{plan, turns};
    Router::new()
        .route("/turns", get(turns::index).post(turns::create))
        .route("/turns/current", get(turns::current))
        .route("/turns/{id}", get(turns::show))
        .route("/turns/{id}/opening", post(turns::open))
        .route("/turns/{id}/closing", post(turns::begin_close))
        .route("/turns/{id}/closure", post(turns::finish))
        .route("/turns/{id}/needs", put(turns::state_needs))
        .route("/turns/{id}/gates", get(turns::gates))
        .route("/turns/{id}/waivers", post(turns::waive))
        .route("/turns/{id}/verdicts", post(turns::judge))
        .route("/turns/{id}/review", get(turns::review).put(turns::state_review))
        .route("/turns/{id}/report", get(turns::report))
        .route("/turns/{id}/costs", get(plan::costs).post(plan::state_cost))
        .route("/purposes", get(plan::purposes))
        .route("/purposes/{key}", put(plan::state_purpose))
        .route("/personas", get(plan::personas).post(plan::create_persona))
        .route("/strategy", get(plan::strategy).put(plan::keep_strategy))
        .route("/strategy/sign-offs", post(plan::sign_strategy))
        .route("/sources", get(plan::sources))
}

fn programs_mail() -> Router<App> {
    use api::campaigns;
    Router::new()
        .route("/campaigns", get(campaigns::index).post(campaigns::create))
        .route("/campaigns/{id}", get(campaigns::show))
        .route("/campaigns/{id}/content", put(campaigns::update))
        .route("/campaigns/{id}/check", get(campaigns::show_check).post(campaigns::check))
        .route("/campaigns/{id}/approval", post(campaigns::approve))
        .route("/campaigns/{id}/launch", post(campaigns::launch))
        .route("/campaigns/{id}/hold", post(campaigns::hold))
        .route("/campaigns/{id}/resumption", post(campaigns::resume))
        .route("/campaigns/{id}/stop", post(campaigns::stop))
        .route("/campaigns/{id}/messages", get(campaigns::messages))
        .route("/suppressions", post(campaigns::suppress))
        .route("/suppressions/{address}", get(campaigns::show_suppression).delete(campaigns::unsuppress))
        .route("/returned-mail", post(campaigns::take_in))
}

fn programs_plan() -> Router<App> {
    use api::{forecasts, goals, metrics, texts};
    Router::new()
        .route("/goals", get(goals::index).post(goals::create))
        .route("/goals/check", post(goals::check))
        .route("/goals/{id}", get(goals::show).patch(goals::update))
        .route("/goals/{id}/progress", get(goals::progress))
        .route("/goals/{id}/opening", post(goals::open))
        .route("/goals/{id}/dropping", post(goals::drop_goal))
        .route("/metrics", get(metrics::index))
        .route("/metrics/{key}", get(metrics::show).patch(metrics::update))
        .route("/metrics/{key}/series", get(metrics::series))
        .route("/metrics/{key}/forecast", get(forecasts::show))
        .route("/metrics/{key}/move", get(forecasts::moved))
        .route("/metric-forecasts", get(forecasts::index))
        .route("/metric-moves", get(forecasts::moves))
        .route("/texts/topics", get(texts::topics))
        .route("/texts/topics/{number}/notes", get(texts::notes))
        .route("/people/{id}/tones", get(texts::of_person))
}

async fn no_such_address() -> Failure {
    Failure::Http(
        axum::http::StatusCode::NOT_FOUND,
        "the API has no such address; see /openapi.json".to_string(),
    )
}

/// For people without an account, who come by the links of our mails. The link itself says who they are: no session is
/// looked for, and no token of a form is asked of the mail program that unsubscribes (RFC 8058).
fn readers() -> Router<App> {
    use crate::public::{click, offers, preferences, unsubscribe};
    Router::new()
        .route("/mail/unsubscribe/{token}", get(unsubscribe::show).post(unsubscribe::create))
        .route("/mail/preferences/{token}", get(preferences::show).post(preferences::update))
        .route("/mail/click/{token}/{number}", get(click::follow))
        .route("/mail/offers/{token}", get(offers::show))
        .layer(DefaultBodyLimit::max(limits::FORM_BYTES))
}

/// For browsers that load styles, and for those who watch over the program: no session, no database for the first two.
fn machines() -> Router<App> {
    Router::new()
        .route("/assets/{*path}", get(assets::serve))
        .route("/openapi.json", get(api::openapi::show))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::show))
}

async fn nothing_here() -> Failure {
    Failure::Http(axum::http::StatusCode::NOT_FOUND, "no page has this address".to_string())
}
