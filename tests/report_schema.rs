//! The committed JSON Schema is the one that the model gives, and real reports keep to it.

use std::path::Path;

use unsell::engine::{AnalyzeOptions, Engine};
use unsell::format;
use unsell::lexicon::Lexicon;
use unsell::report;
use unsell::report::model::schema_json;
use unsell::transcript::Source;

const SCHEMA: &str = "docs/report.schema.json";

#[test]
fn the_committed_schema_is_the_models() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCHEMA);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, schema_json()).expect("the schema can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("the schema is committed");
    assert!(committed == schema_json(), "{SCHEMA} is stale; run this test with UPDATE_SCHEMA=1");
}

#[test]
fn reports_of_every_fixture_keep_to_the_schema() {
    let schema = serde_json::from_str(&schema_json()).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let lexicon = Lexicon::builtin().expect("the built-in lexicon is valid");
    let engine = Engine::builder().lexicon(lexicon).build();
    let engine = engine.expect("the engine's own data is valid");
    let json = report::by_id("json").expect("there is a JSON writer");
    let report::Layout::Single(write) = json.layout else { panic!("JSON is one object") };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the fixtures are there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // What is inside a Word document is no transcript without its container.
        if name.ends_with(".docx.xml") {
            continue;
        }
        // A chat is read only if it is named.
        let format = format::by_id("zoom-chat").filter(|_| name == "zoom-chat.txt");
        let options = AnalyzeOptions { format, ..AnalyzeOptions::default() };
        let bytes = std::fs::read(&path).expect("a fixture");
        let source = Source::from_bytes("fixture", &bytes).expect("a fixture is text");
        let report = engine.analyze(&source, &options).expect("a report");
        let mut text = Vec::new();
        write(&report, &mut text).expect("writing to memory works");
        let value = serde_json::from_slice(&text).expect("a report is JSON");
        let faults: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
        seen += 1;
    }
    assert!(seen >= 10);
}
