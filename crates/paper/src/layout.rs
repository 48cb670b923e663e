//! Pages that fill up: the place where the next line goes, words broken into lines, letters and lines drawn.

use crate::font::{Face, Weight};
use pdf_writer::{Content, Name, Str};

/// A4. **Units:** points.
pub const WIDTH: f32 = 595.0;
pub const HEIGHT: f32 = 842.0;
pub const MARGIN: f32 = 54.0;
/// Room at the foot for the number of the page.
const FOOT: f32 = 60.0;

/// Red, green and blue from 0 to 1.
pub type Colour = (f32, f32, f32);
pub const INK: Colour = (0.106, 0.110, 0.125);
pub const MUTED: Colour = (0.365, 0.376, 0.420);
pub const LINE: Colour = (0.82, 0.82, 0.86);
pub const ACCENT: Colour = (0.294, 0.333, 0.784);
pub const SOFT: Colour = (0.953, 0.957, 0.988);

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub weight: Weight,
    pub size: f32,
    pub colour: Colour,
}

impl Look {
    pub const fn plain(size: f32) -> Self {
        Self { weight: Weight::Regular, size, colour: INK }
    }

    pub const fn bold(size: f32) -> Self {
        Self { weight: Weight::Bold, size, colour: INK }
    }

    pub const fn muted(self) -> Self {
        Self { colour: MUTED, ..self }
    }

    /// From one line to the next.
    pub fn leading(self) -> f32 {
        self.size * 1.42
    }
}

/// The pages so far, and where the next thing goes.
pub struct Pages {
    pub regular: Face,
    pub bold: Face,
    done: Vec<Content>,
    page: Content,
    /// From the bottom of the page: the top of what comes next.
    pub y: f32,
}

impl Pages {
    pub fn new() -> Self {
        Self {
            regular: Face::regular(),
            bold: Face::bold(),
            done: Vec::new(),
            page: Content::new(),
            y: HEIGHT - MARGIN,
        }
    }

    /// Width between the margins.
    pub fn room() -> f32 {
        WIDTH - 2.0 * MARGIN
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    pub fn width(&self, text: &str, look: Look) -> f32 {
        self.face(look.weight).width(text, look.size)
    }

    /// Begins a new page where `height` does not fit on this one; tells whether it did.
    pub fn need(&mut self, height: f32) -> bool {
        if self.y - height >= FOOT || self.y > HEIGHT - MARGIN - 1.0 {
            return false;
        }
        self.done.push(std::mem::replace(&mut self.page, Content::new()));
        self.y = HEIGHT - MARGIN;
        true
    }

    pub fn space(&mut self, height: f32) {
        self.y -= height;
    }

    /// One line of text whose top is at `y` from the bottom of the page.
    pub fn text_at(&mut self, x: f32, y: f32, text: &str, look: Look) {
        let bytes = match look.weight {
            Weight::Regular => self.regular.encode(text),
            Weight::Bold => self.bold.encode(text),
        };
        write_text(&mut self.page, x, y - look.size, &bytes, look);
    }

    /// The same, ending at `x`.
    pub fn text_ending_at(&mut self, x: f32, y: f32, text: &str, look: Look) {
        let width = self.width(text, look);
        self.text_at(x - width, y, text, look);
    }

    /// Lines of text from the left margin (or further in), over as many pages as it takes.
    pub fn paragraph(&mut self, text: &str, look: Look, indent: f32) {
        for line in self.broken(text, look, Self::room() - indent) {
            self.need(look.leading());
            let y = self.y;
            self.text_at(MARGIN + indent, y, &line, look);
            self.space(look.leading());
        }
    }

    /// The text in lines that are no wider than `width`; a word that is wider is cut.
    pub fn broken(&self, text: &str, look: Look, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for part in text.split('\n') {
            let mut line = String::new();
            for word in part.split(' ').filter(|word| !word.is_empty()) {
                let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
                if self.width(&longer, look) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line = self.cut(word, look, width, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// Cuts a word into pieces that fit; the last is returned, the others become lines.
    fn cut(&self, word: &str, look: Look, width: f32, lines: &mut Vec<String>) -> String {
        let mut piece = String::new();
        for letter in word.chars() {
            piece.push(letter);
            if piece.chars().count() > 1 && self.width(&piece, look) > width {
                piece.pop();
                lines.push(std::mem::replace(&mut piece, letter.to_string()));
            }
        }
        piece
    }

    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        self.page.set_fill_rgb(colour.0, colour.1, colour.2);
        self.page.rect(x, y, width, height).fill_nonzero();
    }

    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: Colour) {
        self.page.set_stroke_rgb(colour.0, colour.1, colour.2).set_line_width(width);
        self.page.move_to(from.0, from.1).line_to(to.0, to.1).stroke();
    }

    /// The pages with their numbers at the foot.
    pub fn finish(mut self, title: &str) -> (Vec<Content>, Face, Face) {
        self.done.push(std::mem::replace(&mut self.page, Content::new()));
        let (look, n) = (Look::plain(8.0).muted(), self.done.len());
        let title = self.regular.encode(title);
        for (i, page) in self.done.iter_mut().enumerate() {
            let number = format!("{} / {n}", i + 1);
            let width = self.regular.width(&number, look.size);
            let number = self.regular.encode(&number);
            write_text(page, MARGIN, 30.0, &title, look);
            write_text(page, WIDTH - MARGIN - width, 30.0, &number, look);
        }
        (self.done, self.regular, self.bold)
    }
}

fn write_text(page: &mut Content, x: f32, baseline: f32, bytes: &[u8], look: Look) {
    let font: &[u8] = match look.weight {
        Weight::Regular => b"R",
        Weight::Bold => b"B",
    };
    page.set_fill_rgb(look.colour.0, look.colour.1, look.colour.2);
    page.begin_text().set_font(Name(font), look.size);
    page.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, baseline]).show(Str(bytes)).end_text();
}
