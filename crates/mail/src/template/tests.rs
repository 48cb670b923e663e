//! Templates: what is shown, what is said when something is missing, and what no template can do.

use serde_json::json;

use super::*;

fn text_only(subject: &str, text: &str) -> Result<Template, Vec<Fault>> {
    let source = Source { subject, body: Body::Text(text), text: None };
    Template::compile(&source, &links::Rules::default())
}

fn html(html: &str) -> Result<Template, Vec<Fault>> {
    let source = Source { subject: "x", body: Body::Html(html), text: None };
    Template::compile(&source, &links::Rules::default())
}

fn fault_of(text: &str, values: &serde_json::Value) -> Fault {
    match text_only("x", text) {
        Ok(template) => template.render(values).expect_err("this has a fault"),
        Err(mut faults) => faults.remove(0),
    }
}

#[test]
fn a_missing_name_gets_its_fallback() {
    let template = text_only("Hi {{ person.given_name | default(\"there\") }}", "x").expect("it compiles");
    for (person, said) in [
        (json!({"given_name": "Ada"}), "Hi Ada"),
        (json!({"given_name": null}), "Hi there"),
        (json!({"given_name": "  "}), "Hi there"),
        (json!({}), "Hi there"),
    ] {
        assert_eq!(template.render(&json!({ "person": person })).expect("it renders").subject, said);
    }
}

#[test]
fn a_missing_variable_is_named_with_its_line_and_column() {
    for person in [json!({}), json!({"given_name": null})] {
        let fault = fault_of("Hello,\ndear {{ person.given_name }}!", &json!({ "person": person }));
        assert_eq!((fault.part, fault.line, fault.column), ("text", Some(2), Some(9)), "{fault}");
        assert_eq!(fault.variable.as_deref(), Some("person.given_name"));
        assert!(fault.message.contains("person.given_name is not known"), "{fault}");
    }
    let fault = fault_of("{% if persn.vip %}x{% endif %}", &json!({"person": {}}));
    assert_eq!(fault.variable.as_deref(), Some("persn.vip"), "{fault}");
    let fault = fault_of("{{ person.name | upper }}", &json!({"person": {}}));
    assert_eq!(fault.variable.as_deref(), Some("person.name"), "{fault}");
}

#[test]
fn a_mistake_is_told_at_the_line_that_was_written() {
    for (text, line, words) in [
        ("a\nb {{ x ", 2, "never closed"),
        ("a\n{% if x %}b", 2, ""),
        ("a\n\n{{ x | shout }}", 3, "shout"),
        ("{% include \"/etc/passwd\" %}", 1, ""),
        ("{% macro f() %}{% endmacro %}", 1, ""),
        ("x\n{{ range(9) }}", 2, "range"),
        ("{{ person.name.upper() }}", 1, ""),
    ] {
        let fault = fault_of(text, &json!({"x": 1, "person": {"name": "Ada"}}));
        assert_eq!(fault.line, Some(line), "{text}: {fault}");
        assert!(fault.message.contains(words), "{text}: {fault}");
    }
}

#[test]
fn a_loop_or_a_recursion_ends_with_a_sentence() {
    let many: Vec<u32> = (0..2_000).collect();
    let values = json!({"many": many, "deep": [[[]]], "x": "x".repeat(1_000), "n": "x".repeat(1_000)});
    let doubling = "{% set x = x ~ x %}".repeat(60);
    let capture = "{% set x %}{{ x }}{{ x }}{% endset %}".repeat(60);
    let nested = "{% set x = [x, x] %}{% set n = [n, n] %}".repeat(60) + "{{ x == n }}";
    for text in [
        "{% for a in many %}{% for b in many %}{% for c in many %}.{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in deep recursive %}{{ loop([a]) }}{% endfor %}",
        "{{ \"x\" * 1000000000 }}",
        "{% if many + many == many %}x{% endif %}",
        "{% for a in [[x, x], [x]] %}{% endfor %}",
        "{{ {\"a\": x} }}",
        &doubling,
        &capture,
        &nested,
    ] {
        let fault = fault_of(text, &values);
        assert!(!fault.message.is_empty(), "{text}");
    }
    let fault = fault_of("{% for a in many %}{% for b in many %}.{% endfor %}{% endfor %}", &values);
    assert!(fault.message.contains("too often"), "{fault}");
}

#[test]
fn a_template_chooses_and_repeats() {
    let text = "{% if country in [\"DE\", 'AT'] and n[0] == 1 %}{% for t in tags %}{{ loop.index }}{{ t }}{% endfor %}{% endif %}\
        {# a remark: [x + y] #}{{ \"+*\" }}{% set a = country ~ \"!\" %}{{ a }}";
    let template = text_only("x", text).expect("it compiles");
    let rendered =
        template.render(&json!({"country": "DE", "tags": ["a", "b"], "n": [1]})).expect("it renders");
    assert_eq!(rendered.text, "1a2b+*DE!\n");
}

#[test]
fn what_customers_typed_is_text_in_html_and_as_it_is_in_text() {
    let template = html("<p title=\"{{ name }}\">Dear {{ name }}</p>").expect("it compiles");
    let rendered =
        template.render(&json!({"name": "<b onclick='x'>\"A & B\"</b>\u{0}\u{8}"})).expect("it renders");
    let shown = "&lt;b onclick=&#39;x&#39;&gt;&quot;A &amp; B&quot;&lt;/b&gt;";
    assert_eq!(rendered.html.as_deref(), Some(format!("<p title=\"{shown}\">Dear {shown}</p>").as_str()));
    assert_eq!(rendered.text, "Dear <b onclick='x'>\"A & B\"</b>\n");
}

#[test]
fn a_value_cannot_put_a_line_break_into_a_subject() {
    let template = text_only("For {{ name }}", "x").expect("it compiles");
    let rendered =
        template.render(&json!({"name": "Ada\r\nBcc: all@example.com\u{85}\u{2028}x"})).expect("it renders");
    assert_eq!(rendered.subject, "For Ada Bcc: all@example.com x");
}

#[test]
fn a_group_is_not_shown_as_a_programmer_would() {
    let fault = fault_of("{{ person }}", &json!({"person": {"name": "Ada"}}));
    assert!(fault.message.contains("person is a list or a group"), "{fault}");
    let template = text_only("x", "{{ tags | join }} / {{ tags | length }}").expect("it compiles");
    assert_eq!(template.render(&json!({"tags": ["a", "b"]})).expect("it renders").text, "a, b / 2\n");
}

const MJML: &str = r#"<mjml><mj-head><mj-preview>Hello {{ name }}</mj-preview></mj-head><mj-body>
<mj-section><mj-column>
<mj-text>Dear {{ name | default("friend") }}, {% if n > 3 and n < 9 %}many{% endif %}</mj-text>
<mj-button href="https://example.com/offer?a=1&amp;b=2">See the offer</mj-button>
{% for item in items %}<mj-text>{{ item }}</mj-text>{% endfor %}
<mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"#;

#[test]
fn mjml_becomes_html_once_with_its_marks_whole() {
    let source = Source { subject: "x", body: Body::Mjml(MJML), text: None };
    let rules = links::Rules { utm: None, tracking: links::Tracking::Through };
    let template = Template::compile(&source, &rules).expect("it compiles");
    let values = json!({"name": "Ada", "n": 4, "items": ["one", "two"], "track": "https://c.example/t/abc",
        "unsubscribe_url": "https://c.example/u/abc"});
    let rendered = template.render(&values).expect("it renders");
    let html = rendered.html.expect("there is HTML");
    for part in
        ["Dear Ada, many", ">one<", ">two<", "href=\"https://c.example/t/abc/0\"", "https://c.example/u/abc"]
    {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("{{") && !html.contains("{%") && !html.contains("MARK"));
    assert!(!html.contains("fonts.googleapis"), "nothing is fetched from elsewhere");
    assert_eq!(
        rendered.text,
        "Dear Ada, many\n\nSee the offer (https://c.example/t/abc/0)\n\none\n\ntwo\n\n\
        Unsubscribe (https://c.example/u/abc)\n"
    );
    let link = links::Link { url: "https://example.com/offer?a=1&b=2".into(), words: "See the offer".into() };
    assert_eq!(template.links(), [link]);
    let asked: Vec<String> = template.variables().into_iter().collect();
    assert_eq!(asked, ["items", "n", "name", "track", "unsubscribe_url"]);
}

#[test]
fn a_mistake_in_mjml_is_told_where_it_was_written() {
    let source = Source { subject: "x", body: Body::Mjml(MJML), text: None };
    let template = Template::compile(&source, &links::Rules::default()).expect("it compiles");
    let fault = template.render(&json!({"name": "Ada", "n": 1})).expect_err("items are missing");
    assert_eq!((fault.line, fault.variable.as_deref()), (Some(5), Some("items")), "{fault}");
    for (mjml, line) in [
        ("<mjml>\n<mj-body>\n<mj-sektion></mj-sektion></mj-body></mjml>", 3),
        ("<mjml>\n<mj-body><mj-section>", 2),
        ("<mjml><mj-body>\n<mj-include path=\"/etc/passwd\" /></mj-body></mjml>", 2),
        ("<mjml><mj-body>\n\n<mj-text a=\"b></mj-text></mj-body></mjml>", 3),
        ("<p>no MJML</p>", 1),
        ("", 1),
    ] {
        let source = Source { subject: "x", body: Body::Mjml(mjml), text: None };
        match Template::compile(&source, &links::Rules::default()) {
            Ok(template) => assert!(!template.remarks().is_empty(), "{mjml} passes"),
            Err(faults) => assert_eq!(faults[0].line, Some(line), "{mjml}: {}", faults[0]),
        }
    }
}

#[test]
fn elements_without_end_are_refused_and_not_followed() {
    for deep in ["<mj-section>".repeat(30_000), "<mj-text><b>".repeat(30_000), "<".repeat(100_000)] {
        let mjml = format!("<mjml><mj-body>{deep}</mj-body></mjml>");
        let source = Source { subject: "x", body: Body::Mjml(&mjml), text: None };
        assert!(Template::compile(&source, &links::Rules::default()).is_err());
    }
    let marks = "{{ x }}".repeat(10_000);
    assert!(text_only("x", &marks).is_err());
}
