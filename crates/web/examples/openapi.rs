//! Prints the description of the API: `cargo run -p web --example openapi > openapi.new`, then move it over
//! `crates/web/openapi.json` (a shell empties the file before the code that embeds it is built).

fn main() {
    print!("{}", web::api::openapi::text());
}
