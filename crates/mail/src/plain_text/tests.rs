//! What a reader without HTML sees.

use super::*;

#[test]
fn a_page_becomes_paragraphs_lists_and_addresses() {
    let html = "<html><head><title>no</title><style>p{}</style></head><body><div style='display: none'>preview <div>deep</div></div>\
        <h1>Hello&nbsp;Ada</h1><p>One  <b>bold</b>\n word&hellip;</p><!--[if mso]><p>no</p><![endif]-->\
        <ul><li>first</li><li>second</li></ul><p>See <a href=\"https://x.de/?a=1&amp;b=2\">the shop</a> or \
        <a href=\"https://x.de\">https://x.de</a><br>next line</p><img src=x alt='A chair'><hr>\
        <table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table></body></html>";
    assert_eq!(
        from_html(html),
        "Hello Ada\n\nOne bold word…\n\n- first\n- second\n\nSee the shop (https://x.de/?a=1&b=2) or https://x.de\n\
         next line\n\nA chair\n\n---\n\na b\nc\n"
    );
}

#[test]
fn entities_are_read_once() {
    assert_eq!(
        decoded("&amp;lt; &#65;&#x42; &unknown; &; & &#0; &#xD800; &euro"),
        "&lt; AB &unknown; &; & &#0; &#xD800; &euro"
    );
}

#[test]
fn torn_html_is_read_without_harm() {
    for html in [
        "<",
        "<p",
        "</",
        "<!--",
        "<a href='x",
        "a < b > c",
        "<div style=display:none>",
        "</a></a>",
        "<ul><li>",
    ] {
        let _ = from_html(html);
    }
    assert_eq!(from_html("1 < 2 & 3"), "1 < 2 & 3\n");
    assert_eq!(from_html(""), "");
}
