//! Turns `browser/` into the assets that the binary embeds.
//!
//! It copies the sources into `OUT_DIR`, installs what the lock file names, lets `build.mjs` bundle them and
//! writes a table of the results with content-hashed names for `src/assets.rs`. It never writes into the source
//! tree. Without Node or npm it joins the style sheets itself: every page then works without script. Everything is
//! embedded packed, and so are the description of the API, `openapi.json`, and the method sheets of `docs/methods`.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What stands in the page as it is, bundled or not.
const DRAWINGS: [&str; 2] = ["icons.svg", "favicon.svg"];
/// What `build.mjs` writes.
const BUNDLES: [&str; 3] = ["app.css", "app.js", "charts.js"];

fn main() -> Result<(), Box<dyn Error>> {
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("browser");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["css", "ts", "build.mjs", "package-lock.json", "icons.svg", "favicon.svg"] {
        println!("cargo::rerun-if-changed=browser/{watched}");
    }
    println!("cargo::rerun-if-changed=openapi.json");
    println!("cargo::rerun-if-changed=build.rs");

    let work = out.join("browser");
    let bundled = out.join("bundled");
    fs::create_dir_all(&bundled)?;
    copy_sources(&source, &work)?;
    let script = match install(&work).and_then(|()| bundle(&work, &bundled)) {
        Ok(()) => true,
        Err(reason) => {
            println!(
                "cargo::warning=the pages are built without script, because {reason}. \
                 Install Node 20 or newer with npm, let it reach its registry once, then build again."
            );
            // A file that is never there makes cargo ask again at the next build.
            println!("cargo::rerun-if-changed={}", out.join("ask-again").display());
            join_styles(&work, &bundled)?;
            false
        }
    };
    for name in DRAWINGS {
        fs::copy(work.join(name), bundled.join(name))?;
    }
    fs::write(out.join("embedded.rs"), table(&bundled, script)?)?;
    fs::write(out.join("sheets.rs"), sheets(&source.join("../../../docs/methods"), &out)?)?;
    fs::write(out.join("openapi.json.gz"), packed(&fs::read("openapi.json")?)?)?;
    Ok(())
}

/// Copies everything that the bundle is made of, leaving out what npm put into the source tree.
fn copy_sources(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    for folder in ["css", "ts"] {
        let _ = fs::remove_dir_all(to.join(folder));
        copy_folder(&from.join(folder), &to.join(folder))?;
    }
    for file in ["build.mjs", "package.json", "package-lock.json", "icons.svg", "favicon.svg"] {
        fs::copy(from.join(file), to.join(file))?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Runs `npm ci` unless the installed packages already belong to this lock file.
fn install(work: &Path) -> Result<(), String> {
    let lock = fs::read(work.join("package-lock.json")).map_err(|e| format!("the lock file: {e}"))?;
    let stamp = work.join("node_modules/.rondel-lock");
    let wanted = format!("{:016x}", content_hash(&lock));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let arguments = [
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--fetch-retries=1",
    ];
    run(Command::new(npm).args(arguments).current_dir(work), "npm ci")?;
    fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))
}

fn bundle(work: &Path, bundled: &Path) -> Result<(), String> {
    let mut node = Command::new("node");
    node.arg("build.mjs").arg(bundled).current_dir(work);
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        node.arg("--minify");
    }
    run(&mut node, "the bundler")
}

fn run(command: &mut Command, what: &str) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{what} could not be started ({e})"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).take(12).collect();
    Err(format!("{what} failed: {}", lines.join(" / ")))
}

/// Puts the style sheets that `app.css` imports behind each other, in its order.
fn join_styles(work: &Path, bundled: &Path) -> Result<(), Box<dyn Error>> {
    let mut joined = String::new();
    for line in fs::read_to_string(work.join("css/app.css"))?.lines() {
        if let Some(name) = line.strip_prefix("@import \"./").and_then(|rest| rest.strip_suffix("\";")) {
            joined.push_str(&fs::read_to_string(work.join("css").join(name))?);
        }
    }
    for name in BUNDLES {
        let _ = fs::remove_file(bundled.join(name));
    }
    fs::write(bundled.join("app.css"), joined)?;
    Ok(())
}

/// The Rust source of the table of embedded files.
fn table(bundled: &Path, script: bool) -> Result<String, Box<dyn Error>> {
    let mut rust = format!("pub(super) const HAS_SCRIPT: bool = {script};\n");
    let mut rows = Vec::new();
    for name in BUNDLES.iter().chain(&DRAWINGS) {
        let file = bundled.join(name);
        let Ok(bytes) = fs::read(&file) else { continue };
        let (stem, ending) = name.rsplit_once('.').ok_or("an asset without an ending")?;
        let gzipped = bundled.join(format!("{name}.gz"));
        fs::write(&gzipped, packed(&bytes)?)?;
        let hash = content_hash(&bytes) & 0xffff_ffff;
        rows.push(format!(
            "    Embedded::new({name:?}, \"{stem}-{hash:08x}.{ending}\", include_bytes!({gzipped:?})),\n"
        ));
    }
    writeln!(rust, "pub(super) static EMBEDDED: [Embedded; {}] = [\n{}];", rows.len(), rows.concat())?;
    Ok(rust)
}

/// The Rust source of the table of method sheets, by name.
fn sheets(folder: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "md"));
    files.sort();
    let mut rows = String::new();
    for file in &files {
        let name = file.file_stem().and_then(|stem| stem.to_str()).ok_or("a sheet without a name")?;
        let gzipped = out.join(format!("{name}.md.gz"));
        fs::write(&gzipped, packed(&fs::read(file)?)?)?;
        writeln!(rows, "    ({name:?}, include_bytes!({gzipped:?})),")?;
    }
    Ok(format!("static SHEETS: [(&str, &[u8]); {}] = [\n{rows}];\n", files.len()))
}

fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packing.write_all(bytes)?;
    packing.finish()
}

/// FNV-1a: the same bytes give the same name on every machine.
fn content_hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
