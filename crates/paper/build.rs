//! Packs the faces of the fonts, which would otherwise be a megabyte and a half of the program.

use std::io::Write;
use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR").map_err(std::io::Error::other)?;
    for (name, face) in [("regular", dejavu::sans::regular()), ("bold", dejavu::sans::bold())] {
        let mut packing = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packing.write_all(face)?;
        std::fs::write(Path::new(&out).join(name), packing.finish()?)?;
    }
    Ok(())
}
