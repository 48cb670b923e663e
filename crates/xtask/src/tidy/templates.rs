//! Every template is shown by a page or taken up by another template.
//!
//! It looks for the template's path in quotes; it does not read the template language.

use super::rust_text;
use super::{Finding, Tree};

const FOLDER: &str = "crates/web/templates/";

/// A template that nobody names is dead.
pub fn used(tree: &Tree) -> Vec<Finding> {
    let mut named: Vec<String> = Vec::new();
    for file in tree.under("crates/web/", "rs") {
        named.extend(rust_text::split(&file.body).literals.into_iter().map(|l| l.text));
    }
    for file in tree.under(FOLDER, "html") {
        named.extend(file.body.split('"').map(str::to_owned));
    }
    tree.files
        .iter()
        .filter_map(|file| Some((file, file.path.strip_prefix(FOLDER)?)))
        .filter(|(_, name)| !named.iter().any(|n| n == name))
        .map(|(file, name)| {
            let message = format!("no page and no template names \"{name}\": use it or take it out");
            Finding::new(&file.path, 0, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_nobody_names_is_found() {
        let page = "//! x\n#[template(path = \"people/list.html\")]\nstruct People;\n";
        let tree = Tree::of(&[
            ("crates/web/src/pages/people.rs", page),
            ("crates/web/templates/people/list.html", "{% extends \"layout.html\" %}<a href=\"/x\">x</a>"),
            ("crates/web/templates/layout.html", "{% import \"parts/table.html\" as table %}"),
            ("crates/web/templates/parts/table.html", ""),
            ("crates/web/templates/people/old.html", ""),
        ]);
        let found: Vec<String> = used(&tree).into_iter().map(|f| f.file).collect();
        assert_eq!(found, ["crates/web/templates/people/old.html"]);
    }
}
