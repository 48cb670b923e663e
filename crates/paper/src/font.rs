//! The two faces of the document: how wide a text is, and the subset of glyphs that goes into the file.

use flate2::read::ZlibDecoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::LazyLock;
use subsetter::GlyphRemapper;
use ttf_parser::{Face as Parsed, GlyphId};

/// Which face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Bold,
}

/// A face with the glyphs that were used of it.
pub struct Face {
    data: &'static [u8],
    parsed: Parsed<'static>,
    name: &'static str,
    remapper: GlyphRemapper,
    /// The glyph's new number, and the letter that it shows.
    used: BTreeMap<u16, char>,
    widths: BTreeMap<u16, f32>,
    /// Glyph and width of the first letters of Unicode, which are nearly all that are asked for.
    known: Vec<(GlyphId, f32)>,
}

/// Letters in [`Face::known`].
const KNOWN: u32 = 0x250;

/// A face that `build.rs` packed.
fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut data).expect("the program was built with what it packed");
    data
}

const IDENTITY: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

impl Face {
    fn new(data: &'static [u8], name: &'static str) -> Self {
        let parsed = Parsed::parse(data, 0).expect("the font is part of the program");
        let mut face = Self {
            data,
            parsed,
            name,
            remapper: GlyphRemapper::new(),
            used: BTreeMap::new(),
            widths: BTreeMap::new(),
            known: Vec::new(),
        };
        face.known = (0..KNOWN).filter_map(char::from_u32).map(|letter| face.look_up(letter)).collect();
        face
    }

    pub fn regular() -> Self {
        static DATA: LazyLock<Vec<u8>> =
            LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/regular"))));
        Self::new(&DATA, "RONDEL+DejaVuSans")
    }

    pub fn bold() -> Self {
        static DATA: LazyLock<Vec<u8>> =
            LazyLock::new(|| unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/bold"))));
        Self::new(&DATA, "RONDEL+DejaVuSans-Bold")
    }

    /// The letter's glyph (a sign for what the face does not have) and its width in thousandths of the size.
    fn glyph(&self, letter: char) -> (GlyphId, f32) {
        self.known.get(letter as usize).copied().unwrap_or_else(|| self.look_up(letter))
    }

    fn look_up(&self, letter: char) -> (GlyphId, f32) {
        let known = self.parsed.glyph_index(letter);
        let glyph = known.or_else(|| self.parsed.glyph_index('\u{fffd}')).unwrap_or(GlyphId(0));
        let units = f32::from(self.parsed.units_per_em());
        (glyph, f32::from(self.parsed.glyph_hor_advance(glyph).unwrap_or(0)) * 1000.0 / units)
    }

    /// How wide the text is at this size. **Units:** points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.glyph(letter).1).sum::<f32>() * size / 1000.0
    }

    /// The text as the file holds it: two bytes for each glyph.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * text.len());
        for letter in text.chars() {
            let (glyph, width) = self.glyph(letter);
            let new = self.remapper.remap(glyph.0);
            self.used.entry(new).or_insert(letter);
            self.widths.insert(new, width);
            bytes.extend(new.to_be_bytes());
        }
        bytes
    }

    /// Writes the face under `id`; it takes the numbers from `next` on.
    pub fn write(&self, pdf: &mut Pdf, id: Ref, next: &mut Ref) {
        let (cid, descriptor, cmap, file) = (next.bump(), next.bump(), next.bump(), next.bump());
        let name = Name(self.name.as_bytes());
        pdf.type0_font(id)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut font = pdf.cid_font(cid);
        font.subtype(CidFontType::Type2)
            .base_font(name)
            .system_info(IDENTITY)
            .font_descriptor(descriptor)
            .default_width(0.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for (glyph, width) in &self.widths {
            widths.consecutive(*glyph, [*width]);
        }
        widths.finish();
        font.finish();
        self.write_descriptor(pdf, descriptor, file);
        let mut letters = UnicodeCmap::new(Name(b"Letters"), IDENTITY);
        for (glyph, letter) in &self.used {
            letters.pair(*glyph, *letter);
        }
        pdf.stream(cmap, &letters.finish().into_vec());
        let subset = subsetter::subset(self.data, 0, &self.remapper);
        let subset = subset.unwrap_or_else(|_| self.data.to_vec());
        pdf.stream(file, &super::pdf::deflated(&subset)).filter(Filter::FlateDecode);
    }

    fn write_descriptor(&self, pdf: &mut Pdf, id: Ref, file: Ref) {
        let units = f32::from(self.parsed.units_per_em());
        let scaled = |value: i16| f32::from(value) * 1000.0 / units;
        let bounds = self.parsed.global_bounding_box();
        pdf.font_descriptor(id)
            .name(Name(self.name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                scaled(bounds.x_min),
                scaled(bounds.y_min),
                scaled(bounds.x_max),
                scaled(bounds.y_max),
            ))
            .italic_angle(0.0)
            .ascent(scaled(self.parsed.ascender()))
            .descent(scaled(self.parsed.descender()))
            .cap_height(scaled(self.parsed.capital_height().unwrap_or(self.parsed.ascender())))
            .stem_v(80.0)
            .font_file2(file);
    }
}
